"""Pure checks of a question against what was found: names and numbers that stand nowhere, answers of another kind."""

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


_COUNTED = (
    r"\d|\b(?:no|none|nobody|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|"
    r"forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|both|"
    r"single|couple|pair|several|few|many|most|all|an?)\b"
)
_MONTHS = r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"

# What a question asks for, where its words leave no doubt, and what an answer to it must hold.
_KINDS = (
    (r"\b(?:what|which) year\b", r"\b(?:1\d|20)\d\d"),
    (r"\b(?:what|which) month\b", _MONTHS),
    (r"\b(?:what|which) (?:week)?day\b", rf"day\b|\d|{_MONTHS}"),
    (r"\bhow many\b|\b(?:what|which) (?:number|percentage)\b", _COUNTED),
)


def fits(question: str, answer: str) -> bool:
    """Whether the answer can be of the kind that the question asks for: a year, a month, a day, a number.

    >>> fits("In which year did he say so?", "April"), fits("How many came?", "up to 4,000")
    (False, True)
    """
    asked, given = question.lower(), answer.lower()
    return all(re.search(needed, given) for asking, needed in _KINDS if re.search(asking, asked))


_IN_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()


def _plain(number: str) -> str:
    """ "4,000" and "4000" are one number."""
    return number.replace(",", "")
