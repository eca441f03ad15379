"""All questions -> metrics with intervals, by kind and together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.evaluate.gold import Turn
from qa.evaluate.scores import BY_KIND, BY_TURN, METRICS, Row

if TYPE_CHECKING:
    import numpy as np

    from qa.evaluate.abstention import Bin, RiskCoverage
    from qa.evaluate.statistics import Interval


@dataclass(frozen=True, slots=True)
class Results:
    """The metrics of a run. `ranked_by`: confidence or score, whichever AUROC and the curve went by; None for neither.

    `metrics` has those that apply, in the order of METRICS; `kinds` has BY_KIND's for each type of question (of
    dialogues BY_TURN's for each kind of turn), and `parts` the same of `turn_parts`.
    """

    questions: int
    metrics: dict[str, Interval]
    kinds: dict[str, dict[str, Interval]]
    parts: dict[str, dict[str, Interval]]
    ranked_by: str | None
    curve: RiskCoverage | None
    bins: tuple[Bin, ...]


def results(rows: Sequence[Row]) -> Results:
    """Every metric that applies to at least one question, with its 95 % bootstrap interval over questions.

    The turns of one dialogue hang together: they are drawn as one.
    """
    from qa.evaluate import abstention, statistics

    metrics: dict[str, Interval] = {}
    for name in METRICS:
        figure = collective(rows, name)
        interval = statistics.of(figure.of, len(rows), figure.n, talks(rows)) if figure else _mean(rows, name)
        if interval is not None:
            metrics[name] = interval
    kinds: dict[str, dict[str, Interval]] = {}
    for kind in sorted({row.kind for row in rows}):
        kinds[kind] = _means([row for row in rows if row.kind == kind])
    parts = {name: _means(of_part) for name, of_part in turn_parts(rows).items()}
    by = ranked_by(rows)
    answered = [row for row in rows if _is_answer(row)]
    sure = [row for row in answered if row.prediction.confidence is not None]
    curve = None
    if by is not None and answered:
        curve = abstention.risk_coverage(_values(answered, by), _right(answered), sum(map(_is_judged, rows)))
    bins = abstention.reliability(_values(sure, "confidence"), _right(sure)) if sure else ()
    return Results(len(rows), metrics, kinds, parts, by, curve, bins)


def talks(rows: Sequence[Row]) -> list[str] | None:
    """What each row is drawn together with; None where every question stands by itself."""
    return [row.talk for row in rows] if any(row.turn for row in rows) else None


def by_kind(rows: Sequence[Row]) -> dict[str, str]:
    """The metrics that are reported for each kind, and the heads of their columns."""
    return BY_TURN if any(row.turn for row in rows) else BY_KIND


def turn_parts(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Turns by their place in the dialogue, and by whether they need what was said before, where a set says so."""
    parts: dict[str, Callable[[Turn], bool]] = {
        "first turns": lambda turn: turn.number == 1,
        "later turns": lambda turn: turn.number > 1,
        "need what was said": lambda turn: turn.context is True,
        "stand by themselves": lambda turn: turn.context is False,
    }
    found = {name: [row for row in rows if row.turn and belongs(row.turn)] for name, belongs in parts.items()}
    return {name: of_part for name, of_part in found.items() if of_part}


def _means(rows: Sequence[Row]) -> dict[str, Interval]:
    return {name: value for name in by_kind(rows) if (value := _mean(rows, name)) is not None}


def _mean(rows: Sequence[Row], name: str) -> Interval | None:
    import numpy as np

    from qa.evaluate import statistics

    scored = [row for row in rows if name in row.scores]
    if not scored:
        return None
    return statistics.mean(np.array([row.scores[name] for row in scored]), talks(scored))


def ranked_by(rows: Iterable[Row]) -> str | None:
    """What tells how sure the system is: its confidence, or its raw score if more questions have one; None for neither.

    A refusal has a score, and only an answer a confidence: what was refused is ranked by the score.
    """
    said = [row.prediction for row in rows]
    known = {by: sum(getattr(one, by) is not None for one in said) for by in ("confidence", "score")}
    best = max(known, key=lambda by: known[by])
    return best if known[best] else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric that is no mean over questions: `of` takes int [m], indices into the rows; `n` rows take part in it."""

    of: Callable[[np.ndarray], float]
    n: int


def collective(rows: Sequence[Row], name: str) -> Figure | None:
    """The metric of all `rows` together; None for one that is a mean, or where it does not apply.

    AUROC takes every judged question; right against wrong, and the curve, those that were answered; calibration those
    with a confidence. A question with nothing to rank by (nothing was read) comes last.
    """
    from qa.evaluate import abstention

    statistics = {
        "auroc": abstention.auroc,
        "auroc_right": abstention.auroc,
        "aurc": abstention.aurc,
        "ece": abstention.expected_calibration_error,
    }
    by = "confidence" if name == "ece" else ranked_by(rows)
    if by is None or name not in statistics:
        return None
    statistic = statistics[name]
    values = _values(rows, by)
    if name == "auroc":
        truth, taken = _booleans(bool(row.gold) for row in rows), _booleans(map(_is_judged, rows))
    else:
        truth, taken = _right(rows), _booleans(_is_answer(row) for row in rows)
    if name == "ece":
        taken = taken & (values >= 0)
    if not taken.any():
        return None

    def on(indices: np.ndarray) -> float:
        chosen = indices[taken[indices]]
        return statistic(values[chosen], truth[chosen])

    return Figure(on, int(taken.sum()))


def _is_judged(row: Row) -> bool:
    """Whether the set says what answers the question, and the system said something to it."""
    return row.gold is not None and not row.prediction.missing


def _is_answer(row: Row) -> bool:
    return _is_judged(row) and row.prediction.answer is not None


def _values(rows: Sequence[Row], name: str) -> np.ndarray:
    """float64 [rows]: a field of the predictions, minus infinity where it is None."""
    import numpy as np

    values = (getattr(row.prediction, name) for row in rows)
    return np.array([-math.inf if value is None else value for value in values], dtype=float)


def _right(rows: Sequence[Row]) -> np.ndarray:
    return _booleans(row.right for row in rows)


def _booleans(values: Iterable[bool]) -> np.ndarray:
    import numpy as np

    return np.array(list(values), dtype=bool)


def stage_times(times: Sequence[Mapping[str, float]]) -> dict[str, dict[str, Interval]]:
    """{stage: {"p50", "p95"}} in milliseconds, with bootstrap intervals, of the questions that went through a stage."""
    import numpy as np

    from qa.evaluate import statistics

    found: dict[str, dict[str, Interval]] = {}
    for stage in dict.fromkeys(stage for one in times for stage in one):
        values = np.array([one[stage] for one in times if stage in one])
        found[stage] = {f"p{at}": statistics.percentile(values, at) for at in (50, 95)}
    return found
