"""`python -m qa.training`: trains the reader on published question sets, or continues where it stopped."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser("python -m qa.training", description=__doc__)
    p.add_argument(
        "--data", type=Path, required=True, help="folder with squadshifts/, squad/ and quac/ (plain, .gz, .xz)"
    )
    p.add_argument(
        "--base", type=Path, required=True, help="cross-encoder: config.json, model.safetensors, tokenizer.json"
    )
    p.add_argument(
        "--out", type=Path, required=True, help="run folder: checkpoint, log and caches; continued if it exists"
    )
    p.add_argument("--steps", type=int, default=3000, help="steps in all, the ones of earlier runs counted in")
    p.add_argument("--batch", type=int, default=16, help="windows a step")
    p.add_argument("--rate", type=float, default=1e-4, help="learning rate")
    p.add_argument(
        "--decay", type=float, default=0.3, help="last share of the steps, over which the rate falls to zero"
    )
    p.add_argument("--split", type=int, default=None, help="layers of the frozen lower half (default: half of them)")
    p.add_argument("--length", type=int, default=192, help="word pieces of a window")
    p.add_argument("--seed", type=int, default=20, help="seed of everything random")
    p.add_argument("--threads", type=int, default=2, help="CPU threads")
    p.add_argument("--float32", action="store_true", help="compute in float32, not bfloat16")
    p.add_argument("--no-bm25", action="store_true", help="without negatives that BM25 finds")
    p.add_argument("--no-squad2", action="store_true", help="without SQuAD 2.0's unanswerable questions")
    p.add_argument("--no-made", action="store_true", help="without negatives made by changing names and numbers")
    p.add_argument("--evaluate-only", action="store_true", help="evaluate the checkpoint on all that is kept apart")
    p.add_argument("--sample", type=int, default=200, help="questions of each set in evaluations while training")
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        datefmt="%H:%M:%S",
        handlers=[logging.StreamHandler(sys.stderr), logging.FileHandler(options.out / "log.txt", encoding="utf-8")],
    )
    log = logging.getLogger("qa.training")
    import torch
    from tokenizers import Tokenizer

    from qa.training.batches import Mix, Pieced, Schedule
    from qa.training.data import load
    from qa.training.evaluate import Scorer, evaluate
    from qa.training.model import load_base
    from qa.training.negatives import Maker, mined
    from qa.training.train import Plan, Trainer, scorer_of

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    data = load(options.data)
    pieced = Pieced(Tokenizer.from_file(str(options.base / "tokenizer.json")))
    model = load_base(options.base, seed=options.seed, split=options.split)
    log.info("%d examples, %d + %d kept apart", len(data.training), len(data.squad), len(data.shifts))
    found = {} if options.no_bm25 else mined(data.training, options.out / "bm25.json")
    mix = Mix(squad2=not options.no_squad2)
    mix = replace(mix, made=0.0) if options.no_made else mix
    maker = Maker(data.training)
    schedule = Schedule(data.training, found, maker, mix, pieced, seed=options.seed, size=options.batch)
    plan = Plan(options.steps, options.rate, decay=options.decay, length=options.length, bfloat16=not options.float32)
    trainer = Trainer(model, schedule, plan, options.out)
    if trainer.resume():
        log.info("continuing at step %d", trainer.step)

    def report(scorer: Scorer, n: int | None = None) -> str:
        reports = evaluate(data, scorer, pieced, length=options.length, n=n)
        return "; ".join(f"{name}: {one}" for name, one in reports.items())

    if options.evaluate_only:
        log.info("step %d, float32: %s", trainer.step, report(scorer_of(model.lower, model.reader)))
        return 0
    stopping: list[int] = []

    def ask_to_stop(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    log.info("%d steps an epoch, from step %d to %d", schedule.steps_per_epoch, trainer.step, plan.steps)
    trainer.run(lambda scorer: report(scorer, options.sample), lambda: bool(stopping))
    return 0


if __name__ == "__main__":
    sys.exit(main())
