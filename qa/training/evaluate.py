"""How well a reader does on questions kept apart, each put to its own passage.

A `Scorer` is any reader: arrays of padded windows in, (start, end, answerable) scores out. Training, the float model
and the exported files are measured by the same code.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from qa.evaluate.abstention import auroc
from qa.evaluate.answers import exact_match, f1
from qa.models.spans import WINDOW, Floats, Ints, Window, best_spans, merge, pad, windows
from qa.training.batches import Pieced
from qa.training.data import Data, Example

Scorer = Callable[[Ints, Ints, Ints], tuple[Floats, Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Report:
    """Scores of one set; those that need unanswerable questions are None without any."""

    n: int
    answerable: int
    has_answer_em: float
    has_answer_f1: float
    threshold: float | None
    threshold_em: float | None
    threshold_f1: float | None
    auroc: float | None

    def __str__(self) -> str:
        shown = {k: v for k, v in asdict(self).items() if v is not None}
        return " ".join(f"{k}={v:.3f}" if isinstance(v, float) else f"{k}={v}" for k, v in shown.items())


def read(
    examples: Sequence[Example],
    scorer: Scorer,
    pieced: Pieced,
    *,
    length: int = WINDOW,
    size: int = 16,
    answerable_weight: float = 0.0,
) -> list[tuple[str, float]]:
    """Per example the best span's text and its margin over "no answer", the best window deciding.

    `answerable_weight` times the window's answerability logit is added to the margin.
    """
    work: list[tuple[int, Window]] = []
    for row, example in enumerate(examples):
        cut = windows(pieced(example.question), pieced(example.passage), length=length, marks=pieced.marks)
        work += [(row, window) for window in cut]
    work.sort(key=lambda item: len(item[1].ids))
    spans: list[list[tuple[float, str]]] = [[] for _ in examples]
    for i in range(0, len(work), size):
        part = work[i : i + size]
        starts, ends, answerable = scorer(*pad([window for _, window in part], marks=pieced.marks))
        for (row, window), start, end, bonus in zip(part, starts, ends, answerable, strict=True):
            for span in merge(best_spans(window, start, end)):
                margin = span.score + answerable_weight * float(bonus)
                spans[row].append((margin, examples[row].passage[span.start : span.end]))
    return [(text, margin) for margin, text in (max(found, default=(-np.inf, "")) for found in spans)]


def judge(examples: Sequence[Example], answers: Sequence[tuple[str, float]]) -> Report:
    """The scores of `read`'s answers."""
    judged = []
    for example, (text, margin) in zip(examples, answers, strict=True):
        gold = [a.text for a in example.answers]
        judged.append(
            Judged(exact_match(text, gold), f1(text, gold), True, margin) if gold else Judged(0.0, 0.0, False, margin)
        )
    has = [j for j in judged if j.answerable]
    none = [j for j in judged if not j.answerable]
    em, mean_f1 = (float(np.mean([getattr(j, name) for j in has])) if has else 0.0 for name in ("em", "f1"))
    if not none:
        return Report(len(judged), len(has), em, mean_f1, None, None, None, None)
    best = at_best_threshold(judged)
    area = auroc(np.array([j.margin for j in judged]), np.array([j.answerable for j in judged]))
    return Report(len(judged), len(has), em, mean_f1, best.margin, best.em, best.f1, area)


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


def sample(examples: Sequence[Example], n: int, seed: int) -> list[Example]:
    """n of the examples, the same for the same seed; all when there are no more."""
    return list(examples) if len(examples) <= n else random.Random(seed).sample(list(examples), n)


def evaluate(
    data: Data, scorer: Scorer, pieced: Pieced, *, length: int = WINDOW, n: int | None = None, seed: int = 1
) -> dict[str, Report]:
    """Reports on "squad" and "shifts", the sets kept apart; n: on a sample of that many each."""
    reports = {}
    for name in ("squad", "shifts", "narrative", "changed", "blanked"):
        examples = getattr(data, name)
        chosen = list(examples) if n is None else sample(examples, n, seed)
        if not chosen:
            continue
        plain = read(chosen, scorer, pieced, length=length)
        reports[name] = judge(chosen, plain)
    return reports
