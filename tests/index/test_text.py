"""Words that lines break are whole again, and every offset leads back to the stored text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.stores.lexical import Lexical
from index.text import joined, with_whole_words


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("800 thou-\nsand crowns", "800 thousand crowns"),
        ("800 thou- \r\n  sand", "800 thousand"),
        ("un-\nder-\nstand", "understand"),
        ("Petra Sund-\nquist", "Petra Sundquist"),
        ("Jonathan Mac-\nDonald", "Jonathan MacDonald"),
        ("Anna-\nLena", "Anna-Lena"),
        ("a 20-\nyear term", "a 20-year term"),
        ("a long-\nterm plan", "a long-term plan"),
        ("the high-\nest price", "the highest price"),
        ("sixty-\nfive", "sixty-five"),
        ("an e-\nmail", "an e-mail"),
        ("state-of-\nthe-art", "state-of-the-art"),
        ("price-\nfixing, and price-fixing again", "price-fixing, and price-fixing again"),
        ("mid-\nand long-term", "mid-\nand long-term"),
        ("Po\u00ad\nlitik", "Politik"),
        ("Cross-\u00ad\nsectional", "Cross-sectional"),
        ("thou-\n\nsand", "thou-\n\nsand"),
        ("A -\nb - \nc-", "A -\nb - \nc-"),
    ],
)
def test_words_are_whole_again(text: str, whole: str) -> None:
    assert joined(text).text == whole


PARTS = st.sampled_from(
    [*"a b B 2 - ‐ \u00ad . ".split(), "\n", "\r\n", " ", "thou", "sand", "-\n", "long", "and", "Mac"]
)


@given(st.lists(PARTS, max_size=30).map("".join))
@example("thou-\nsand long-\nterm")
def test_offsets_lead_back(text: str) -> None:
    whole = joined(text)
    for i, character in enumerate(whole.text):
        start, end = whole.stored(i, i + 1)
        assert text[start:end] == character
    assert whole.stored(0, len(whole.text)) == (0, len(text))
    kept = [whole.stored(i, i + 1)[0] for i in range(len(whole.text))]
    left_out = "".join(c for i, c in enumerate(text) if i not in set(kept))
    assert kept == sorted(kept)
    assert not left_out.strip("-‐\u00ad \r\n")


def test_they_are_found_whole_and_by_their_parts() -> None:
    text = "He seeks 800 thou-\nsand for long-\nterm care."
    assert with_whole_words(text) == f"{text} thousand long-term"
    assert with_whole_words("No word is broken -\nhere.") == "No word is broken -\nhere."
    lexical = Lexical(None)
    lexical.update([], [(1, "a", "", text)])
    assert [[i for i, _ in lexical.search(word, 5)] for word in ("thousand", "term", "sand", "longterm")] == [
        [1],
        [1],
        [1],
        [],
    ]
