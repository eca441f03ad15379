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
        ("Who won? Kindly say so in one word.", ()),  # any word may begin a sentence
        ("Tell me who won. Then say why. NATO agreed!", ("NATO",)),
        ("Who won? “Surely Norway,” he said.", ("Norway",)),
        (
            "Who met Gov. Asante of the U.S. Army at Acme Inc. Labs on Jan. 6?",
            ("Asante", "U.S. Army", "Acme Inc", "Labs", "Jan"),
        ),
        ("Who won, Please? Many Thanks", ()),
        ("Hello! When did (Trump, Mexico) agree?", ("Trump", "Mexico")),
        ("Q7: Did Norway win?", ("Norway",)),
        ("2. Did Norway win?", ("Norway",)),
        ("Who Wrote The Long Report About Norway?", ()),  # in a title every word has a capital
        ("Which Nations Signed the Treaty of NATO?", ("NATO",)),
        ("Why Did the Yen Fall?", ()),
        ("Is Donald Trump President?", ("Donald Trump President",)),
        ("Who was Prime Minister Kim Campbell?", ("Prime Minister Kim Campbell",)),
        ("The Man Who Would Be King", ("Man", "King")),  # no question
        ("What did E\u0301lodie Mu\u0308ller buy?", ("E\u0301lodie Mu\u0308ller",)),
        ("What did the Tor\u00advendal carry?", ("Tor\u00advendal",)),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert Question(text).names == names


def test_long_names() -> None:
    question = Question("What did the Department of Justice and the Bank for the Baltic Sea tell Norway?")
    assert question.long_names == ("Department of Justice and the Bank for the Baltic Sea",)
    assert Question("Did Norway join?").long_names == ()


def test_numbers() -> None:
    question = Question("Were 4,000 of the 12.5 million dollars given to Mexico’s army in 2018?")
    assert question.numbers == ("4,000", "12.5", "2018")
    assert Question("What did it cost in 1988/89?").numbers == ("1988",)
    assert Question("Question 3: who paid $4bn, 5 thousand and 6?").counts == (
        ("4", "4bn"), ("5", "5 thousand"), ("6", "6"),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "?", "谁授权了军队？", "x" * 100_000, "word " * 10_000, "\ud800"])
def test_anything_can_be_asked(text: str) -> None:
    question = Question(text)
    assert question.names == ()
    assert question.numbers == ()
