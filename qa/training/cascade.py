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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ArticleQAError
from index.files import replacing
from index.models.onnx import load_tokenizer, run_padded
from index.readers.noise import find_noise
from index.split import Splitter
from qa.models.ranker_reader import EARLY_RELEVANCE, RANKED, expected, summary
from qa.models.shipped import MANIFEST, WEIGHTS
from qa.models.spans import WINDOW, Floats
from qa.training.batches import Pieced, first_windows
from qa.training.data import Data, Example, load
from qa.training.evaluate import sample
from qa.training.negatives import Bm25

RIDGE = 100.0
"""The penalty on squared weights of standardised numbers."""

log = logging.getLogger("qa.training")


def regression(summaries: Floats, relevance: Floats) -> Floats:
    """What makes `relevance` [n] `expected` from `summaries` [n, k]."""
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
    passages = [
        text[start:end] for text in paragraphs for start, end in splitter.split(text, find_noise(text)).passages
    ]
    index = Bm25(passages)
    for example in sample([example for example in examples if example.answers], n, seed):
        yield example, index.search(example.question, RANKED)


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
    try:
        _work(options)
    except (ArticleQAError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _work(options: argparse.Namespace) -> None:
    from qa.training.export import Exported, describe

    about: dict[str, Any] = json.loads((options.weights / MANIFEST).read_text("utf-8"))
    model = Exported(options.weights, threads=options.threads)
    tokenizer = load_tokenizer(options.weights / "tokenizer.json")
    pieced, splitter = Pieced(tokenizer), Splitter(tokenizer, WINDOW)
    rows: list[tuple[Floats, float]] = []
    asked = teaching(load(options.data), splitter, options.questions, options.seed)
    for number, (example, passages) in enumerate(asked, 1):
        found = first_windows(example.question, passages, pieced)
        ranked = run_padded(lambda feed: model.rank(**feed), [window.feed() for window in found])
        rows += [
            (summary(hidden[: len(window.ids)]), float(logit))
            for window, (hidden, logit) in zip(found, ranked, strict=True)
        ]
        if number % 50 == 0:
            log.info("ranked for %d of %d questions", number, options.questions)
    told, wanted = (np.array(column, np.float32) for column in zip(*rows, strict=True))
    last = len(wanted) * 4 // 5  # a fifth is other questions
    tried = regression(told[:last], wanted[:last])
    error = np.std(expected(told[last:], tried) - wanted[last:])
    log.info("%d passages; the logit's spread is %.2f", len(wanted), np.std(wanted))
    log.info("fitted on four fifths of them, %.2f of it is not told of the last fifth", error)
    with replacing(options.weights / EARLY_RELEVANCE) as draft, draft.open("wb") as file:
        np.save(file, regression(told, wanted), allow_pickle=False)
    describe(options.weights, {name: value for name, value in about.items() if name != "files"})


if __name__ == "__main__":
    sys.exit(main())
