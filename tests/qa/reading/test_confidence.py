"""The probability that an answer is right."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from qa.models.ranker_reader import sigmoid
from qa.models.shipped import WEIGHTS, weights_of
from qa.reading.confidence import Confidence, Features, Regression, SpanFeatures, load


def test_what_is_shipped_was_fitted_for_the_weights_that_are_shipped() -> None:
    confidence = load(WEIGHTS)
    assert 0 < confidence.threshold < 1
    held = json.loads((WEIGHTS / "confidence.json").read_text())
    assert held["weights"] == weights_of(WEIGHTS), "fit again: python -m qa.training.fit --data DATA --write"


@given(st.floats(-800, 800), st.floats(-800, 800))
def test_probabilities_keep_the_order_of_scores(one: float, other: float) -> None:
    low, high = sorted((sigmoid(one), sigmoid(other)))
    assert 0 <= low <= high <= 1
    assert (one <= other) == (sigmoid(one) <= sigmoid(other)) or sigmoid(one) == sigmoid(other)


def test_a_score_is_a_weighted_sum() -> None:
    for kind in (Features, SpanFeatures):
        names = kind.__slots__
        regression = Regression({name: float(2**place) for place, name in enumerate(names)}, 0.5)
        assert regression.score(kind(*([1.0] * len(names)))) == 2 ** len(names) - 1 + 0.5
    nothing = Regression(dict.fromkeys(Features.__slots__, 0.0), 0.5)
    assert Confidence(nothing, 0.2, nothing).score(Features(*([1.0] * len(Features.__slots__)))) == 0.5


@pytest.mark.parametrize("content", ["", "{}", '{"coefficients": {}, "bias": 1, "threshold": 1}', "[]"])
def test_a_broken_file_is_an_error(content: str, tmp_path: Path) -> None:
    (tmp_path / "confidence.json").write_text(content)
    with pytest.raises(ModelError, match=r"confidence\.json"):
        load(tmp_path)
