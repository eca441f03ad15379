"""Fits the score of an answer: relevance of its passage and margin of its span -> logit that the answer is right.

    python -m qa.training.fit --data DATA [--questions N] [--weights DIR]

The questions are SQuADShifts' tenth kept apart, with all its paragraphs as one corpus. Each is asked three times: as it
is; with its paragraph taken out, so that nothing answers it; and with one of its names or numbers changed, which is
what a reader has to refuse in practice. Prints the coefficients for `qa.reader`, and what each threshold refuses.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from index.embed import QuestionEncoder, open_embedder, open_encoder
from index.search import Query, search
from index.snapshot import Snapshot
from index.types import Hit
from index.update import writing
from index.weights import default_model
from qa.ranker_reader import WEIGHTS, RankerReader
from qa.reader import READ, locate
from qa.training.data import Example, hash_of, load
from qa.training.negatives import Maker
from qa.training.score import best_f1

RIGHT = 0.6
"""An answer is right if its F1 to a gold answer is at least this."""

# Where relevance and margin are fitted, the best span is chosen with this share of the margin; the fit confirms it.
SHARE = 0.4

Row = tuple[float, float, float, str]
"""Relevance, margin, 1 if right, and how it was asked: as it is, absent, made."""


@dataclass(frozen=True, slots=True)
class Asker:
    """An index of the corpus and the models."""

    snapshot: Snapshot
    encoder: QuestionEncoder
    model: RankerReader

    def best(self, question: str, without: str | None = None) -> tuple[float, float, str] | None:
        """Relevance, margin and words of the best answer, in all articles but `without`."""
        with self.snapshot.view():
            found = search(self.snapshot, Query(question, self.encoder.encode_questions([question])[0]))
            hits: list[Hit] = [hit for hit in found if hit.passage.article_id != without]
            read = self.model.rank(question, hits)[:READ]
            spans = self.model.spans([candidate.encoded for candidate in read if candidate.encoded], 3)
            answers = []
            for candidate, best in zip(read, spans, strict=True):
                sentences = self.snapshot.sentences(candidate.hit.passage)
                for span in best:
                    finding = locate(candidate.hit.passage, sentences, (span.start, span.end), 0.0)
                    if finding is not None:
                        answers.append((candidate.relevance, span.score, finding.text))
        return max(answers, key=lambda a: a[0] + SHARE * a[1], default=None)


def rows(examples: Sequence[Example], asker: Asker, maker: Maker) -> Iterator[Row]:
    """What becomes of each question, asked three times."""
    for number, example in enumerate(examples):
        if sys.stderr.isatty() or number % 50 == 0:
            print(f"{number}/{len(examples)}", file=sys.stderr)
        made = maker.make(example, random.Random(example.id))
        asked = [(example.question, None, "as it is"), (example.question, article_id(example.passage), "absent")]
        if made is not None and made.question != example.question and made.passage == example.passage:
            asked.append((made.question, None, "made"))
        for question, without, how in asked:
            best = asker.best(question, without)
            if best is not None:
                relevance, margin, text = best
                right = how == "as it is" and best_f1(text, [a.text for a in example.answers]) >= RIGHT
                yield relevance, margin, float(right), how


def fit(features: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Logistic regression. `features`: float [n, k], `right`: 0 or 1 [n]; the k coefficients."""

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = features @ weights
        residuals = 1 / (1 + np.exp(-logits)) - right
        return float((np.logaddexp(0, logits) - right * logits).sum()), features.T @ residuals

    return np.asarray(minimize(loss, np.zeros(features.shape[1]), jac=True).x)


def article_id(passage: str) -> str:
    """The id of a paragraph as an article."""
    return f"p{hash_of(passage):08x}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.fit", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the exported model")
    parser.add_argument("--questions", type=int, default=400, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="which")
    options = parser.parse_args()
    shifts = list(load(options.data).shifts)
    chosen = random.Random(options.seed).sample(shifts, min(options.questions, len(shifts)))
    model = default_model()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        passages = dict.fromkeys(example.passage for example in shifts)
        records = [json.dumps({"id": article_id(passage), "text": passage}) for passage in passages]
        (folder / "corpus.jsonl").write_text("\n".join(records), encoding="utf-8")
        with writing(folder / ".qa", open_embedder(model)) as writer:
            for _ in writer.update([folder / "corpus.jsonl"]):
                pass
        asker = Asker(Snapshot(folder / ".qa"), open_encoder(model), RankerReader(options.weights))
        found = list(rows(chosen, asker, Maker(shifts)))
        asker.snapshot.close()
    features = np.array([(relevance, margin, 1.0) for relevance, margin, _, _ in found])
    right = np.array([value for _, _, value, _ in found])
    weights = fit(features, right)
    logits = features @ weights
    print("relevance {:.3f}, margin {:.3f}, bias {:.3f}".format(*weights))
    kinds = np.array([how for *_, how in found])
    groups = {
        "right": right == 1,
        "wrong": (right == 0) & (kinds == "as it is"),
        "absent": kinds == "absent",
        "made": kinds == "made",
    }
    print("refused below  " + "  ".join(f"{name} ({mask.sum()})" for name, mask in groups.items()))
    for threshold in np.arange(-3, 1.01, 0.25):
        shares = "  ".join(f"{(logits[mask] < threshold).mean():.3f}" for mask in groups.values())
        print(f"{threshold:5.2f}  {shares}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
