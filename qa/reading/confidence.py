"""Confidence: the probability that what is quoted answers the question, and from which one on it is given.

A logistic regression over a few features of the best answer; a second one says whether its words alone do.
`qa.training.fit` fits both and writes `confidence.json` beside the weights; `qa calibrate` moves the first to a user's
own questions (`calibration.json` in the index).
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
    """What tells a quote that answers from one that does not.

    `relevance`: of the passage, a logit. `margin`: of the span over "no answer here", likewise. `gap`: how much more
    speaks for this answer than for the next different one, at most the policy's `gap`. `behind`: how far the passage's
    relevance lies below the best passage's. `echo`: the share of the answer's words that stand in the question. `met`:
    the share of the question's content words that stand in the quote, beside it or in the title. The rest are 1 or 0:
    `missing`, whether a name or number of the question stands nowhere in what was found; `why`, whether a reason is
    asked for; `yes_no`, whether a yes or no is; `given`, whether the articles are known to be what the question is
    about.
    """

    relevance: float
    margin: float
    gap: float
    behind: float
    echo: float
    met: float
    missing: float
    why: float
    yes_no: float
    given: float


@dataclass(frozen=True, slots=True)
class SpanFeatures:
    """What tells words that answer from words beside the answer, where their sentence has it.

    `margin` as above; `gap`: how much more speaks for these words than for others of the sentence; `echo` as above;
    `words`: how many there are.
    """

    margin: float
    gap: float
    echo: float
    words: float


@dataclass(frozen=True, slots=True)
class Regression:
    """Weights by the names of features, and a constant."""

    coefficients: Mapping[str, float]
    bias: float

    def score(self, features: Features | SpanFeatures) -> float:
        """The logit."""
        values = asdict(features)
        return self.bias + sum(weight * values[name] for name, weight in self.coefficients.items())


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the shipped score becomes a probability elsewhere: logit = slope * score + shift (Platt 1999)."""

    slope: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Confidence:
    """What was fitted. `answers`: that a quote answers; `threshold`: the lowest probability at which it is given.

    `span`: that its words alone do, if it does.
    """

    answers: Regression
    threshold: float
    span: Regression
    calibration: Calibration = Calibration()

    def score(self, features: Features) -> float:
        """The shipped logit that the quote answers; a calibration does not change it."""
        return self.answers.score(features)

    def probability(self, score: float) -> float:
        """That an answer with this score is right."""
        return sigmoid(self.calibration.slope * score + self.calibration.shift)


def load(folder: Path) -> Confidence:
    """What was fitted for the weights in `folder`. Raises ModelError if it is missing or broken."""
    try:
        held = json.loads((folder / FILE).read_text(encoding="utf-8"))
        answers, span = (
            Regression({name: float(one["coefficients"][name]) for name in kind.__slots__}, float(one["bias"]))
            for one, kind in ((held, Features), (held["span"], SpanFeatures))
        )
        return Confidence(answers, float(held["threshold"]), span)
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
