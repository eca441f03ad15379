"""Who says what is quoted."""

import re

import pytest

from index.types import Span
from qa.reading.speaker import who_says


def sentences_of(text: str) -> list[Span]:
    return [match.span() for match in re.finditer(r"\S.*?[.!?]”?(?=\s|$)", text)]


@pytest.mark.parametrize(
    ("text", "quoted", "speaker", "how"),
    [
        ("The bridge is closed, the mayor, Eva Sjö, said.", 0, "the mayor", "said"),
        ("The port lost 4 ships, according to the coast guard.", 0, "the coast guard", "said"),
        ("Bo Ek, the owner, claimed that he paid.", 0, "Bo Ek", "claimed"),
        ("The company denied that it had paid anyone.", 0, "The company", "denied"),
        ("Ann Roe runs the shop. She said that it was closed.", 1, "Ann Roe", "said"),
        ("“It is closed,” Bo Ek said. It rained.", 0, "Bo Ek", "said"),
    ],
)
def test_the_speaker(text: str, quoted: int, speaker: str, how: str) -> None:
    sentences = sentences_of(text)
    found = who_says(text, sentences, sentences[quoted])
    assert found is not None
    assert speaker in text[slice(*found.speaker)] or text[slice(*found.speaker)] in speaker
    assert found.how == how
    assert found.quote[0] <= found.speaker[0] < found.speaker[1] <= found.quote[1]


def test_where_nobody_is_named_the_article_says_so() -> None:
    text = "It rained in Lund on Monday. The bridge was closed."
    assert who_says(text, sentences_of(text), sentences_of(text)[1]) is None
