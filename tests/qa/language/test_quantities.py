"""Numbers and dates with what belongs to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.quantities import amounts, find_quantities
from tests.qa.language.test_numerals import in_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("deploy up to 4,000 troops", ["up to 4,000"]),
        ("a caravan of over 4,000 migrants", ["over 4,000"]),
        ("It cost $3.5 billion, or 12 percent more.", ["$3.5 billion", "12 percent"]),
        (
            "at least twenty-one of them, no fewer than two thousand",
            ["at least twenty-one", "no fewer than two thousand"],
        ),
        ("On Thursday, Oct. 18, 2018, he left.", ["Thursday, Oct. 18, 2018"]),
        ("It was 18 October 2018 or May 2019.", ["18 October 2018", "May 2019"]),
        ("He may go in May.", ["May"]),
        ("between 3 and 5 days", ["between 3 and 5 days"]),
        ("In 1999 some 300 people came.", ["1999", "some 300"]),
        ("thousands of children", ["thousands"]),
        ("No number here, not in F-16s or 4x4.", []),
        ("not more than 40 houses", ["not more than 40"]),
        ("sent up to about 900 soldiers", ["up to about 900"]),
        ("at -5 degrees, minus 7 or more", ["-5 degrees", "minus 7 or more"]),
        ("HK$500 and $1.5tn", ["HK$500", "$1.5tn"]),
        (
            "one hundred and twelve men and two thousand three hundred women",
            ["one hundred and twelve", "two thousand three hundred"],
        ),
        ("between two hundred and three hundred", ["between two hundred and three hundred"]),
        ("$500k on Sept 4 or the 4th of May", ["$500k", "Sept 4", "4th of May"]),
        ("page 118 March", ["118", "March"]),
        ("more than 20 years ago", ["more than 20 years"]),
    ],
)
def test_find(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in find_quantities(text)] == found


@given(st.text(alphabet=st.sampled_from(list("0123456789 ,.-$%aefhimnoprstuvy")), max_size=80))
def test_quantities_lie_in_the_text_and_apart(text: str) -> None:
    position = 0
    for start, end in find_quantities(text):
        assert position <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        position = end


@given(st.integers(1, 999_999_999))
def test_a_number_in_words_is_the_amount_in_digits(number: int) -> None:
    words, digits = (
        [(amount.values, amount.low) for amount in amounts(f"{said} men")] for said in (in_words(number), f"{number:,}")
    )
    assert words == digits == [((float(number),), float(number))]
