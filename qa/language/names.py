"""What a question names, read from its words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qa.language.vocabulary import (
    ABBREVIATIONS,
    AUXILIARIES,
    COURTESIES,
    LINKS,
    MODALS,
    QUESTION_WORDS,
    SCALES,
    SHORT_MONTHS,
    SHORT_SCALES,
    STOP_WORDS,
    TITLES,
)

_MARKS = r"[\u0300-\u036f\u00ad\u200b-\u200d\u2060]*"  # accents by themselves, and what has no width
_LETTERS = rf"(?:[^\W_]{_MARKS})+"
_WORD = re.compile(rf"\d+(?:[.,]\d+)+|{_LETTERS}(?:[.'’&-]{_LETTERS})*\.?")
_NUMBER = re.compile(  # of "1988/89" the year, not its second half
    rf"(?<!\d)(?<!\d/)(?P<digits>\d+(?:[.,]\d+)*)(?:(?:[ -]?(?:{'|'.join(SCALES)})|{'|'.join(SHORT_SCALES)})\b)?",
    re.IGNORECASE,
)
_TITLES = frozenset(map(str.lower, TITLES))
_LABEL = re.compile(r"\W*(?:(?:q|question|no\.?)\s*)?\d*\s*[.:)]\s+", re.IGNORECASE)
_OPENING = re.compile(r"[\s\"'“‘”’¿¡]+$")
_POINTED = re.compile(r"(?:\w\.)+")
_NO_END = ABBREVIATIONS | _TITLES | {f"{month}." for month in SHORT_MONTHS}
_NO_NAMES = STOP_WORDS | COURTESIES
_SMALL = frozenset((*LINKS, *"a an or but nor at by from with as".split()))  # as titles have them
_ASKING = frozenset((*QUESTION_WORDS, *AUXILIARIES, *MODALS))
_LINKED = re.compile(rf" (?:(?:{'|'.join(LINKS)}) )+")


@dataclass(frozen=True)
class Question:
    """A question as its checks need it."""

    text: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Capitalised words and runs of them ("António Guterres")."""
        return tuple(dict.fromkeys(name for name, _ in find_names(self.text)))

    @cached_property
    def long_names(self) -> tuple[str, ...]:
        """Names that have small words between them, together: "Department of Justice"."""
        found: list[str] = []
        start = end = 0
        for name, place in find_names(self.text):
            if end and _LINKED.fullmatch(self.text[end:place]):
                found = [one for one in found if one != self.text[start:end]]
                found.append(self.text[start : place + len(name)])
            else:
                start = place
            end = place + len(name)
        return tuple(found)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words and numbers, each once, as written."""
        return tuple(
            {
                match.group().rstrip(".").lower(): match.group().rstrip(".") for match in _WORD.finditer(self.text)
            }.values()
        )

    @cached_property
    def counts(self) -> tuple[tuple[str, str], ...]:
        """The numbers in digits, as written, each without and with its scale: ("4", "4 thousand")."""
        begin = _after_label(self.text)
        return tuple({match["digits"]: match.group() for match in _NUMBER.finditer(self.text, begin)}.items())

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The numbers in digits, as written."""
        return tuple(digits for digits, _ in self.counts)


def find_names(text: str) -> list[tuple[str, int]]:
    """Capitalised words and runs of them, and where each begins.

    Not the first word of a sentence, which any word can be. A text in capitals throughout names nothing that can be
    told apart; one whose words all begin with a capital, only what has more of them or digits.
    """
    names: list[tuple[str, int]] = []
    last_end = -1
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) * 2 > len(letters):
        return []
    plain_ones = not _is_title(text)
    for match in _WORD.finditer(text, _after_label(text)):
        word = match.group() if _POINTED.fullmatch(match.group()) else match.group().rstrip(".")
        if not word[:1].isupper() or word.lower() in _NO_NAMES or match.group().lower() in _TITLES:
            continue
        is_marked = word[1:2].isupper() or word[1:2].isdigit() or _POINTED.fullmatch(word)
        if not is_marked and (not plain_ones or _begins(text, match.start())):
            continue
        if names and text[last_end : match.start()] == " ":
            name, start = names[-1]
            names[-1] = (f"{name} {word}", start)
        else:
            names.append((word, match.start()))
        last_end = match.start() + len(word)
    return names


def swapped(question: str) -> str | None:
    """The question with its two names exchanged; None if it has not just two.

    >>> swapped("Did Kelston sue Bolt Energy?"), swapped("Was Kelston sued?")
    ('Did Bolt Energy sue Kelston?', None)
    """
    names = find_names(question)
    if len(names) != 2:
        return None
    (one, start), (other, place) = names
    between = question[start + len(one) : place]
    return f"{question[:start]}{other}{between}{one}{question[place + len(other) :]}"


def _after_label(text: str) -> int:
    """Where the text begins behind its number: "Q3: ", "2. "."""
    label = _LABEL.match(text)
    return label.end() if label else 0


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins there."""
    before = _OPENING.sub("", text[max(0, start - 60) : start])
    if not before.strip(" (") or before.endswith(("!", "?", "…")):
        return True
    last = before.rsplit(None, 1)[-1]
    return last.endswith(".") and not _POINTED.fullmatch(last) and last.lower() not in _NO_END


def _is_title(text: str) -> bool:
    """Whether it is a question whose words all begin with a capital, small ones perhaps not: "Who Wrote The Book?"."""
    first, *words = [match.group() for match in _WORD.finditer(text, _after_label(text))] or [""]
    if first.lower() not in _ASKING or any(word[0].islower() and word.lower() not in _SMALL for word in words):
        return False
    capital = [word.lower() for word in words if word[0].isupper()]
    asks = first.lower() in QUESTION_WORDS  # "Is Donald Trump President?" needs no other verb
    return (asks and len(capital) > 2) or any(word in STOP_WORDS for word in capital)


def is_bare(question: str) -> bool:
    """Whether the question has no word to look for: what lies nearest to it says nothing.

    >>> is_bare("Why was that?"), is_bare("What about the US?")
    (True, False)
    """
    return all(
        word.lower() in STOP_WORDS and not (len(word) > 1 and word.isupper())  # "US"
        for word in Question(question).words
    )
