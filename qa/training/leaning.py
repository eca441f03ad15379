"""Fits whether a question needs what was said before it (`qa.language.acts.Acts.leans`).

    python -m qa.training.leaning --data DATA [--weights DIR] [--write]

What leans on a talk are the later turns of QuAC's dialogues; what stands alone are SQuAD 2.0's questions, of the
articles that are trained on, and BoolQ's, which people typed into a search engine. Some lose their capitals or their
question mark, as in a chat. Judged on a fifth of all, by article and dialogue.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.files import replace_text
from index.models.embed import open_encoder
from index.models.weights import default_model
from qa.evaluate.abstention import auroc
from qa.evaluate.gold import hash_of, kept_apart
from qa.language.acts import LEANING, pairs_of, values_of, words_of
from qa.models.shipped import WEIGHTS
from qa.training.acts import SCALE
from qa.training.data import read

EACH = 4000
"""How many questions of each kind."""

RIDGE = 3.0
OFTEN = 25
"""In how many questions a word stands that is a feature."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, whether it needs the talk, and what it hangs together with."""

    question: str
    leans: bool
    group: str


def examples(data: Path, seed: int = 0) -> list[Example]:
    """As many of each kind, some of them as they are typed in a chat."""
    rng = random.Random(seed)
    leaning = list(_leaning(data))
    alone = list(_alone(data))
    chosen = [*rng.sample(leaning, min(EACH, len(leaning))), *rng.sample(alone, min(EACH, len(alone)))]
    return [Example(_typed(one.question, rng), one.leans, one.group) for one in chosen]


def _leaning(data: Path) -> Iterator[Example]:
    for record in read(data / "quac", "train_pairs.jsonl"):
        if record["turn"] > 1:
            yield Example(record["question"].strip(), True, record["id"].split("_")[0])


def _alone(data: Path) -> Iterator[Example]:
    for record in read(data / "squad", "dev-v2.0.json"):
        title = record["paragraph"]["title"]
        if not kept_apart(title):
            yield Example(record["qa"]["question"].strip(), False, title)
    for record in read(data / "boolq", "train.jsonl"):
        yield Example(record["question"].strip(), False, record["passage"])


def _typed(question: str, rng: random.Random) -> str:
    question = question.lower() if rng.random() < 0.5 else question
    return question.rstrip("?").rstrip() if rng.random() < 0.4 else question


def fit(values: Vector, leans: Vector) -> Vector:
    """Logistic regression with a ridge; weights [k] of values [n, k], the last of which is a constant."""

    def loss(found: Vector) -> tuple[float, Vector]:
        logits = values @ found
        value = (np.logaddexp(0, logits) - leans * logits).sum() + RIDGE * (found**2).sum() / 2
        return float(value), values.T @ (1 / (1 + np.exp(-logits)) - leans) + RIDGE * found

    return np.asarray(minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B").x)


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.leaning", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with quac/, squad/, boolq/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where it is written")
    parser.add_argument("--write", action="store_true", help=f"write {LEANING} there")
    options = parser.parse_args(argv)
    found = examples(options.data)
    counts = Counter(word for one in found for word in {*words_of(one.question), *pairs_of(words_of(one.question))})
    words = sorted(word for word, count in counts.items() if count >= OFTEN)
    model = default_model()
    encoder = open_encoder(model)
    lines = [one.question for one in found]
    vectors = np.concatenate([encoder.encode_questions(lines[i : i + 64]) for i in range(0, len(lines), 64)])
    values = np.column_stack([SCALE * vectors, [values_of(line, words) for line in lines]]).astype(np.float64)
    leans = np.array([float(one.leans) for one in found])
    judged = np.array([hash_of(one.group) % 5 == 0 for one in found])
    logits = values[judged] @ fit(values[~judged], leans[~judged])
    print(f"{len(found)} questions, {judged.sum()} of them judged: AUROC {auroc(logits, leans[judged] == 1):.3f}, "
          f"right {((logits > 0) == (leans[judged] == 1)).mean():.3f}")  # fmt: skip
    if options.write:
        weights = fit(values, leans)
        weights[: vectors.shape[1]] *= SCALE
        document = {"encoder": model.fingerprint, "words": words, "weights": [round(float(w), 3) for w in weights]}
        replace_text(options.weights / LEANING, json.dumps(document) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
