"""Two writers and four readers of one index at once: nothing is lost, no reader fails, every reader is up to date.

    python -m tests.soak.writers_and_readers [--seconds N] [--articles FILE.jsonl[.xz]]

A writer adds, changes and removes its own articles, run after run, waiting for the other's lock, and logs what was
acknowledged. A reader keeps its index open; before each question it reads the logs, and what they say must be there,
or something newer. New Chroma folders are made all the time (from a tail of 60 passages). Embedding is by hashed words,
all else is real. Exits 1 if anything was lost, stale or failed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path

from index import update
from index.snapshot import Snapshot
from index.stores import derived
from tests.soak.support import articles, processes
from tests.soak.support.state import State, look

WRITERS, READERS, RUN = 2, 4, 8
REMOVED = -1


def write(root: Path, number: int, texts: list[str], until: float) -> int:
    """A writer: runs of adding, changing and removing, each acknowledged article in its log as `id version`."""
    chance = random.Random(number)
    folder = root / f"writer{number}"
    folder.mkdir()
    version: dict[str, int] = {}
    with (root / f"log{number}").open("a", encoding="utf-8") as log:
        while time.monotonic() < until:
            alive = [name for name, v in version.items() if v != REMOVED]
            for name in [f"w{number}-{len(version) + i}" for i in range(RUN)] + chance.sample(
                alive, min(3, len(alive))
            ):
                version[name] = version.get(name, 0) + 1
                text = f"This is {name} in version {version[name]}. {texts[len(version) % len(texts)]}"
                (folder / f"{name}.txt").write_text(text, encoding="utf-8")
            gone = chance.sample(alive, min(1, len(alive)))
            for name in gone:
                (folder / f"{name}.txt").unlink(missing_ok=True)
                version[name] = REMOVED
            with update.writing(root / ".qa", processes.EMBEDDER) as writer:
                for event in writer.update([folder], prune=True):
                    if event.status in ("added", "changed", "removed"):
                        log.write(f"{event.id} {version[str(event.id)]}\n")
                        log.flush()
                    elif event.status != "unchanged":
                        raise RuntimeError(str(event))
    return 0


def acknowledged(root: Path) -> dict[str, int]:
    """The last version of each article that the logs name."""
    found: dict[str, int] = {}
    for number in range(WRITERS):
        for line in (root / f"log{number}").read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                name, version = line.split()
                found[name] = int(version)
    return found


def read(root: Path, number: int, until: float) -> int:
    """A reader: question after question on one open index; its counts at the end, in a file."""
    chance = random.Random(number)
    seen: Counter[str] = Counter()
    notes: list[str] = []
    vanished: set[str] = set()
    with closing(Snapshot(root / ".qa", notes.append)) as snapshot:
        while time.monotonic() < until:
            known = acknowledged(root)
            if not known:
                continue
            names = [*list(known)[-5:], *chance.choices(list(known), k=5)]
            for name in names:
                seen["questions"] += 1
                try:
                    seen["stale"] += not is_up_to_date(snapshot, name, known[name], vanished)
                except Exception as error:  # noqa: BLE001  whatever it is, it is counted
                    seen["errors"] += 1
                    print(f"reader {number}: {error!r}", file=sys.stderr)
    seen["notes"] = len(notes)
    for note in notes[:3]:
        print(f"reader {number}: {note}", file=sys.stderr)
    (root / f"reader{number}.json").write_text(json.dumps([seen, sorted(vanished)]))
    return 0


def is_up_to_date(snapshot: Snapshot, name: str, version: int, vanished: set[str]) -> bool:
    """Whether the article is there in this version or a later one, and found by its meaning and its words.

    One that is not there must have been removed since: it is among the `vanished`, for the end.
    """
    with snapshot.view() as view:
        article = view.catalog.article(name)
        if version == REMOVED:
            return article is None
        if article is None:
            vanished.add(name)
            return True
        now = int(article.text.split("version ")[1].split(".")[0])
        ids = view.catalog.passages([id_ for id_, _ in view.matches(f"{name} version {now}", 50, [name])])
        first = next((passage for passage in ids.values() if passage.start == 0), None)
        if now < version or first is None:
            return False
        near = view.nearest(processes.EMBEDDER.encode([first.text])[0], 10)
        return first.id in [id_ for id_, _ in near] and view.catalog.passages([first.id])[first.id].article_id == name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--articles", type=Path, help="a JSONL file with `text`, may be .xz; default: made texts")
    args = parser.parse_args()
    derived._CHROMA_TAIL, derived._CHROMA_SHARE = 60, 0.02
    texts = articles.read(args.articles, 2_000)
    with tempfile.TemporaryDirectory(prefix="qa-soak-") as temporary:
        root = Path(temporary)
        processes.outcome(partial(make_empty, root))
        until = time.monotonic() + args.seconds
        tasks = [partial(write, root, number, texts, until) for number in range(WRITERS)]
        tasks += [partial(read, root, number, until) for number in range(READERS)]
        failed = 0
        for pid in [processes.start(task, 1) for task in tasks]:
            failed += os.waitpid(pid, 0)[1] != 0
        seen: Counter[str] = Counter()
        known = acknowledged(root)
        for path in root.glob("reader*.json"):
            counts, vanished = json.loads(path.read_text())
            seen.update(counts)
            seen["stale"] += sum(known[name] != REMOVED for name in vanished)
        state: State = processes.outcome(partial(look, root / ".qa"))
    there = {name: v for name, v in known.items() if v != REMOVED}
    lost = [name for name, v in there.items() if f"{name} in version {v}." not in state.texts.get(name, "")]
    lost += [name for name in state.texts if name not in there]
    print(f"{args.seconds:.0f} s: {len(known):,} articles acknowledged, {len(there):,} of them not removed again")
    print(f"  lost or wrong: {len(lost)}, half: {len(state.half)}, not found by their vectors: {state.unfound}")
    print(f"  doctor: {state.faults + state.said or 'whole'}; processes that failed: {failed}")
    print("  readers: " + ", ".join(f"{what} {seen[what]:,}" for what in ("questions", "stale", "errors", "notes")))
    bad = lost or state.half or state.unfound or state.faults or failed or seen["stale"] or seen["errors"]
    return 1 if bad or not seen["questions"] else 0


def make_empty(root: Path) -> None:
    with update.writing(root / ".qa", processes.EMBEDDER):
        pass
    for number in range(WRITERS):
        (root / f"log{number}").touch()


if __name__ == "__main__":
    sys.exit(main())
