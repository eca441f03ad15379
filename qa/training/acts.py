"""Fits what a line of a talk wants (`qa.language.acts`) on the lines of `acts.txt`, and on questions of published sets.

    python -m qa.training.acts --data DATA [--weights DIR] [--write]

Lines also come as they are typed in a chat: in small letters, without a mark, after "ok" or "and". Printed is what five
folds say, no line of one made of the same pattern as a line of another. Another act than a question has to be so many
times as probable as that that few questions are taken for something else (`LOST`). Of the published sets the reader's
training questions are taken, so many as `PLAIN` says: people ask in more ways than the lines do ("What American city is
mentioned?"), and who asks so wants an answer.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.files import replace_text
from index.models.embed import open_encoder
from index.models.weights import default_model
from qa.language.acts import ACTS, FILE, QUESTION, WANTS, best_of, pairs_of, values_of, words_of
from qa.models.shipped import WEIGHTS
from qa.training.data import load

LINES = Path(__file__).with_name("acts.txt")
EACH = 8
"""With how many things a pattern is used."""

LOST = 0.01
PLAIN = 2500
RIDGE = 0.3
SCALE = 4.0
"""What vectors are multiplied by: their numbers are small beside those of the form, so the ridge would flatten them."""

WORDS = 4.0
"""How many times weaker the ridge is on words and form than on vectors."""

FOLDS = 5
OFTEN = 2
"""In how many patterns a word stands that is a feature."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A line, what it wants, and the number of the pattern that it was made of."""

    line: str
    want: str
    pattern: int


def examples(text: str) -> list[Example]:
    """The lines of the file, patterns filled in."""
    things: list[str] = []
    found: list[Example] = []
    section = ""
    for number, line in enumerate(text.splitlines()):
        if line.startswith("= "):
            section = line.removeprefix("= ")
        elif not line or line.startswith("# "):
            continue
        elif section == "things":
            things.append(line)
        elif "{}" in line:
            chosen = [things[(number * 7 + 3 * i) % len(things)] for i in range(EACH)]
            filled = (_THE_THE.sub("the ", line.replace("{}", thing)) for thing in dict.fromkeys(chosen))
            found += [Example(one, section, number) for one in filled]
        else:
            found.append(Example(line, section, number))
    if unknown := {one.want for one in found} - set(WANTS):
        raise ValueError(f"{sorted(unknown)} cannot be wanted")
    return [*found, *(_typed(one) for one in found)]


_THE_THE = re.compile(r"\bthe (?:the|an?) ")


def _typed(one: Example) -> Example:
    """The line as it is typed in a chat."""
    rng = random.Random(one.line)
    before = rng.choice(("", "", "", "ok ", "and ", "so ", "please "))
    line = before + one.line.lower().rstrip("?.! ")
    return replace(one, line=line.replace("'", "") if rng.random() < 0.5 else line)


def plain_questions(data: Path, first: int) -> list[Example]:
    """Questions that trained the reader, each a pattern, numbered from `first` on; every other one as it is typed."""
    asked = dict.fromkeys(one.question for one in load(data).training if "(" not in one.question)
    chosen = random.Random(0).sample(list(asked), PLAIN)
    found = [Example(line, QUESTION, first + number) for number, line in enumerate(chosen)]
    return [_typed(one) if one.pattern % 2 else one for one in found]


def vocabulary(found: Sequence[Example], text: str) -> tuple[str, ...]:
    """The words that stand in several patterns, those of what is talked about left out."""
    counts: Counter[str] = Counter()
    for pattern in {one.pattern for one in found}:
        words = words_of(text.splitlines()[pattern].replace("{}", " 0 "))
        counts.update({*words, *pairs_of(words)} - {"0"})
    return tuple(sorted(word for word, count in counts.items() if count >= OFTEN))


def fit(values: Matrix, wants: NDArray[np.int64], weights: NDArray[np.float64], vectors: int) -> Matrix:
    """A row of weights [classes, k] by softmax regression with a ridge.

    `values`: [n, k], of which the first `vectors` are the vector's and the last is a constant.
    """
    classes, width = len(WANTS), values.shape[1]
    penalty = np.full(width, RIDGE)
    penalty[vectors:] /= WORDS  # what a line is about moves its vector, and its words say little of that
    penalty[-1] = 0.01
    hot = np.eye(classes)[wants]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        found = flat.reshape(classes, width)
        logits = values @ found.T
        logits -= logits.max(axis=1, keepdims=True)
        total = np.exp(logits).sum(axis=1, keepdims=True)
        value = -(weights[:, None] * hot * (logits - np.log(total))).sum() + (penalty * found**2).sum() / 2
        slope = (weights[:, None] * (np.exp(logits) / total - hot)).T @ values + penalty * found
        return float(value), slope.ravel()

    found = minimize(loss, np.zeros(classes * width), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return np.asarray(found).reshape(classes, width)


def shares_of(values: Matrix, fitted: Matrix) -> Matrix:
    """[n, classes]: how probable each is."""
    logits = values @ fitted.T
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def in_folds(
    values: Matrix, wants: NDArray[np.int64], weights: NDArray[np.float64], pattern: NDArray[np.int64], vectors: int
) -> Matrix:
    """Each line's shares by what was fitted without its fold."""
    shares = np.zeros((len(values), len(WANTS)))
    for fold in range(FOLDS):
        own = (pattern * 2654435761 >> 7) % FOLDS == fold
        shares[own] = shares_of(values[own], fit(values[~own], wants[~own], weights[~own], vectors))
    return shares


def sure_of(shares: Matrix, wants: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    """How many times as probable as a question, so that few enough of these are taken for something else."""
    asked = wants == WANTS.index(QUESTION)
    for sure in (1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0):
        taken = np.array([WANTS[best_of(row, sure)[0]] not in ACTS[0] for row in shares.tolist()])
        if weights[asked & taken].sum() <= LOST * weights[asked].sum():
            return sure
    return 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.acts", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where it is written")
    parser.add_argument("--write", action="store_true", help=f"write {FILE} there")
    options = parser.parse_args(argv)
    text = LINES.read_text(encoding="utf-8")
    found = examples(text)
    words = vocabulary(found, text)
    found += plain_questions(options.data, len(text.splitlines()))
    model = default_model()
    vectors = open_encoder(model).encode_questions([one.line for one in found])
    values = np.column_stack([SCALE * vectors, [values_of(one.line, words) for one in found]]).astype(np.float64)
    wants = np.array([WANTS.index(one.want) for one in found])
    pattern = np.array([one.pattern for one in found])
    of_pattern = Counter(one.pattern for one in found)
    weights = np.array([1 / of_pattern[one.pattern] for one in found])  # a pattern counts once
    of_want = np.bincount(wants, weights)
    weights = weights * np.sqrt(of_want.max() / of_want[wants])
    shares = in_folds(values, wants, weights, pattern, vectors.shape[1])
    sure = sure_of(shares, wants, weights)
    _report(found, shares, wants, weights, sure)
    if options.write:
        fitted = fit(values, wants, weights, vectors.shape[1])
        fitted[:, : vectors.shape[1]] *= SCALE
        rows = {what: [round(float(w), 3) for w in row] for what, row in zip(WANTS, fitted, strict=True)}
        document = {"encoder": model.fingerprint, "sure": sure, "words": list(words), "weights": rows}
        replace_text(options.weights / FILE, json.dumps(document) + "\n")
    return 0


def _report(
    found: Sequence[Example], shares: Matrix, wants: NDArray[np.int64], weights: NDArray[np.float64], sure: float
) -> None:
    said = np.array([best_of(row, sure)[0] for row in shares.tolist()])
    print(f"{len(found)} lines of {len({one.pattern for one in found})} patterns; sure from {sure}")
    act = {what: place for place, act in enumerate(ACTS) for what in act}
    same = np.array([act[WANTS[one]] == act[WANTS[other]] for one, other in zip(said, wants, strict=True)])
    total = weights.sum()
    print(
        f"of patterns: the act right {weights[same].sum() / total:.3f}, "
        f"what in it too {weights[said == wants].sum() / total:.3f}"
    )
    for number, what in enumerate(WANTS):
        own = wants == number
        right = weights[own & (said == wants)].sum() / weights[own].sum()
        others = Counter(WANTS[one] for one in said[own & (said != wants)])
        print(f"  {what:11}{own.sum():5d}  right {right:.3f}  {dict(others.most_common(4))}")
    for one, taken in zip(found, said, strict=True):
        if WANTS[taken] != one.want and "{" not in one.line:
            sys.stderr.write(f"{one.want} taken for {WANTS[taken]}: {one.line}\n")


if __name__ == "__main__":
    sys.exit(main())
