"""Pure checks: names of a question that stand nowhere, answers of another kind or that say more than their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from index.text import fold, stems
from qa.language.names import Question, find_names
from qa.language.quantities import amounts, dates, find_quantities
from qa.language.vocabulary import CROWDS, NUMBERS, SHORT_MONTHS


def absent(question: Question, texts: Iterable[str]) -> tuple[str, ...]:
    """The names and numbers of the question that stand in none of `texts`, as they are written in the question.

    A name is there if any of its words is, in any form that `stems` folds into one: "Mattis" for "James Mattis".
    """
    if not question.names and not question.numbers:
        return ()
    texts = list(texts)
    words = {stem for text in texts for stem in stems(text)}
    numbers = {_plain(number) for text in texts for number in re.findall(r"\d+(?:[.,]\d+)*", text)}
    numbers |= {str(value) for word, value in NUMBERS.items() if value <= 20 and not words.isdisjoint(stems(word))}
    named = [name for name in question.names if name not in _ROLES]
    missing = [name for name in named if words.isdisjoint(stems(name))]
    missing += [
        number for number in question.numbers if _plain(number) not in numbers and number not in " ".join(missing)
    ]
    return tuple(missing)


def similar(names: Sequence[str], texts: Iterable[str]) -> tuple[str, ...]:
    """The `names` that `texts` have nearly so, as they have them: what was meant where a question is mistyped.

    >>> similar(["Jim Matiss", "Iran"], ["Defense Secretary James Mattis left Iraq."])
    ('Jim Mattis',)
    """
    if not names:
        return ()
    there = {word.lower(): word for text in texts for word in re.findall(r"\b[A-Z]\w{3,}", text)}
    meant = []
    for name in names:
        parts = [(part, get_close_matches(part.lower(), there, n=1, cutoff=_NEARLY)) for part in name.split()]
        if any(near for _, near in parts):
            meant.append(" ".join(there[near[0]] if near else part for part, near in parts))
    return tuple(meant)


_NEARLY = 0.8  # of difflib's ratio: "Matiss" and "Mattis" have .83, "Iran" and "Iraq" .75

_ROLES = frozenset(("CEO", "CFO", "COO", "CTO", "MP", "PM"))  # articles write them out: "chief executive"

_COUNTED = (
    rf"\d|\b(?:no|none|nobody|{'|'.join(NUMBERS)}|\w+teen|{'|'.join(f'{crowd}?' for crowd in CROWDS)}|half|third|"
    r"quarter|both|single|couple|pair|several|few|many|most|all|an?)\b"
)
_MONTHS = rf"\b(?:{'|'.join(SHORT_MONTHS)})"

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


def _plain(number: str) -> str:
    """ "4,000" and "4000" are one number."""
    return number.replace(",", "")


# ---- the answer against the text that it cites ---------------------------------------------------------------------

_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")


def unsupported(answer: str, text: str) -> tuple[str, ...]:
    """The numbers, dates, names and quoted phrases of `answer` that `text` does not say, as the answer has them.

    A number must follow from one that stands there, with its unit: 5 does not follow from "up to 5", nor from "5 %";
    "more than 5" follows from 6. A date must be part of one that stands there. A name is there if its last word is.

    >>> unsupported("4,000 troops in May", "In April, Mattis authorized up to 4,000 troops.")
    ('4,000', 'May')
    """
    said, stated = amounts(answer), amounts(text)
    missing = [one.text for one in said if not any(other.implies(one) for other in stated)]
    known = [parts for _, parts in dates(text)]
    missing += [date for date, parts in dates(answer) if not any(parts <= other for other in known)]
    words = set(_words(text))
    taken = find_quantities(answer)
    for name, start in find_names(answer):
        in_number = any(first <= start < last for first, last in taken)
        if not in_number and _words(name) and _words(name)[-1] not in words:
            missing.append(name)
    folded = f" {' '.join(_words(text))} "
    missing += [quoted for quoted in _QUOTED.findall(answer) if f" {' '.join(_words(quoted))} " not in folded]
    return tuple(dict.fromkeys(missing))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text).lower())
