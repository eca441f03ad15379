"""95 % intervals by the bootstrap, and the paired randomisation test. SciPy does the work.

`clusters` names for each question what it hangs together with (the dialogue of a turn): clusters are drawn, and
swapped, as wholes (Davison and Hinkley 1997, section 3.8). None: every question is its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

RESAMPLES, SWAPS = 2_000, 9_999
_SEED = 20_231_101
_BATCH_VALUES = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its 95 % interval (None where fewer than two questions tell) and how many tell."""

    value: float
    low: float | None
    high: float | None
    n: int


def mean(values: np.ndarray, clusters: Sequence[str] | None = None) -> Interval:
    """The mean of float [n] with its percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13)."""
    import numpy as np

    if clusters is None:
        return _bootstrap((values,), np.mean, len(values))
    members = _members(len(values), clusters)
    sums = np.array([values[held].sum() for held in members])
    counts = np.array([len(held) for held in members])
    return _bootstrap((sums, counts), lambda s, c, axis: s.sum(axis=axis) / c.sum(axis=axis), len(values))


def percentile(values: np.ndarray, at: float) -> Interval:
    """The `at`-th percentile of float [n] (0..100, linear between values), with its interval."""
    import numpy as np

    return _bootstrap((values,), lambda drawn, axis: np.percentile(drawn, at, axis=axis), len(values))


def _bootstrap(data: tuple[np.ndarray, ...], statistic: Callable[..., Any], n: int) -> Interval:
    """`statistic(*data, axis)` of n questions and the ends of its interval. `data`: what is drawn, side by side."""
    import numpy as np
    from scipy.stats import bootstrap

    value = float(statistic(*data, axis=-1))
    drawn = len(data[0])
    if drawn < 2:
        return Interval(value, None, None, n)
    found = bootstrap(
        data,
        statistic,
        n_resamples=RESAMPLES,
        batch=max(1, _BATCH_VALUES // drawn),
        vectorized=True,
        paired=True,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return Interval(value, float(found.low), float(found.high), n)


def of(
    statistic: Callable[[np.ndarray], float],
    n: int,
    part: int | None = None,
    clusters: Sequence[str] | None = None,
) -> Interval | None:
    """Any statistic of n questions (of which `part` tell), given the indices of those drawn; None where it is NaN.

    Draws on which it is not defined (no unanswerable question among them, say) are left out of the interval.
    """
    import numpy as np
    from scipy.stats import bootstrap

    value = statistic(np.arange(n)) if n else float("nan")
    part = n if part is None else part
    if np.isnan(value):
        return None
    members = _members(n, clusters)
    if part < 2 or len(members) < 2:
        return Interval(value, None, None, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy warns where some draws are NaN
        drawn = bootstrap(
            (np.arange(len(members)),),
            lambda drawn: statistic(np.concatenate([members[cluster] for cluster in drawn])),
            n_resamples=RESAMPLES,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(_SEED),
        ).bootstrap_distribution
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) == 0:
        return Interval(value, None, None, part)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(value, float(low), float(high), part)


def _members(n: int, clusters: Sequence[str] | None) -> list[np.ndarray]:
    """int [size] each: the questions of every cluster, in the order of the first of each."""
    import numpy as np

    if clusters is None:
        return list(np.arange(n)[:, None])
    held: dict[str, list[int]] = {}
    for number, cluster in enumerate(clusters):
        held.setdefault(cluster, []).append(number)
    return [np.array(numbers) for numbers in held.values()]


def paired_p_value(first: np.ndarray, second: np.ndarray, clusters: Sequence[str] | None = None) -> float:
    """How often chance alone makes a mean difference as large, two-sided: the paired randomisation test.

    float [n] each, the same questions in the same order. The two scores of each question are swapped at random; exact
    if all 2^n swaps are few enough, else 9,999 of them (Fisher 1935; Smucker, Allan and Carterette 2007).
    """
    import numpy as np
    from scipy.stats import permutation_test

    difference = second - first
    if clusters is not None:
        difference = np.array([difference[members].sum() for members in _members(len(first), clusters)])
    difference = difference[difference != 0]  # a swap of equal scores changes nothing, nor any p value
    if len(difference) < 2:
        return 1.0
    found = permutation_test(
        (difference,),
        lambda values, axis: np.sum(values, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=SWAPS,
        batch=max(1, _BATCH_VALUES // len(difference)),
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)
