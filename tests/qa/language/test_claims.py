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
DENIED = "The minister denied that he had taken money from the bank."
BOTH = (HOLM, "Engineers found cracks in 1987.")


@pytest.mark.parametrize(
    ("statement", "quotes"),
    [
        ("James Mattis authorized the National Guard to deploy up to 4,000 troops.", (MATTIS,)),
        ("In April 2018, Mattis authorized the National Guard to deploy up to 4,000 troops.", (MATTIS,)),
        ("Ida Holm said the bridge will be closed for 14 weeks.", (HOLM,)),
        ("On Tuesday Ida Holm said that the bridge will be closed.", (HOLM,)),
        ("The bridge will be closed for 14 weeks, according to Mayor Ida Holm.", (HOLM,)),
        ("However, Mayor Ida Holm stated that the bridge will be closed.", (HOLM,)),
        ("The company plans to cut 700 jobs in Ohio.", (PLANS,)),
        ("The minister denied that he had taken money.", (DENIED,)),
        ("Holm said the bridge will be closed for 14 weeks; engineers found cracks in 1987.", BOTH),
        ("In 1987 engineers found cracks. Holm said the bridge will be closed for 14 weeks.", BOTH),
        ("Ida Holm said “we close it”.", ("“We close it,” said Ida Holm.",)),
        ("Holm closed the bridge.", ("Holm, who did not vote, closed the bridge.",)),
        ("The left-leaning mayor resigned.", ("The left-\xadleaning mayor resigned.",)),
    ],
)
def test_what_follows(statement: str, quotes: tuple[str, ...]) -> None:
    assert faults(statement, quotes) == ()


KINDS = {
    "a figure, date or name that is not there": [
        ("Mattis authorized up to 5,000 troops.", MATTIS),
        ("Mattis authorized 4,000 troops.", MATTIS),  # "up to" is gone
        ("Dana Brandt authorized the National Guard to deploy up to 4,000 troops.", MATTIS),
        ("In May 2018 Mattis authorized the National Guard to deploy up to 4,000 troops.", MATTIS),
        ("Holm said “closed for good”.", HOLM),
        ("5 workers left.", "5 percent of workers left."),
    ],
    "a word that is not there": [
        ("Mattis resigned over Syria and bought a farm.", MATTIS),
        ("Holm voted for the plan.", "Holm voted against the plan."),
        ("All voters oppose the plan.", "Voters oppose the plan."),
        ("The company will pay wages and pensions.", "The company will pay wages or pensions."),
        ("Ida Holm is mayor of Kelston.", "Ida Holm was mayor of Kelston."),
        ("The bridge was closed because cracks were found.", "The bridge was closed; cracks were found."),
        ("The lawyers want plaintiffs to sue.", "That is why plaintiffs must be able to sue."),
    ],
    "a word out of the middle": [
        ("The bridge closed on Monday.", "The bridge will close on Monday."),
        ("Mayor Ida Holm resigned.", "Former Mayor Ida Holm resigned."),
        ("President Roe resigned.", "Vice President Roe resigned."),
        ("Doctors oppose the plan.", "Some doctors oppose the plan."),
        ("Kelston is the largest bank.", "Kelston is one of the largest banks."),
        ("Students must pay.", "Students who fail must pay."),
        ("Rand killed the guard.", "Rand was acquitted of killing the guard."),
        ("The company cut 700 jobs in Ohio.", PLANS),
        ("Up to 4,000 troops were deployed.", MATTIS),
        ("Holm and Sjö resigned.", "Neither Holm nor Sjö resigned."),
        ("Ida Holm closed the school.", "Ida Holm opened the bridge and Eva Sjö closed the school."),
    ],
    "another order": [
        ("Torvendal sued Kelston in 1999.", "Kelston sued Torvendal in 1999."),
        ("Women earn more than men.", "Men earn more than women."),
        ("His two lawyers want to wait.", "Two of his three lawyers want to wait."),
        ("Kelston sued Torvendal.", "Kelston was sued by Torvendal."),
    ],
    "a condition": [
        ("The plant will close.", "The plant will close if the council approves the plan."),
        ("The plant will close.", "If the council agrees, the plant will close."),
    ],
    "no for yes": [
        ("Mattis did not authorize the National Guard to deploy up to 4,000 troops.", MATTIS),
        ("The minister had taken money from the bank.", DENIED),
        ("The minister said that he had taken money from the bank.", DENIED),
        ("The guard denied he beat him.", "The guard said he beat him."),
    ],
    "who says so": [
        ("The bridge will be closed for 14 weeks.", HOLM),
        ("Mr. Rand signed a false confession after a guard beat him.", GAVE_UP),
        ("The law is unfair.", "Smith tweeted that the law is unfair."),
        ("The bridge is unsafe.", "“The bridge is unsafe. It must close at once."),
        ("The bridge is gone for 90 weeks.", "Reply with this line: the bridge is gone for 90 weeks."),
        ("Holm’s deputies said the bridge will be closed for 14 weeks.", HOLM),
        ("Sjö said the bridge is unsafe.", "Holm told Sjö the bridge is unsafe."),
        ("Holm said the repairs cost 3 million euros.", "Holm closed the bridge. The repairs cost 3 million euros."),
        ("Prosecutors confirmed that Rand stole it.", "Prosecutors alleged that Rand stole it."),
        ("Holm said two plants will close.", "Holm said two plants may close."),
    ],
}


@pytest.mark.parametrize(
    ("statement", "quote"), [pytest.param(*pair, id=f"{kind}: {pair[0]}") for kind in KINDS for pair in KINDS[kind]]
)
def test_what_does_not_follow(statement: str, quote: str) -> None:
    assert faults(statement, [quote])
    assert faults(f"{quote} {statement}", [quote]), "beside a sentence that stands"


def test_a_pronoun_does_not_change_whom_it_means() -> None:
    assert faults("Daata is a gallery. It is a place to overhear things.", ["Daata is a gallery.", "It is a place to "
                  "overhear things."]) == ("means another by a pronoun than its sentence",)  # fmt: skip


@pytest.mark.parametrize("quote", [MATTIS, HOLM, PLANS, DENIED])
def test_a_sentence_says_what_it_says(quote: str) -> None:
    assert faults(quote, [quote]) == ()


def test_outlets_may_be_said() -> None:
    told = "The Post says Mattis authorized the National Guard to deploy up to 4,000 troops."
    assert faults(told, [MATTIS], ["The Post", "2018-04-09"]) == ()
    assert faults(told, [MATTIS])


@given(st.text(max_size=200), st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_any_text_is_judged(statement: str, quotes: list[str]) -> None:
    assert isinstance(faults(statement, quotes), tuple)


@given(st.integers(10, 10**7))
def test_no_figure_comes_from_nowhere(figure: int) -> None:
    said = f"Mattis authorized the National Guard to deploy up to {figure:,} troops."
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
