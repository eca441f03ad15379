from __future__ import annotations

import math
import random

import numpy as np
import pytest

from qa.evaluate.abstention import Bin, aurc, auroc, expected_calibration_error, reliability, risk_coverage


def test_auroc() -> None:
    """Of four pairs (answerable, not) two are in order, one is not, one is tied."""
    scores, answerable = np.array([0.9, 0.8, 0.7, 0.7]), np.array([True, False, True, False])
    assert auroc(scores, answerable) == pytest.approx(2.5 / 4)
    assert auroc(-scores, answerable) == pytest.approx(1.5 / 4)
    assert auroc(np.zeros(4), answerable) == 0.5
    assert auroc(np.array([-math.inf, 1.0]), np.array([False, True])) == 1.0
    assert math.isnan(auroc(scores, np.ones(4, dtype=bool)))


def test_auroc_against_counting() -> None:
    rng = random.Random(4)
    yes, no = ([float(rng.randint(0, 9)) for _ in range(n)] for n in (30, 20))
    pairs = [(a > b) + 0.5 * (a == b) for a in yes for b in no]
    assert auroc(np.array([*yes, *no]), np.arange(50) < 30) == pytest.approx(sum(pairs) / len(pairs))


def test_risk_coverage() -> None:
    """The most confident of four questions is right, the next wrong, the next right; one was refused."""
    scores, right = np.array([0.7, 0.9, 0.8]), np.array([True, True, False])
    curve = risk_coverage(scores, right, 4)
    assert curve.coverage == (0.25, 0.5, 0.75)
    assert curve.risk == pytest.approx((0, 1 / 2, 1 / 3))
    assert aurc(scores, right) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


def test_answers_of_equal_score_share_their_risk() -> None:
    for right in ([True, False], [False, True]):
        assert risk_coverage(np.array([0.5, 0.5]), np.array(right), 2).risk == (0.5, 0.5)
    assert aurc(np.array([0.5, 0.5, 0.1]), np.array([False, True, True])) == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)


def test_aurc_of_the_best_and_the_worst_order() -> None:
    right = np.array([True, True, False, False])
    assert aurc(np.array([4, 3, 2, 1]), right) == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert aurc(np.array([1, 2, 3, 4]), right) == pytest.approx((1 + 1 + 2 / 3 + 2 / 4) / 4)
    assert math.isnan(aurc(np.array([]), np.array([], dtype=bool)))


def test_expected_calibration_error() -> None:
    """Fewer answers than bins: each is a bin."""
    confidence, right = np.array([0.95, 0.85, 0.15, 0.2]), np.array([True, False, False, False])
    assert expected_calibration_error(confidence, right) == pytest.approx((0.05 + 0.85 + 0.15 + 0.2) / 4)
    assert expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0.0
    assert math.isnan(expected_calibration_error(np.array([]), np.array([], dtype=bool)))


def test_bins_hold_as_many_answers_each() -> None:
    confidence = np.arange(45)[::-1] / 100
    bins = reliability(confidence, confidence >= 0.03)
    assert [found.count for found in bins] == [3] * 15
    assert bins[0] == Bin(0.0, 0.02, 3, pytest.approx(0.01), 0.0)
    assert bins[1] == Bin(0.03, 0.05, 3, pytest.approx(0.04), 1.0)
    assert reliability(np.array([]), np.array([], dtype=bool)) == ()
