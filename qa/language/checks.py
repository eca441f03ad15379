"""Pure checks: names of a question that stand nowhere, answers of another kind or that say more than their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from index.text import composed, words_of
from qa.language.forms import Forms, canonical, counted, shortened, stands
from qa.language.names import Question, find_names
from qa.language.numerals import arabic
from qa.language.quantities import Amount, amounts, dates, find_quantities
from qa.language.vocabulary import CROWDS, NUMBERS, SHORT_MONTHS


def absent(question: Question, texts: Iterable[str]) -> tuple[str, ...]:
    """The names and numbers of the question that stand in none of `texts`, as they are written in the question.

    A name is there if any of its words is, in any form (`qa.language.forms`): "Mattis" for "James Mattis".
    """
    if not question.names and not question.numbers:
        return ()
    there = Forms(texts)
    missing = [name for name in question.names if name not in _ROLES and not stands(name, there)]
    if missing:
        meant = " ".join(shortened(name, there) for name in question.long_names)
        missing = [name for name in missing if name not in meant]
    named = " ".join(missing)
    missing += [number for number, whole in question.counts if number not in named and not counted(whole, there)]
    return tuple(dict.fromkeys(missing))


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
_ERA = r"(?:a\.?d|b\.?c(?:\.?e)?|c\.?e)\b\.?"
_YEAR = (  # of four digits; one of fewer only by itself, else it is a day or another number
    rf"\b[12]\d\d\d|\b{_ERA}\s*\d|\d\s*{_ERA}|"
    r"^\W*(?:(?:in|by|about|around|circa|since|until|before|after|the|year)\s+)*\d{2,3}\W*$"
)
_MONTHS = rf"\b(?:{'|'.join(SHORT_MONTHS)})"

# What a question asks for, where its words leave no doubt, and what an answer to it must hold.
_KINDS = (
    (r"\b(?:what|which) year\b", _YEAR),
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


# ---- the answer against the text that it cites ---------------------------------------------------------------------

_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")


def unsupported(answer: str, text: str) -> tuple[str, ...]:
    """The numbers, dates, names and quoted phrases of `answer` that `text` does not say, as the answer has them.

    A number must follow from one that stands there, with its unit: 5 does not follow from "up to 5", nor from "5 %";
    "more than 5" follows from 6. A date must be part of one that stands there. A name is there if its last word is.

    >>> unsupported("4,000 troops in May", "In April, Mattis authorized up to 4,000 troops.")
    ('4,000', 'May')
    """
    quoted = _QUOTED.findall(answer)
    answer, stated = arabic(composed(answer)), _stated(text)
    missing = [one.text for one in amounts(answer) if not any(other.implies(one) for other in stated.amounts)]
    missing += [
        date
        for date, parts in dates(answer)
        if not any(parts <= other for other in stated.dates) and not _in_a_row(canonical(date), canonical(text))
    ]
    taken = find_quantities(answer)
    for name, start in find_names(answer):
        in_number = any(first <= start < last for first, last in taken)
        if not in_number and not _is_said(name, text, stated.words):
            missing.append(name)
    missing += [phrase for phrase in quoted if not _in_a_row(words_of(phrase).split(), stated.words)]
    return tuple(dict.fromkeys(missing))


@dataclass(frozen=True, slots=True)
class _Stated:
    amounts: tuple[Amount, ...]
    dates: tuple[frozenset[str], ...]
    words: tuple[str, ...]


@lru_cache(maxsize=256)
def _stated(text: str) -> _Stated:
    """What a text says; most answers to a question are checked against the same few sentences."""
    plain = arabic(composed(text))
    return _Stated(tuple(amounts(plain)), tuple(parts for _, parts in dates(plain)), tuple(words_of(text).split()))


def _is_said(name: str, text: str, words: Sequence[str]) -> bool:
    """Whether the last word of a name is in a text, in any form, or the name is shortened there, or written out."""
    last = words_of(name).split()[-1:]
    if not last or last[0] in words:
        return True
    return {*canonical(name)[-1:]} <= {*canonical(text)} or bool(shortened(name, Forms([text])))


def _in_a_row(some: Sequence[str], words: Sequence[str]) -> bool:
    return f" {' '.join(some)} " in f" {' '.join(words)} "
