"""Versions of one story: what an older one said where the newest has another value. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.types import Passage, Span
from qa.language.agreement import same
from qa.language.quantities import find_quantities

ALIKE = 0.6
"""From which share of common words on two sentences are versions of one."""

_WORD = re.compile(r"[\w$£€%.,'’-]*\w%?")


@dataclass(frozen=True, slots=True)
class Older:
    """The sentence of an older version, and its words in the place of the answer; offsets into its article."""

    passage: Passage
    sentence: Span
    value: Span

    @property
    def text(self) -> str:
        """The value's words."""
        return self.passage.words(self.value)


def older_value(quote: str, answer: Span, versions: Sequence[Passage]) -> Older | None:
    """What one of the older `versions`, the latest first, has in the place of the answer, where that is another value.

    `answer`: its place in the quote. Only figures are told: other words may say the same in another way.
    """
    value = quote[slice(*answer)]
    if not find_quantities(value):
        return None
    for passage in versions:
        for sentence in passage.sentences:
            found = _in_its_place(quote, answer, passage.words(sentence))
            if found is None:
                continue
            place = (sentence[0] + found[0], sentence[0] + found[1])
            if find_quantities(passage.words(place)) and not same(value, passage.words(place)):
                return Older(passage, sentence, place)
    return None


def _in_its_place(quote: str, answer: Span, other: str) -> Span | None:
    """The words of `other` that stand where the answer stands in the quote; None if it is no version of that."""
    ours, theirs = (list(_WORD.finditer(text)) for text in (quote, other))
    matcher = SequenceMatcher(
        None, [m.group().lower() for m in ours], [m.group().lower() for m in theirs], autojunk=False
    )
    if not ours or not theirs or matcher.ratio() < ALIKE:
        return None
    held = [i for i, word in enumerate(ours) if word.start() < answer[1] and answer[0] < word.end()]
    if not held:
        return None
    places: list[int] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if a <= held[-1] and held[0] < b:
            places += range(c, d) if tag != "equal" else range(c + max(0, held[0] - a), d - max(0, b - 1 - held[-1]))
    return (theirs[places[0]].start(), theirs[places[-1]].end()) if places else None
