"""article-qa beside a plain LlamaIndex pipeline with the same weights: how long a question and indexing take.

    python tests/benchmarks/compare.py [--articles FILE.jsonl] [--sizes 20 2000 19000] [--reranker FOLDER] [--out DIR]

Both sides take turns, call by call, so that a busy spell of the machine falls on both; a figure is the median of the
calls, a ratio the median of the pairs' ratios with the quartiles beside it. CPU time (of all threads) is there for
machines that others use too. Without --articles, articles of made-up text. --embedded N: LlamaIndex's index has only
the first N chunks embedded, the others get random vectors, which cost a question the same. --reranker: the folder
of a sentence-transformers CrossEncoder; without it LlamaIndex only retrieves. Writes figures.json, tables.md and
ratios.png and .svg (needs matplotlib) into --out. Needs llama-index-vector-stores-chroma.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SAMPLE = 128
OURS, THEIRS = "article-qa", "LlamaIndex"


class Side:
    """A process of `sides.py` that does what it is told."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, str(HERE / "sides.py"), name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def __call__(self, do: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": do, **arguments}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def program(*arguments: str) -> dict[str, float]:
    """Wall and CPU seconds of a whole Python program."""
    began, used = time.perf_counter(), os.times()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    now = os.times()
    cpu = now.children_user + now.children_system - used.children_user - used.children_system
    return {"seconds": time.perf_counter() - began, "cpu": cpu}


def in_turn(calls: dict[str, Callable[[int], dict[str, Any]]], runs: int) -> dict[str, list[dict[str, Any]]]:
    """Each call with 0, 1, ... `runs` - 1; who goes first changes."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in calls}
    for run in range(runs):
        for name in list(calls) if run % 2 else reversed(list(calls)):
            found[name].append(calls[name](run))
    return found


def made_up(count: int) -> list[dict[str, str]]:
    """Articles of words drawn by Zipf's law, in sentences and paragraphs."""
    draw = random.Random(0)
    words = ["".join(draw.choices("aeioulnrstdm", k=draw.randint(2, 9))) for _ in range(5000)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]

    def sentence() -> str:
        return " ".join(draw.choices(words, weights, k=draw.randint(8, 30))).capitalize() + "."

    return [
        {"id": f"article-{i}", "title": sentence(), "text": "\n".join(sentence() for _ in range(draw.randint(4, 14)))}
        for i in range(count)
    ]


def questions_about(articles: Sequence[dict[str, Any]], count: int) -> list[str]:
    """Questions with words of the articles; what they ask does not matter here."""
    draw = random.Random(1)
    found = []
    while len(found) < count:
        words = re.findall(r"[A-Za-z]{3,}", draw.choice(articles)["text"])
        if len(words) > 12:
            start = draw.randrange(len(words) - 6)
            found.append(f"What was said about {' '.join(words[start : start + 6])}?")
    return found


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def measure(articles: list[dict[str, Any]], options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All figures at one size."""
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    figures: dict[str, Any] = {"articles": len(articles)}
    indexers = {OURS: Side("ours"), THEIRS: Side("llama_index")}
    for name, side in indexers.items():
        side("load")
        budget = {"budget": options.embedded} if name == THEIRS else {}
        made = side("index", articles=str(file), folder=str(folder), **budget)
        print(f"{name}: {len(articles):,} articles indexed in {made['seconds']:,.0f} s", file=sys.stderr, flush=True)
        figures[f"index {name}"] = made
    passages = indexers[OURS]("passages", folder=str(folder), n=SAMPLE)["value"]
    figures["size on disk"] = {OURS: size_mb(folder / ".qa"), THEIRS: size_mb(folder / "llama_index")}
    if options.throughput:
        figures["indexing"] = throughput(indexers, passages, options.runs, folder)
    for side in indexers.values():
        side.close()

    questions = questions_about(articles, options.questions)
    figures["cold"] = in_turn(
        {
            OURS: lambda run: program("-m", "qa", "ask", "--index", str(folder / ".qa"), questions[run]),
            THEIRS: lambda run: program(
                str(HERE / "llama_index_script.py"), "ask", str(folder / "llama_index"), questions[run]
            ),
        },
        options.runs,
    )
    asked = {OURS: Side("ours"), THEIRS: Side("llama_index")}
    asked[OURS]("open", folder=str(folder))
    asked[THEIRS]("load")
    asked[THEIRS]("open", folder=str(folder), reranker=options.reranker)
    for what in ("first_stage", "answer"):
        calls = {
            name: lambda run, side=side, do=what: side(do, question=questions[run]) for name, side in asked.items()
        }
        figures[what] = in_turn(calls, len(questions))
    for side in asked.values():
        side.close()
    return figures


def throughput(sides: dict[str, Side], passages: list[str], runs: int, folder: Path) -> dict[str, Any]:
    """The same passages, one article each, through both pipelines from file to finished index."""
    file = folder / "passages.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in passages), encoding="utf-8")

    def timed(name: str, run: int) -> dict[str, Any]:
        place = folder / f"throughput-{run}"
        done = (
            sides[name]("index", articles=str(file), folder=str(place))
            if name == OURS
            else sides[name]("index_passages", passages=passages, folder=str(place))
        )
        shutil.rmtree(place)
        return {**done, "passages": len(passages)}

    return in_turn({name: lambda run, name=name: timed(name, run) for name in sides}, runs)


# ---- what is printed -------------------------------------------------------------------------------------------------


def summary(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each kind of call and size: medians of both sides, p95, and the ratio with its quartiles."""
    rows = []
    for at in figures:
        for what in ("indexing", "cold", "first_stage", "answer"):
            if what not in at:
                continue
            for unit in ("seconds", "cpu"):
                ours, theirs = ([call[unit] for call in at[what][name]] for name in (OURS, THEIRS))
                ratios = [a / b for a, b in zip(ours, theirs, strict=True) if b]
                low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
                rows.append(
                    {"articles": at["articles"], "what": what, "unit": unit, "ratio": middle, "low": low, "high": high}
                    | {name: statistics.median(values) for name, values in ((OURS, ours), (THEIRS, theirs))}
                    | {
                        f"p95 {name}": sorted(v)[math.ceil(0.95 * len(v)) - 1]
                        for name, v in ((OURS, ours), (THEIRS, theirs))
                    }
                )
    return rows


NAMES = {
    "indexing": f"indexing {SAMPLE} passages",
    "cold": "cold question, a process of its own",
    "first_stage": "first stage alone, warm",
    "answer": "warm question: ranked and read / retrieved and reranked",
}


def tables(figures: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = ["| articles | what | | article-qa, ms (p95) | LlamaIndex, ms (p95) | ratio (quartiles) |",
             "|---:|---|---|---:|---:|---:|"]  # fmt: skip
    for row in summary(figures):
        sides = (f"{1000 * row[name]:,.0f} ({1000 * row[f'p95 {name}']:,.0f})" for name in (OURS, THEIRS))
        unit = "CPU" if row["unit"] == "cpu" else "wall"
        ratio = f"{row['ratio']:.2f} ({row['low']:.2f}-{row['high']:.2f})"
        lines.append(f"| {row['articles']:,} | {NAMES[row['what']]} | {unit} | {' | '.join(sides)} | {ratio} |")
    lines += ["", "| articles | | article-qa | LlamaIndex |", "|---:|---|---:|---:|"]
    for at in figures:
        size = f"{at['articles']:,}"
        for what in ("index", "answer"):
            peaks = [
                at[f"index {name}"]["peak_mb"] if what == "index" else max(call["peak_mb"] for call in at[what][name])
                for name in (OURS, THEIRS)
            ]
            label = "peak memory of indexing, MB" if what == "index" else "peak memory of asking, MB"
            lines.append(f"| {size} | {label} | {peaks[0]:,.0f} | {peaks[1]:,.0f} |")
        lines.append("| {} | size on disk, MB | {:,.0f} | {:,.0f} |".format(size, *at["size on disk"].values()))
    return "\n".join(lines) + "\n"


def plot(figures: list[dict[str, Any]], out: Path) -> None:
    """How many times faster, with the quartiles, by CPU time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [row for row in summary(figures) if row["unit"] == "cpu"][::-1]
    middle = [1 / row["ratio"] for row in rows]
    spread = [[m - 1 / row["high"] for m, row in zip(middle, rows, strict=True)],
              [1 / row["low"] - m for m, row in zip(middle, rows, strict=True)]]  # fmt: skip
    figure, axes = pyplot.subplots(figsize=(8, 0.5 + 0.4 * len(rows)), layout="constrained")
    axes.barh(
        [f"{NAMES[row['what']]}\n{row['articles']:,} articles" for row in rows], middle, xerr=spread, color="#4a7ebb"
    )
    axes.axvline(1, color="black", linewidth=0.8)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel("times less CPU time than LlamaIndex with the same weights")
    for kind in ("png", "svg"):
        figure.savefig(out / f"ratios.{kind}", dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=Path, help="a JSONL file with text in each record")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 2000], help="how many articles (default 20 2000)")
    parser.add_argument("--runs", type=int, default=5, help="cold questions and runs of indexing (default 5)")
    parser.add_argument("--questions", type=int, default=20, help="warm questions (default 20)")
    parser.add_argument("--reranker", help="folder of a CrossEncoder for LlamaIndex to rerank with")
    parser.add_argument(
        "--embedded", type=int, help="chunks of LlamaIndex's index that are embedded for real (default: all)"
    )
    parser.add_argument("--no-throughput", dest="throughput", action="store_false", help="do not time indexing")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"), help="folder for what is written")
    options = parser.parse_args()
    options.questions = max(options.questions, options.runs)
    sys.path.insert(0, str(HERE))
    from sides import records

    everything = records(str(options.articles)) if options.articles else made_up(max(options.sizes))
    options.out.mkdir(parents=True, exist_ok=True)
    figures = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(measure(everything[:size], options, Path(folder)))
        options.throughput = False  # it does not depend on the size
        (options.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        (options.out / "tables.md").write_text(tables(figures), encoding="utf-8")
    print(tables(figures))
    plot(figures, options.out)


if __name__ == "__main__":
    main()
