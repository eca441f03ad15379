"""Fits which articles are about something (`qa.reading.topical`) on lines that ask for articles, each with those meant.

    python -m qa.training.topical --data DATA [--write]

`topical.jsonl` has the lines: "article_ids" are about what the line names, "also" may be listed without harm and counts
for neither. The articles are those of DATA/news. Printed is what ten folds say, no line in two of them: a line is right
if all that it means are listed, among at most one more than twice as many; one that means none, if none is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.files import replace_text
from index.mentions import About
from index.models.embed import open_encoder
from index.models.weights import default_model
from qa.language.browse import content_words, topic_of
from qa.models.shipped import WEIGHTS
from qa.reading.topical import FEATURES, FILE
from qa.training.cases import indexed
from qa.training.data import read
from qa.training.fit import fit

LINES = Path(__file__).with_name("topical.jsonl")
FOLDS = 10
MEANT = 10.0
"""How many times an article that is meant counts: there are a hundred times as many others."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A line, what it means, and the articles that it may mean."""

    asked: Mapping[str, Any]
    found: tuple[About, ...]

    @property
    def meant(self) -> list[bool]:
        return [one.article.id in self.asked["article_ids"] for one in self.found]

    @property
    def harmless(self) -> list[bool]:
        return [one.article.id in self.asked["also"] for one in self.found]


def lines(data: Path) -> list[Line]:
    """The lines, asked over the news."""
    asked = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
    encoder = open_encoder(default_model())
    found = []
    with indexed(read(data / "news", "articles.jsonl")) as snapshot, snapshot.view() as view:
        for one in asked:
            words = content_words(topic_of(one["say"], "about"))
            vector = encoder.encode_questions([" ".join(words)])[0]
            found.append(Line(one, view.near_to(words, vector)))
    return found


def values_of(asked: Sequence[Line]) -> Vector:
    """[n, features] of all articles of all lines."""
    return np.array([[getattr(one, name) for name in FEATURES] for line in asked for one in line.found])


def labels_of(asked: Sequence[Line]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[n] of all articles of all lines: whether it is meant, and whether it counts."""
    meant = np.array([one for line in asked for one in line.meant])
    return meant, ~np.array([one for line in asked for one in line.harmless])


def scores_in_folds(asked: Sequence[Line]) -> Vector:
    """[n]: the articles' scores, by what was fitted on the lines of other folds."""
    values = values_of(asked)
    meant, counts = labels_of(asked)
    fold = np.array([number % FOLDS for number, line in enumerate(asked) for _ in line.found])
    scores = np.zeros(len(values))
    for own in range(FOLDS):
        used = (fold != own) & counts
        scores[fold == own] = _fit(values[used], meant[used]).scores(values[fold == own])
    return scores


def _fit(values: Vector, meant: NDArray[np.bool_]) -> Any:
    return fit(values, meant.astype(float), np.where(meant, MEANT, 1.0))


def judged(asked: Sequence[Line], scores: Vector, least: float) -> tuple[float, float, float]:
    """The share of lines that are right from this score on, precision and recall (means over lines)."""
    right, precision, recall, start = [], [], [], 0
    for line in asked:
        end = start + len(line.found)
        listed = scores[start:end] >= least
        meant, harmless = np.array(line.meant), np.array(line.harmless)
        wanted, start = len(line.asked["article_ids"]), end
        hits = int((listed & meant).sum())
        if wanted:
            recall.append(hits / wanted)
            right.append(hits == wanted and listed.sum() <= 2 * wanted + 1)
        else:
            right.append(not (listed & ~harmless).any())
        if listed.any():
            precision.append((listed & (meant | harmless)).sum() / listed.sum())
    return float(np.mean(right)), float(np.mean(precision)), float(np.mean(recall))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.topical", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with news/")
    parser.add_argument("--write", action="store_true", help=f"write {FILE} beside the weights")
    options = parser.parse_args()
    asked = lines(options.data)
    named = np.array([float(one.named) for line in asked for one in line.found])
    print("by words alone: right {:.3f}, precision {:.3f}, recall {:.3f}".format(*judged(asked, named, 0.5)))
    scores = scores_in_folds(asked)
    grid = [(judged(asked, scores, float(least)), float(least)) for least in np.arange(-2.0, 5.0, 0.1)]
    (right, precision, recall), least = max(grid, key=lambda one: (one[0][0], one[0][1] + one[0][2]))
    print(f"fitted, in folds: right {right:.3f}, precision {precision:.3f}, recall {recall:.3f}; from {least:.1f} on")
    meant, counts = labels_of(asked)
    fitted = _fit(values_of(asked)[counts], meant[counts])
    weights = {name: round(float(one), 3) for name, one in zip(FEATURES, fitted.coefficients, strict=True)}
    print(weights)
    if options.write:
        document = {"weights": weights, "least": round(least - fitted.bias, 3), "encoder": default_model().fingerprint}
        replace_text(WEIGHTS / FILE, json.dumps(document, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
