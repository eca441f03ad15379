"""Fuzzing of every reader whose parsing is ours: files of its format, damaged at random, for some time each.

`python -m tests.soak.fuzz [SECONDS [READER...]]`; five minutes for each that is ours if nothing is said. What is
found is written to `fuzz-READER` here, and the exit status is 1. A reader may raise nothing that is not a Problem, must
end soon, and what it gives must hold: a text that can be written, noise within it, in order and apart.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from index.readers import Problem, feed, html, json, jsonl, mail, markdown, office, pdf, tables, text
from index.readers.base import Reading, guarded
from index.readers.source import Source
from index.types import Article
from tests.index.readers.held import Held
from tests.index.readers.hostile import hurt
from tests.index.readers.made import FILES

READERS: dict[str, tuple[str, Callable[[Source, Reading], Iterator[Article | Problem]]]] = {
    "text": ("a.txt", text.read),
    "jsonl": ("a.jsonl", jsonl.read),
    "json": ("a.json", json.read),
    "csv": ("a.csv", tables.read),
    "html": ("a.html", html.read),
    "mail": ("a.eml", mail.read),
    "mbox": ("a.mbox", mail.read_mbox),
    "mhtml": ("a.mhtml", mail.read_mhtml),
    "markdown": ("a.md", markdown.read),
    "rtf": ("a.rtf", office.read_rtf),
    "feed": ("a.rss", feed.read),
    "pdf": ("a.pdf", pdf.read),
}
OURS = ("text", "jsonl", "json", "csv", "html", "mbox", "markdown")
"""What is parsed by us; behind the others a library parses, and what it raises becomes a Problem."""


def wrong(name: str, data: bytes) -> str | None:
    """What is wrong with what the reader makes of `data`; None if nothing is."""
    file, read = READERS[name]
    begun = time.process_time()  # what the machine does besides does not count
    found = read(Held(file, data), Reading())
    for item in found if name in OURS else guarded(found, file):
        if isinstance(item, Problem):
            if "\n" in item.reason or not item.reason:
                return f"a reason of several lines, or none: {item.reason!r}"
            continue
        item.text.encode()
        item.digest()
        if not item.text.strip():
            return "an article without a text"
        if any(not 0 <= start < end <= len(item.text) for start, end in item.noise):
            return "noise outside of the text"
        if any(end >= start for (_, end), (start, _) in pairwise(item.noise)):
            return "noise that overlaps"
    took = time.process_time() - begun
    return f"{took:.1f} seconds" if took > 10 else None


def fuzz(name: str, seconds: float, chance: random.Random) -> bool:
    """Whether nothing was found in that time; each file comes from a good one by one to three accidents."""
    good = FILES[READERS[name][0]]()
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = good
        for _ in range(chance.choice((1, 1, 2, 3))):
            data = hurt(data, chance)
        count += 1
        try:
            found = wrong(name, data)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
            found = f"{type(error).__name__}: {error}"
        if found:
            Path(f"fuzz-{name}").write_bytes(data)
            print(f"{name}: {found}; see fuzz-{name}", flush=True)
            return False
    print(f"{name}: {count:,} files, nothing found", flush=True)
    return True


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    seed = random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    names = sys.argv[2:] or list(OURS)
    clean = [fuzz(name, seconds, random.Random(seed)) for name in names]
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main())
