"""Fits confidence: what the features of an answer say about its being right, and from which probability it is given.

    python -m qa.training.fit --data DATA [--questions N] [--weights DIR] [--cases FILE] [--write]

The questions are SQuADShifts' tenth kept apart, with all its paragraphs as one corpus (`qa.training.cases`). With
`--write` the fit goes to `confidence.json` beside the weights; without, it is only shown. `--cases FILE` keeps what was
asked, or takes it from there.

The threshold is the one below which one right answer in ten falls.

What is printed was found in halves: the paragraphs of each half judged by what was fitted on the other. What is written
is fitted on both.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from qa.confidence import FILE, Features, weights_of
from qa.ranker_reader import WEIGHTS, RankerReader
from qa.reader import MARGIN, RELEVANCE, answers, features, findings
from qa.training.cases import Case, How, ask_all, read_cases, write_cases
from qa.training.data import hash_of, load
from qa.training.score import best_f1

RIGHT = 0.6
"""An answer is right if its F1 to a gold answer is at least this."""

REFUSED = 0.1
"""The share of right answers that the threshold may cost."""

RIDGE = 1.0
"""The penalty on squared coefficients of standardised features: half of it is added to the log likelihood's loss."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """The best answer to a case."""

    features: Features
    right: bool
    how: How
    half: int


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of `Features`, and the bias."""

    coefficients: Vector
    bias: float

    def scores(self, values: Vector) -> Vector:
        """Logits [n] of features [n, k]."""
        return np.asarray(values @ self.coefficients + self.bias)


def row(case: Case) -> Row | None:
    """What becomes of a case; None if nothing answers it at all, which needs no threshold."""
    found = answers(findings(case.question, case.passages))
    if not found:
        return None
    right = bool(case.gold) and best_f1(found[0][0].text, case.gold) >= RIGHT
    return Row(features(case.question, found, case.passages), right, case.how, hash_of(case.paragraph) % 2)


def fit(values: Vector, right: Vector) -> Fit:
    """Logistic regression with a ridge. `values`: [n, k], `right`: 0 or 1 [n]."""
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
    standard = np.column_stack([(values - mean) / scale, np.ones(len(values))])
    penalty = np.full(standard.shape[1], RIDGE)
    penalty[-1] = 0.0

    def loss(weights: Vector) -> tuple[float, Vector]:
        logits = standard @ weights
        residuals = 1 / (1 + np.exp(-logits)) - right
        value = (np.logaddexp(0, logits) - right * logits).sum() + (penalty * weights**2).sum() / 2
        return float(value), standard.T @ residuals + penalty * weights

    weights = np.asarray(minimize(loss, np.zeros(standard.shape[1]), jac=True).x)
    coefficients = weights[:-1] / scale
    return Fit(coefficients, float(weights[-1] - mean @ coefficients))


def threshold_of(scores: Vector, right: Vector) -> float:
    """The logit from which on to answer: all but REFUSED of the right answers are."""
    return float(np.quantile(scores[right == 1], REFUSED))


def in_halves(values: Vector, right: Vector, half: Vector) -> Vector:
    """Each half's scores by what was fitted on the other."""
    scores = np.zeros(len(right))
    for one in (0, 1):
        scores[half == one] = fit(values[half != one], right[half != one]).scores(values[half == one])
    return scores


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.fit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the exported model")
    parser.add_argument("--questions", type=int, default=400, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="which")
    parser.add_argument("--cases", type=Path, help="keep what was asked here, or take it from here")
    parser.add_argument("--write", action="store_true", help=f"write {FILE} beside the weights")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    rows = [found for case in _cases(options) if (found := row(case)) is not None]
    values = np.array([astuple(one.features) for one in rows])
    right = np.array([one.right for one in rows], dtype=float)
    scores = in_halves(values, right, np.array([one.half for one in rows]))
    fitted = fit(values, right)
    threshold = threshold_of(scores, right)
    _report(rows, values, right, scores, fitted, threshold)
    if options.write:
        about = {"questions": options.questions, "seed": options.seed, "rows": len(rows), "right": int(right.sum())}
        _write(options.weights, fitted, threshold, about)
    return 0


def _cases(options: argparse.Namespace) -> Sequence[Case]:
    if options.cases is not None and options.cases.is_file():
        return read_cases(options.cases)
    shifts = list(load(options.data).shifts)
    chosen = random.Random(options.seed).sample(shifts, min(options.questions, len(shifts)))
    cases = list(ask_all(chosen, (example.passage for example in shifts), RankerReader(options.weights)))
    if options.cases is not None:
        write_cases(cases, options.cases)
    return cases


def _report(rows: Sequence[Row], values: Vector, right: Vector, scores: Vector, fitted: Fit, threshold: float) -> None:
    from qa.evaluate.abstention import auroc, expected_calibration_error

    hows = np.array([one.how for one in rows])
    as_it_is = hows == "as it is"
    names = [*Features.__slots__]
    print("coefficients: " + ", ".join(f"{n} {w:.3f}" for n, w in zip(names, fitted.coefficients, strict=True)))
    print(f"bias {fitted.bias:.3f}")
    plain = fit(values[as_it_is][:, :2], right[as_it_is]).coefficients
    print(f"evidence within a question: {plain[0]:.2f} relevance, {plain[1]:.2f} margin; in use {RELEVANCE}, {MARGIN}")
    probabilities = 1 / (1 + np.exp(-scores))
    given = scores >= threshold
    of_absent = as_it_is | (hows == "absent")
    asked = auroc(scores[as_it_is], right[as_it_is] == 1)
    print(f"AUROC right against wrong: {auroc(scores, right == 1):.3f}, of questions as they are {asked:.3f}")
    print(f"AUROC paragraph there against taken out: {auroc(scores[of_absent], as_it_is[of_absent]):.3f}")
    print(
        f"ECE: all {expected_calibration_error(probabilities, right == 1):.3f}, "
        f"given {expected_calibration_error(probabilities[given], right[given] == 1):.3f}"
    )
    groups = {
        "right": right == 1,
        "wrong": as_it_is & (right == 0),
        "absent": hows == "absent",
        "made": hows == "made",
    }
    print("refused below  " + "  ".join(f"{name} ({mask.sum()})" for name, mask in groups.items()))
    chosen = 1 / (1 + np.exp(-threshold))
    for at in (*np.arange(0.05, 0.7, 0.05), chosen):
        shares = "  ".join(f"{(probabilities[mask] < at).mean():.3f}" for mask in groups.values())
        print(f"{at:5.3f}  {shares}" + ("  in use" if at == chosen else ""))


def _write(folder: Path, fitted: Fit, threshold: float, about: dict[str, Any]) -> None:
    document = {
        "coefficients": {
            name: round(float(weight), 4) for name, weight in zip(Features.__slots__, fitted.coefficients, strict=True)
        },
        "bias": round(fitted.bias, 4),
        "threshold": round(1 / (1 + float(np.exp(-threshold))), 3),
        "fit": {"set": "SQuADShifts, the tenth kept apart", **about},
        "weights": weights_of(folder),
    }
    (folder / FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
