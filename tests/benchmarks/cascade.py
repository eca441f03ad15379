"""Which passages the lower layers alone would keep for the rest of the cross-encoder: a table of docs/lab/training.md.

    python tests/benchmarks/cascade.py --data DATA --base BASE [--layers 3,6] [--questions 200]

The regression of `qa.training.cascade`, on the states after a few layers, learns the logit that all layers give from
BM25's first 16 passages of training questions. Then, for questions kept apart, the best few by it are ranked
by all layers: how often is the first passage still the one that holds the answer, and how many layers are computed?
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from qa.evaluate.statistics import mean
from qa.models.ranker_reader import RANKED, expected, summary
from qa.models.spans import Floats, pad
from qa.training.batches import Pieced, first_windows
from qa.training.cascade import regression
from qa.training.data import Example, load
from qa.training.evaluate import sample
from qa.training.model import Layer, RankerReader, attention_bias, load_base
from qa.training.negatives import Bm25

CANDIDATES = RANKED
KEPT = (2, 4, 6, 8, 12, CANDIDATES)
SEED = 20

Ranked = tuple[list[str], dict[int, Floats], Floats]  # passages, features by layer [passages, 2 x width], logits


def ranked(model: RankerReader, pieced: Pieced, index: Bm25, question: str, layers: Sequence[int]) -> Ranked | None:
    """BM25's first passages for a question, each cut to one window, through every layer; None where it finds fewer."""
    passages = index.search(question, CANDIDATES)
    if len(passages) < CANDIDATES:
        return None
    cut = first_windows(question, passages, pieced)
    ids, types, mask = (torch.from_numpy(a) for a in pad(cut, marks=pieced.marks))
    features: dict[int, Floats] = {}
    with torch.no_grad():
        hidden = model.lower.embeddings(ids, types)
        bias = attention_bias(mask, hidden.dtype)
        halves: list[Layer] = [*model.lower.layers, *model.ranker.layers]  # type: ignore[list-item]
        for number, layer in enumerate(halves, 1):
            hidden = layer(hidden, bias)
            if number in layers:
                states = zip(hidden.numpy(), cut, strict=True)
                features[number] = np.stack([summary(one[: len(window.ids)]) for one, window in states])
        logits = model.ranker.classifier(torch.tanh(model.ranker.pooler(hidden[:, 0])))[:, 0].numpy()
    return passages, features, logits


def interval(differences: Floats) -> str:
    """The mean with its 95 % bootstrap interval."""
    found = mean(differences)
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--base", type=Path, required=True)
    p.add_argument("--layers", default="3,6")
    p.add_argument("--questions", type=int, default=200, help="kept apart; twice as many teach")
    p.add_argument("--threads", type=int, default=2)
    options = p.parse_args()
    torch.set_num_threads(options.threads)
    layers = [int(number) for number in options.layers.split(",")]
    data = load(options.data)
    pieced = Pieced(Tokenizer.from_file(str(options.base / "tokenizer.json")))
    model = load_base(options.base, seed=SEED)

    def all_ranked(examples: Sequence[Example], n: int) -> list[tuple[Example, Ranked]]:
        index = Bm25(list(dict.fromkeys(e.passage for e in examples)))
        chosen = sample([e for e in examples if e.answers], n, SEED)
        found = ((e, ranked(model, pieced, index, e.question, layers)) for e in chosen)
        return [(e, one) for e, one in found if one is not None]

    teaching = all_ranked([e for e in data.training if e.source != "quac"], 2 * options.questions)
    apart = all_ranked(data.squad, options.questions) + all_ranked(data.shifts, options.questions)
    print(f"{len(teaching)} questions teach, {len(apart)} measure")
    print("| layers | kept of 16 | first of all layers is kept | R@1 | R@1, difference | layers computed |")
    print("|---:|---:|---:|---:|---|---:|")
    logits = np.concatenate([one[2] for _, one in teaching])
    for number in layers:
        weights = regression(np.concatenate([one[1][number] for _, one in teaching]), logits)
        for kept in KEPT:
            same, right, before = [], [], []
            for example, (passages, features, own) in apart:
                guessed = expected(features[number], weights)
                best = np.argsort(-guessed)[:kept]
                first, whole = best[np.argmax(own[best])], int(np.argmax(own))
                same.append(first == whole)
                right.append(passages[first] == example.passage)
                before.append(passages[whole] == example.passage)
            difference = interval(np.subtract(right, before, dtype=float))
            cost = CANDIDATES * number + kept * (model.shape.layers - number)
            print(f"| {number} | {kept} | {np.mean(same):.3f} | {np.mean(right):.3f} | {difference} | {cost} |")


if __name__ == "__main__":
    main()
