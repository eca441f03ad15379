"""Indexing streams: what it needs of memory does not grow with the articles, but for Chroma's own share.

    python -m tests.soak.memory [--megabytes N] [--without-chroma]

Writes a JSONL file of made articles, indexes it in one run with an embedder that costs nothing, and reports the memory
on the way and at the end, before and after Chroma is made. The vectors have 384 numbers, as the real ones. Exits 1 if
the memory before Chroma grows by more than 50 MB and a tenth of what is read, or Chroma's share is above 4 KB a passage
and 150 MB, what the library itself takes. With --without-chroma it ends
before Chroma is made, which takes four fifths of the time.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.stores.derived import Derived
from index.update import Progress, writing
from tests.fakes import HashEmbedder
from tests.soak.support.articles import made

MARKS = (0.125, 0.25, 0.5, 1.0)  # the first one after tantivy's first commit, if 200 MB are read
MOST_GROWTH, MOST_A_PASSAGE = 0.1, 4_000
BASE_GROWTH, CHROMA_ITSELF = 50, 150  # MB


class CheapEmbedder(HashEmbedder):
    """Vectors of 384 numbers, drawn for each text."""

    dimension = 384

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        seeds = (zlib.crc32(text.encode()) for text in texts)
        rows = [np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32) for seed in seeds]
        matrix = np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def resident() -> float:
    """The memory that this process holds, in MB: without the files that tantivy and SQLite map (on Linux)."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0]) / 1e3
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def highest() -> float:
    """The most that this process has had resident so far, mapped files included, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--without-chroma", action="store_true", help="end before Chroma is made")
    args = parser.parse_args()
    size = int(args.megabytes * 1e6)
    with tempfile.TemporaryDirectory(prefix="qa-soak-") as temporary:
        file = Path(temporary) / "news.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for number, text in enumerate(made()):
                lines.write(json.dumps({"id": f"a{number}", "text": text}) + "\n")
                if lines.tell() >= size:
                    break
        return measure(file, Path(temporary) / ".qa", size, with_chroma=not args.without_chroma)


def measure(file: Path, folder: Path, size: int, *, with_chroma: bool) -> int:
    progress = Progress()
    marks = list(MARKS)
    before: list[tuple[float, float]] = []
    chroma: dict[str, float] = {}
    began = time.monotonic()

    def note(what: str) -> None:
        took = time.monotonic() - began
        print(f"{what:<24} {resident():6,.0f} MB held, {highest():6,.0f} MB at most, {took:5,.0f} s", flush=True)

    sync_chroma = Derived._sync_chroma

    def sync(self: Any) -> None:
        note("before Chroma is made")
        chroma["before"] = chroma["after"] = resident()
        if with_chroma:
            sync_chroma(self)
            chroma["after"] = resident()
            note("after Chroma is made")

    Derived._sync_chroma = sync  # type: ignore[method-assign]
    note("before anything")
    with writing(folder, CheapEmbedder(), notify=print) as writer:
        for _ in writer.update([file], progress=progress):
            if marks and progress.done >= marks[0] * size:
                before.append((progress.done / 1e6, resident()))
                note(f"{progress.done / 1e6:,.0f} MB read")
                marks.pop(0)
        passages = writer._catalog.count_passages()
        covered = writer._catalog.meta().chroma_count
    note(f"{progress.articles:,} articles")
    read, grown = before[-1][0] - before[0][0], chroma["before"] - before[0][1]
    share = chroma["after"] - chroma["before"]
    print(f"{passages:,} passages, {covered:,} of them in Chroma")
    print(f"grown by {grown:,.0f} MB over {read:,.0f} MB of articles; Chroma's share {share:,.0f} MB")
    too_much = grown > BASE_GROWTH + MOST_GROWTH * read or share > CHROMA_ITSELF + MOST_A_PASSAGE * passages / 1e6
    return 1 if too_much or covered != (passages if with_chroma else 0) else 0


if __name__ == "__main__":
    sys.exit(main())
