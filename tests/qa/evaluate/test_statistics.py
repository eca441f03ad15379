from __future__ import annotations

import numpy as np
import pytest

from qa.evaluate.statistics import Interval, mean, of, paired_p_value, percentile


def test_the_interval_of_a_share() -> None:
    """50 of 100: the normal approximation gives .5 ± 1.96 * .05."""
    found = mean(np.array([0.0, 1.0] * 50))
    assert found.value == 0.5
    assert found.low == pytest.approx(0.402, abs=0.015)
    assert found.high == pytest.approx(0.598, abs=0.015)
    assert found == mean(np.array([0.0, 1.0] * 50))  # the same again


def test_an_interval_needs_two_questions_and_may_have_no_width() -> None:
    assert mean(np.array([0.3])) == Interval(0.3, None, None, 1)
    assert mean(np.ones(5)) == Interval(1.0, 1.0, 1.0, 5)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    intervals = [mean(rng.normal(3.0, 1.0, 40)) for _ in range(200)]
    covered = sum(i.low < 3.0 < i.high for i in intervals if i.low is not None and i.high is not None)
    assert 180 <= covered <= 198


def test_what_hangs_together_is_drawn_together() -> None:
    """Turns that are right or wrong with their whole talk tell no more than one of each: the interval of ten values."""
    alone = mean(np.array([0.0, 1.0] * 5))
    values = np.repeat([0.0, 1.0] * 5, 20)
    together = mean(values, [str(number // 20) for number in range(200)])
    assert (together.value, together.n) == (0.5, 200)
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high), abs=0.01)
    apart = mean(values)
    assert apart.low is not None
    assert together.low is not None
    assert together.low < apart.low - 0.1
    assert mean(np.array([0.0, 1.0]), ["one", "one"]) == Interval(0.5, None, None, 2)


def test_clusters_of_several_sizes_weigh_by_their_questions() -> None:
    drawn: list[int] = []

    def size(chosen: np.ndarray) -> float:
        drawn.append(len(chosen))
        return float(len(chosen))

    found = of(size, 4, clusters=["a", "a", "a", "b"])
    assert found is not None
    assert (found.value, found.low, found.high) == (4.0, 2.0, 6.0)
    assert set(drawn) == {2, 4, 6}  # b twice, each once, a twice
    values = np.array([0.0, 1.0, 1.0, 0.0])
    average = of(lambda chosen: float(values[chosen].mean()), 4, clusters=["a", "a", "a", "b"])
    assert average == mean(values, ["a", "a", "a", "b"])


def test_any_statistic() -> None:
    values = np.arange(101.0)
    found = of(lambda i: float(np.median(values[i])), 101)
    assert found is not None
    assert found.value == 50
    assert found.low is not None
    assert found.high is not None
    assert 30 < found.low < 50 < found.high < 70
    average = of(lambda i: float(values[i].mean()), 101)
    assert average is not None
    assert (average.low, average.high) == pytest.approx((mean(values).low, mean(values).high), abs=0.5)


def test_a_statistic_that_is_not_defined() -> None:
    assert of(lambda i: float("nan"), 5) is None
    assert of(lambda i: 1.0, 0) is None
    # defined on most draws only: those that lack the one question are left out
    found = of(lambda i: 1.0 if 3 in i else float("nan"), 4)
    assert found == Interval(1.0, 1.0, 1.0, 4)


def test_paired_p_value_exact() -> None:
    """All of six differences on one side: 2 of 2^6 sign patterns are as extreme."""
    better, worse = np.ones(6), np.zeros(6)
    assert paired_p_value(worse, better) == pytest.approx(2 / 64)
    assert paired_p_value(better, worse) == pytest.approx(2 / 64)
    equal = np.full(50, 0.5)  # questions with equal scores tell nothing
    assert paired_p_value(np.append(worse, equal), np.append(better, equal)) == pytest.approx(2 / 64)


def test_paired_p_value_of_what_hangs_together() -> None:
    """Six questions that all got better are 2 of 2^6; as two talks of three they are 2 of 2^2."""
    worse, better = np.zeros(6), np.ones(6)
    assert paired_p_value(worse, better, ["a", "a", "a", "b", "b", "b"]) == pytest.approx(2 / 4)
    assert paired_p_value(worse, np.array([1.0, -1, 0, 1, 1, 1]), ["a", "a", "a", "b", "b", "b"]) == 1.0


def test_paired_p_value_is_1_where_nothing_differs() -> None:
    assert paired_p_value(np.ones(4), np.ones(4)) == 1.0
    assert paired_p_value(np.array([0.0, 1.0]), np.array([1.0, 1.0])) == 1.0
    assert paired_p_value(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == 1.0


def test_paired_p_value_by_random_swaps() -> None:
    """15 of 20 flips one way: the sign test's p is .0414."""
    first = np.array([0.0] * 15 + [1.0] * 5)
    assert paired_p_value(first, 1 - first) == pytest.approx(0.0414, abs=0.006)


def test_percentiles() -> None:
    found = percentile(np.arange(101.0), 95)
    assert found.value == 95
    assert found.low is not None
    assert found.high is not None
    assert 85 < found.low < 95 < found.high <= 100
    assert percentile(np.array([3.0]), 50) == Interval(3.0, None, None, 1)
