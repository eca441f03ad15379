"""Fits confidence: what the features of an answer say about its being right, and from which probability it is given.

    python -m qa.training.fit --data DATA [--questions N] [--weights DIR] [--cases FILE] [--write | --judge]

The questions are SQuADShifts' tenth kept apart, with all its paragraphs as one corpus (`qa.training.cases`). With
`--write` the fit goes to `confidence.json` beside the weights; without, it is only shown. `--cases FILE` keeps what was
asked, or takes it from there.

Every way of asking counts the same, however many questions it was possible for. The threshold is the one below which
one right answer in ten falls.

`--judge` fits nothing: it asks questions of SQuAD 2.0's articles kept apart, answerable or not, with all its paragraphs
as the corpus, and prints how well what is written beside the weights does there.

What is printed of a fit was found in halves: the paragraphs of each half judged by what was fitted on the other. What
is written is fitted on both.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.errors import UsageError
from index.files import replace_text
from qa.evaluate.answers import f1
from qa.evaluate.gold import hash_of
from qa.evaluate.scores import RIGHT_F1
from qa.models.ranker_reader import EARLY_RELEVANCE, RankerReader
from qa.models.shipped import POLICY, WEIGHTS, Policy, weights_of
from qa.reading import confidence
from qa.reading.confidence import FILE, Features
from qa.reading.reader import answers, features, findings
from qa.training.cases import Case, How, ask_all, read_cases, write_cases
from qa.training.data import Example, load

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


def row(case: Case, policy: Policy) -> Row | None:
    """What becomes of a case; None if nothing answers it at all, which needs no threshold."""
    found = answers(findings(case.question, case.passages, policy), policy)
    if not found:
        return None
    right = bool(case.gold) and f1(found[0][0].text, case.gold) >= RIGHT_F1
    return Row(features(case.question, found, case.passages, policy), right, case.how, hash_of(case.paragraph) % 2)


def weigh(rows: Sequence[Row]) -> Vector:
    """[n]: a weight for each row, so that every way of asking counts the same."""
    counts = Counter(one.how for one in rows)
    return np.array([max(counts.values()) / counts[one.how] for one in rows])


def fit(values: Vector, right: Vector, weights: Vector) -> Fit:
    """Logistic regression with a ridge. `values`: [n, k], `right`: 0 or 1 [n], `weights`: how much each counts [n]."""
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
    standard = np.column_stack([(values - mean) / scale, np.ones(len(values))])
    penalty = np.full(standard.shape[1], RIDGE)
    penalty[-1] = 0.0

    def loss(found: Vector) -> tuple[float, Vector]:
        logits = standard @ found
        residuals = weights * (_sigmoid(logits) - right)
        value = (weights * (np.logaddexp(0, logits) - right * logits)).sum() + (penalty * found**2).sum() / 2
        return float(value), standard.T @ residuals + penalty * found

    found = np.asarray(minimize(loss, np.zeros(standard.shape[1]), jac=True).x)
    coefficients = found[:-1] / scale
    return Fit(coefficients, float(found[-1] - mean @ coefficients))


def threshold_of(scores: Vector, right: Vector) -> float:
    """The logit from which on to answer: all but REFUSED of the right answers are."""
    return float(np.quantile(scores[right == 1], REFUSED))


def in_halves(values: Vector, right: Vector, weights: Vector, half: Vector) -> Vector:
    """Each half's scores by what was fitted on the other."""
    scores = np.zeros(len(right))
    for one in (0, 1):
        other = half != one
        scores[half == one] = fit(values[other], right[other], weights[other]).scores(values[half == one])
    return scores


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.fit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the exported model")
    parser.add_argument("--questions", type=int, default=400, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="which")
    parser.add_argument("--cases", type=Path, help="keep what was asked here, or take it from here")
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--write", action="store_true", help=f"write {FILE} beside the weights")
    does.add_argument("--judge", action="store_true", help=f"judge the {FILE} beside the weights")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if not (options.weights / EARLY_RELEVANCE).is_file():
        parser.error(f"{options.weights} has no {EARLY_RELEVANCE}; python -m qa.training.cascade makes it, first")
    try:
        policy = Policy.load(options.weights)
        rows = [found for case in _cases(options) if (found := row(case, policy)) is not None]
    except UsageError as error:
        parser.error(str(error))
    values = np.array([astuple(one.features) for one in rows])
    right = np.array([one.right for one in rows], dtype=float)
    if options.judge:
        held = confidence.load(options.weights)
        scores = np.array([held.score(one.features) for one in rows])
        _report(rows, right, scores, held.threshold)
        return 0
    weights = weigh(rows)
    scores = in_halves(values, right, weights, np.array([one.half for one in rows]))
    fitted = fit(values, right, weights)
    threshold = round(float(_sigmoid(threshold_of(scores, right))), 3)
    ratio = _report_fit(rows, values, right, fitted)
    _report(rows, right, scores, threshold)
    if options.write:
        about = {"questions": options.questions, "seed": options.seed, "rows": len(rows), "right": int(right.sum())}
        _write(options.weights, fitted, threshold, about)
        _write_policy(
            options.weights, policy if ratio is None else replace(policy, margin=round(policy.relevance * ratio, 2))
        )
    return 0


def _cases(options: argparse.Namespace) -> Sequence[Case]:
    if options.cases is not None and options.cases.is_file():
        return read_cases(options.cases, weights_of(options.weights))
    data = load(options.data)
    pool: Sequence[Example] = data.shifts
    corpus = [example.passage for example in pool]
    if options.judge:
        pool = data.squad
        corpus = [example.passage for example in (*data.squad, *data.training) if example.source == "squad"]
    chosen = random.Random(options.seed).sample(pool, min(options.questions, len(pool)))
    cases = list(ask_all(chosen, corpus, RankerReader(options.weights)))
    if options.cases is not None:
        write_cases(cases, options.cases, weights_of(options.weights))
    return cases


def _report_fit(rows: Sequence[Row], values: Vector, right: Vector, fitted: Fit) -> float | None:
    """Prints the fit; how much a logit of margin counts as evidence against one of relevance, None: nobody knows."""
    names = zip(Features.__slots__, fitted.coefficients, strict=True)
    print("coefficients: " + ", ".join(f"{name} {weight:.3f}" for name, weight in names) + f"; bias {fitted.bias:.3f}")
    as_it_is = np.array([one.how == "as it is" for one in rows])
    plain = fit(values[as_it_is][:, :2], right[as_it_is], np.ones(as_it_is.sum())).coefficients
    print(f"evidence within a question: {plain[0]:.2f} relevance, {plain[1]:.2f} margin")
    return float(plain[1] / plain[0]) if plain[0] > 0 else None


def _report(rows: Sequence[Row], right: Vector, scores: Vector, threshold: float) -> None:
    """How well scores tell right from wrong, and what each threshold refuses."""
    from qa.evaluate.abstention import auroc, expected_calibration_error, reliability

    hows = np.array([one.how for one in rows])
    as_it_is = hows == "as it is"
    is_right = right == 1
    probabilities = _sigmoid(scores)
    given = probabilities >= threshold
    asked = auroc(scores[as_it_is], is_right[as_it_is])
    print(f"AUROC right against wrong: {auroc(scores, is_right):.3f}, of questions as they are {asked:.3f}")
    of_absent = as_it_is | (hows == "absent")
    print(f"AUROC paragraph there against taken out: {auroc(scores[of_absent], as_it_is[of_absent]):.3f}")
    error = expected_calibration_error(probabilities, is_right)
    print(f"ECE: all {error:.3f}, given {expected_calibration_error(probabilities[given], is_right[given]):.3f}")
    bins = reliability(probabilities, is_right)
    print("said/right: " + ", ".join(f"{one.confidence:.2f}/{one.right:.2f}" for one in bins))
    groups = {
        "right": is_right,
        "wrong": as_it_is & ~is_right,
        "absent": hows == "absent",
        "made": hows == "made",
        "unanswerable": hows == "unanswerable",
    }
    groups = {name: mask for name, mask in groups.items() if mask.any()}
    print("refused below  " + "  ".join(f"{name} ({mask.sum()})" for name, mask in groups.items()))
    for at in (*np.arange(0.05, 0.7, 0.05), threshold):
        shares = "  ".join(f"{(probabilities[mask] < at).mean():.3f}" for mask in groups.values())
        print(f"{at:5.3f}  {shares}" + ("  in use" if at == threshold else ""))


def _sigmoid(scores: Vector | float) -> Vector:
    return np.asarray(1 / (1 + np.exp(-np.asarray(scores))))


def _write(folder: Path, fitted: Fit, threshold: float, about: dict[str, Any]) -> None:
    document = {
        "coefficients": {
            name: round(float(weight), 4) for name, weight in zip(Features.__slots__, fitted.coefficients, strict=True)
        },
        "bias": round(fitted.bias, 4),
        "threshold": threshold,
        "fit": {"set": "SQuADShifts, the tenth kept apart", **about},
        "weights": weights_of(folder),
    }
    replace_text(folder / FILE, json.dumps(document, indent=1) + "\n")


def _write_policy(folder: Path, policy: Policy) -> None:
    """The policy beside the weights, with what was fitted of it; the rest of it stays."""
    replace_text(folder / POLICY, json.dumps(asdict(policy), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
