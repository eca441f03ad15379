"""A question that asks several things, taken apart: "When was he born, and how did he die?" is two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.language.followup import points_back, with_context
from qa.language.names import Question
from qa.language.vocabulary import ARTICLES, AUXILIARIES, COURTESIES, MODALS, QUESTION_WORDS

MOST = 3
"""How many parts a question has at most; the last takes what follows."""

LONGEST = 30
"""Words of the longest question that is taken apart: a part and what it is about must fit into what a model reads."""

_VERBS = "|".join((*AUXILIARIES, *MODALS, *(f"{verb}n['’]t" for verb in (*AUXILIARIES, *MODALS))))
_WORDS = "|".join(QUESTION_WORDS)
_BEGINS = re.compile(rf"\W*(?:(?:and|but|so|in|at|on|to|for|from|by|with|of|about) )?(?:{_WORDS}|{_VERBS})\b", re.I)
_END = re.compile(r"\?[\"”’)]*\s+")
_AND = re.compile(r"(?:\s*[,;]\s*|\s+)(?:and|&|as well as)\s+(?:also\s+|then\s+)?", re.I)
_ASKS = re.compile(  # what stands behind "and" and asks by itself: "how long was", "who paid", "did she"
    rf"(?:(?:who|what|which|whose|whom)\b(?! (?:{'|'.join((*ARTICLES, 'he', 'she', 'it', 'they', 'we', 'i', 'you'))}) )"
    rf"|(?:when|where|why|how)\s+(?:{_VERBS})\b"
    rf"|how\s+(?:[\w'’-]+\s+){{1,6}}?(?:{_VERBS})\b|how (?:many|much)\b"
    rf"|(?:in|at|on|to|for|from|by|with) (?:what|which|whom)\b)",
    re.I,
)
_LED_BY_VERB = re.compile(rf"\W*(?:{_VERBS})\b", re.I)
_ALONE = re.compile(rf"({_WORDS}|how (?:many|much|long|often))\W*", re.I)
_LEADING = re.compile(rf"(\W*)({_WORDS})((?:\s*,\s*|\s+)(?:and\s+)?(?:{_WORDS}))*\s+and\s+({_WORDS})\b(?=\s)", re.I)
_DANGLING = frozenset("he she they we i that which who whom of the a an".split())  # after which a clause goes on
_OWN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|its|their|this|that|these|those|there|then|one)\b", re.I)
_KIND = rf"(?:{'|'.join(sorted(COURTESIES))}|good (?:morning|afternoon|evening|day))"
_GREETING = re.compile(rf"\A\W*{_KIND}\b[^?,!.:;]{{0,30}}(?:,[\w ]{{1,20}}(?=!))?[,!.:;]+\s+(?=\w+\s+\w)", re.I)
_CLOSING = re.compile(rf"(?<=\?)\W*(?:\w+\s+)?(?:cheers|{_KIND})\b[^?]{{0,40}}$", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is asked: as it stands in the question, and so that it stands by itself."""

    said: str
    text: str


def taken_apart(question: str) -> tuple[Part, ...]:
    """The parts of a question, in its order; the question itself where it asks one thing.

    A part that takes what it is about from the one before goes with it. A greeting is blanked out, so that what follows
    keeps its place, and what a letter closes with is left out.

    >>> [part.said for part in taken_apart("When and where was Ms. Boot born?")]
    ['When was Ms. Boot born?', 'where was Ms. Boot born?']
    >>> [part.text for part in taken_apart("When was Bo Ek born, and how did he die?")]
    ['When was Bo Ek born?', 'how did he die? (Bo Ek; When was Bo Ek born?)']
    >>> len(taken_apart("Did he say when and where the talks begin?")), len(taken_apart("Who bought salt and pepper?"))
    (1, 1)
    """
    text = _GREETING.sub(lambda greeting: " " * len(greeting.group()), " ".join(question.split()), count=1)
    text = _CLOSING.sub("", text)
    if len(text.split()) > LONGEST:
        return (Part(text, text),)
    said = [part for sentence in _sentences(text.strip()) for part in _conjoined(sentence)]
    if len(said) > MOST:
        said = [*said[: MOST - 1], " ".join(said[MOST - 1 :])]
    if len(said) < 2:
        return (Part(text, text),)
    parts = [Part(said[0], said[0])]
    for one in said[1:]:
        parts.append(Part(one, one if _stands_alone(one) else with_context(one, [(said[0], None)])))
    return tuple(parts)


def in_talk(parts: Sequence[Part], earlier: Sequence[tuple[str, str | None]]) -> tuple[Part, ...]:
    """The parts, each with what was said `earlier` in the talk; as they are where nothing was."""
    if not earlier:
        return tuple(parts)
    return tuple(Part(part.said, with_context(part.said, earlier)) for part in parts)


def _sentences(text: str) -> list[str]:
    """The questions of a text that is nothing but questions; else all of it."""
    ends = [match.end() for match in _END.finditer(text)]
    found = [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    found = [one for one in found if one]
    return found if all(_BEGINS.match(one) and len(one.split()) > 1 for one in found) else [text]


def _conjoined(text: str) -> list[str]:
    """The questions that "and" joins."""
    if words := _LEADING.match(text):  # "When and where was she born?"
        rest = text[words.end() :]
        asking = re.findall(rf"\b(?:{_WORDS})\b", words.group(), re.I)
        if re.match(rf"\s+(?:{_VERBS})\b", rest, re.I):
            return [f"{word}{rest}" for word in asking]
    if not _BEGINS.match(text):
        return [text]
    for match in _AND.finditer(text):
        first, rest = text[: match.start()], text[match.end() :]
        if len(first.split()) < 3 or first.split()[-1].lower() in _DANGLING:
            continue
        alone = _ALONE.fullmatch(rest)
        verbs = _LED_BY_VERB.match(first) and _LED_BY_VERB.match(rest)
        if alone or verbs or (_ASKS.match(rest) and len(rest.split()) > 2):
            return [f"{first.rstrip('?,; ')}?", *_conjoined(rest)]
    return [text]


def _stands_alone(part: str) -> bool:
    """Whether a part says itself what it is about."""
    if _ALONE.fullmatch(part) or points_back(part):
        return False
    return bool(Question(part).names) and not _OWN.search(part)
