"""What `qa index` costs when nothing, or little, is new: a corpus indexed with an embedding that costs nothing.

    python tests/benchmarks/reindexing.py CORPUS.jsonl[.xz] [--limit N]

The corpus once as one file of records and once as one text file an article; times of the processor and of the clock.
"""

import argparse
import json
import lzma
import tempfile
import time
from collections import Counter
from pathlib import Path

from index.update import writing
from tests.fakes import HashEmbedder

_CHANGED = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--limit", type=int, help="only so many articles")
    given = parser.parse_args()
    opened = lzma.open if given.corpus.suffix == ".xz" else open
    with opened(given.corpus, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file][: given.limit]
    texts = [text for text in texts if text.strip()]
    for layout in ("records", "files"):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{len(texts):,} articles as {layout}")
            run(Path(folder), layout, texts)


def run(folder: Path, layout: str, texts: list[str]) -> None:
    articles = folder / "articles"
    articles.mkdir()
    write(articles, layout, texts, range(len(texts)))
    first = index(folder, "first run")
    time.sleep(2.5)  # files that have just changed are read once more
    index(folder, "again, just after", first)
    index(folder, "again", first)
    changed = [f"{text} It was corrected later." if i % (len(texts) // _CHANGED) == 0 else text
               for i, text in enumerate(texts)]  # fmt: skip
    write(articles, layout, changed, [i for i, text in enumerate(texts) if text != changed[i]])
    index(folder, f"{_CHANGED} changed", first)


def write(folder: Path, layout: str, texts: list[str], which: "range | list[int]") -> None:
    if layout == "records":
        lines = (json.dumps({"id": f"a{i}", "text": text}) + "\n" for i, text in enumerate(texts))
        (folder / "articles.jsonl").write_text("".join(lines), encoding="utf-8")
        return
    for i in which:
        (folder / f"{i // 1000:03d}").mkdir(exist_ok=True)
        (folder / f"{i // 1000:03d}" / f"a{i}.txt").write_text(texts[i], encoding="utf-8")


def index(folder: Path, what: str, first: float | None = None) -> float:
    """Index the folder; the processor time it took."""
    began, clock = time.process_time(), time.perf_counter()
    embedder = HashEmbedder()
    with writing(folder / ".qa", embedder, notify=print) as writer:
        statuses = Counter(event.status for event in writer.update([folder / "articles"]))
    spent, took = time.process_time() - began, time.perf_counter() - clock
    share = "" if first is None else f", {spent / first:.1%} of the first run"
    counted = ", ".join(f"{count:,} {status}" for status, count in statuses.items())
    print(f"  {what:<18} {spent:7.1f} s ({took:.1f} s){share}; {counted}; {len(embedder.encoded):,} passages embedded")
    return spent


if __name__ == "__main__":
    main()
