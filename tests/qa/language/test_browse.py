"""What a line that asks for articles names."""

import pytest

from qa.language.browse import content_words, subject_of


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("any articles on the flood in Peru?", "the flood in Peru"),
        ("What do you have about nuclear power?", "nuclear power"),
        ("which articles mention Angela Merkel", "Angela Merkel"),
        ("how many articles contain the word “coup”?", "coup"),
        ("In how many articles is the word spice mentioned?", "spice"),
        ("does any article mention Boeing?", "Boeing"),
        ("summarize the article about Malta", "Malta"),
        ("search for electric cars", "electric cars"),
        ("what articles do you have?", ""),
        ("the newest articles", ""),
    ],
)
def test_the_subject(line: str, subject: str) -> None:
    assert subject_of(line) == subject


def test_words_that_say_nothing_are_no_subject() -> None:
    assert content_words("the other articles about it") == []
    assert content_words("the mayor's car") == ["mayor's", "car"]
