"""Refusing, and knowing when one is right: AUROC, the risk-coverage curve, calibration. Pure, on NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

BINS = 15


def auroc(scores: np.ndarray, first: np.ndarray) -> float:
    """The probability that one of the first kind has a higher score than one of the other; ties count half.

    float [n], bool [n] -> [0, 1], NaN where one kind is lacking. The Mann-Whitney statistic (Hanley and McNeil 1982).
    """
    import numpy as np

    positive = int(first.sum())
    negative = len(first) - positive
    if positive == 0 or negative == 0:
        return float("nan")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # of equal ones the mean of their ranks
    return float((np.sum(ranks[first]) - positive * (positive + 1) / 2) / (positive * negative))


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """`risk[i]`: the share of wrong ones among the surest answers, which make up `coverage[i]` of all questions."""

    coverage: tuple[float, ...]
    risk: tuple[float, ...]


def risk_coverage(scores: np.ndarray, right: np.ndarray, questions: int) -> RiskCoverage:
    """The curve over the answers given, the most confident first (El-Yaniv and Wiener 2010).

    float [n], bool [n] of the n questions that were answered, of `questions` in all; refused ones are never covered, so
    the curve ends where the system refuses. Answers of equal score come in together, each with their mean risk.
    """
    wrong = _ordered(scores, right)
    import numpy as np

    counts = np.arange(1, len(wrong) + 1)
    risk = np.cumsum(wrong) / counts
    return RiskCoverage(tuple((counts / questions).tolist()), tuple(risk.tolist()))


def aurc(scores: np.ndarray, right: np.ndarray) -> float:
    """The area under the risk-coverage curve: the mean of its risks; 0 is best, NaN without an answer.

    Source: Geifman, Uziel and El-Yaniv 2019 ("Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers").
    """
    import numpy as np

    if len(scores) == 0:
        return float("nan")
    wrong = _ordered(scores, right)
    return float(np.mean(np.cumsum(wrong) / np.arange(1, len(wrong) + 1)))


def _ordered(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """0..1 [n]: how wrong the answers are, the most confident first, each the mean of those with its score."""
    import numpy as np

    _, group = np.unique(-scores, return_inverse=True)
    counts = np.bincount(group) if len(group) else np.zeros(0, dtype=int)
    mean = np.bincount(group, weights=~right) / counts if len(group) else np.zeros(0)
    return np.repeat(mean, counts)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence, `low` to `high`: how many, the mean confidence, the share right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def reliability(confidence: np.ndarray, right: np.ndarray) -> tuple[Bin, ...]:
    """The reliability diagram: BINS bins of as many answers each (Nguyen and O'Connor 2015), fewer for fewer answers.

    Bins of equal width would leave most of them to a handful of answers, and the figure to chance.
    """
    import numpy as np

    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(BINS, len(order))) if len(order) else []
    return tuple(
        Bin(
            low=float(confidence[part[0]]),
            high=float(confidence[part[-1]]),
            count=len(part),
            confidence=float(confidence[part].mean()),
            right=float(right[part].mean()),
        )
        for part in parts
    )


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """|confidence - share right| of each bin, weighted by its share of the answers; NaN without an answer.

    Source: Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.
    """
    if len(confidence) == 0:
        return float("nan")
    return sum(abs(b.confidence - b.right) * b.count for b in reliability(confidence, right)) / len(confidence)
