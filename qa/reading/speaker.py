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
from qa.language.vocabulary import DENYING, SAYING

LOOKED_BACK = 4
"""How many sentences before a quote may name its speaker."""

_SAYING = rf"(?:{'|'.join(SAYING)})"
_ACCORDING = re.compile(r"\baccording to ([^,.;“”\"]+)", re.IGNORECASE)
_VERB = re.compile(rf"\s(?:(?:has|have|had|also|later|then) )*{_SAYING}\b")
_BEHIND = re.compile(rf"[”\",] {_SAYING} ((?:[A-Z]|the |a |an )[^,.;“”\"]*)")  # "..., said Bo Ek, the owner"
_LONGEST = 8
"""Words of the longest speaker."""

_PRONOUN = re.compile(r"(?:and |but )?(?:he|she|they|it|who|i|we)$", re.IGNORECASE)
_DENIES = re.compile(rf"\b(?:{'|'.join(DENYING)})\b", re.IGNORECASE)
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
    for pattern in (_ACCORDING, _BEHIND):
        if match := pattern.search(said):
            return (start + match.start(1), start + match.end(1)), False
    for verb in _VERB.finditer(said):
        first, last = _subject(said, verb.start())
        if first < last:
            return (start + first, start + last), bool(_PRONOUN.search(said[first:last]))
    return None


def _subject(said: str, end: int) -> Span:
    """The subject of the verb that begins at `end`: what stands right before it; with ", the mayor," before that too.

    Empty where it is too long for one.
    """
    marks = [0, *(match.end() for match in re.finditer(r"[,;:“”\"(]\s*", said[:end]))]
    if marks[-1] == end or not said[marks[-1] : end].strip():  # "the mayor, Eva Sjö, said"
        marks.pop()
    ends_with_comma = said[:end].rstrip().endswith(",")
    first = marks[-1]
    if ends_with_comma and len(marks) > 1:
        before = said[marks[-2] : first].strip(' ,;:“”"')
        first = (
            marks[-2] if 0 < len(before.split()) <= _LONGEST // 2 and not said[first - 2 : first].strip(", ") else first
        )
    last = len(said[:end].rstrip(" ,"))
    words = said[first:last].split()
    is_one = 0 < len(words) <= _LONGEST and not words[0].endswith("ing")
    return (first, last) if is_one else (0, 0)


def _named_in(text: str, sentence: Span) -> Span | None:
    """The first name of a sentence."""
    said = f"so {text[slice(*sentence)]}"  # its first word may be a name too
    names = find_names(said)
    return (sentence[0] + names[0][1] - 3, sentence[0] + names[0][1] - 3 + len(names[0][0])) if names else None


def _how(sentence: str) -> str:
    return "denied" if _DENIES.search(sentence) else "claimed" if _CLAIMS.search(sentence) else "said"
