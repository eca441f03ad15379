"""Which article of a list, or of the talk, a line means: "the second one", "2", "the drone story". Pure."""

from __future__ import annotations

import re

from qa.language.browse import content_words
from qa.language.vocabulary import ORDINALS, SAYING, STOP_WORDS

_PLACE = re.compile(r"\[?\b(\d{1,2})\b\]?")
_PLACES = {**ORDINALS, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "last": -1, "latter": -1, "former": 1}
_OPENING = frozenset("open read show view number no".split())
ARTICLE = frozenset("article articles story stories piece pieces one ones report text".split())
"""Words for an article."""

_WHO_SAYS = re.compile(rf"\W*who (?:else )?(?:{'|'.join(SAYING)})\b(.*)", re.IGNORECASE)


def place_in(text: str) -> int | None:
    """The place in a list that a line names, from 1; -1 is the last."""
    if match := _PLACE.search(text):
        return int(match[1])
    return next((_PLACES[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _PLACES), None)


def only_a_place(text: str) -> bool:
    """Whether a line is nothing but a place in a list: "the first one", "2", "open the last article"."""
    words = set(re.findall(r"\w+", text.lower())) - _OPENING
    return place_in(text) is not None and all(
        word in _PLACES or word in ARTICLE or word.isdecimal() or word in STOP_WORDS for word in words
    )


def tells_what(text: str) -> bool:
    """Whether a line that asks who says something tells what: "who says it is a shame?"."""
    match = _WHO_SAYS.match(text)
    return match is not None and len(content_words(match[1])) > 1


def is_of_these(text: str) -> bool:
    """Whether a line chooses among what was shown: "the one about the arrest"."""
    return bool(re.search(r"\bones?\b", text, re.IGNORECASE))


_NAMED = re.compile(r"\b(?:the|that|this) ([^?.!]+?) (?:article|story|piece|one)\b", re.IGNORECASE)


def named_article(text: str) -> str:
    """What stands before "article": "the sweet briar article"; "" if that only counts or points."""
    match = _NAMED.search(text)
    words = [word for word in content_words(match[1]) if word.lower() not in _PLACES] if match else []
    return " ".join(words)
