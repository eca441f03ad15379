"""Questions that ask several things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.parts import MOST, in_talk, taken_apart


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When was she born and how did she die?", ["When was she born?", "how did she die?"]),
        ("Who bought the mill? How much did it cost?", ["Who bought the mill?", "How much did it cost?"]),
        ("Where and when was Bo Ek born?", ["Where was Bo Ek born?", "when was Bo Ek born?"]),
        ("Who was killed, and why?", ["Who was killed?", "why?"]),
        ("Did Peru sign and did Chile follow?", ["Did Peru sign?", "did Chile follow?"]),
        (
            "Who were killed and wounded, and how long was the trial?",
            ["Who were killed and wounded?", "how long was the trial?"],
        ),
        ("Who bought salt and pepper?", ["Who bought salt and pepper?"]),
        (
            "Who said that he and what remained of the army would leave?",
            ["Who said that he and what remained of the army would leave?"],
        ),
        ("What did he say when asked and answered?", ["What did he say when asked and answered?"]),
        ("Mattis resigned. When did he do so?", ["Mattis resigned. When did he do so?"]),
        ("", [""]),
    ],
)
def test_the_parts(question: str, parts: list[str]) -> None:
    assert [part.said for part in taken_apart(question)] == parts


def test_a_part_that_points_back_goes_with_the_one_before() -> None:
    first, second = taken_apart("When was Bo Ek born, and how did he die?")
    assert first.text == first.said
    assert second.text == "how did he die? (Bo Ek; When was Bo Ek born?)"
    _, alone = taken_apart("When was Bo Ek born, and who is Ann Roe?")
    assert alone.text == "who is Ann Roe?"


def test_a_question_of_a_talk_goes_with_what_was_said_before() -> None:
    (part,) = in_talk(taken_apart("When?"), [("Who left?", "Bo Ek")])
    assert (part.said, part.text) == ("When?", "When? (Bo Ek; Who left? Bo Ek)")


@given(st.text(max_size=200))
def test_no_word_of_a_question_is_lost_and_a_part_asks_something(question: str) -> None:
    parts = taken_apart(question)
    assert 1 <= len(parts) <= MOST
    if len(parts) > 1:
        assert all(part.said.strip("?") for part in parts)
    else:
        assert parts[0].said.strip() in " ".join(question.split())


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Good evening, editors! Who won the cup?", "Who won the cup?"),
        ("Dear all, who won the cup? Best regards, Ann Roe", "who won the cup?"),
        ("Who won the cup? Many thanks for your help!", "Who won the cup?"),
        ("Please: who won the cup? Cheers", "who won the cup?"),
        ("Who sang “Hello, dear old friend”?", "Who sang “Hello, dear old friend”?"),
        ("Thanks to whom did they win the cup?", "Thanks to whom did they win the cup?"),
        ("Who won the cup? Thanks to whom?", "Who won the cup? Thanks to whom?"),
        ("Thanks!", "Thanks!"),
    ],
)
def test_what_is_only_polite_is_not_asked(question: str, asked: str) -> None:
    (part,) = taken_apart(question)
    assert part.said.strip() == asked
    assert question.find(asked) == part.text.find(asked)  # it keeps its place
