"""Sentences that stand by themselves, and those that do not."""

import pytest

from qa.language.leaning import is_prose, leans


@pytest.mark.parametrize(
    "sentence",
    [
        "Ford said it was in talks with Tencent, maker of the popular messaging app.",
        "The mayor said he would close the bridge.",
        "This week the council closed the bridge.",
        "There was relief across Europe that a crisis had been averted.",
        "When Ms. Rice came, she spoke of the bridge.",
        "Many doctors in Ohio, however briefly, closed their doors.",
        "“People want to stay connected,” said David Huang, a senior engineer.",
        "A spokesman for Mr. Huang was brief: “The bridge is old,” he said.",
    ],
)
def test_stands_by_itself(sentence: str) -> None:
    assert not leans(sentence)
    assert is_prose(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "He was 89.",
        "“It’s a public health issue,” said Dr. Anthony L. Rostain.",
        "But the council closed the bridge.",
        "In that year the council closed the bridge.",
        "When he came, it rained.",
        "In another context, it might read like a sculpture.",
        "Worried about the cost, they closed the bridge.",
        "Some were angry about the bridge.",
        "Some colleges, however, require presidents to live on campus.",
        "“Coloring books for adults weren’t as much of a thing then.”",
        "“The bridge is old,” she said. “The mayor of Perth knows it.”",
        '"Nobody came to the bridge."',
        "***",
    ],
)
def test_leans_on_what_stood_before(sentence: str) -> None:
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "A bridge is closed for repairs in spring",  # a heading
        "COUNCIL CLOSES THE BRIDGE FOR THREE MONTHS.",
        "Photo: Jane Doe stands on the closed bridge.",
        "The closed bridge on Monday. (Photo by Jane Doe/Reuters)",
        "People cross the river by boat on Monday. Jane Doe/AP",
        "Who is to pay for the new bridge?",
        "Such are the wishes of Ms.",
        "and her publisher caught off guard by all of this.",
        "“The bridge is old, and we are sorry for that.",
        "(Read also what we wrote of the bridge.)",
        "Oil rose on Monday.",  # too short to say anything
    ],
)
def test_is_no_prose(sentence: str) -> None:
    assert not is_prose(sentence)
