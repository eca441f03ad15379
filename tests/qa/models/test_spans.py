"""The span decoder: only the passage, end not before start, characters from offsets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.models.embed import Embedder
from qa.models.spans import Marks, Pieces, ScoredSpan, best_spans, merge, pad, stretch_length, window_at, windows


def pieces(n: int, first: int = 200) -> Pieces:
    """n pieces of three letters and a space each."""
    at = 4 * np.arange(n)
    return Pieces(np.arange(first, first + n), np.stack([at, at + 3], axis=1))


def test_a_window_is_marked_and_typed() -> None:
    window = window_at(pieces(2, 50), pieces(9), 3, length=9)
    assert window.ids.tolist() == [101, 50, 51, 102, 203, 204, 205, 206, 102]
    assert window.types.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert (window.first, window.last) == (4, 8)
    assert window.offsets[0].tolist() == [12, 15]


def test_the_question_is_cut_before_the_passage_has_no_room() -> None:
    assert stretch_length(pieces(500), length=192) == 192 - 3 - 64
    with pytest.raises(ValueError, match="no room"):
        stretch_length(pieces(10), length=13)


def test_no_passage_no_window() -> None:
    assert windows(pieces(3), pieces(0)) == []


@given(
    asked=st.integers(1, 12),
    size=st.integers(1, 20),
    longest=st.integers(1, 8),
    seed=st.integers(0, 999),
    n=st.integers(1, 5),
)
def test_spans_are_the_best_allowed_ones(asked: int, size: int, longest: int, seed: int, n: int) -> None:
    window = window_at(pieces(asked), pieces(size), 0, length=64)
    width = len(window.ids) + 3  # padded
    start, end = np.random.default_rng(seed).normal(size=(2, width)).astype(np.float32)
    start[: window.first] += 50  # the question is tempting, and so is padding
    end[window.last :] += 50
    found = best_spans(window, start, end, n=n, longest=longest)
    none = float(start[0]) + float(end[0])
    every = [
        (float(start[window.first + i]) + float(end[window.first + j]) - none, 4 * i, 4 * j + 3)
        for i in range(size)
        for j in range(i, min(size, i + longest))
    ]
    expected = sorted(every, key=lambda t: -t[0])[:n]
    assert [(s.start, s.end) for s in found] == [(a, b) for _, a, b in expected]
    assert [s.score for s in found] == pytest.approx([score for score, _, _ in expected], abs=1e-5)


def test_nothing_to_find() -> None:
    window = window_at(pieces(2), pieces(0), 0)
    assert best_spans(window, np.zeros(9, np.float32), np.zeros(9, np.float32)) == []
    window = window_at(pieces(2), pieces(3), 0)
    assert best_spans(window, np.zeros(9, np.float32), np.zeros(9, np.float32), n=0) == []


def test_merge_keeps_the_best_of_equal_places() -> None:
    spans = [ScoredSpan(1.0, 0, 3), ScoredSpan(2.0, 4, 7), ScoredSpan(3.0, 0, 3), ScoredSpan(2.0, 0, 7)]
    assert merge(spans, 3) == [ScoredSpan(3.0, 0, 3), ScoredSpan(2.0, 0, 7), ScoredSpan(2.0, 4, 7)]


def test_pad() -> None:
    two = [window_at(pieces(1), pieces(n), 0, marks=Marks(7, 8, 9)) for n in (1, 3)]
    ids, types, mask = pad(two, marks=Marks(7, 8, 9))
    assert ids.tolist() == [[7, 200, 8, 200, 8, 9, 9], [7, 200, 8, 200, 201, 202, 8]]
    assert types.tolist() == [[0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1]]
    assert mask.sum(1).tolist() == [5, 7]


def test_a_word_that_a_line_breaks_is_read_whole(embedder: Embedder) -> None:
    text = "He seeks 800 thou-\nsand crowns."
    found, whole = Pieces.of(embedder.tokenizer, text), Pieces.of(embedder.tokenizer, "He seeks 800 thousand crowns.")
    assert found.ids.tolist() == whole.ids.tolist()
    words = [text[start:end] for start, end in found.offsets]
    assert "".join(words) == text.replace(" ", "")
    assert any("-\n" in word for word in words)
