"""What a question names."""

import pytest

from qa.language.names import Question


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
        ("What did Prof. Asante tell Dr. Ruth Danner?", ("Asante", "Ruth Danner")),
        ("Who is The Man In The Moon?", ("Man", "Moon")),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert Question(text).names == names


def test_numbers() -> None:
    question = Question("Were 4,000 of the 12.5 million dollars given to Mexico’s army in 2018?")
    assert question.numbers == ("4,000", "12.5", "2018")
    assert Question("What did it cost in 1988/89?").numbers == ("1988",)


@pytest.mark.parametrize("text", ["", "?", "谁授权了军队？", "x" * 100_000, "word " * 10_000, "\ud800"])
def test_anything_can_be_asked(text: str) -> None:
    question = Question(text)
    assert question.names == ()
    assert question.numbers == ()
