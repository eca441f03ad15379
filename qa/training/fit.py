"""Fits confidence: what tells a quote that answers from one that does not, and from which probability it is given.

    python -m qa.training.fit --data DATA [--changed FILE] [--weights DIR] [--cases FILE] [--write]

Questions of three kinds (`qa.training.cases`) bear the weights of the features, each kind as much as the others:
SQuADShifts' tenth kept apart, with all its paragraphs as one corpus; news, with its article there and taken out, and
those questions of it that were changed by rule, of which only what is marked "fit" is used; turns of every second
dialogue, put to its article. The last calibration and the threshold are of news alone: at the threshold so many of the
questions whose article is there are answered as `ANSWERED` says. A second regression says where the words of a quote
are the answer, its sentence given.

With `--write` the fit goes to `confidence.json` beside the weights; without, it is only shown. `--cases FILE` keeps
what was asked, or takes it from there. What is printed was found in five folds by article: each judged by what was
fitted on the others. What is written is fitted on all.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.errors import UsageError
from index.files import replace_text
from qa.evaluate.answers import contains, f1
from qa.evaluate.gold import hash_of
from qa.evaluate.scores import RIGHT_F1
from qa.evaluate.turns import HALF
from qa.models.ranker_reader import EARLY_RELEVANCE
from qa.models.shipped import WEIGHTS, Policy, weights_of
from qa.reading.confidence import FILE, Features, SpanFeatures
from qa.reading.findings import Finding, answers, by_sentence, findings, in_context, with_neighbour
from qa.reading.reader import Asked, features, span_features
from qa.training.cases import (
    Case,
    How,
    Remembering,
    of_dialogues,
    of_news,
    of_paragraphs,
    read_cases,
    write_cases,
)
from qa.training.data import load, read

ANSWERED = 0.925
"""The share of the news questions whose article is there that the threshold lets be answered."""

RIDGE = 1.0
"""The penalty on squared coefficients of standardised features: half of it is added to the log likelihood's loss."""

FOLDS = 5
PARAGRAPHS = 200
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """The best answer to a case. `right`: whether its quote answers; `span_right`: whether its words alone do."""

    features: Features
    span: SpanFeatures
    right: bool
    span_right: bool
    source: str
    how: How
    fold: int


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of the features, and the bias."""

    coefficients: Vector
    bias: float

    def scores(self, values: Vector) -> Vector:
        """Logits [n] of features [n, k]."""
        return np.asarray(values @ self.coefficients + self.bias)

    def calibrated(self, slope: float, shift: float) -> Fit:
        """The same order of scores, on another scale."""
        return Fit(self.coefficients * slope, self.bias * slope + shift)


def row(case: Case, policy: Policy) -> Row | None:
    """What becomes of a case; None if nothing answers it at all, which needs no threshold."""
    asked = Asked(case.question, case.own, case.missing, case.how == "given")
    possible_ones = findings(asked.words, case.passages, policy)
    found = answers(possible_ones, policy)
    if not found:
        return None
    best = found[0][0]
    (quoted,) = in_context([with_neighbour(best, by_sentence(possible_ones), policy)])
    span_right = bool(case.gold) and f1(best.text, case.gold) >= RIGHT_F1
    return Row(
        features(asked, found, case.passages, policy),
        span_features(asked.words, best, found),
        span_right or _answers(case, quoted),
        span_right,
        case.source,
        case.how,
        hash_of(case.article) % FOLDS,
    )


def _answers(case: Case, quoted: Finding) -> bool:
    """Whether the quote holds a gold answer, or half of the evidence where its place is known."""
    if case.place is not None:
        start, end = case.place
        return min(quoted.quote[1], end) - max(quoted.quote[0], start) >= HALF * (end - start)
    return bool(case.gold) and bool(contains([quoted.sentence], case.gold))


def weigh(rows: Sequence[Row]) -> Vector:
    """[n]: a weight for each row: a source, or a way of asking in it, with a quarter of the rows counts half."""
    counts = Counter((one.source, one.how) for one in rows)
    return np.array([(max(counts.values()) / counts[one.source, one.how]) ** 0.5 for one in rows])


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


@dataclass(frozen=True, slots=True)
class Both:
    """What is written: whether a quote answers, on the scale of news, and whether its words alone do."""

    answers: Fit
    span: Fit


def fit_both(rows: Sequence[Row]) -> Both:
    """On all sets but the dialogues; then calibrated on news (Platt 1999), where all questions count the same.

    The dialogues bear two weights only: that of `given`, how much more probable an answer is in an article that is
    known to be meant, and that of `yes_no`, of which the other sets have none.
    """
    values, right = _values(rows), np.array([one.right for one in rows], dtype=float)
    given = np.array([one.how == "given" for one in rows])
    searched = [one for one in rows if one.how != "given"]
    answered = fit(values[~given], right[~given], weigh(searched))
    news = _is_news(rows)
    plain = answered.scores(values[news])[:, None]
    platt = fit(plain, right[news], np.ones(int(news.sum())))
    answered = answered.calibrated(float(platt.coefficients[0]), platt.bias)
    if given.any():
        coefficients = answered.coefficients.copy()
        place = {name: Features.__slots__.index(name) for name in ("given", "yes_no")}
        wants = values[:, place["yes_no"]] == 1
        for name, of in (("given", given & ~wants), ("yes_no", given & wants)):
            coefficients[place[name]] = 0.0
            coefficients[place[name]] = _shift(Fit(coefficients, answered.bias).scores(values[of]), right[of])
        answered = Fit(coefficients, answered.bias)
    told = right == 1
    spans = np.array([astuple(one.span) for one in rows])
    span_right = np.array([one.span_right for one in rows], dtype=float)
    of_span = told & ~given  # whose gold answers are in other words
    return Both(
        answered,
        fit(spans[of_span], span_right[of_span], np.ones(int(of_span.sum()))),
    )


def _shift(scores: Vector, right: Vector) -> float:
    """What is to be added to scores so that as many are right as they say."""
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(scores + middle).sum() < right.sum() else (low, middle)
    return (low + high) / 2


def _values(rows: Sequence[Row]) -> Vector:
    return np.array([astuple(one.features) for one in rows])


def _is_news(rows: Sequence[Row]) -> NDArray[np.bool_]:
    return np.array([one.source == "news" for one in rows])


def threshold_of(scores: Vector) -> float:
    """The logit from which on so many of the questions with these scores are answered."""
    return float(np.quantile(scores, 1 - ANSWERED))


def in_folds(rows: Sequence[Row]) -> tuple[Vector, Vector, Vector]:
    """Each fold's scores, of quotes and of spans, and its threshold, by what was fitted on the others."""
    values, spans = _values(rows), np.array([astuple(one.span) for one in rows])
    folds = np.array([one.fold for one in rows])
    there = _is_news(rows) & np.array([one.how == "as it is" for one in rows])
    scores, span_scores, thresholds = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    for fold in range(FOLDS):
        own, others = folds == fold, [one for one in rows if one.fold != fold]
        both = fit_both(others)
        scores[own], span_scores[own] = both.answers.scores(values[own]), both.span.scores(spans[own])
        thresholds[own] = threshold_of(both.answers.scores(values[there & ~own]))
    return scores, span_scores, thresholds


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.fit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/, news/")
    parser.add_argument("--changed", type=Path, help='news questions changed by rule, JSONL, with "part"')
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the exported model")
    parser.add_argument("--cases", type=Path, help="keep what was asked here, or take it from here")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--write", action="store_true", help=f"write {FILE} beside the weights")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if not (options.weights / EARLY_RELEVANCE).is_file():
        parser.error(f"{options.weights} has no {EARLY_RELEVANCE}; python -m qa.training.cascade makes it, first")
    try:
        policy = Policy.load(options.weights)
        rows = [found for case in _cases(options) if (found := row(case, policy)) is not None]
    except UsageError as error:
        parser.error(str(error))
    both = fit_both(rows)
    there = _is_news(rows) & np.array([one.how == "as it is" for one in rows])
    threshold = round(float(_sigmoid(threshold_of(both.answers.scores(_values(rows)[there])))), 3)
    _report(rows, both, threshold)
    if options.write:
        _write(options.weights, both, threshold, {"rows": len(rows), "right": sum(one.right for one in rows)})
    return 0


def _cases(options: argparse.Namespace) -> Sequence[Case]:
    if options.cases is not None and options.cases.is_file():
        return read_cases(options.cases, weights_of(options.weights))
    model = Remembering(options.weights, threads=options.threads)
    shifts = load(options.data).shifts
    chosen = random.Random(0).sample(shifts, min(PARAGRAPHS, len(shifts)))
    news = options.data / "news"
    changed = [json.loads(line) for line in options.changed.read_text("utf-8").splitlines()] if options.changed else []
    dialogues = sorted(one["id"] for one in read(news, "dialogues.jsonl"))[::2]
    cases = [
        *of_dialogues(news, dialogues, model),
        *of_news(news, [one for one in changed if one["part"] == "fit"], model),
        *of_paragraphs(chosen, [example.passage for example in shifts], model),
    ]
    if options.cases is not None:
        write_cases(cases, options.cases, weights_of(options.weights))
    return cases


def _report(rows: Sequence[Row], both: Both, threshold: float) -> None:
    """The fit, and how well scores found in folds tell what answers from what does not."""
    from qa.evaluate.abstention import auroc, expected_calibration_error, reliability

    for kind, found in ((Features, both.answers), (SpanFeatures, both.span)):
        names = zip(kind.__slots__, found.coefficients, strict=True)
        print(", ".join(f"{name} {weight:.3f}" for name, weight in names) + f"; bias {found.bias:.3f}")
    scores, spans, thresholds = in_folds(rows)
    right = np.array([one.right for one in rows])
    given = scores >= thresholds
    news = _is_news(rows)
    groups = {
        f"{source}, {how}": np.array([(one.source, one.how) == (source, how) for one in rows])
        for source, how in dict.fromkeys((one.source, one.how) for one in rows)
    }
    there, out = groups.get("news, as it is"), groups.get("news, absent")
    if there is not None and out is not None:
        print(f"news: AUROC right against wrong {auroc(scores[there], right[there]):.3f}, "
              f"there against taken out {auroc(scores[there | out], there[there | out]):.3f}")  # fmt: skip
        shown = news & given
        error = expected_calibration_error(_sigmoid(scores[shown]), right[shown])
        bins = reliability(_sigmoid(scores[news]), right[news])
        print(f"news: ECE of what is given {error:.3f}; said/right: "
              + ", ".join(f"{one.confidence:.2f}/{one.right:.2f}" for one in bins))  # fmt: skip
    print(f"threshold {threshold}; given, and right of what is given:")
    for name, mask in groups.items():
        held = mask & given
        print(f"  {name:22} {mask.sum():5d}  {given[mask].mean():.3f}  {right[held].mean() if held.any() else 0:.3f}")
    told = right & np.array([one.how == "as it is" for one in rows])
    span_right = np.array([one.span_right for one in rows])
    for at in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        alone = told & (_sigmoid(spans) >= at)
        print(f"  span from {at:.2f}: {alone.sum() / told.sum():.3f} alone, right {span_right[alone].mean():.3f}")


def _sigmoid(scores: Vector | float) -> Vector:
    return np.asarray(1 / (1 + np.exp(-np.asarray(scores))))


def _write(folder: Path, both: Both, threshold: float, about: Mapping[str, Any]) -> None:
    answered, span = (
        {
            "coefficients": {
                name: round(float(weight), 4) for name, weight in zip(kind.__slots__, found.coefficients, strict=True)
            },
            "bias": round(found.bias, 4),
        }
        for kind, found in ((Features, both.answers), (SpanFeatures, both.span))
    )
    document = {
        **answered,
        "threshold": threshold,
        "span": span,
        "fit": {"sets": "SQuADShifts' tenth kept apart; news; dialogues over news", **about},
        "weights": weights_of(folder),
    }
    replace_text(folder / FILE, json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
