"""The weights that article-qa ships for ranking and reading: where they lie, what they should be, and their policy."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Self

from index.errors import ModelError

WEIGHTS = Path(__file__).parent / "weights"
MANIFEST = "manifest.json"
POLICY = "policy.json"


def weights_of(folder: Path) -> dict[str, str]:
    """The sha256 of each of the weights in `folder`, as its manifest says."""
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    return {name: str(about["sha256"]) for name, about in files.items()}


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers that belong to the weights they lie beside: most are in the scale of their logits.

    `relevance` and `margin`: how much a passage's relevance and a span's margin count as evidence for one answer
    against another. `support`: the evidence from which on a passage supports an answer that a better one gives.
    `heading`: how much evidence the body may lack and still be cited rather than a heading. `gap`: the most that an
    answer's evidence over the next different one counts. `neighbour`: the evidence that a sentence may lack and still
    be quoted with the one beside it, `item` what another item of a list may. `repeated`: the evidence that a finding
    loses which says what the question before was answered with. `span`: the probability from which on a few words are
    said without their sentence. `yes` and `no`: the probability from which on each is said (above 1: never).
    `outside`: the confidence from which on a question of a talk is answered from articles that it was not about;
    `alone`: the confidence from which on it is not read by itself, without what was said before. `unsure`: the
    confidence below which an answer is shown with a warning. `sure`: the relevance of a passage
    after which ranking ends. `long_question`: word pieces of a question whose first stage's score weighs one logit.

    Where a language model chooses too: `named` and `said`: the evidence for a sentence that it names first, and for one
    that has all words of its answer. `chosen_named`, `chosen_said` and `chosen_bias`: what these add to the logit that
    the best finding's quote answers, and what is always added. `floor`: the confidence below which no model is asked.
    """

    relevance: float
    margin: float
    support: float
    heading: float
    gap: float
    neighbour: float
    item: float
    repeated: float
    span: float
    yes: float
    no: float
    outside: float
    alone: float
    unsure: float
    sure: float
    long_question: float
    named: float
    said: float
    chosen_named: float
    chosen_said: float
    chosen_bias: float
    floor: float

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The policy of the weights in `folder`. Raises ModelError if it is missing or broken."""
        try:
            held = json.loads((folder / POLICY).read_text(encoding="utf-8"))
            return cls(**{field.name: float(held[field.name]) for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / POLICY} cannot be read ({error}); install article-qa again") from error


@cache
def shipped_policy() -> Policy:
    """The policy of the shipped weights."""
    return Policy.load(WEIGHTS)
