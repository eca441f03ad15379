"""kill -9 of `qa index --json` at random moments: nothing that it acknowledged is lost, nothing is there by half.

    python -m tests.soak.kill_nine [--rounds N] [--articles FILE.jsonl[.xz]]

Each round adds, changes and removes some articles, and kills the writer at a random moment after its first line. Then,
without indexing again, a fresh process opens the index and compares it with the lines. Many a round is killed while a
Chroma folder is made: new ones are made from a tail of 60 passages, not 2,000. Embedding is by hashed words (no
weights); the command, SQLite, Chroma and tantivy are real. Exits 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from index import batch
from index.stores import derived
from tests.soak.support import articles, processes
from tests.soak.support.state import State, look

NEW, CHANGED, REMOVED = 20, 5, 2
ROUNDS_AN_INDEX = 10


@dataclass
class News:
    """Files, and what must be in the index of them. `sure`: acknowledged, by id; `maybe`: what else may be there."""

    folder: Path
    sure: dict[str, str] = field(default_factory=dict)
    maybe: dict[str, set[str | None]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.txt").write_text(text, encoding="utf-8")
        self.files[name] = text
        self.maybe.setdefault(name, {self.sure.get(name)}).add(text)

    def delete(self, name: str) -> None:
        (self.folder / f"{name}.txt").unlink()
        del self.files[name]
        self.maybe.setdefault(name, {self.sure.get(name)}).add(None)

    def acknowledged(self, line: str) -> None:
        event = json.loads(line)
        name = event["id"]
        if event["status"] in ("added", "changed", "unchanged"):
            self.sure[name] = self.files[name]
            self.maybe[name] = {self.files[name]}
        elif event["status"] == "removed":
            self.sure.pop(name, None)
            self.maybe[name] = {None}
        else:
            raise AssertionError(line)

    def wrong(self, found: dict[str, str]) -> list[str]:
        """The ids of articles that are not in the index as they should be."""
        names = {*self.sure, *self.maybe, *found}
        return [name for name in names if found.get(name) not in self.maybe.get(name, {self.sure.get(name)})]

    def take_over(self, found: dict[str, str]) -> None:
        """What was committed without a word is sure from here on; what was not may be by the next run."""
        self.sure = dict(found)
        names = {*found, *self.files}
        self.maybe = {n: {found.get(n), self.files.get(n)} for n in names if found.get(n) != self.files.get(n)}


def change_some(news: News, texts: list[str], chance: random.Random, number: int) -> None:
    for i in range(NEW):
        news.write(f"r{number}-{i}", texts.pop())
    for name in chance.sample(sorted(news.sure), min(CHANGED, len(news.sure))):
        if name in news.files:
            news.write(name, f"Corrected in round {number}. {news.files[name]}")
    for name in chance.sample(sorted(news.files), REMOVED):
        news.delete(name)


def killed(news: News, index: Path, delay: float | None) -> tuple[float, bool]:
    """The writer, killed `delay` seconds after its first line: how long it took from there, whether it ended."""
    reading, writing = os.pipe()
    command = ("index", "--json", "--prune", "--index", str(index), str(news.folder))
    pid = processes.start(lambda: processes.qa(*command), writing, os.open(os.devnull, os.O_WRONLY))
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as lines:
        first = next(line for line in lines if '"unchanged"' not in line)
        began = time.monotonic()
        if delay is not None:
            time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
        rest = lines.read()
    took = time.monotonic() - began
    for line in (first + rest).splitlines(keepends=True):
        if line.endswith("\n"):  # a line cut off by the kill was not said
            news.acknowledged(line)
    status = os.waitpid(pid, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return took, status == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--articles", type=Path, help="a JSONL file with `text`, may be .xz; default: made texts")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    derived._CHROMA_TAIL, derived._CHROMA_SHARE = 60, 0.02
    batch._PASSAGES = 16  # several commits a round
    chance = random.Random(args.seed)
    texts = articles.read(args.articles, NEW * (args.rounds + args.rounds // ROUNDS_AN_INDEX + 2))
    seen: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="qa-soak-") as temporary:
        news, index, span = News(Path(temporary)), Path(temporary), 0.0
        for number in range(args.rounds):
            if number % ROUNDS_AN_INDEX == 0:
                shutil.rmtree(news.folder) if number else None
                news = News(Path(temporary) / f"news{number}")
                news.folder.mkdir()
                index = news.folder / ".qa"
                change_some(news, texts, chance, -number - 1)
                span = killed(news, index, None)[0]  # the first one is not killed: it tells how long a run may take
                news.take_over(processes.outcome(lambda index=index: look(index)).texts)
            change_some(news, texts, chance, number)
            took, ended = killed(news, index, chance.uniform(0, span))
            span = 0.8 * span + 0.2 * took if ended else span
            state: State = processes.outcome(lambda index=index, news=news: look(index, set(news.maybe)))
            wrong = news.wrong(state.texts)
            seen.update({
                "ended before the kill": ended,
                "killed while Chroma's folder was made": any("half-made" in note for note in state.notes),
                "articles lost or wrong": len(wrong),
                "half articles": len(state.half),
                "passages not found by their vectors": state.unfound,
                "faults": len(state.faults),
                "readers' complaints": len(state.said),
                "faults after --repair": len(state.after),
                "articles compared": len(news.sure),
            })  # fmt: skip
            if wrong or state.half or state.unfound or state.faults or state.said:
                print(f"round {number}: {wrong[:5]} {state.half[:5]} {state.unfound} {state.faults} {state.said}")
            news.take_over(state.texts)
            if number % 10 == 9:
                print(f"{number + 1} rounds, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{args.rounds} rounds of kill -9 in {time.monotonic() - began:.0f} s")
    for what, count in seen.items():
        print(f"  {what}: {count:,}")
    harmless = {"ended before the kill", "killed while Chroma's folder was made", "articles compared"}
    return 1 if any(count for what, count in seen.items() if what not in harmless) else 0


if __name__ == "__main__":
    sys.exit(main())
