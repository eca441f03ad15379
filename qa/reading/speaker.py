"""Who says so: the speaker of what is quoted, by its sentence or the ones before it. Pure.

A speaker is what stands beside a verb of saying, or behind "according to". Where a pronoun speaks, the sentences before
it are looked at for whom it means; where nobody does, the article itself says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Span
from qa.language.names import find_names

LOOKED_BACK = 4
"""How many sentences before a quote may name its speaker."""

_SAYING = (
    r"(?:said|says|say|told|tells|added|adds|wrote|writes|argued|argues|testified|claimed|claims|announced|announces|"
    r"explained|reported|reports|insisted|warned|noted|acknowledged|conceded|denied|denies|alleged|alleges|maintained|"
    r"recalled|declared|found|concluded|showed|shows|suggested|suggests|estimated|estimates|confirmed|stated|disclosed)"
)
_ACCORDING = re.compile(r"\baccording to ([^,.;“”\"]+)", re.IGNORECASE)
_SUBJECT_FIRST = re.compile(  # "Bo Ek, the mayor, said"; "the police said"
    r"((?:(?:[Tt]he|[Aa]n?|[Oo]ne|[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Ss]ome|[Mm]any|[Ss]everal) )?"
    r"(?:[^\s,“”\"]+ ){0,5}?[^\s,“”\"]+)"
    rf"(?:, [^“”\"]{{2,90}}?,)? (?:has |have |had |also |later )?{_SAYING}\b"
)
_SUBJECT_LAST = re.compile(rf"[,”\"] {_SAYING} ((?:[^\s,.;“”\"]+ ){{0,5}}[^\s,.;“”\"]+)")
_PRONOUN = re.compile(r"(?:and |but )?(?:he|she|they|it|who|i|we)$", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:denied|denies|deny|denying|disputed|rejected)\b", re.IGNORECASE)
_CLAIMS = re.compile(r"\b(?:claimed|claims|alleged|alleges|allegedly|accused|accuses|reportedly)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """Who says it: the words that name the speaker, and the sentences to quote, two at most; offsets into the article.

    `how`: "said", or "claimed" or "denied" where the words say so.
    """

    speaker: Span
    quote: Span
    how: str


def who_says(text: str, sentences: Sequence[Span], quote: Span) -> Said | None:
    """The speaker of the quote; None where nobody is named, so that the article itself says so."""
    touched = [i for i, (start, end) in enumerate(sentences) if start < quote[1] and quote[0] < end]
    if not touched:
        return None
    for place in reversed(touched):
        found = _speaker_in(text, sentences[place])
        if found is None:
            continue
        speaker, pronoun = found
        how = _how(text[slice(*sentences[place])])
        if not pronoun:
            return Said(speaker, sentences[place], how)
        for before in range(place - 1, max(-1, place - 1 - LOOKED_BACK), -1):
            if named := _named_in(text, sentences[before]):
                whole = (sentences[before][0], sentences[place][1]) if before == place - 1 else sentences[before]
                return Said(named, whole, how)
        return Said(speaker, sentences[place], how)
    if "“" in text[slice(*quote)] or '"' in text[slice(*quote)]:  # a quotation whose speaker stands around it
        around = [touched[0] - 1, touched[-1] + 1]
        for place in (one for one in around if 0 <= one < len(sentences)):
            found = _speaker_in(text, sentences[place])
            if found and not found[1]:
                return Said(found[0], sentences[place], _how(text[slice(*sentences[place])]))
    return None


def _speaker_in(text: str, sentence: Span) -> tuple[Span, bool] | None:
    """Where a sentence has its speaker, and whether that is only a pronoun."""
    start, said = sentence[0], text[slice(*sentence)]
    for pattern in (_ACCORDING, _SUBJECT_LAST, _SUBJECT_FIRST):
        if match := pattern.search(said):
            first, last = match.span(1)
            return (start + first, start + last), bool(_PRONOUN.search(match[1].strip()))
    return None


def _named_in(text: str, sentence: Span) -> Span | None:
    """The first name of a sentence."""
    said = f"so {text[slice(*sentence)]}"  # its first word may be a name too
    names = find_names(said)
    return (sentence[0] + names[0][1] - 3, sentence[0] + names[0][1] - 3 + len(names[0][0])) if names else None


def _how(sentence: str) -> str:
    return "denied" if _DENIES.search(sentence) else "claimed" if _CLAIMS.search(sentence) else "said"
