"""An index on a disk that is full, cannot be written or rots, and under a clock that goes back.

    python -m tests.soak.bad_disk [--rounds N] [--articles FILE.jsonl[.xz]]

Each trial must end in one clear line (or none), never in a traceback, lose nothing that `qa index --json` acknowledged,
and be whole again once the disk is. `--rounds`: how often each kind of rot is tried, at random places. A full disk is a
small tmpfs where this may mount one (root), else a limit on the size of files. Embedding is by hashed words, all else
is real. Exits 1 if a trial failed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from index.snapshot import Snapshot
from index.update import Writer
from tests.soak.support import articles, processes
from tests.soak.support.state import State, look

COUNT = 120


@dataclass
class Run:
    """What a command did: its exit status, what it acknowledged (article ids), what it said on stderr."""

    status: int
    acknowledged: set[str]
    said: list[str]

    def is_clear(self) -> bool:
        """It ended well, or failed with one line that says so."""
        whole = "\n".join(self.said)
        return "Traceback" not in whole and self.status in (0, 1) and (self.status == 0 or len(self.said) >= 1)


def index(folder: Path, where: Path, before: Callable[[], object] = lambda: None) -> Run:
    """`qa index --json` of `folder` into `where`, in a process of its own that does `before` first."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:

        def task() -> int:
            before()
            return processes.qa("index", "--json", "--index", str(where), str(folder))

        pid = processes.start(task, out.fileno(), err.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        err.seek(0)
        events = [json.loads(line) for line in out if line.endswith("\n")]
        said = [line.removeprefix("qa: ").rstrip() for line in err if not line.startswith("qa: using the index")]
    done = {event["id"] for event in events if event["status"] in ("added", "changed", "unchanged")}
    return Run(status, done, said)


class Trials:
    """What was tried, and how it went."""

    def __init__(self) -> None:
        self.failed = 0

    def report(self, name: str, faults: list[str], said: list[str] | None = None) -> None:
        self.failed += bool(faults)
        line = said[0] if said else ""
        print(f"{'FAIL' if faults else 'ok  '}  {name:<34}  {'; '.join(faults) or line}"[:220], flush=True)


def lost(state: State, texts: dict[str, str], acknowledged: set[str]) -> list[str]:
    """What is wrong with an index of `texts`, of which these articles were acknowledged."""
    gone = [name for name in acknowledged if state.texts.get(name) != texts[name]]
    found = [f"{len(gone)} of {len(acknowledged)} lost"] if gone else []
    found += [f"half: {state.half}"] if state.half else []
    found += [f"{state.unfound} vectors not found"] if state.unfound else []
    return found + [f"after repair: {fault}" for fault in state.after]


def write(folder: Path, texts: list[str]) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"a{number}.txt").write_text(text, encoding="utf-8")
    return {f"a{number}": text for number, text in enumerate(texts)}


def seen(where: Path) -> State:
    state: State = processes.outcome(partial(look, where))
    return state


# ---- a full disk -----------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[tuple[Callable[[], object], Callable[[], object]]]:
    """A place of `size` bytes at `folder`: what a process has to do before it writes, and what makes it large."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "qa", folder], check=False).returncode == 0:
        try:
            yield lambda: None, lambda: subprocess.run(["mount", "-o", "remount,size=1g", folder], check=True)
        finally:
            subprocess.run(["umount", folder], check=True)
    else:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size // 4, size // 4)), lambda: None


def full_disk(trials: Trials, root: Path, texts: dict[str, str], sizes: list[int]) -> None:
    for size in sizes:
        place = root / f"disk{size}"
        with small_disk(place, size) as (before, enlarge):
            run = index(root / "news", place / ".qa", before)
            faults = [] if run.is_clear() else [f"status {run.status}: {run.said}"]
            if run.acknowledged:
                faults += lost(seen_full(place / ".qa"), texts, run.acknowledged)
            enlarge()
            again = index(root / "news", place / ".qa")
            faults += [] if again.status == 0 else [f"then: {again.said}"]
            faults += lost(seen(place / ".qa"), texts, set(texts))
        name = f"full disk, {size / 1e6:.2f} MB, {len(run.acknowledged)} acknowledged"
        trials.report(name, faults, run.said)


def seen_full(where: Path) -> State:
    """What a reader sees while there is no room: only the articles."""
    return State(processes.outcome(partial(asked, where)), [], 0, [], [], [], [])


# ---- what cannot be written ------------------------------------------------------------------------------------------


@contextmanager
def read_only(source: Path, place: Path) -> Iterator[Path]:
    """A copy of the index `source` below `place`, on a file system or with modes that let nobody write."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "qa", place], check=False).returncode == 0
    shutil.copytree(source, place / ".qa")
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    else:
        for path in place.rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield place / ".qa"
    finally:
        if mounted:
            subprocess.run(["umount", place], check=True)


def unwritable(trials: Trials, root: Path, texts: dict[str, str]) -> None:
    """A folder that cannot be written can be asked, also one whose writer was killed; indexing is refused in a line."""
    stopped = root / "stopped"
    shutil.copytree(root / "whole", stopped)
    (root / "news" / "late.txt").write_text("A late report said so.", encoding="utf-8")

    def never_closed() -> None:
        Writer.close = lambda self: os._exit(0)  # type: ignore[method-assign]

    index(root / "news", stopped, never_closed)
    (root / "news" / "late.txt").unlink()
    assert (stopped / "catalog.sqlite-wal").stat().st_size
    with_late = {**texts, "late": "A late report said so."}
    for name, source, stored in (("", "whole", texts), (" after a kill", "stopped", with_late)):
        with read_only(root / source, root / f"readonly-{source}") as place:
            faults = [] if processes.outcome(partial(asked, place)) == stored else ["cannot be asked"]
            faults += lost(seen(place), stored, set(stored))
            run = index(root / "news", place)
            faults += [] if run.status == 1 and run.is_clear() and len(run.said) == 1 else [f"{run.status}: {run.said}"]
        trials.report(f"a folder that cannot be written{name}", faults, run.said)


def asked(place: Path) -> dict[str, str]:
    """The texts, after a question was put to both searches."""
    with closing(Snapshot(place)) as snapshot, snapshot.view() as view:
        assert view.nearest(processes.EMBEDDER.encode(["oil price"])[0], 5)
        assert view.matches("oil price trade said", 5)
        found = [view.catalog.article(article.id) for article, _ in view.catalog.articles()]
    return {article.id: article.text for article in found if article}


# ---- rot -------------------------------------------------------------------------------------------------------------


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def garble(folder: Path, chance: random.Random) -> None:
    path = chance.choice(files_of(folder))
    content = bytearray(path.read_bytes())
    first = chance.randrange(len(content))
    content[first : first + chance.choice((1, 100, 5000))] = chance.randbytes(min(100, len(content) - first))
    path.write_bytes(content[: chance.choice((len(content), len(content), chance.randrange(len(content))))])


def drop_file(folder: Path, chance: random.Random) -> None:
    chance.choice(files_of(folder)).unlink()


def drop(folder: Path, _chance: random.Random) -> None:
    shutil.rmtree(folder)


ROT = {
    "Chroma's folder deleted": ("chroma", drop),
    "Chroma's folder garbled": ("chroma", garble),
    "a file of Chroma deleted": ("chroma", drop_file),
    "tantivy deleted": ("tantivy", drop),
    "tantivy garbled": ("tantivy", garble),
    "a file of tantivy deleted": ("tantivy", drop_file),
}


def rot(trials: Trials, root: Path, texts: dict[str, str], rounds: int, chance: random.Random) -> None:
    for name, (store, spoil) in ROT.items():
        faults: list[str] = []
        said: set[str] = set()
        for number in range(1 if spoil is drop else rounds):
            place = root / "rotten"
            shutil.copytree(root / "whole", place)
            spoil(place / store, chance)
            if number % 2:  # the next writer mends it, or the doctor does; and a reader never minds
                run = index(root / "news", place)
                faults += [] if run.is_clear() and run.status == 0 else [f"{run.status} {run.said}"]
            state = seen(place)
            said.update(line.replace(str(place), "INDEX") for line in state.said + state.faults)
            faults += lost(state, texts, set(texts))
            shutil.rmtree(place)
        trials.report(f"{name}, {1 if spoil is drop else rounds}x", faults, sorted(said))


def cut_catalog(trials: Trials, root: Path, texts: dict[str, str], rounds: int, chance: random.Random) -> None:
    """The truth itself is cut off: a clear refusal, and whole again when the file is put back."""
    faults: list[str] = []
    said: set[str] = set()
    size = (root / "whole" / "catalog.sqlite").stat().st_size
    for kept in [0, *(chance.randrange(size) for _ in range(rounds))]:
        place = root / "cut"
        shutil.copytree(root / "whole", place)
        os.truncate(place / "catalog.sqlite", kept)
        run = index(root / "news", place)
        if run.status != 1 or len(run.said) != 1 or not run.is_clear():
            faults.append(f"cut to {kept}: {run.status} {run.said}")
        said.update(line.replace(str(place), "INDEX") for line in run.said)
        for leftover in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
            (place / leftover).unlink(missing_ok=True)
        shutil.copy(root / "whole" / "catalog.sqlite", place)
        faults += lost(seen(place), texts, set(texts))
        shutil.rmtree(place)
    trials.report(f"catalog cut off, {rounds + 1}x", faults, sorted(said))


# ---- time ------------------------------------------------------------------------------------------------------------


def clock(trials: Trials, root: Path, texts: dict[str, str]) -> None:
    """The clock and the files' times are ten years earlier at the second run than at the first."""
    place, news = root / "clock" / ".qa", root / "clock"
    write(news, list(texts.values()))
    faults = [] if index(news, place).status == 0 else ["the first run failed"]
    changed = {name: text.swapcase() for name, text in list(texts.items())[:10]}  # not one byte longer
    for name, text in changed.items():
        (news / f"{name}.txt").write_text(text, encoding="utf-8")
        os.utime(news / f"{name}.txt", (1e9, 1e9))
    now = time.time

    def back() -> None:
        time.time = lambda: now() - 10 * 365 * 86_400  # type: ignore[assignment]

    run = index(news, place, back)
    faults += [] if run.status == 0 and not [line for line in run.said if "added" in line] else [str(run.said)]
    faults += lost(seen(place), {**texts, **changed}, set(texts))
    trials.report("clock set back", faults, run.said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--articles", type=Path, help="a JSONL file with `text`, may be .xz; default: made texts")
    args = parser.parse_args()
    chance = random.Random(1)
    trials = Trials()
    with tempfile.TemporaryDirectory(prefix="qa-soak-") as temporary:
        root = Path(temporary).resolve()
        root.chmod(0o755)
        texts = write(root / "news", articles.read(args.articles, COUNT))
        first = index(root / "news", root / "whole")
        trials.report("a whole disk", lost(seen(root / "whole"), texts, first.acknowledged), first.said)
        used = sum(path.stat().st_size for path in files_of(root / "whole"))
        full_disk(trials, root, texts, [used * part // 8 for part in range(1, 13)])
        unwritable(trials, root, texts)
        rot(trials, root, texts, args.rounds, chance)
        cut_catalog(trials, root, texts, args.rounds, chance)
        clock(trials, root, texts)
    return 1 if trials.failed else 0


if __name__ == "__main__":
    sys.exit(main())
