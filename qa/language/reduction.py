"""Whether words are a sentence with whole parts of it left out, and nothing else done to it. Pure.

Left out may be what stands between marks, before a comma or behind what is kept, a day, a title before a name. Not so a
word out of the middle ("not", "some", "former", "tried to"), a condition, or who says it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from index.text import stems
from qa.language.quantities import dates
from qa.language.vocabulary import (
    ARTICLES,
    AUXILIARIES,
    CONDITIONS,
    DENYING,
    JOINING,
    LOOSE,
    MODALS,
    OFFICES,
    SAYING,
    STOP_WORDS,
)

_TOKEN = re.compile(r"[\w$€£](?:[\w'’.,-]*\w)?%?|[,;:()—–“”\"]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\ufeff]")
_MARKS = frozenset(',;:()—–“”"')
_UNSAID = frozenset((*ARTICLES, "that"))
_KEPT_AS_THEY_ARE = STOP_WORDS | {*AUXILIARIES, *MODALS}
_LEAD = re.compile(rf"^(?:(?:{'|'.join(LOOSE | JOINING)})\b,?|(?:yes|no),)\s+", re.IGNORECASE)
_TELLING = frozenset((*SAYING, *DENYING, "according"))


@dataclass(frozen=True, slots=True)
class _Word:
    """A word or mark of a text. `key`: what its forms have in common; `day`: whether it is part of a date."""

    text: str
    key: str
    day: bool
    quoted: bool

    @property
    def is_mark(self) -> bool:
        return self.text in _MARKS


def what_differs(words: str, sentence: str) -> str | None:
    """Why the words are not the sentence with whole parts left out, as a reason; None if they are.

    >>> told = "On Monday Ann Roe, a judge, did not sign the order, which she called unfair, if at all."
    >>> what_differs("Ann Roe did not sign the order.", told), what_differs("Ann Roe did sign the order.", told)
    ('leaves out a condition', 'leaves out “not”')
    >>> what_differs("Roe did not sign the law, if at all", told), what_differs("Roe did not sign it", told)
    ('“law” is not in its sentence', '“it” is not in its sentence')
    """
    said, source = _words(without_lead(words)), _words(sentence)
    reason = _differs(said, source)
    days = [{one.key for one in words if one.day} for words in (said, source)]
    if (
        reason
        and _has_one_day(source)
        and days[0] <= days[1]
        and not _differs(_without_days(said), _without_days(source))
    ):
        return None  # a day may stand anywhere
    return reason


def without_lead(words: str) -> str:
    """Without a word that only leads in: "However, ...", "Yes, ...".

    >>> without_lead("However, it rained."), without_lead("No one came.")
    ('it rained.', 'No one came.')
    """
    return _LEAD.sub("", words)


def _differs(said: Sequence[_Word], source: Sequence[_Word]) -> str | None:
    """As `what_differs`, every day where it stands."""
    own = [one for one in said if not one.is_mark]
    kept = _aligned([one.key for one in own], [one.key for one in source])
    missing = [one.text for one, place in zip(own, kept, strict=True) if place is None]
    if missing:
        there = {one.key for one in source}
        strange = [one.text for one in own if one.key not in there]
        return f"“{strange[0]}” is not in its sentence" if strange else f"has “{missing[0]}” in another place"
    places = [place for place in kept if place is not None]
    if not places:
        return "says nothing of its sentence"
    if any(source[place].quoted for place in places) and not any(one.text in '“”"' for one in said):
        return "does not say who says so"
    return next((why for gap in _gaps(places, len(source)) if (why := _wrong(gap, source))), None)


def _words(text: str) -> list[_Word]:
    """The words and marks of a text, but for articles."""
    text = _UNSEEN.sub("", text)
    days = [match.span() for day, _ in dates(text) for match in [re.search(re.escape(day), text)] if match]
    opened = text.find("”") >= 0 and not 0 <= text.find("“") < text.find("”")  # what was quoted began before
    found: list[_Word] = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in '“”"':
            opened = not opened if word == '"' else word == "“"
        elif word.lower() in _UNSAID:
            continue
        is_day = any(start <= match.start() < end for start, end in days)
        found.append(_Word(word, _key(word), is_day, opened and word not in _MARKS))
    return found


def _has_one_day(words: Sequence[_Word]) -> bool:
    """Whether there is one date, and nothing like "before" or "until" leads up to it."""
    begins = [place for place, one in enumerate(words) if one.day and not (place and words[place - 1].day)]
    if len(begins) != 1:
        return False
    ahead = words[begins[0] - 1].key if begins[0] else ""
    return ahead in ("in", "on") or ahead not in _KEPT_AS_THEY_ARE


def _without_days(words: Sequence[_Word]) -> list[_Word]:
    """The words without days and what stands before one."""
    kept: list[_Word] = []
    for one in words:
        if not one.day:
            kept.append(one)
        elif kept and kept[-1].text.lower() in ("in", "on"):
            kept.pop()
    return kept


def _key(word: str) -> str:
    small = word.lower()
    return small if small in _KEPT_AS_THEY_ARE or small in _MARKS else " ".join(stems(word)) or small


def _aligned(said: Sequence[str], source: Sequence[str]) -> list[int | None]:
    """Where each word stands in the source, in order: as many as can be, in as few pieces as can be."""
    rows, columns = len(said), len(source)
    # of what is left from (row, column) on: how many are there, less a little for each piece; and whether by a match
    best = [[[0.0, 0.0] for _ in range(columns + 1)] for _ in range(rows + 1)]  # [..][1]: the word before matched here
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            skipped = max(best[row + 1][column][0], best[row][column + 1][0])
            for goes_on in (0, 1):
                value = skipped
                if said[row] == source[column]:
                    value = max(value, 1 + best[row + 1][column + 1][1] - (0 if goes_on else _PIECE))
                best[row][column][goes_on] = value
    places: list[int | None] = []
    row = column = goes_on = 0
    while row < rows and column < columns:
        value = best[row][column][goes_on]
        matched = 1 + best[row + 1][column + 1][1] - (0 if goes_on else _PIECE)
        if said[row] == source[column] and value == matched:
            places.append(column)
            row, column, goes_on = row + 1, column + 1, 1
        elif value == best[row][column + 1][0]:
            column, goes_on = column + 1, 0
        else:
            places.append(None)
            row, goes_on = row + 1, 0
    return [*places, *[None] * (rows - row)]


_PIECE = 0.01


def _gaps(places: Sequence[int], length: int) -> list[tuple[int, int]]:
    """The stretches [start, end) of a source of this length that are not kept."""
    edges = [-1, *places, length]
    return [(before + 1, after) for before, after in pairwise(edges) if after - before > 1]


def _wrong(gap: tuple[int, int], source: Sequence[_Word]) -> str | None:
    """Why this must not be left out; None if it may."""
    start, end = gap
    words = [one for one in source[start:end] if not one.is_mark and not one.day]
    words = [one for one in words if one.text.lower() not in LOOSE]
    small = [one.text.lower() for one in words]
    if not words or (start == 0 and all(word in JOINING for word in small)):
        return None
    if any(word in CONDITIONS for word in small):
        return "leaves out a condition"
    if any(word in _TELLING for word in small):
        return "does not say who says so"
    last = end - 1
    while last > start and source[last].text.lower() in JOINING | LOOSE:
        last -= 1
    after = source[last].text if source[last].is_mark else source[end].text if end < len(source) else ""
    before = source[start].text if source[start].is_mark else source[start - 1].text if start else ""
    if ":" in (after, before) and start == 0:
        return "leaves out how its sentence says it"
    opens, closes = start == 0 or before in _MARKS, end == len(source) or after in _MARKS
    if (opens and closes) or _is_day(source[start:end]) or _is_title(source[start:end], source[end:]):
        return None
    if end == len(source) and (small[0] in _KEPT_AS_THEY_ARE or small[0] in _BEHIND):
        return None
    return f"leaves out “{words[0].text}”"


_BEHIND = frozenset("against at by during from into on since toward towards upon with within without".split())
"""What else, beside small words, begins a part at the end of a sentence."""


def _is_day(gap: Sequence[_Word]) -> bool:
    """Whether it is a day and what stands before one: "on Monday", "in April 2018"."""
    words = [one for one in gap if not one.is_mark]
    return any(one.day for one in words) and all(one.day or one.text.lower() in ("on", "in") for one in words)


def _is_title(gap: Sequence[_Word], behind: Sequence[_Word]) -> bool:
    """Whether it is what stands before a name: "Defense Secretary", "James"; of "Vice President" it is not "Vice"."""
    name = list(takewhile(lambda one: one.text[:1].isupper(), behind))
    if not name or any(one.text.lower().rstrip(".") in OFFICES for one in name):
        return False
    words = [one.text for one in gap if not one.is_mark]
    return all(word[:1].isupper() and word.lower() not in _KEPT_AS_THEY_ARE for word in words)
