"""Files and folders -> articles, one module a format. Nothing here raises for bad input: it is a `Problem`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index.readers import jsonl, text
from index.readers.base import Problem
from index.types import Article

__all__ = ["DEFAULT_MAX_BYTES", "FORMATS", "Problem", "Skipped", "read", "reread", "walk"]

DEFAULT_MAX_BYTES = 5_000_000
INDEX_MARK = "catalog.sqlite"
FORMATS = {".txt": text.read, ".jsonl": jsonl.read}


class Skipped(list[Path]):
    """The files of a walked folder that are no articles: hidden ones and unknown types."""


def walk(root: Path, skipped: Skipped) -> Iterator[Path]:
    """The files to read below `root` (or `root` itself, whatever its type), sorted; others are added to `skipped`."""
    if not root.is_dir():
        yield root
        return
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            if entry.is_file():
                skipped.append(entry)
        elif entry.is_dir():
            # a link to a folder can lead round in a circle; an index holds no articles
            if not entry.is_symlink() and not (entry / INDEX_MARK).exists():
                yield from walk(entry, skipped)
        elif entry.suffix.lower() in FORMATS:
            yield entry
        else:
            skipped.append(entry)


def read(path: Path, shown: str, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[Article | Problem]:
    """The articles of one file, and a Problem for each part of it that is none. `shown` is the path to store."""
    reader = FORMATS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(FORMATS)
        yield Problem(shown, None, f"{path.suffix or 'no suffix'}: not a known type ({known})")
    elif not path.exists():
        yield Problem(shown, None, "no such file or folder")
    elif not path.is_file():
        yield Problem(shown, None, "not a file")
    else:
        yield from reader(path, shown, max_bytes)


def reread(path: Path, article: Article) -> Article | None:
    """What stands at the place of `article` in its file now; None if the file or the record is gone."""
    try:
        if article.record is not None:
            return jsonl.read_record(path, article.path, article.record)
        return next((found for found in read(path, article.path, 1 << 62) if isinstance(found, Article)), None)
    except OSError:
        return None
