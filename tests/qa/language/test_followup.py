"""What a question of a chat means after what was said before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.followup import LONGEST, SAID, corrected, points_back, with_context


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


def test_a_question_goes_with_the_latest_names_the_question_before_and_how_its_answer_began() -> None:
    earlier = [
        ("Who leads Peru?", "Dina Boluarte"),
        ("Who led Chile?", None),
        ("When was she born?", "in " + "May " * 40),
    ]
    taken = with_context("Where?", earlier)
    assert taken.startswith("Where? (Peru, Dina Boluarte, Chile; When was she born? in May")
    assert taken.count("May") == SAID - 1
    assert with_context("Where?", []) == "Where?"
    assert with_context("Where?", [("when?", None)]) == "Where? (when?)"


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=60), st.none() | st.text(max_size=60)), max_size=3))
def test_a_question_stays_in_front_of_what_goes_with_it(question: str, earlier: list[tuple[str, str | None]]) -> None:
    assert with_context(question, earlier).startswith(question)


@pytest.mark.parametrize(
    ("line", "before", "meant"),
    [
        ("no, I mean the priest", "how old is he", "how old is the priest"),
        ("not the father, the son", "Where is his car?", "Where is the son's car?"),
        ("I meant Chile", "Who leads Peru?", "Who leads Chile?"),
        ("the second one", "what happened then?", "what happened then, the second one?"),
        ("no, ms english. what does she do now", "where was she", "what does ms english do now"),
        ("no the goalie i mean, what happened to her", "how many has she seen", "what happened to the goalie"),
        ("no i mean the plaintiff what name did she use", "who was it", "what name did the plaintiff use"),
        ("no i mean the one who quit", "where did she work", "where did the one who quit work"),
        ("no, bo ek, what's his average", "and roe?", "what's bo ek's average"),
        ("sorry i meant upstart", "odds on the first one", "odds on upstart"),
        ("no not the dead, the injured how many were they", "how many died", "how many were the injured"),
        ("and how many visits in mississippi", "where is his lab", "and how many visits in mississippi"),
    ],
)
def test_a_correction_puts_the_question_again(line: str, before: str, meant: str) -> None:
    assert corrected(line, before) == meant
