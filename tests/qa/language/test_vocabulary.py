"""Each list of words stands once, and says what it should."""

from __future__ import annotations

import ast
import calendar
from itertools import combinations
from pathlib import Path

import qa
from qa.language import vocabulary
from qa.language.vocabulary import CROWDS, MONTHS, NUMBERS, SHORT_MONTHS, STOP_WORDS, WEEKDAYS

ROOT = Path(qa.__file__).parent
LISTS = {
    name: frozenset(value)
    for name, value in vars(vocabulary).items()
    if name.isupper() and name not in ("STOP_WORDS", "CROWDS")  # it has words of all kinds; they are made of SCALES
}


def test_months_and_days_are_those_of_the_calendar() -> None:
    assert [name.lower() for name in calendar.day_name] == list(WEEKDAYS)
    assert [name.lower() for name in calendar.month_name[1:]] == list(MONTHS)
    assert all(MONTHS[number - 1].startswith(short) for short, number in SHORT_MONTHS.items())


def test_numbers_and_crowds() -> None:
    assert [NUMBERS[word] for word in ("zero", "one", "twelve", "twenty", "ninety")] == [0, 1, 12, 20, 90]
    assert len(NUMBERS) == 28
    assert "thousands" in CROWDS
    assert STOP_WORDS.isdisjoint({*NUMBERS, *MONTHS, *WEEKDAYS} - {"may"})


def test_no_module_writes_a_list_of_the_vocabulary_again() -> None:
    """Five words of one list in one text of a module, side by side, are that list once more."""
    again = []
    for path in ROOT.rglob("*.py"):
        if path == Path(vocabulary.__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value.lower().replace("|", " ").split()
                again += [
                    (path.name, name, run)
                    for name, known in LISTS.items()
                    for run in zip(*(words[shift:] for shift in range(5)), strict=False)
                    if known.issuperset(run) and len(set(run)) == 5
                ]
    assert again == []


def test_no_two_lists_are_one() -> None:
    for one, other in combinations(LISTS, 2):
        assert not LISTS[one] <= LISTS[other] or (one, other) in {("ONES", "NUMBERS"), ("TENS", "NUMBERS")}
