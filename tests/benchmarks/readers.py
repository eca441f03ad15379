"""Exported readers beside each other, with the passage given: a table of docs/lab/training.md.

    python tests/benchmarks/readers.py --data DATA --weights FILES [--weights OTHERS] [--questions 400]

Sets kept apart, a sample of each, the same for all: SQuAD 2.0's articles, answerable or not; SQuADShifts' tenth;
NarrativeQA's tenth; SQuAD 2.0's answerable questions as they are and with their verb, relation or roles changed; news,
each question put to its whole article. Differences from the first are paired, with their 95 % interval.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from qa.evaluate.abstention import auroc
from qa.evaluate.answers import f1
from qa.evaluate.statistics import Interval, mean
from qa.training.batches import Pieced
from qa.training.data import Answer, Example, load
from qa.training.data import read as records
from qa.training.evaluate import Report, judge, read
from qa.training.export import Exported
from qa.training.narrative import with_narratives
from qa.training.negatives import Changer, with_changed

SEED = 1
RESAMPLED = 1000

Answers = list[tuple[str, float]]


def sets_of(data: Path, n: int) -> dict[str, list[Example]]:
    """At most n answerable questions of each set, with as many unanswerable ones where it has them."""
    held = with_narratives(load(data), data)
    rng = random.Random(SEED)

    def some(examples: Sequence[Example]) -> list[Example]:
        return rng.sample(list(examples), min(n, len(examples)))

    answerable = some([e for e in held.squad if e.answers])
    return {
        "squad": answerable + some([e for e in held.squad if not e.answers]),
        "shifts": some(held.shifts),
        "narrative": some(held.narrative),
        "changed": list(with_changed(answerable, Changer(held.training))),
        "news": some(_news(data / "news")),
    }


def _news(folder: Path) -> list[Example]:
    texts = {article["id"]: article["text"] for article in records(folder, "articles.jsonl")}
    return [
        Example(one["id"], "news", one["question"], texts[one["article_ids"][0]], tuple(map(_gold, one["answers"])))
        for one in records(folder, "questions.jsonl")
        if one["answers"]
    ]


def _gold(text: str) -> Answer:
    return Answer(text, 0)  # only its text is judged


def row(name: str, report: Report) -> str:
    """A row of the table."""
    both = [f"{v:.3f}" if v is not None else "-" for v in (report.threshold_f1, report.auroc)]
    scores = [f"{report.has_answer_em:.3f}", f"{report.has_answer_f1:.3f}", *both]
    return "| " + " | ".join([name, str(report.n), *scores]) + " |"


def difference(examples: Sequence[Example], base: Answers, other: Answers) -> str:
    """What the other's F1 of the answerable ones, and AUROC, differ from the base's by."""
    has = np.array([bool(e.answers) for e in examples])
    scores = [
        np.array([f1(own[row][0], [a.text for a in e.answers]) if e.answers else 0.0 for row, e in enumerate(examples)])
        for own in (base, other)
    ]
    shown = [f"F1 {_signed(mean((scores[1] - scores[0])[has]))}"]
    if not has.all():
        first, second = (np.array([margin for _, margin in own]) for own in (base, other))
        rng = np.random.default_rng(SEED)
        drawn = [rng.integers(len(has), size=len(has)) for _ in range(RESAMPLED)]
        found = [auroc(second[d], has[d]) - auroc(first[d], has[d]) for d in drawn]
        whole = auroc(second, has) - auroc(first, has)
        shown.append(f"AUROC {_signed(Interval(whole, *np.quantile(found, (0.025, 0.975)), len(has)))}")
    return ", ".join(shown)


def _signed(found: Interval) -> str:
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--weights", type=Path, required=True, action="append")
    p.add_argument("--questions", type=int, default=400, help="of each set")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--answers", type=Path, help="folder that keeps each reader's answers, or gives them")
    options = p.parse_args()
    sets = sets_of(options.data, options.questions)
    pieced = Pieced(Tokenizer.from_file(str(options.weights[0] / "tokenizer.json")))
    found: dict[str, dict[str, Answers]] = {}
    for folder in options.weights:
        kept = options.answers / f"{folder.name}.json" if options.answers else None
        own: dict[str, Answers] = json.loads(kept.read_text("utf-8")) if kept and kept.is_file() else {}
        scorer = Exported(folder, threads=options.threads).read
        for name, examples in sets.items():
            if name not in own:
                own[name] = read(examples, scorer, pieced)
                print(f"{folder.name} {name} done", file=sys.stderr, flush=True)
                if kept:
                    kept.write_text(json.dumps(own), "utf-8")
        found[str(folder)] = own
    print("| | n | EM | F1 | F1 at one threshold | AUROC |\n|---|---:|---:|---:|---:|---:|")
    base = next(iter(found.values()))
    for name, examples in sets.items():
        for folder, own in found.items():
            print(row(f"{name}, {folder}", judge(examples, own[name])))
    for folder, own in list(found.items())[1:]:
        for name, examples in sets.items():
            print(f"{folder}, {name}: {difference(examples, base[name], own[name])}")


if __name__ == "__main__":
    main()
