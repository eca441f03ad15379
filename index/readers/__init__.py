"""Files and folders -> articles, one module a format. Nothing here raises for bad input: it is a `Problem`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from index.readers import jsonl, text
from index.readers.base import Problem, reason_of
from index.readers.source import FileSource, Source
from index.readers.state import FileNote, FileState, state_of
from index.types import INDEX_MARK, WHOLE_FILE, Article

__all__ = [
    "DEFAULT_MAX_BYTES", "FORMATS", "INDEX_MARK", "FileNote", "FileSource", "FileState", "Problem", "Skipped", "Source",
    "is_text", "read", "read_source", "reread", "state_of", "walk",
]  # fmt: skip

DEFAULT_MAX_BYTES = 5_000_000
FORMATS: dict[str, Callable[[Source, int], Iterator[Article | Problem]]] = {".txt": text.read, ".jsonl": jsonl.read}


class Skipped(list[Path]):
    """The files of a walked folder that are no articles: hidden ones and unknown types."""


def walk(root: Path, skipped: Skipped) -> Iterator[Path]:
    """The files to read below `root` (or `root` itself, whatever its type), sorted; others are added to `skipped`.

    A folder that cannot be listed is among the files: `read` says why.
    """
    # os.path, here and below, takes what may not be looked at as not there; pathlib raises
    if not os.path.isdir(root):
        yield root
        return
    try:
        entries = sorted(root.iterdir())
    except OSError:
        yield root
        return
    for entry in entries:
        if entry.name.startswith("."):
            if os.path.isfile(entry):
                skipped.append(entry)
        elif os.path.isdir(entry):
            # a link to a folder can lead round in a circle; an index holds no articles
            if entry.is_symlink():
                skipped.append(entry)
            elif not os.path.exists(entry / INDEX_MARK):
                yield from walk(entry, skipped)
        elif entry.suffix.lower() in FORMATS:
            yield entry
        else:
            skipped.append(entry)


def read(path: Path, shown: str, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[Article | Problem]:
    """The articles of one file, and a Problem for each part of it that is none. `shown` is the path to store."""
    if problem := _unreadable(path, shown):
        yield problem
    else:
        yield from read_source(FileSource(path, shown), max_bytes)


def read_source(source: Source, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[Article | Problem]:
    """The articles of one source, by the reader of its format, and a Problem for each part of it that is none."""
    reader = FORMATS.get(source.suffix.lower())
    if reader is None:
        known = ", ".join(FORMATS)
        yield Problem(source.name, WHOLE_FILE, f"{source.suffix or 'no suffix'}: not a known type ({known})")
    else:
        yield from reader(source, max_bytes)


def is_text(name: str) -> bool:
    """Whether a file's name is text, as the catalog, JSON and the terminal need it; some are only bytes."""
    return not any("\ud800" <= c <= "\udfff" for c in name)


def _unreadable(path: Path, shown: str) -> Problem | None:
    """Why there is no file at `path` that could be opened without waiting for something; None if there is one."""
    if not is_text(shown):
        named = re.sub(r"[\ud800-\udfff]", lambda byte: ascii(byte[0])[1:-1].replace("\\udc", "\\x"), shown)
        return Problem(named, WHOLE_FILE, "its name is not UTF-8; rename it")
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.listdir(path)
            return Problem(shown, WHOLE_FILE, "a folder")
    except (FileNotFoundError, NotADirectoryError):
        reason = "a link that leads nowhere" if path.is_symlink() else "no such file or folder"
        return Problem(shown, WHOLE_FILE, reason)
    except (OSError, ValueError) as error:
        return Problem(shown, WHOLE_FILE, reason_of(error))
    return None if stat.S_ISREG(mode) else Problem(shown, WHOLE_FILE, "not a file")


def reread(path: Path, article: Article) -> Article | None:
    """What stands at the place of `article` in its file now; None if the file or the record is gone."""
    try:
        if article.place.record is not None:
            return jsonl.read_record(FileSource(path, article.path), article.place.record)
        return next((found for found in read(path, article.path, 1 << 62) if isinstance(found, Article)), None)
    except OSError:
        return None
