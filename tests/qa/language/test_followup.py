"""What a question of a chat means after the one before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import WHOLE_FILE
from qa.language.followup import LONGEST, Way, points_back, ways
from qa.types import Answer, Citation, Refusal, Searched, Statement

QUOTE = "Mattis authorized up to 4,000 troops."
CITATION = Citation(
    marker=1, article_id="hill", title="Border", outlet=None, author=None, published=None, path="hill.txt",
    place=WHOLE_FILE,
    encoding="utf-8", changed=False, url=None, start=100, end=137, quote=QUOTE,
)  # fmt: skip


def asked(question: str, said: str | None = "up to 4,000") -> Answer:
    searched = Searched(1, None, 1)
    if said is None:
        return Answer(question, (), searched, refusal=Refusal("no_span"))
    return Answer(question, (), searched, (Statement(said, "span", (1,)),), (CITATION,))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did he do so?", True),
        ("Who authorized them?", True),
        ("What happened after that?", True),
        ("What was their answer?", True),
        ("Why did the president sign it?", True),
        ("How many workers lost their jobs?", False),  # whose, the question itself says
        ("Which order was that of the president?", False),
        ("When did Trump say that he would?", False),
        ("How many troops were authorized?", False),
        ("What did it do " + "then and " * LONGEST + "there?", False),
        ("", False),
    ],
)
def test_points_back(question: str, expected: bool) -> None:
    assert points_back(question) is expected


def test_a_question_that_points_back_goes_with_the_names_before_it() -> None:
    before = asked("How many troops did Trump send to Mexico?")
    named = "When did he do so? (Trump, Mexico)"
    itself = Way("When did he do so?")
    assert ways("When did he do so?", before) == [Way(named, ("hill",)), Way(named), itself]
    # what it became is named again by what follows it
    assert ways("Why did he?", asked(named, "April"))[0].text == "Why did he? (Trump, Mexico)"


def test_a_name_that_was_the_answer_is_meant_too() -> None:
    assert ways("When did he?", asked("Who sent troops?", "James Mattis"))[1] == Way("When did he? (James Mattis)")
    assert ways("When did they?", asked("Who sent troops?", "the army"))[0] == Way("When did they?", ("hill",))


def test_after_a_refusal_nothing_is_cited() -> None:
    found = ways("When did he?", asked("Whom did Trump fire?", None))
    assert found == [Way("When did he? (Trump)"), Way("When did he?")]


@pytest.mark.parametrize(
    ("before", "question", "text"),
    [
        ("How many troops did Canada send?", "What about Norway?", "How many troops did Norway send?"),
        ("How many troops did Canada send?", "And the United States?", "How many troops did the United States send?"),
        ("How many troops did Canada send?", "and in New Zealand", "How many troops did New Zealand send?"),
        ("How many did it send? (Canada, Mali)", "What about Norway?", "How many did it send? (Norway)"),
        ("How many troops did Canada send?", "And how many came back?", "And how many came back?"),
        ("How many troops did Canada send to Mali?", "What about Norway?", "What about Norway?"),  # in place of which?
    ],
)
def test_another_name_in_the_place_of_the_one_before(before: str, question: str, text: str) -> None:
    assert ways(question, asked(before))[0].text == text


@given(st.text(max_size=60))
def test_the_first_question_stands_by_itself_and_any_other_can_be_taken(question: str) -> None:
    assert ways(question, None) == [Way(question)]
    found = ways(question, asked("How many troops did Canada send?"))
    assert found
    assert len(set(found)) == len(found)
