"""Fitting confidence and threshold to a user's own questions: two numbers that move the shipped score, and a threshold.

A calibration is kept in the index and holds for the weights that it was fitted with. It cannot change which answer is
surer than which; it can change how sure that is, and below what an answer is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArticleQAError
from index.files import replace_text
from qa.reading.confidence import CALIBRATION, Calibration, Confidence, fingerprint

if TYPE_CHECKING:
    import numpy as np

QUESTIONS, OF_EACH = 20, 5
"""The fewest questions that are fitted on, and how many of each kind, right and wrong, are among them."""

FOLDS = 5
_PULL = 1.0


class CalibrationError(ArticleQAError):
    """Nothing can be fitted to these questions."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question as it would be answered if no answer were refused for its confidence.

    `score` is None where it is refused all the same. `right`: whether that answer is; `answerable`: whether there is
    a right one.
    """

    id: str
    score: float | None
    right: bool
    answerable: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of all questions: `right` (answers, and refusals of what has none), `answered`, answered `wrong`."""

    right: float
    answered: float
    wrong: float
    ece: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was fitted, and what it does: figures as shipped, and cross-validated as fitted."""

    calibration: Calibration
    threshold: float
    before: Figures
    after: Figures
    auroc: float


def keep(fitted: Fitted, index: Path, weights: Path, questions: int) -> Path:
    """Write the calibration into the index."""
    document = {
        "schema": 1,
        "weights": fingerprint(weights),
        **asdict(fitted.calibration),
        "threshold": fitted.threshold,
        "questions": questions,
    }
    file = index / CALIBRATION
    replace_text(file, json.dumps(document, indent=1) + "\n")
    return file


def fit(outcomes: Sequence[Outcome], shipped: Confidence) -> Fitted:
    """Calibration and threshold for these questions. Raises CalibrationError if they do not bear one."""
    import numpy as np

    from qa.evaluate.abstention import auroc

    scored = [one for one in outcomes if one.score is not None]
    right = sum(one.right for one in scored)
    wrong = len(scored) - right
    if len(scored) < QUESTIONS or min(right, wrong) < OF_EACH:
        raise CalibrationError(
            f"too little to fit on: {len(scored)} questions with an answer to judge, {right} of them right and {wrong} "
            f"wrong; it takes {QUESTIONS}, and {OF_EACH} of each kind (unanswerable questions count as wrong ones)"
        )
    scores = np.array([one.score for one in scored], dtype=float)
    truth = np.array([one.right for one in scored])
    area = auroc(scores, truth)
    calibration = _platt(scores, truth)
    if calibration.slope <= 0 or _by_chance(area, right, wrong):
        raise CalibrationError(
            f"no threshold separates right answers from wrong ones here (AUROC {area:.2f}, .50 is chance, with {right} "
            f"right and {wrong} wrong); the shipped one stays in use"
        )
    plain = replace(shipped, calibration=Calibration())
    return Fitted(
        calibration,
        round(_threshold(outcomes, replace(plain, calibration=calibration)), 4),
        figures(outcomes, [plain] * len(outcomes)),
        figures(outcomes, _cross_validated(outcomes, plain)),
        area,
    )


def figures(outcomes: Sequence[Outcome], judges: Sequence[Confidence]) -> Figures:
    """How the questions come out if each is judged by the confidence at its place."""
    import numpy as np

    from qa.evaluate.abstention import expected_calibration_error

    sure = [None if o.score is None else judge.probability(o.score) for o, judge in zip(outcomes, judges, strict=True)]
    given = [p is not None and p >= judge.threshold for p, judge in zip(sure, judges, strict=True)]
    pairs = list(zip(outcomes, given, strict=True))
    right = sum(o.right if g else not o.answerable for o, g in pairs)
    wrong = sum(not o.right for o, g in pairs if g)
    said = np.array([p for p, g in zip(sure, given, strict=True) if g and p is not None], dtype=float)
    truth = np.array([o.right for o, g in pairs if g], dtype=bool)
    n = len(outcomes)
    return Figures(right / n, sum(given) / n, wrong / n, expected_calibration_error(said, truth))


def _cross_validated(outcomes: Sequence[Outcome], plain: Confidence) -> list[Confidence]:
    """For each question the confidence that was fitted without it and the other questions of its fold."""
    import numpy as np

    judges = [plain] * len(outcomes)
    # every fold has its share of every kind, whatever the order of the file
    order = sorted(range(len(outcomes)), key=lambda i: (outcomes[i].right, outcomes[i].answerable, outcomes[i].id))
    for fold in range(FOLDS):
        held_out = order[fold::FOLDS]
        rest = [outcomes[i] for i in order if i not in set(held_out)]
        scored = [(one.score, one.right) for one in rest if one.score is not None]
        calibration = _platt(np.array([s for s, _ in scored], dtype=float), np.array([r for _, r in scored]))
        judge = replace(plain, calibration=calibration)
        judge = replace(judge, threshold=_threshold(rest, judge))
        for i in held_out:
            judges[i] = judge
    return judges


def _platt(scores: np.ndarray, right: np.ndarray) -> Calibration:
    """Logistic regression of right on the score, pulled a little to slope 1 and shift 0 (by Newton's method)."""
    import numpy as np

    values = np.column_stack([scores, np.ones(len(scores))])
    start = np.array([1.0, 0.0])
    weights = start.copy()
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(values @ weights, -500, 500)))
        gradient = values.T @ (p - right) + _PULL * (weights - start)
        curvature = (values * (p * (1 - p))[:, None]).T @ values + _PULL * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(round(float(weights[0]), 4), round(float(weights[1]), 4))


def _threshold(outcomes: Sequence[Outcome], judge: Confidence) -> float:
    """The probability from which on most questions come out right; between two that are as good, the middle of them."""
    scored = [(judge.probability(one.score), one) for one in outcomes if one.score is not None]
    scored.sort(key=lambda pair: pair[0])
    count = sum(one.right for _, one in scored)
    best, low, high = count, 0.0, scored[0][0] if scored else 1.0
    for place, (at, one) in enumerate(scored):  # refusing one more at a time
        count += (not one.answerable) - one.right
        after = scored[place + 1][0] if place + 1 < len(scored) else 1.0
        if count > best and after > at:
            best, low, high = count, at, after
    return (low + high) / 2 if low else 0.0


def _by_chance(area: float, right: int, wrong: int) -> bool:
    """Whether so large an AUROC comes about by chance in one of twenty sets (normal approximation of Mann-Whitney)."""
    deviation = ((right + wrong + 1) / (12 * right * wrong)) ** 0.5
    return area < 0.5 + 1.645 * deviation
