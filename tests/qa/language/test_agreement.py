"""When two answers are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.agreement import same
from qa.language.forms import canonical


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("the U.S. Military", "US military", True),
        ("4,000", "up to 4,000 troops", True),
        ("Five", "5 miners", True),
        ("ninety-nine", "99", True),
        ("$3 billion", "$3bn", True),
        ("12 percent", "12%", True),
        ("Sept. 4", "September 4", True),
        ("4 September", "September 4, 2018", True),
        ("4 thousand", "4000 visitors", True),
        ("the U.S.", "United States", True),
        ("the U.N. mission", "a United Nations mission", True),
        ("WHO", "the World Health Organization", True),
        ("World War II", "World War 2", True),
        ("World War I", "World War II", False),
        ("the third", "3rd", True),
        ("José Núñez", "Jose\u0301 Nunez", True),
        ("G-20", "the G20", True),
        ("Procter & Gamble", "Procter and Gamble", True),
        ("the UN", "the EU", False),
        ("the U.S.A.", "the United States", True),
        ("Article IV", "IV", True),
        ("European languages", "Indo-European languages", False),
        ("profit", "non-profit", False),
        ("ninety", "ninety-nine", False),
        ("Mattis", "Defense Secretary James Mattis", True),
        ("the president", "the president of Mexico", True),
        ("April", "April 2018", True),
        ("April 2018", "April 2019", False),
        ("thousands", "thousands of children", True),
        ("James", "James Mattis", False),  # another James
        ("New York", "New York Times", False),
        ("UK", "UK prime minister", False),
        ("5", "5 million", False),
        ("$5", "5", False),
        ("5", "5%", False),
        ("more than 40", "less than 40", False),
        ("Guatemala", "Guatemala, Honduras and El Salvador", False),
        ("approve", "did not approve", False),
        ("", "", False),
    ],
)
def test_same(one: str, other: str, alike: bool) -> None:
    assert same(one, other) is alike
    assert same(other, one) is alike


@given(st.text(max_size=30))
def test_an_answer_is_the_same_as_itself(text: str) -> None:
    assert same(text, text) is bool(canonical(text))
