"""The facts about Chroma that immutable generation folders rest on, tried against the installed chromadb.

    python tests/soak/chroma_generations.py [--rounds N]

Prints one row per fact and exits 1 if one no longer holds. Not part of the default suite: it starts processes and
kills them. Run it when chromadb's version changes. docs/lab/chroma-generations.md explains each fact.
"""

import argparse
import gc
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings

OLD, NEW, DEAD, DIM, NOBODY = 4_000, 1_000, 100, 384, 65_534
NAME = "passages"


def vectors(first: int, last: int) -> np.ndarray:
    """Unit vectors of the ids first..last-1, float32 (last - first, DIM); the same in every process."""
    rows = np.random.default_rng(0).standard_normal((OLD + NEW, DIM), dtype=np.float32)[first:last]
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def ids(first: int, last: int) -> list[str]:
    return [str(i) for i in range(first, last)]


def connect(folder: Path) -> Any:
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def collection(client: Any) -> Any:
    return client.get_collection(NAME, embedding_function=None)


def add(target: Any, first: int, last: int, batch: int = 2_000) -> None:
    for i in range(first, last, batch):
        j = min(i + batch, last)
        target.add(ids=ids(i, j), embeddings=vectors(i, j))


def build(folder: Path, sync_threshold: int = 1) -> None:
    client = connect(folder)
    hnsw = {"space": "cosine", "sync_threshold": sync_threshold}
    add(client.create_collection(NAME, configuration={"hnsw": hnsw}, embedding_function=None), 0, OLD, batch=1_100)
    client.close()


def derive(source: Path, target: Path) -> None:
    """A copy of source, less the first DEAD vectors, plus NEW ones; on the disk when this returns."""
    shutil.copytree(source, target)
    client = connect(target)
    passages = collection(client)
    passages.delete(ids=ids(0, DEAD))
    add(passages, OLD, OLD + NEW, batch=500)
    client.close()
    for path in (*target.rglob("*"), target, target.parent):  # Chroma does not sync its HNSW files
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def right(target: Any, first: int, last: int) -> bool:
    """Whether target holds exactly first..last-1, each its own nearest, and none of the other ids."""
    found: list[str] = []
    for i in range(0, OLD + NEW, 500):
        rows = target.query(query_embeddings=vectors(i, i + 500), n_results=1, include=[])["ids"]
        found += [row[0] if row else "" for row in rows]
    wanted = [str(i) if first <= i < last else None for i in range(OLD + NEW)]
    alive = {str(i) for i in range(first, last)}
    same = all(f == w if w else f in alive for f, w in zip(found, wanted, strict=True))
    return same and int(target.count()) == last - first


def logged(folder: Path) -> bool:
    """Whether the HNSW files lack records that a reader must replay. Only while no client of this process is open."""
    db = sqlite3.connect(f"file:{folder}/chroma.sqlite3?mode=ro", uri=True)
    seen = dict(db.execute("SELECT s.scope, m.seq_id FROM max_seq_id m JOIN segments s ON s.id = m.segment_id"))
    db.close()
    return bool(seen.get("VECTOR") != seen["METADATA"])


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest() for path in files}


def handles(folder: Path) -> int:
    """How many files below folder this process has open (Linux)."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            count += str(folder) in os.readlink(link)
        except OSError:
            continue
    return count


# What runs in processes of its own


def child_check(folder: Path, first: str, last: str) -> None:
    say("right" if right(collection(connect(folder)), int(first), int(last)) else "partial")


def child_write(root: Path) -> None:
    say("start")
    derive(root / "g1", root / "new")
    catalog = sqlite3.connect(root / "catalog.sqlite")
    with catalog:
        catalog.execute("UPDATE meta SET chroma_dir = 'new'")
    say("named")


def child_read(folder: Path) -> None:
    say("start")
    sys.stdin.readline()
    passages = collection(connect(folder))
    probes = vectors(200, 250)
    hits = [
        passages.query(query_embeddings=probes[i : i + 1], n_results=10, include=[])["ids"][0][0] for i in range(50)
    ]
    say("right" if hits == ids(200, 250) else "wrong")


def child_readonly(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temp:  # all imports, while the interpreter's own files are surely readable
        connect(Path(temp)).close()
    if os.geteuid() == 0:  # file modes do not bind root
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        connect(folder)
    except chromadb.errors.InternalError as err:
        with tempfile.TemporaryDirectory() as temp:
            shutil.copytree(folder, Path(temp) / "copy", copy_function=shutil.copyfile)
            copied = right(collection(connect(Path(temp) / "copy")), 0, OLD)
        say(f"{'copy right' if copied else 'copy wrong'}; {err}")
    else:
        say("opened")


CHILDREN: dict[str, Callable[..., None]] = {
    "check": child_check, "write": child_write, "read": child_read, "readonly": child_readonly,
}  # fmt: skip


def start(task: str, folder: Path, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--child", task, str(folder), *args]
    return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True)


def outcome(task: str, folder: Path, *args: str) -> str:
    """The last line that the child wrote; "error" if it failed."""
    process = start(task, folder, *args)
    lines = process.communicate()[0].splitlines()
    return lines[-1] if process.returncode == 0 and lines else "error"


# The facts


@dataclass(frozen=True, slots=True)
class Row:
    fact: str
    holds: bool
    seen: str


def generations(root: Path) -> list[Row]:
    times = [time.perf_counter()]
    build(root / "g1")
    times.append(time.perf_counter())
    derive(root / "g1", root / "g2")
    times.append(time.perf_counter())
    build(root / "logged", sync_threshold=1_000)
    complete = [not logged(root / name) for name in ("g1", "g2", "logged")]
    one, two = connect(root / "g1"), connect(root / "g2")
    here = right(collection(one), 0, OLD) and right(collection(two), DEAD, OLD + NEW)
    one.close()
    two.close()
    fresh = outcome("check", root / "g1", "0", str(OLD)), outcome("check", root / "g2", str(DEAD), str(OLD + NEW))
    took = f"build {times[1] - times[0]:.1f} s, copy + delete + add {times[2] - times[1]:.1f} s"
    return [
        Row("a copy that is changed and its original both answer, in one process", here, took),
        Row("and in fresh processes", fresh == ("right", "right"), " ".join(fresh)),
        Row("sync_threshold=1: nothing is left in the log", complete[0] and complete[1], f"{complete[:2]}"),
        Row("the default threshold leaves the last batch there", not complete[2], f"complete: {complete[2]}"),
    ]


def follow(root: Path) -> list[Row]:
    shutil.copytree(root / "g1", root / "away")
    old = connect(root / "away")
    passages = collection(old)
    right(passages, 0, OLD)
    held = handles(root / "away")
    new = connect(root / "g2")
    shutil.rmtree(root / "away")
    still = right(passages, 0, OLD)
    old.close()
    del old, passages
    gc.collect()
    left = handles(root / "away")
    then = right(collection(new), DEAD, OLD + NEW)
    new.close()
    return [
        Row("a reader moves on while the old client is open; a warm old one outlives its folder", still and then, ""),
        Row("close() and dropping the collection free every handle", held > 0 and left == 0, f"{held} -> {left}"),
        Row("the deleted folder does not come back", not (root / "away").exists(), ""),
    ]


def killed(root: Path, rounds: int) -> list[Row]:
    before, states = digest(root / "g1"), Counter[str]()
    intact = named_complete = True
    span = 0.0
    for number in range(rounds + 1):  # the first one is not killed: it tells how long a run takes
        shutil.rmtree(root / "new", ignore_errors=True)
        (root / "catalog.sqlite").unlink(missing_ok=True)
        catalog = sqlite3.connect(root / "catalog.sqlite")
        with catalog:
            catalog.execute("CREATE TABLE meta AS SELECT 'g1' AS chroma_dir")
        writer = start("write", root)
        assert writer.stdout is not None
        writer.stdout.readline()
        began = time.perf_counter()
        if number:
            time.sleep(random.uniform(0, span))
            writer.kill()
        writer.wait()
        span = span or time.perf_counter() - began
        named = catalog.execute("SELECT chroma_dir FROM meta").fetchone()[0]
        catalog.close()
        state = outcome("check", root / "new", str(DEAD), str(OLD + NEW))
        states[f"{state}{', named' if named == 'new' else ''}"] += 1
        intact &= digest(root / "g1") == before
        named_complete &= named == "g1" or state == "right"
    after = outcome("check", root / "g1", "0", str(OLD))
    return [
        Row(
            f"kill -9 of the writer, {rounds} times: the old folder is the same, byte for byte", intact, f"then {after}"
        ),
        Row("a folder that the catalog names is complete", named_complete, str(dict(states))),
    ]


def readonly(root: Path) -> list[Row]:
    shutil.copytree(root / "g1", root / "readonly")
    for path in (p for p in (root / "readonly").rglob("*") if p.is_file()):
        path.chmod(0o444)
    before = digest(root / "readonly")
    seen = outcome("readonly", root / "readonly")
    same = digest(root / "readonly") == before
    holds = seen.startswith("copy right") and "readonly" in seen and same
    before = digest(root / "g1")
    client = connect(root / "g1")
    opened = digest(root / "g1")
    right(collection(client), 0, OLD)
    client.close()
    changed = [name for name in before if before[name] != opened[name]]
    return [
        Row("a folder that cannot be written does not open, its copy does", holds, seen),
        Row("opening writes to chroma.sqlite3", changed == ["chroma.sqlite3"], str(changed)),
        Row("querying and closing write nothing", digest(root / "g1") == opened, ""),
    ]


def together(root: Path, readers: int = 4) -> list[Row]:
    processes = [start("read", root / "g1") for _ in range(readers)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    seen = Counter(process.communicate("go\n")[0].strip() or "error" for process in processes)
    return [Row(f"{readers} processes x 50 queries at once", seen == {"right": readers}, str(dict(seen)))]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10, help="how often the writer is killed")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        task, folder, *rest = args.child
        CHILDREN[task](Path(folder), *rest)
        return 0
    say(f"chromadb {chromadb.__version__}")
    failed = 0
    with tempfile.TemporaryDirectory() as temp:
        root = Path(temp).resolve()
        root.chmod(0o755)
        parts = (generations, follow, lambda r: killed(r, args.rounds), readonly, together)
        for part in parts:
            for row in part(root):
                failed += not row.holds
                say(f"{'ok  ' if row.holds else 'FAIL'}  {row.fact:<88}  {row.seen}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
