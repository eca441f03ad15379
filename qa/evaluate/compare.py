"""Two runs on the same questions: the paired difference of every metric, and the questions that flipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ArticleQAError
from qa.evaluate.results import collective, talks
from qa.evaluate.run import SCHEMA, interval_json, read_rows
from qa.evaluate.scores import METRICS, Row

if TYPE_CHECKING:
    from qa.evaluate.statistics import Interval


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in both runs over the questions that have it in both, second minus first.

    `p`: of the paired randomisation test; None for a figure that is no mean over questions.
    """

    first: float
    second: float
    difference: Interval
    p: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gained`: wrong in the first run and right in the second, `lost` the other way round; (row, row) each."""

    questions: int
    only_first: int
    only_second: int
    metrics: dict[str, Difference]
    gained: tuple[tuple[Row, Row], ...]
    lost: tuple[tuple[Row, Row], ...]

    def to_json(self) -> dict[str, Any]:
        def flips(pairs: tuple[tuple[Row, Row], ...]) -> list[dict[str, Any]]:
            return [
                {
                    "id": a.id,
                    "question": a.question,
                    **({"dialogue": a.turn.dialogue, "turn": a.turn.number} if a.turn else {}),
                    "gold": list(a.gold or ()),
                    "first": a.prediction.answer,
                    "second": b.prediction.answer,
                }
                for a, b in pairs
            ]

        return {
            "schema": SCHEMA,
            "n": self.questions,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "metrics": {
                name: {
                    "first": round(found.first, 6),
                    "second": round(found.second, 6),
                    "difference": interval_json(found.difference),
                    "p": None if found.p is None else round(found.p, 6),
                }
                for name, found in self.metrics.items()
            },
            "gained": flips(self.gained),
            "lost": flips(self.lost),
        }


def compare(first: Path, second: Path) -> Comparison:
    """Two run folders. Raises ArticleQAError if they have no question in common."""
    a, b = ({row.id: row for row in read_rows(folder)} for folder in (first, second))
    ids = [name for name in a if name in b and a[name].question == b[name].question]
    if not ids:
        raise ArticleQAError(f"{first} and {second} have no question in common; compare two runs on the same gold set")
    pairs = [(a[name], b[name]) for name in ids]
    metrics: dict[str, Difference] = {}
    for name in METRICS:
        found = _collective(pairs, name) or _mean(pairs, name)
        if found is not None:
            metrics[name] = found
    judged = [(x, y) for x, y in pairs if x.judged]
    return Comparison(
        questions=len(pairs),
        only_first=len(a) - len(pairs),
        only_second=len(b) - len(pairs),
        metrics=metrics,
        gained=tuple((x, y) for x, y in judged if y.right and not x.right),
        lost=tuple((x, y) for x, y in judged if x.right and not y.right),
    )


def _mean(pairs: list[tuple[Row, Row]], name: str) -> Difference | None:
    import numpy as np

    from qa.evaluate import statistics

    both = [(x, y) for x, y in pairs if name in x.scores and name in y.scores]
    if not both:
        return None
    first, second = np.array([(x.scores[name], y.scores[name]) for x, y in both]).T
    clusters = talks([x for x, _ in both])
    return Difference(
        float(first.mean()),
        float(second.mean()),
        statistics.mean(second - first, clusters),
        statistics.paired_p_value(first, second, clusters),
    )


def _collective(pairs: list[tuple[Row, Row]], name: str) -> Difference | None:
    """AUROC, the area under the curve, calibration: computed anew on every draw of questions, in both runs."""
    import numpy as np

    from qa.evaluate import statistics

    first, second = (collective(side, name) for side in zip(*pairs, strict=True))
    if first is None or second is None:
        return None
    on_first, on_second = first.of, second.of
    clusters = talks([x for x, _ in pairs])
    interval = statistics.of(lambda i: on_second(i) - on_first(i), len(pairs), min(first.n, second.n), clusters)
    everything = np.arange(len(pairs))
    if interval is None:
        return None
    return Difference(on_first(everything), on_second(everything), interval, None)
