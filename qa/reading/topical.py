"""Which articles are about something: a regression over what an article has of the words, and how near its text is.

`qa.training.topical` fits it and writes it beside the weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelError
from index.mentions import About

FILE = "topical.json"
FEATURES = ("closest", "opening", "stands")
"""Of `index.mentions.About`."""


@dataclass(frozen=True, slots=True)
class Topical:
    """Weights by the names of features, and from which sum on an article is about the words."""

    weights: Mapping[str, float]
    least: float

    @classmethod
    def load(cls, folder: Path) -> Topical:
        """What lies beside the weights in `folder`. Raises ModelError if it is missing or broken."""
        try:
            held = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls({name: float(held["weights"][name]) for name in FEATURES}, float(held["least"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / FILE} cannot be read ({error}); install article-qa again") from error

    def score(self, one: About) -> float:
        """The more, the more an article is about the words."""
        return sum(weight * getattr(one, name) for name, weight in self.weights.items())

    def chosen(self, found: Iterable[About]) -> list[About]:
        """Those that are about the words, most of all first."""
        scored = [(self.score(one), one) for one in found]
        return [
            one for score, one in sorted(scored, key=lambda pair: (-pair[0], pair[1].article.id)) if score >= self.least
        ]
