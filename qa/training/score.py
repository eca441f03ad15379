"""SQuAD's scores: exact match, F1 over words, F1 at the best threshold, and how well a score tells answerable from not.

Normalisation and F1 are those of the SQuAD paper (Rajpurkar et al. 2016): lower case, no punctuation, no articles.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """
    >>> normalise("The  U.S. Army")
    'us army'
    """
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text.lower().translate(_PUNCTUATION)).split())


def f1(prediction: str, gold: str) -> float:
    """Harmonic mean of the words' precision and recall; of two empty texts 1.

    >>> f1("up to 4,000 troops", "4,000 troops")
    0.6666666666666666
    """
    ours, theirs = normalise(prediction).split(), normalise(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    same = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * same / (len(ours) + len(theirs))


def best_f1(prediction: str, gold: Sequence[str]) -> float:
    """The F1 against the nearest gold answer; without gold answers 1 for an empty prediction, else 0."""
    return max((f1(prediction, g) for g in gold), default=float(not prediction))


def best_em(prediction: str, gold: Sequence[str]) -> float:
    """1 if the prediction equals a gold answer after normalisation; without gold answers as `best_f1`."""
    folded = normalise(prediction)
    return max((float(folded == normalise(g)) for g in gold), default=float(not prediction))


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's outcome: the scores of the best span, whether an answer exists, the margin over "no answer"."""

    em: float
    f1: float
    answerable: bool
    margin: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """F1 and EM over all questions when an answer is given only above `margin`."""

    margin: float
    f1: float
    em: float


def at_best_threshold(judged: Sequence[Judged]) -> Threshold:
    """The threshold on the margin with the best F1: a question scores its span's F1 above, 1 below if unanswerable."""
    order = sorted(judged, key=lambda j: -j.margin)
    n = max(1, len(order))
    total = float(sum(not j.answerable for j in order))
    em = total
    best = Threshold(order[0].margin if order else 0.0, total / n, em / n)
    for place, one in enumerate(order):
        total += one.f1 if one.answerable else -1.0
        em += one.em if one.answerable else -1.0
        below = order[place + 1].margin if place + 1 < len(order) else one.margin - 1.0
        if below < one.margin and total / n > best.f1:
            best = Threshold((one.margin + below) / 2, total / n, em / n)
    return best


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties half; nan if either is empty."""
    if not positive or not negative:
        return float("nan")
    scores = np.asarray([*positive, *negative], np.float64)
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n = len(positive)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * len(negative)))
