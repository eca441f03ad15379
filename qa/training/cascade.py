"""Fits what the lower half alone says of relevance: which passages the ranking half can leave out.

    python -m qa.training.cascade --data DATA --weights FILES [--questions N]

A ridge regression on the states after the lower half (of [CLS], and the mean of all) learns the logit that the ranking
half gives, from the first passages that BM25 finds for training questions, cut as the assistant cuts articles. It goes
to `early-relevance.npy` beside the exported weights, and its sum to their manifest.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.onnx import batches
from index.split import Splitter
from qa.ranker_reader import EARLY_RELEVANCE, RANKED, WEIGHTS, summary
from qa.spans import WINDOW, Floats, Window, pad, window_at
from qa.training.batches import Pieced
from qa.training.data import Data, Example, load
from qa.training.evaluate import sample
from qa.training.negatives import Bm25

RIDGE = 100.0
"""The penalty on squared weights of standardised numbers."""

log = logging.getLogger("qa.training")


def regression(summaries: Floats, relevance: Floats) -> Floats:
    """Weights and constant [k + 1] that tell `relevance` [n] from `summaries` [n, k]."""
    centre, scale = summaries.mean(axis=0), summaries.std(axis=0) + 1e-6
    standard = ((summaries - centre) / scale).astype(np.float64)
    constant = relevance.mean()
    penalty = RIDGE * np.eye(standard.shape[1])
    weights = np.linalg.solve(standard.T @ standard + penalty, standard.T @ (relevance - constant)) / scale
    return np.append(weights, constant - centre @ weights).astype(np.float32)


def teaching(data: Data, splitter: Splitter, n: int, seed: int) -> Iterator[tuple[Example, list[str]]]:
    """n training questions, each with the passages of the same sets that BM25 ranks first."""
    examples = [example for example in data.training if example.source != "quac"]
    paragraphs = dict.fromkeys(example.passage for example in examples)
    index = Bm25([text[start:end] for text in paragraphs for start, end in splitter.split(text).passages])
    for example in sample([example for example in examples if example.answers], n, seed):
        yield example, index.search(example.question, RANKED)


def cut(question: str, passages: Sequence[str], pieced: Pieced) -> list[Window]:
    """The first window of each passage beside the question."""
    asked = pieced(question)
    return [window_at(asked, pieced(passage), 0, marks=pieced.marks) for passage in passages]


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.cascade", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the exported model")
    parser.add_argument("--questions", type=int, default=500, help="how many")
    parser.add_argument("--seed", type=int, default=20, help="which")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    _write(options.weights, _fit(options))
    return 0


def _fit(options: argparse.Namespace) -> Floats:
    from tokenizers import Tokenizer

    from qa.training.export import Exported

    model = Exported(options.weights, threads=options.threads)
    tokenizer = Tokenizer.from_file(str(options.weights / "tokenizer.json"))
    pieced, splitter = Pieced(tokenizer), Splitter(tokenizer, WINDOW)
    asked = teaching(load(options.data), splitter, options.questions, options.seed)
    summaries: list[Floats] = []
    relevance: list[Floats] = []
    for number, (example, passages) in enumerate(asked, 1):
        found = cut(example.question, passages, pieced)
        for batch in batches([len(window.ids) for window in found]):
            hidden, logits = model.rank(*pad([found[i] for i in batch], marks=pieced.marks))
            summaries += [summary(hidden[row, : len(found[i].ids)]) for row, i in enumerate(batch)]
            relevance.append(logits)
        if number % 50 == 0:
            log.info("ranked for %d of %d questions", number, options.questions)
    told, wanted = np.stack(summaries), np.concatenate(relevance)
    weights = regression(told, wanted)
    error = np.std(told @ weights[:-1] + weights[-1] - wanted)
    log.info("%d passages; the logit's spread is %.2f, of which %.2f is not told", len(wanted), np.std(wanted), error)
    return weights


def _write(folder: Path, weights: Floats) -> None:
    from qa.training.export import MANIFEST, describe

    np.save(folder / EARLY_RELEVANCE, weights, allow_pickle=False)
    about: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    del about["files"]
    describe(folder, about)


if __name__ == "__main__":
    sys.exit(main())
