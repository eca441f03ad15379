"""`python -m qa.training`: trains the reader on published question sets, or continues where it stopped.

At the end, or at once with `--no-train`, the reader is measured on everything kept apart: the exported int8 files if
`--export` is given, else the float32 weights.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from index.errors import ArticleQAError

log = logging.getLogger("qa.training")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser("python -m qa.training", description=__doc__)
    p.add_argument("--data", type=Path, required=True, help="folder with squadshifts/, squad/, quac/ (plain, .gz, .xz)")
    p.add_argument(
        "--base",
        type=Path,
        required=True,
        help="cross-encoder (config.json, model.safetensors, tokenizer.json), or exported files, whose reader is "
        "trained further and whose other halves stay as they are",
    )
    p.add_argument(
        "--out", type=Path, required=True, help="run folder: checkpoint, log, caches; continued if it exists"
    )
    p.add_argument(
        "--reader", type=Path, default=None, help="exported reader.onnx to begin from, rather than the ranking half"
    )
    p.add_argument(
        "--average",
        action="store_true",
        help="measure and export the mean of the trained weights and those they began from",
    )
    p.add_argument("--export", type=Path, default=None, help="folder for the int8 ONNX files, written at the end")
    p.add_argument("--steps", type=int, default=3000, help="steps in all, the ones of earlier runs counted in")
    p.add_argument("--batch", type=int, default=16, help="windows a step")
    p.add_argument("--rate", type=float, default=1e-4, help="learning rate")
    p.add_argument("--decay", type=float, default=0.3, help="last share of the steps, in which the rate falls to zero")
    p.add_argument("--dropout", type=float, default=0.1, help="rate of dropout")
    p.add_argument("--split", type=int, default=None, help="layers of the frozen lower half (default: half of them)")
    p.add_argument("--length", type=int, default=192, help="word pieces of a window")
    p.add_argument("--seed", type=int, default=20, help="seed of everything random")
    p.add_argument("--threads", type=int, default=2, help="CPU threads")
    p.add_argument("--float32", action="store_true", help="compute in float32, not bfloat16")
    p.add_argument("--no-bm25", action="store_true", help="without negatives that BM25 finds")
    p.add_argument("--no-squad2", action="store_true", help="without SQuAD 2.0's unanswerable questions")
    p.add_argument("--no-quac", action="store_true", help="without QuAC")
    p.add_argument("--no-made", action="store_true", help="without negatives made by changing names and numbers")
    p.add_argument("--no-narrative", action="store_true", help="without NarrativeQA")
    p.add_argument(
        "--changed", type=float, default=0.35, help="how many answered questions bring one with another verb or roles"
    )
    p.add_argument(
        "--blanked",
        type=float,
        default=0.35,
        help="how many answered questions bring their passage without the sentences that answer",
    )
    p.add_argument(
        "--share", type=float, default=1.0, help="share of the questions of SQuADShifts, SQuAD and QuAC in an epoch"
    )
    p.add_argument("--save-every", type=float, default=600.0, help="seconds between checkpoints")
    p.add_argument("--evaluate-every", type=float, default=1500.0, help="seconds between evaluations")
    p.add_argument("--no-train", action="store_true", help="only measure (and export) the checkpoint")
    p.add_argument("--sample", type=int, default=200, help="questions of each set in evaluations while training")
    p.add_argument("--final-sample", type=int, default=None, help="likewise in the last one (default: all)")
    return p


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = parser().parse_args(argv)
    if options.average and options.reader is None and not _is_exported(options.base):
        sys.stderr.write("--average needs --reader or an exported --base, what the weights are averaged with\n")
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with _logging_to(options.out / "log.txt"):
            _work(options)
    except (ArticleQAError, FileNotFoundError, ValueError) as err:
        sys.stderr.write(f"{err}\n")
        return 1
    return 0


def _is_exported(base: Path) -> bool:
    return (base / "reader.onnx").is_file()


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Log lines on stderr and in the file."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr), logging.FileHandler(path, encoding="utf-8")]
    ours = logging.getLogger("qa.training")
    level = ours.level
    ours.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        ours.addHandler(handler)
    try:
        yield
    finally:
        ours.setLevel(level)
        for handler in handlers:
            ours.removeHandler(handler)
            handler.close()


def _work(options: argparse.Namespace) -> None:
    import torch
    from tokenizers import Tokenizer

    from qa.training.batches import Mix, Pieced, Schedule
    from qa.training.data import load
    from qa.training.evaluate import Report, Scorer, evaluate
    from qa.training.model import load_base
    from qa.training.narrative import with_narratives
    from qa.training.negatives import Changer, Maker, mined, with_blanked, with_changed
    from qa.training.restore import load_reader, restore
    from qa.training.train import Plan, Trainer, noticing_signals, scorer_of

    torch.set_num_threads(options.threads)
    data = load(options.data)
    if not options.no_narrative:
        data = with_narratives(data, options.data)
    changer = Changer(data.training)
    apart = (*data.squad, *data.shifts)
    data = replace(data, changed=tuple(with_changed(data.squad, changer)), blanked=tuple(with_blanked(apart)))
    if not (options.base / "tokenizer.json").is_file():
        raise FileNotFoundError(f"{options.base / 'tokenizer.json'} is missing")
    pieced = Pieced(Tokenizer.from_file(str(options.base / "tokenizer.json")))
    further = _is_exported(options.base)
    model = restore(options.base) if further else load_base(options.base, seed=options.seed, split=options.split)
    sizes = [len(data.training), *map(len, (data.squad, data.shifts, data.narrative, data.changed, data.blanked))]
    log.info("%d examples, %d + %d + %d + %d + %d kept apart", *sizes)
    plan = Plan(
        options.steps,
        options.rate,
        decay=options.decay,
        dropout=options.dropout,
        length=options.length,
        bfloat16=not options.float32,
        save_every=options.save_every,
        evaluate_every=options.evaluate_every,
    )

    def report(scorer: Scorer, n: int | None) -> dict[str, Report]:
        return evaluate(data, scorer, pieced, length=options.length, n=n)

    def shown(reports: dict[str, Report]) -> str:
        return "; ".join(f"{name}: {one}" for name, one in reports.items())

    if options.no_train:
        schedule = None
    else:
        found = {} if options.no_bm25 else mined(data.training, options.out / "bm25.json")
        mix = Mix(squad2=not options.no_squad2, quac=not options.no_quac, share=options.share)
        mix = replace(mix, changed=options.changed, blanked=options.blanked)
        mix = replace(mix, made=0.0) if options.no_made else mix
        maker = Maker(data.training)
        schedule = Schedule(
            data.training, found, maker, mix, pieced, seed=options.seed, size=options.batch, changer=changer
        )
    if options.reader is not None:
        load_reader(options.reader, model.reader)
    began_from = {name: weights.clone() for name, weights in model.reader.state_dict().items()}
    trainer = Trainer(model, schedule, plan, options.out)
    if trainer.resume():
        log.info("continuing at step %d", trainer.step)
    if schedule is not None:
        log.info("%d steps an epoch, from step %d to %d", schedule.steps_per_epoch, trainer.step, plan.steps)
        with noticing_signals() as asked:
            trainer.run(lambda scorer: shown(report(scorer, options.sample)), lambda: bool(asked))
        if asked:
            return
    if options.average:
        # Wortsman et al. 2022, "Robust fine-tuning of zero-shot models": the mean is better than either.
        both = model.reader.state_dict()
        model.reader.load_state_dict({name: (weights + began_from[name]) / 2 for name, weights in both.items()})
    if options.export is None:
        scores = report(scorer_of(model.lower, model.reader), options.final_sample)
        log.info("step %d, float32: %s", trainer.step, shown(scores))
        return
    from qa.training.export import Exported, describe, export

    export(model, options.export, kept=options.base if further else None)
    shutil.copy(options.base / "tokenizer.json", options.export)
    scores = report(Exported(options.export, threads=options.threads).read, options.final_sample)
    about: dict[str, Any] = {"step": trainer.step, "seed": options.seed, "split": model.shape.split}
    describe(options.export, about | {"scores": {name: asdict(one) for name, one in scores.items()}})
    log.info("step %d, int8: %s", trainer.step, shown(scores))


if __name__ == "__main__":
    sys.exit(main())
