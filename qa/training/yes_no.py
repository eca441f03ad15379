"""The yes/no half: a few upper layers that say how sure "yes" answers a question, trained on BoolQ.

    python -m qa.training.yes_no --data DATA --weights FILES --out RUN [--steps N] [--export]

It begins from the lowest of the reader's layers and reads what the lower half made, so that a question costs it nothing
but these layers; the lower half is not trained. Run again with the same `--out`, it continues. Each word is said from a
probability of its own on: `cuts` finds them on questions that trained nothing, and they are judged on others.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from qa.evaluate.gold import hash_of
from qa.models.shipped import WEIGHTS
from qa.models.spans import WINDOW, Floats, pad, window_at
from qa.training.batches import Batch, Pieced
from qa.training.data import read
from qa.training.export import export_yes_no
from qa.training.model import Lower, RankerReader, Reader, YesNo
from qa.training.names import OPPOSITE
from qa.training.restore import restore
from qa.training.train import Plan, Trainer, noticing_signals

log = logging.getLogger("qa.training")

LAYERS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A yes/no question, its passage, and whether yes is right."""

    question: str
    passage: str
    yes: bool


@dataclass(frozen=True, slots=True)
class Cuts:
    """From which probability of its own on a word is said: "yes" from `yes`, "no" from `no`."""

    yes: float
    no: float


@dataclass(frozen=True, slots=True)
class Said:
    """What is said above cuts: the share of all, how often right, of each word, and the share of "no"."""

    share: float
    right: float
    yes_right: float
    no_right: float
    no_share: float

    def __str__(self) -> str:
        return (
            f"said of {self.share:.3f}, right {self.right:.3f} (yes {self.yes_right:.3f}, no {self.no_right:.3f}), "
            f"no {self.no_share:.3f} of it"
        )


def boolq(folder: Path, part: str) -> list[Asked]:
    """BoolQ's questions, "train" or "dev"; a question mark is added, which they lack."""
    records = read(folder / "boolq", f"{part}.jsonl")
    return [Asked(f"{record['question']}?", record["passage"], record["answer"]) for record in records]


class AskedSteps:
    """The steps of a run: questions of like length together, all of them once an epoch, in random order."""

    def __init__(self, asked: Sequence[Asked], pieced: Pieced, *, seed: int, size: int) -> None:
        self._asked, self._pieced, self._seed, self._size = asked, pieced, seed, size
        self.steps_per_epoch = max(1, len(asked) // size)

    def batch(self, step: int, *, length: int = WINDOW) -> Batch:
        """The arrays of a step; `starts` is 1 where yes is right."""
        number, place = divmod(step, self.steps_per_epoch)
        rng = random.Random(f"{self._seed}/{number}")
        order = rng.sample(self._asked, len(self._asked))
        buffer = 32 * self._size
        alike = [
            one for i in range(0, len(order), buffer) for one in sorted(order[i : i + buffer], key=self._characters)
        ]
        places = list(range(self.steps_per_epoch))
        rng.shuffle(places)
        begin = places[place] * self._size
        chosen = [_turned(one, rng) for one in alike[begin : begin + self._size]]
        return batch_of(chosen, self._pieced, length=length)

    def seed_of(self, step: int) -> int:
        """A 64-bit seed for what else is random in a step."""
        return random.Random(f"{self._seed}/seed/{step}").getrandbits(64)

    @staticmethod
    def _characters(asked: Asked) -> int:
        return len(asked.question) + len(asked.passage)


def _turned(asked: Asked, rng: random.Random) -> Asked:
    """Half of the time, where yes is right and a word has an opposite: the opposite asked, to which no is right."""
    words = [m for m in re.finditer(r"[a-z]+", asked.question) if m.group() in OPPOSITE] if asked.yes else []
    if not words or rng.random() < 0.5:
        return asked
    word = rng.choice(words)
    question = asked.question[: word.start()] + OPPOSITE[word.group()] + asked.question[word.end() :]
    return Asked(question, asked.passage, yes=False)


def batch_of(asked: Sequence[Asked], pieced: Pieced, *, length: int = WINDOW) -> Batch:
    """Their first windows."""
    cut = [window_at(pieced(a.question), pieced(a.passage), 0, length=length, marks=pieced.marks) for a in asked]
    yes = np.asarray([int(a.yes) for a in asked])
    return Batch(*pad(cut, marks=pieced.marks), yes, yes)


class YesNoTrainer(Trainer):
    """Trains the yes/no half, which stands in the reader's place."""

    def loss(self, batch: Batch) -> Tensor:
        """The cross-entropy of yes and no."""
        ids, types, mask = (torch.from_numpy(a) for a in (batch.ids, batch.types, batch.mask))
        with torch.no_grad():
            hidden = self.lower(ids, types, mask)
        yes = cast(YesNo, self.work.train())(hidden, mask)
        return F.binary_cross_entropy_with_logits(yes, torch.from_numpy(batch.starts).float())


def logits(asked: Sequence[Asked], lower: Lower, half: YesNo, pieced: Pieced, *, size: int = 16) -> Floats:
    """The half's logit of each question."""
    order = sorted(range(len(asked)), key=lambda row: len(asked[row].passage))
    found = np.zeros(len(asked), np.float32)
    half.eval()
    for i in range(0, len(order), size):
        rows = order[i : i + size]
        batch = batch_of([asked[row] for row in rows], pieced)
        ids, types, mask = (torch.from_numpy(a) for a in (batch.ids, batch.types, batch.mask))
        with torch.no_grad():
            found[rows] = half(lower(ids, types, mask), mask).numpy()
    return found


def said(found: Floats, yes: Floats, cuts: Cuts) -> Said:
    """What is said above these cuts. `found`: logits, `yes`: whether yes is right."""
    probability = 1 / (1 + np.exp(-found))
    says_yes, says_no = probability >= cuts.yes, 1 - probability >= cuts.no
    n_yes, n_no = int(says_yes.sum()), int(says_no.sum())
    right_yes, right_no = int((says_yes & (yes == 1)).sum()), int((says_no & (yes == 0)).sum())
    total = n_yes + n_no
    return Said(
        total / max(1, len(found)),
        (right_yes + right_no) / max(1, total),
        right_yes / max(1, n_yes),
        right_no / max(1, n_no),
        n_no / max(1, total),
    )


def find_cuts(found: Floats, yes: Floats, *, right: float = 0.9, each: float = 0.85, no_share: float = 0.2) -> Cuts:
    """The cuts at which most is said so that so much of it, and of each word, is right, and so much of it is "no".

    Cuts at which nothing is said, above 1, where that cannot be.
    """
    best, most = Cuts(2.0, 2.0), 0.0
    steps = np.arange(0.5, 1.0, 0.01)
    for at_yes in steps:
        for at_no in steps:
            cuts = Cuts(round(float(at_yes), 2), round(float(at_no), 2))
            one = said(found, yes, cuts)
            holds = one.right >= right and min(one.yes_right, one.no_right) >= each and one.no_share >= no_share
            if holds and one.share > most:
                best, most = cuts, one.share
    return best


def report(found: Floats, yes: Floats, asked: Sequence[Asked]) -> str:
    """Accuracy, the curve of what is said, and the cuts that one half of the questions gives, judged on the other."""
    right = ((found > 0) == (yes == 1)).mean()
    lines = [f"{len(found)} questions: right {right:.3f} (yes alone {max(yes.mean(), 1 - yes.mean()):.3f})"]
    for share in (0.1, 0.2, 0.25, 0.3, 0.4, 0.5):
        n = max(1, round(share * len(found)))
        surest = np.argsort(-np.abs(found))[:n]
        one = said(found[surest], yes[surest], Cuts(0.5, 0.5))
        lines.append(f"surest {share:.2f}: right {one.right:.3f} (yes {one.yes_right:.3f}, no {one.no_right:.3f}), "
                     f"no {one.no_share:.3f} of it")  # fmt: skip
    half = np.array([hash_of(one.passage) % 2 for one in asked])
    for of in (0, 1):
        cuts = find_cuts(found[half == of], yes[half == of])
        lines.append(f"half {of}: {cuts}; on the other {said(found[half != of], yes[half != of], cuts)}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m qa.training.yes_no", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with boolq/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the exported model whose lower half it reads")
    parser.add_argument("--out", type=Path, required=True, help="run folder: checkpoint, log; continued if it exists")
    parser.add_argument("--steps", type=int, default=1200, help="steps in all")
    parser.add_argument("--batch", type=int, default=16, help="questions a step")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate")
    parser.add_argument("--layers", type=int, default=LAYERS, help="upper layers it has")
    parser.add_argument("--seed", type=int, default=20, help="seed of everything random")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--sample", type=int, default=400, help="questions judged while training")
    parser.add_argument("--float32", action="store_true", help="compute in float32, not bfloat16")
    parser.add_argument("--export", action="store_true", help="write it beside the weights")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    torch.set_num_threads(options.threads)
    pieced = Pieced(Tokenizer.from_file(str(options.weights / "tokenizer.json")))
    model = restore(options.weights)
    half = YesNo.below(model.reader, model.shape, options.layers, seed=options.seed)
    steps = AskedSteps(boolq(options.data, "train"), pieced, seed=options.seed, size=options.batch)
    dev = boolq(options.data, "dev")
    if not _train(model, half, steps, dev, pieced, options):
        return 0
    yes = np.array([float(one.yes) for one in dev])
    sys.stdout.write(report(logits(dev, model.lower, half, pieced), yes, dev) + "\n")
    if options.export:
        export_yes_no(model, half, options.weights)
    return 0


def _train(
    model: RankerReader, half: YesNo, steps: AskedSteps, dev: list[Asked], pieced: Pieced, options: argparse.Namespace
) -> bool:
    """Trains `half` to the end of the plan; False if it was asked to stop before."""
    model.reader = cast(Reader, half)
    plan = Plan(options.steps, options.rate, decay=0.5, bfloat16=not options.float32, evaluate_every=900.0)
    trainer = YesNoTrainer(model, steps, plan, options.out)
    trainer.resume()
    few = random.Random(1).sample(dev, min(options.sample, len(dev)))

    def shown(_: object) -> str:
        found = logits(few, model.lower, half, pieced)
        return f"right {((found > 0) == np.array([one.yes for one in few])).mean():.3f} of {len(few)}"

    log.info("%d steps an epoch, from step %d to %d", steps.steps_per_epoch, trainer.step, plan.steps)
    with noticing_signals() as asked:
        trainer.run(shown, lambda: bool(asked))
    return not asked


if __name__ == "__main__":
    sys.exit(main())
