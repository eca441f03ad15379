"""What a question's words say about what it asks for."""

import pytest

from qa.question import Expected, Question


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How many troops were authorized?", Expected.COUNT),
        ("What was the number of troops?", Expected.COUNT),
        ("In which year did Mattis resign?", Expected.YEAR),
        ("When did it happen?", Expected.DATE),
        ("Until when is he in office?", Expected.DATE),
        ("On what day was it said?", Expected.DAY),
        ("In which month did he say so?", Expected.MONTH),
        ("How much will the wall cost?", Expected.MONEY),
        ("How much money did they raise?", Expected.MONEY),
        ("What percentage of voters agreed?", Expected.PERCENT),
        ("How long did the trip last?", Expected.DURATION),
        ("How big was the caravan?", Expected.AMOUNT),
        ("how MANY  people\ncame?", Expected.COUNT),
        ("Who said when it began?", None),
        ("Why did he leave?", None),
        ("Which countries did they come from?", None),
    ],
)
def test_expected(text: str, expected: Expected | None) -> None:
    assert Question(text).expected is expected


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("How many troops were authorized?", "troops"),
        ("How many U.S. troops were authorized?", "troops"),
        ("How many newly arrived foreign workers came?", "workers"),
        ("How many of them came?", None),
        ("How many were there?", None),
        ("Who came?", None),
    ],
)
def test_counted(text: str, counted: str | None) -> None:
    assert Question(text).counted == counted


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What did António Guterres of the United Nations say?", ("António Guterres", "United Nations")),
        ("Did Canada send troops?", ("Canada",)),
        ("What does USMCA stand for?", ("USMCA",)),
        ("NATO leaders met where?", ("NATO",)),
        ("Troops were sent where?", ()),  # the first word may be any word
        ("HOW MANY TROOPS DID CANADA SEND?", ()),  # nothing to tell a name by
        ("how many troops did canada send?", ()),
        ("Who is The Man In The Moon?", ("Man", "Moon")),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert Question(text).names == names


def test_numbers_and_words() -> None:
    question = Question("Were 4,000 of the 12.5 million dollars given to Mexico’s army in 2018?")
    assert question.numbers == ("4,000", "12.5", "2018")
    assert question.words == ("4,000", "12.5", "million", "dollars", "Mexico’s", "army", "2018")


@pytest.mark.parametrize("text", ["", "?", "谁授权了军队？", "x" * 100_000, "word " * 10_000, "\ud800"])
def test_anything_can_be_asked(text: str) -> None:
    question = Question(text)
    assert isinstance(question.words, tuple)
    assert question.counted is None
    assert question.expected is None
