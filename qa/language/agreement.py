"""When two answers are one: "4,000" and "up to 4,000 troops", "Mattis" and "James Mattis"."""

from __future__ import annotations

import re

from qa.language.forms import canonical, one_acronym
from qa.language.quantities import amounts, dates
from qa.language.vocabulary import ARTICLES, NEGATIONS

_LINKS = frozenset("of in on at from for to by with who which that during under against into".split())
_BREAKS = frozenset(("and", "or", "but", "except", *NEGATIONS))


def plain(text: str) -> tuple[str, ...]:
    """The words of a text without case, marks and articles.

    >>> plain("The U.S. Military"), plain("$5")
    (('us', 'military'), ('$5',))
    """
    words = re.findall(r"[-−]?[$£€¥]?\w+(?:[.,'’]\w+)*%?", re.sub(r"\b(?:\w\.){2,}", _joined, text.lower()))
    return tuple(word for word in words if word not in ARTICLES)


def _joined(match: re.Match[str]) -> str:
    return match.group().replace(".", "")


def same(one: str, other: str) -> bool:
    """Whether two answers say the same: the same words in any of their forms, or one is the other said more fully.

    Said more fully is what adds words before it ("James Mattis", "up to 4,000") or a phrase behind it ("the president
    of Mexico", "4,000 troops"); never what changes a number or date, adds an item, denies, or names another thing
    ("New York Times").

    >>> same("4,000", "up to 4,000 troops"), same("New York", "New York Times"), same("5", "5 million")
    (True, False, False)
    >>> same("$3bn", "3 billion dollars"), same("a U.N. mission", "the United Nations mission")
    (True, True)
    """
    one, other = one_acronym(one, other), one_acronym(other, one)
    short, long = sorted((canonical(one), canonical(other)), key=len)
    if short == long:
        return bool(short)
    if not short or not _same_numbers(one, other):
        return False
    place = next((i for i in range(len(long) - len(short) + 1) if long[i : i + len(short)] == short), None)
    if place is None:
        return False
    before, after = long[:place], long[place + len(short) :]
    if _BREAKS & {*before, *after} or "," in _rest(one, other):
        return False
    quantity = bool(amounts(one) or dates(one))
    return len(before) <= 4 and (not after or quantity or after[0] in _LINKS)


def _rest(one: str, other: str) -> str:
    """What the longer of two answers adds, its numbers left out."""
    short, long = sorted((one, other), key=len)
    return re.sub(r"\d[\d.,]*\d|,\s*(?=\d)", "", long.replace(short, " ", 1))


def _same_numbers(one: str, other: str) -> bool:
    """Whether both have the same numbers, without "up to" and its like; and dates of which one completes the other."""
    first, second = ([(amount.values, amount.unit) for amount in amounts(text)] for text in (one, other))
    short, long = sorted(([parts for _, parts in dates(text)] for text in (one, other)), key=lambda d: sum(map(len, d)))
    return (
        first == second
        and all(any(parts <= fuller for fuller in long) for parts in short)
        and (bool(short) or not long)
    )
