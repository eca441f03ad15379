"""What a question names, read from its words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qa.language.vocabulary import STOP_WORDS, TITLES

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:[.'’&-][^\W_]+)*\.?")
_NUMBER = re.compile(r"(?<!\d)(?<!\d/)\d+(?:[.,]\d+)*")  # of "1988/89" the year, not its second half
_TITLES = frozenset(map(str.lower, TITLES))


@dataclass(frozen=True)
class Question:
    """A question as its checks need it."""

    text: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Capitalised words and runs of them ("António Guterres")."""
        return tuple(dict.fromkeys(name for name, _ in find_names(self.text)))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words and numbers, each once, as written."""
        return tuple(
            {
                match.group().rstrip(".").lower(): match.group().rstrip(".") for match in _WORD.finditer(self.text)
            }.values()
        )

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The numbers in digits, as written."""
        return tuple(dict.fromkeys(_NUMBER.findall(self.text)))


def find_names(text: str) -> list[tuple[str, int]]:
    """Capitalised words and runs of them, and where each begins.

    Not the first word, which any word can be. A text in capitals throughout names nothing that can be told apart.
    """
    names: list[tuple[str, int]] = []
    last_end = -1
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) * 2 > len(letters):
        return []
    for match in _WORD.finditer(text):
        word = match.group().rstrip(".") if not re.fullmatch(r"(?:\w\.)+", match.group()) else match.group()
        begins = text[: match.start()].strip(" \"'“‘(¿") == ""
        if not word[:1].isupper() or word.lower() in STOP_WORDS or match.group().lower() in _TITLES:
            continue
        if begins and not (word[1:2].isupper() or word[1:2].isdigit()):
            continue
        if names and text[last_end : match.start()] == " ":
            name, start = names[-1]
            names[-1] = (f"{name} {word}", start)
        else:
            names.append((word, match.start()))
        last_end = match.start() + len(word)
    return names


def is_bare(question: str) -> bool:
    """Whether the question has no word to look for: what lies nearest to it says nothing.

    >>> is_bare("Why was that?"), is_bare("What about the US?")
    (True, False)
    """
    return all(
        word.lower() in STOP_WORDS and not (len(word) > 1 and word.isupper())  # "US"
        for word in Question(question).words
    )
