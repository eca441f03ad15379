"""Confidence: the probability that an answer is right, and from which one on it is given.

A logistic regression over a few features of the best answer. `qa.training.fit` fits it and writes `confidence.json`
beside the weights; `qa calibrate` moves it to a user's own questions (`calibration.json` in the index).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.errors import ModelError
from qa.models.ranker_reader import sigmoid
from qa.models.shipped import MANIFEST, POLICY

FILE = "confidence.json"
CALIBRATION = "calibration.json"
"""What `qa calibrate` leaves in an index."""


@dataclass(frozen=True, slots=True)
class Features:
    """What tells a right answer from a wrong one.

    `relevance`: of the passage, a logit. `margin`: of the span over "no answer here", likewise. `gap`: how much more
    speaks for this answer than for the next different one, at most the policy's `gap`. `behind`: how far the passage's
    relevance lies below the best passage's. `echo`: the share of the answer's words that stand in the
    question. `yes_no`: 1 if the question is one that wants a yes or no, which no span is.
    """

    relevance: float
    margin: float
    gap: float
    behind: float
    echo: float
    yes_no: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the shipped score becomes a probability elsewhere: logit = slope * score + shift (Platt 1999)."""

    slope: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Confidence:
    """The fitted regression. `threshold`: the lowest probability at which an answer is given."""

    coefficients: Mapping[str, float]
    bias: float
    threshold: float
    calibration: Calibration = Calibration()

    def score(self, features: Features) -> float:
        """The shipped logit that the answer is right; a calibration does not change it."""
        values = asdict(features)
        return self.bias + sum(weight * values[name] for name, weight in self.coefficients.items())

    def probability(self, score: float) -> float:
        """That an answer with this score is right."""
        return sigmoid(self.calibration.slope * score + self.calibration.shift)


def load(folder: Path) -> Confidence:
    """What was fitted for the weights in `folder`. Raises ModelError if it is missing or broken."""
    try:
        held = json.loads((folder / FILE).read_text(encoding="utf-8"))
        coefficients = {name: float(held["coefficients"][name]) for name in Features.__slots__}
        return Confidence(coefficients, float(held["bias"]), float(held["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / FILE} cannot be read ({error}); install article-qa again") from error


def fingerprint(folder: Path) -> str:
    """Of the weights in `folder` and all that was fitted for them: a calibration holds for these only."""
    found = hashlib.sha256()
    for name in (MANIFEST, FILE, POLICY):
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:16]


def in_use(index: Path, weights: Path, notify: Callable[[str], None]) -> Confidence:
    """The confidence that `index` was calibrated to, else the shipped one; a calibration of other weights is said."""
    shipped = load(weights)
    file = index / CALIBRATION
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        calibration = Calibration(float(held["slope"]), float(held["shift"]))
        threshold, made_for = float(held["threshold"]), held["weights"]
    except FileNotFoundError:
        return shipped
    except (OSError, ValueError, KeyError, TypeError):
        notify(
            f"{file} cannot be read and is not used; qa calibrate GOLD makes it anew, qa calibrate --reset removes it"
        )
        return shipped
    if made_for != fingerprint(weights):
        notify(f"{file} was fitted for other weights and is not used; qa calibrate GOLD fits again, --reset removes it")
        return shipped
    return replace(shipped, calibration=calibration, threshold=threshold)
