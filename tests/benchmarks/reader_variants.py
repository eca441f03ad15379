"""Readers trained alike but for one thing, negatives of a kind or the shape: a table of docs/lab/training.md.

    python tests/benchmarks/reader_variants.py --data DATA --base BASE --out RUNS [--variants all,no-made] [--steps 300]

Shapes, as docs/lab/training.md names them: `all` and the three without a kind of negatives are (a), the cross-encoder's
untouched upper half for ranking and a second one for reading; `split-3` shares three layers only; `joint` is (b), one
upper half for both, its relevance held to the cross-encoder's by the square of the difference; `split-0` is (c), two
models that share the embeddings. Each is trained for a few steps on short windows: the differences count, not the
scores. Every variant leaves a file in RUNS and is not trained again; the table is printed from all of them.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from qa.evaluate.abstention import auroc
from qa.evaluate.answers import f1
from qa.evaluate.statistics import mean
from qa.models.spans import Floats, Ints, pad
from qa.training.batches import Batch, Mix, Pieced, Schedule, first_windows
from qa.training.data import Data, load
from qa.training.evaluate import judge, read, sample
from qa.training.model import Ranker, RankerReader, Reader, Shape, load_base
from qa.training.negatives import Bm25, Maker, bm25_negative, mine, mined
from qa.training.train import Plan, Trainer, scorer_of, span_loss

VARIANTS = ("all", "no-bm25", "no-squad2", "no-made", "split-3", "joint", "split-0")
LENGTH = 128  # word pieces of a window in training
SEED = 20
CANDIDATES, READ = 12, 5
MARGIN_WEIGHT = 0.3  # of the reader's margin, added to the relevance of the passages that are read
RELEVANCE_LOSS = 0.1  # of the square of a logit's difference

Rank = Callable[[Ints, Ints, Ints], Floats]
Order = list[tuple[float, str]]  # scores and passages, best first


class JointReader(Reader):
    """A reading half that keeps the ranker's head: one pass for both."""

    def __init__(self, shape: Shape, ranker: Ranker) -> None:
        super().__init__(shape)
        self.layers.load_state_dict(ranker.layers.state_dict())
        self.pooler, self.classifier = nn.Linear(shape.width, shape.width), nn.Linear(shape.width, 1)
        self.pooler.load_state_dict(ranker.pooler.state_dict())
        self.classifier.load_state_dict(ranker.classifier.state_dict())

    relevance = Ranker.forward


class JointTrainer(Trainer):
    """Trains the span and holds the relevance of the same layers to that of the untouched ranking half."""

    def loss(self, batch: Batch) -> Tensor:
        ids, types, mask = (torch.from_numpy(a) for a in (batch.ids, batch.types, batch.mask))
        with torch.no_grad():
            hidden = self.lower(ids, types, mask)
            wanted = self.model.ranker(hidden, mask)
        cls: list[Tensor] = []
        hook = self.work.layers[-1].register_forward_hook(lambda _, __, out: cls.append(out[:, 0]))
        outputs = self.work(hidden, mask)
        hook.remove()
        relevance = self.work.classifier(torch.tanh(self.work.pooler(cls[0])))[:, 0]  # type: ignore[operator]
        starts, ends = torch.from_numpy(batch.starts), torch.from_numpy(batch.ends)
        spans = span_loss(outputs, starts, ends, self.plan.answerable_loss)
        return spans + RELEVANCE_LOSS * F.mse_loss(relevance, wanted)


def trained(
    variant: str, data: Data, maker: Maker, pieced: Pieced, options: argparse.Namespace
) -> tuple[RankerReader, Rank]:
    """The variant's model and its ranking of padded windows."""
    split = int(variant.removeprefix("split-")) if variant.startswith("split-") else None
    model = load_base(options.base, seed=SEED, split=split)
    found = {} if variant == "no-bm25" else mined(data.training, options.out / "bm25.json")
    mix = replace(Mix(squad2=variant != "no-squad2"), made=0.0 if variant == "no-made" else Mix().made)
    schedule = Schedule(data.training, found, maker, mix, pieced, seed=SEED, size=16)
    plan = Plan(options.steps, length=LENGTH, bfloat16=False, evaluate_every=float("inf"))
    kind = Trainer
    if variant == "joint":
        model.reader, kind = JointReader(model.shape, model.ranker), JointTrainer
    trainer = kind(model, schedule, plan, options.out / variant)
    trainer.resume()
    trainer.run(lambda _: "")

    def rank(ids: Ints, types: Ints, mask: Ints) -> Floats:
        half = model.reader.relevance if isinstance(model.reader, JointReader) else model.ranker
        with torch.no_grad():
            tensors = [torch.from_numpy(a) for a in (ids, types, mask)]
            return np.asarray(half(model.lower(*tensors), tensors[2]).numpy(), np.float32)  # type: ignore[operator]

    return model, rank


def measured(
    model: RankerReader, orders: Sequence[Order], data: Data, pieced: Pieced, n: int
) -> dict[str, list[float]]:
    """Per question kept apart (SQuAD 2.0's articles): what `table` sums up."""
    scorer = scorer_of(model.lower, model.reader)
    answerable = sample([e for e in data.squad if e.answers], n, SEED)
    rng, maker, found = random.Random(SEED), Maker(data.squad), mine(data.squad)
    made = [one for e in answerable if (one := maker.make(e, rng))]
    sets = {
        "answerable": answerable,
        "squad2": sample([e for e in data.squad if not e.answers], n, SEED),
        "bm25": [bm25_negative(e, found[e.id], rng) for e in answerable if e.id in found],
        "made": made,
    }
    answers = {name: read(own, scorer, pieced) for name, own in sets.items()}
    values = {name: [margin for _, margin in own] for name, own in answers.items()}
    texts = [text for text, _ in answers["answerable"]]
    values["f1"] = [f1(text, [a.text for a in e.answers]) for e, text in zip(answerable, texts, strict=True)]
    values["right"], values["mixed"], values["open f1"] = [], [], []
    for example, order in zip(answerable, orders, strict=False):
        best = [(replace(example, passage=passage), score) for score, passage in order[:READ]]
        spans = read([one for one, _ in best], scorer, pieced)
        mixed = [score + MARGIN_WEIGHT * margin for (_, score), (_, margin) in zip(best, spans, strict=True)]
        values["right"].append(float(bool(best) and best[0][0].passage == example.passage))
        first = int(np.argmax(mixed)) if mixed else -1
        values["mixed"].append(float(bool(best) and best[first][0].passage == example.passage))
        gold = [a.text for a in example.answers]
        values["open f1"].append(f1(spans[first][0], gold) if spans else 0.0)
    report = judge(sets["answerable"] + sets["squad2"], answers["answerable"] + answers["squad2"])
    values["f1 at one threshold"] = [report.threshold_f1 or 0.0]
    return values


def ranked(rank: Rank, data: Data, pieced: Pieced, n: int) -> list[Order]:
    """BM25's first passages for the first half of `measured`'s answerable questions, ordered by their first windows."""
    index = Bm25(list(dict.fromkeys(e.passage for e in data.squad)))
    orders = []
    for example in sample([e for e in data.squad if e.answers], n, SEED)[: n // 2]:
        passages = index.search(example.question, CANDIDATES)
        cut = first_windows(example.question, passages, pieced)
        scores = [float(score) for score in rank(*pad(cut, marks=pieced.marks))] if cut else []
        orders.append(sorted(zip(scores, passages, strict=True), reverse=True))
    return orders


def table(results: dict[str, dict[str, list[float]]]) -> str:
    """A Markdown table: scores of every variant, and the interval of what its F1 and R@1 differ from the first's."""
    lines = ["| | F1 | F1 at one threshold | AUROC squad2 | bm25 | made | R@1 | R@1 mixed | F1 open | differences |"]
    lines.append("|---|" + "---:|" * 9)
    base = next(iter(results.values()))
    for name, values in results.items():
        cells = [f"{np.mean(values['f1']):.3f}", f"{values['f1 at one threshold'][0]:.3f}"]
        cells += [f"{_apart(values['answerable'], values[kind]):.3f}" for kind in ("squad2", "bm25", "made")]
        cells += [f"{np.mean(values[key]):.3f}" for key in ("right", "mixed", "open f1")]
        if values is not base:
            cells.append("; ".join(_interval(values[key], base[key], key) for key in ("f1", "right", "open f1")))
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(lines)


def _apart(answerable: Sequence[float], others: Sequence[float]) -> float:
    scores = np.array([*answerable, *others])
    return auroc(scores, np.arange(len(scores)) < len(answerable))


def _interval(ours: Sequence[float], base: Sequence[float], name: str) -> str:
    """The mean paired difference with its 95 % bootstrap interval."""
    found = mean(np.asarray(ours) - np.asarray(base))
    return f"{name} {found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--base", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--variants", default=",".join(VARIANTS))
    p.add_argument("--steps", type=int, default=300)
    p.add_argument("--questions", type=int, default=400, help="of each kind; half as many are ranked")
    p.add_argument("--threads", type=int, default=2)
    options = p.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    data = load(options.data)
    maker = Maker(data.training)
    pieced = Pieced(Tokenizer.from_file(str(options.base / "tokenizer.json")))
    results: dict[str, dict[str, list[float]]] = {}
    orders: dict[str, list[Order]] = {}
    for variant in options.variants.split(","):
        file = options.out / f"{variant}.json"
        if not file.exists():
            began = time.monotonic()
            model, rank = trained(variant, data, maker, pieced, options)
            spent = time.monotonic() - began
            own = "joint" if variant == "joint" else "untouched"
            if own not in orders:
                orders[own] = ranked(rank, data, pieced, options.questions)
            values = measured(model, orders[own], data, pieced, options.questions)
            file.write_text(json.dumps(values), "utf-8")
            took = time.monotonic() - began
            print(f"{variant}: trained in {spent:.0f} s, {took:.0f} s in all", flush=True)
        results[variant] = json.loads(file.read_text("utf-8"))
    print(table(results))


if __name__ == "__main__":
    main()
