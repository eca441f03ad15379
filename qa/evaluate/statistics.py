"""95 % intervals by the bootstrap, and the paired randomisation test. SciPy does the work."""

from __future__ import annotations

import warnings
from collections.abc import Callable
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


def mean(values: np.ndarray) -> Interval:
    """The mean of float [n] with its percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13)."""
    import numpy as np

    return _bootstrap(values, np.mean)


def percentile(values: np.ndarray, at: float) -> Interval:
    """The `at`-th percentile of float [n] (0..100, linear between values), with its interval."""
    import numpy as np

    return _bootstrap(values, lambda drawn, axis: np.percentile(drawn, at, axis=axis))


def _bootstrap(values: np.ndarray, statistic: Callable[..., Any]) -> Interval:
    """`statistic(values, axis)` of float [n], and the ends of its interval."""
    import numpy as np
    from scipy.stats import bootstrap

    n = len(values)
    value = float(statistic(values, axis=-1))
    if n < 2:
        return Interval(value, None, None, n)
    found = bootstrap(
        (values,),
        statistic,
        n_resamples=RESAMPLES,
        batch=max(1, _BATCH_VALUES // n),
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return Interval(value, float(found.low), float(found.high), n)


def of(statistic: Callable[[np.ndarray], float], n: int, part: int | None = None) -> Interval | None:
    """Any statistic of n questions (of which `part` tell), given the indices of those drawn; None where it is NaN.

    Draws on which it is not defined (no unanswerable question among them, say) are left out of the interval.
    """
    import numpy as np
    from scipy.stats import bootstrap

    everything = np.arange(n)
    value = statistic(everything) if n else float("nan")
    part = n if part is None else part
    if np.isnan(value):
        return None
    if part < 2:
        return Interval(value, None, None, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy warns where some draws are NaN
        drawn = bootstrap(
            (everything,),
            statistic,
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


def paired_p_value(first: np.ndarray, second: np.ndarray) -> float:
    """How often chance alone makes a mean difference as large, two-sided: the paired randomisation test.

    float [n] each, the same questions in the same order. The two scores of each question are swapped at random; exact
    if all 2^n swaps are few enough, else 9,999 of them (Fisher 1935; Smucker, Allan and Carterette 2007).
    """
    import numpy as np
    from scipy.stats import permutation_test

    differing = first != second  # a swap of equal scores changes nothing: leaving them out changes no p value
    if not differing.any():
        return 1.0
    difference = (second - first)[differing]
    if len(difference) == 1:
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
