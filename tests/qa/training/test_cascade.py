"""The regression that says from the lower half alone how relevant a passage will be."""

from __future__ import annotations

import numpy as np

from index.split import Splitter
from qa.training.batches import first_windows
from qa.training.cascade import regression, teaching
from qa.training.data import Data, Example
from tests.qa.training import tiny


def test_the_regression_finds_what_the_rows_were_drawn_from() -> None:
    rng = np.random.default_rng(0)
    summaries = (rng.normal(size=(20_000, 3)) * [1.0, 20.0, 0.1] + [0.0, 100.0, 5.0]).astype(np.float32)
    wanted = summaries @ np.array([2.0, -0.1, 10.0], np.float32) + 3 + rng.normal(size=20_000).astype(np.float32)
    found = regression(summaries, wanted)
    assert found.dtype == np.float32
    assert np.abs(found - [2.0, -0.1, 10.0, 3.0]).max() < 0.6
    assert 0.95 < np.std(summaries @ found[:-1] + found[-1] - wanted) < 1.05


def test_what_never_changes_tells_nothing() -> None:
    summaries = np.column_stack([np.ones(50), np.arange(50)]).astype(np.float32)
    found = regression(summaries, np.arange(50, dtype=np.float32))
    assert abs(found[0]) < 1e-3
    assert np.isfinite(found).all()


def test_it_learns_from_the_training_questions_that_have_an_answer() -> None:
    long = "The harbour was opened in 1990. Its builders were paid in fish that nobody ate."
    own = [*tiny.examples(), tiny.example("When was the harbour opened?", long, "1990", name="q9")]
    apart = [tiny.example("Who won?", "Nobody won.", "Nobody")]
    quac = Example("q", "quac", "Who won?", "Nobody won, said QuAC.")
    found = list(teaching(Data([*own, quac], apart, []), Splitter(tiny.tokenizer(), 192, 60), 100, 0))
    assert [example for example, _ in found] == [example for example in own if example.answers]
    passages = {passage for _, several in found for passage in several}
    assert long not in passages  # it is cut in two
    assert found[-1][1][0] == "The harbour was opened in 1990."
    assert all(any(passage in example.passage for example in own) for passage in passages)
    assert all(several[0] in example.passage for example, several in found)


def test_a_passage_is_cut_to_one_window() -> None:
    one, other = first_windows("Who won?", ["Peru won.", "Peru lost. " * 100], tiny.pieced())
    assert len(one.ids) < len(other.ids) <= 192
