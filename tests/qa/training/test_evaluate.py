"""Scores against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qa.training.data import Data
from qa.training.evaluate import Judged, at_best_threshold, evaluate, judge, read, sample
from tests.qa.training import tiny


def test_best_threshold_by_hand() -> None:
    judged = [
        Judged(1, 1, True, 5.0),
        Judged(0, 0.5, True, 3.0),
        Judged(0, 0, False, 2.0),
        Judged(1, 1, True, 1.0),
        Judged(0, 0, False, -1.0),
    ]
    # answered above -1 only: 1 + .5 + 0 + 1 for the first four, 1 for the last that is refused
    best = at_best_threshold(judged)
    assert best.f1 == pytest.approx((1 + 0.5 + 1 + 1) / 5)
    assert best.em == pytest.approx(3 / 5)
    assert best.margin == pytest.approx(2.5), "of equals the highest threshold: 1 + .5 + 1 + 1 too"


def test_threshold_never_splits_a_tie() -> None:
    judged = [Judged(1, 1, True, 1.0), Judged(0, 0, False, 1.0)]
    assert at_best_threshold(judged).f1 == 0.5


def oracle(text: str, margin: float = 4.0):
    """A reader that knows one text: the letters of `text`, where a window has them in a row."""
    wanted = tiny.pieced()(text).ids

    def score(ids, types, mask):
        start, end = (np.zeros(ids.shape, np.float32) for _ in range(2))
        for row, line in enumerate(ids):
            for at in range(len(line) - len(wanted) + 1):
                if (line[at : at + len(wanted)] == wanted).all() and types[row, at]:
                    start[row, at] = end[row, at + len(wanted) - 1] = margin / 2
        return start, end, np.zeros(len(ids), np.float32)

    return score


def test_reading_takes_the_best_window() -> None:
    one = tiny.example("Where is the gold?", "sand " * 40 + "gold " + "mud " * 40, "gold")
    ((text, margin),) = read([one], oracle("gold"), tiny.pieced(), length=60)
    assert (text, margin) == ("gold", 4.0)


def test_a_passage_without_words_scores_nothing() -> None:
    one = tiny.example("Where is the gold?", " ", None)
    ((text, margin),) = read([one], oracle("gold"), tiny.pieced())
    assert (text, margin) == ("", -math.inf)
    assert judge([one], [(text, margin)]).n == 1


def test_reports() -> None:
    found = tiny.example("Where is the gold?", "The gold is here.", "gold")
    missed = tiny.example("Where is the tin?", "The tin is there.", "there")
    none = tiny.example("Where is the iron?", "The mud is here.", None)
    reports = evaluate(Data((), (found, missed, none), (found,)), oracle("gold"), tiny.pieced())
    squad = reports["squad"]
    assert (squad.n, squad.answerable) == (3, 2)
    assert squad.has_answer_em == 0.5
    assert squad.threshold_f1 == pytest.approx(2 / 3)
    assert squad.auroc == pytest.approx((1 + 0.5) / 2)
    assert reports["shifts"].has_answer_f1 == 1.0
    assert reports["shifts"].auroc is None
    assert "auroc" in str(squad)
    assert "auroc" not in str(reports["shifts"])


def test_a_sample_is_the_same_again() -> None:
    own = tiny.examples()
    assert sample(own, 3, seed=1) == sample(own, 3, seed=1)
    assert sample(own, 99, seed=1) == own
