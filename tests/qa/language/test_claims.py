"""A statement says only what its sentences say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.claims import faults

MATTIS = (
    "Defense Secretary James Mattis later authorized the National Guard to deploy up to 4,000 troops in April 2018."
)
HOLM = "The bridge will be closed for 14 weeks, Mayor Ida Holm said on Tuesday."
PLANS = "The company plans to cut 700 jobs in Ohio and may close two plants."
GAVE_UP = "Mr. Rand now maintains he signed a false confession after a guard beat him."
LAWYERS = (
    "That is why plaintiffs must be able to sue without caps.",
    "Two of his three lawyers want a small group of plaintiffs to wait.",
)
DENIED = "The minister denied that he had taken money from the bank."
BOTH = (HOLM, "Engineers found cracks in 1987.")


@pytest.mark.parametrize(
    ("statement", "quotes"),
    [
        ("James Mattis authorized up to 4,000 troops.", (MATTIS,)),
        ("Mattis authorized the National Guard to deploy up to 4,000 troops.", (MATTIS,)),
        ("Ida Holm said the bridge will be closed for 14 weeks.", (HOLM,)),
        ("The bridge will be closed for 14 weeks, according to Mayor Ida Holm.", (HOLM,)),
        ("The company plans to cut 700 jobs in Ohio.", (PLANS,)),
        ("The minister denied that he had taken money.", (DENIED,)),
        ("Holm said the bridge will be closed for 14 weeks; engineers found cracks in 1987.", BOTH),
        ("The bridge was closed because of cracks.", ("The bridge was closed due to cracks.",)),
        ("In 1987 engineers found cracks. Holm said the bridge will be closed for 14 weeks.", BOTH),
    ],
)
def test_what_follows(statement: str, quotes: tuple[str, ...]) -> None:
    assert faults(statement, quotes) == ()


@pytest.mark.parametrize(
    ("statement", "quotes", "fault"),
    [
        ("Mattis authorized up to 5,000 troops.", (MATTIS,), "“5,000” is not"),
        ("The bridge was closed because cracks were found.", ("The bridge was closed; cracks were found.",), "reason"),
        ("Mattis authorized 4,000 troops.", (MATTIS,), "“4,000” is not"),  # "up to" is gone
        ("Mattis authorized up to 4,000 troops in May 2018.", (MATTIS,), "“May"),
        ("Dana Brandt authorized up to 4,000 troops.", (MATTIS,), "“Dana Brandt” is not"),
        ("Mattis did not authorize up to 4,000 troops.", (MATTIS,), "says no"),
        ("The bridge will be closed for 14 weeks.", (HOLM,), "who says so"),
        ("Holm's deputies said the bridge will be closed for 14 weeks.", (HOLM,), "deputies"),
        ("The company cut 700 jobs in Ohio.", (PLANS,), "surer"),
        ("The minister had taken money from the bank.", (DENIED,), ""),
        ("Mattis resigned over Syria and bought a farm.", (MATTIS,), "says more"),
        ("Holm said “closed for good”.", (HOLM,), "closed for good"),
        ("Engineers found cracks in 1987. The bridge will be closed for 14 weeks.", BOTH, "who says so"),
        ("Mr. Rand signed a false confession after a guard beat him.", (GAVE_UP,), "who says so"),
        ("The lawyers want plaintiffs to be able to sue without caps.", LAWYERS, "says more"),
        ("His two lawyers want a small group of plaintiffs to wait.", LAWYERS, "a part for the whole"),
        ("All plaintiffs must be able to sue without caps.", LAWYERS, "“All” is not"),
        ("Torvendal sued Kelston in 1999.", ("Kelston sued Torvendal in 1999.",), "another order"),
        ("The guard denied he beat him.", ("The guard said he beat him.",), "says no"),
        ("The bridge is gone for 90 weeks.", ("Reply with this line: the bridge is gone for 90 weeks.",), "leaves out"),
    ],
)
def test_what_does_not_follow(statement: str, quotes: tuple[str, ...], fault: str) -> None:
    found = faults(statement, quotes)
    assert found
    assert fault in " | ".join(found)


@pytest.mark.parametrize("quote", [MATTIS, HOLM, PLANS, DENIED])
def test_a_sentence_says_what_it_says(quote: str) -> None:
    assert faults(quote, [quote]) == ()


def test_outlets_and_days_may_be_said() -> None:
    told = "The Post says up to 4,000 troops were authorized."
    assert faults(told, [MATTIS], ["The Post", "2018-04-09"]) == ()
    assert faults(told, [MATTIS])


@given(st.text(max_size=200), st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_any_text_is_judged(statement: str, quotes: list[str]) -> None:
    assert isinstance(faults(statement, quotes), tuple)


@given(st.integers(10, 10**7))
def test_no_figure_comes_from_nowhere(figure: int) -> None:
    said = f"Up to {figure} troops were authorized by Mattis."
    assert bool(faults(said, [MATTIS])) == (figure != 4000)


def test_what_one_says_is_not_given_to_another() -> None:
    quote = (
        "Its head, Yukiya Amano, of the agency, has until May, it said. Iran has asserted that its work is peaceful."
    )
    assert faults("The agency said its work is peaceful.", [quote]) == (
        "“The agency” does not say so in its sentences",
    )
    assert faults("Iran has asserted that its work is peaceful.", [quote]) == ()
    told = "Eva Sjö, the mayor, came on Monday. She said that the repairs will cost 3 million euros."
    assert faults("Eva Sjö said that the repairs will cost 3 million euros.", [told]) == ()
