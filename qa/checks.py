"""Pure checks of a question against what was found: which of its names and numbers stand nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from qa.question import Question


def absent(question: Question, texts: Iterable[str], stems: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """The names and numbers of the question that stand in none of `texts`, as they are written in the question.

    A name is there if any of its words is, in any form that `stems` folds into one: "Mattis" for "James Mattis".
    """
    texts = list(texts)
    words = {stem for text in texts for stem in stems(text)}
    numbers = {_plain(number) for text in texts for number in re.findall(r"\d+(?:[.,]\d+)*", text)}
    numbers |= {str(value) for value, word in enumerate(_IN_WORDS) if not words.isdisjoint(stems(word))}
    missing = [name for name in question.names if words.isdisjoint(stems(name))]
    missing += [
        number for number in question.numbers if _plain(number) not in numbers and number not in " ".join(missing)
    ]
    return tuple(missing)


_IN_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()


def _plain(number: str) -> str:
    """ "4,000" and "4000" are one number."""
    return number.replace(",", "")
