"""Numbers in words, letters and digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.numerals import arabic, in_digits, shown, value_of
from qa.language.vocabulary import NUMBERS


def in_words(number: int) -> str:
    """As a newspaper says it."""
    if number < 20:
        return list(NUMBERS)[number]
    if number < 100:
        tens = next(word for word, value in NUMBERS.items() if value == number - number % 10)
        return tens if number % 10 == 0 else f"{tens}-{in_words(number % 10)}"
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if rest < 100 else " "
            return f"{in_words(number // size)} {name}" + (f"{joint}{in_words(rest)}" if rest else "")
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("one in ten", "1 in 10"),
        ("twenty twelve", "20 12"),
        ("a hundred or one hundred twelve", "100 or 112"),
        ("two hundred and three thousand", "203000"),
        ("two hundred and three hundred", "200 and 300"),
        ("between two hundred and three hundred", "between 200 and 300"),
        ("seven eighty eight", "7 88"),
        ("the '90s, 1990s, 90s and nineties", "the 1990s, 1990s, 1990s and 1990s"),
        ("the '10s, 20 10s", "the 2010s, 20 10s"),
        ("between two and three million", "between 2 and 3000000"),
        ("half a million, two dozen", "500000, 24"),
        ("$3bn, us$3 billion, 3 billion euros", "$3000000000, $3000000000, €3000000000"),
        ("12 percent, 12 per cent, 12%", "12%, 12%, 12%"),
        ("the third, sixty-first and 3rd", "the 3th, 61th and 3th"),
        ("someone, often, tone", "someone, often, tone"),
        ("f-16 1.2.3", "f-16 1.2.3"),
    ],
)
def test_in_digits(text: str, digits: str) -> None:
    assert in_digits(text) == digits


@given(st.integers(0, 999_999_999))
def test_the_forms_of_a_number_agree(number: int) -> None:
    words = in_words(number)
    assert value_of(words) == number
    assert in_digits(words) == in_digits(words.replace(" and ", " ")) == str(number)
    assert in_digits(f"{number:,}") == in_digits(str(number)) == str(number)


@given(st.integers(1, 999), st.sampled_from([("billion", "bn", 1e9), ("million", "m", 1e6), ("thousand", "k", 1e3)]))
def test_the_forms_of_a_scale_agree(number: int, scale: tuple[str, str, float]) -> None:
    long, short, size = scale
    forms = (f"{number} {long}", f"{number}-{long}", f"{number}{short}", f"{in_words(number)} {long}")
    assert {in_digits(form) for form in forms} == {shown(number * size)}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("World War II’s end", "World War 2’s end"),
        ("Super Bowl LVIII, Olav IV", "Super Bowl 58, Olav 4"),
        ("Part I, World War I", "Part 1, World War 1"),
        ("then I went, May I, James I", "then I went, May I, James I"),  # who speaks?
        ("Malcolm X, Vitamin C, Plan V", "Malcolm X, Vitamin C, Plan V"),
        ("Rocky IIII, Type II-A, the XL, XIV", "Rocky IIII, Type II-A, the XL, XIV"),
    ],
)
def test_arabic(text: str, written: str) -> None:
    assert arabic(text) == written


_PIECES = [*"IVXL a,-.'9", "one ", "hundred ", "and ", "War ", "th", "$", "bn", "90s"]


@given(st.lists(st.sampled_from(_PIECES), max_size=15).map("".join))
def test_any_text_can_be_read(text: str) -> None:
    assert arabic(arabic(text)) == arabic(text)
    in_digits(text.lower())
