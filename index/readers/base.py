"""What every reader shares: the Problem it yields, the state of a file, titles and dates."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import NamedTuple

from index.readers.noise import between_noise

TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not become an article: where (path, and line from 1 if a record), and why, in a few words.

    `harmless`: not an error, only worth a note (a gold set among the articles).
    """

    path: str
    record: int | None
    reason: str
    harmless: bool = False

    @classmethod
    def too_large(cls, path: str, size: int, limit: int, record: int | None = None) -> Problem:
        """An article above the size limit."""
        megabytes = f"{size / 1e6:.1f} MB, more than the limit of {limit / 1e6:g} MB an article"
        return cls(path, record, f"too large ({megabytes}; --max-mb raises it)")


class FileState(NamedTuple):
    """What tells, without reading it, that a file may have changed. A program can set mtime back, but not ctime."""

    size: int
    mtime_ns: int
    ctime_ns: int


def state_of(file: str | os.PathLike[str]) -> FileState | None:
    """The state of a file now; None if there is none that can be read."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return FileState(found.st_size, found.st_mtime_ns, found.st_ctime_ns) if stat.S_ISREG(found.st_mode) else None


def reason_of(error: OSError | ValueError) -> str:
    """What went wrong with a file, in a few words and without its name."""
    return getattr(error, "strerror", None) or str(error)


def derive_title(text: str) -> str:
    """A title for an article that has none: its first line if that looks like a headline, else how it begins.

    >>> derive_title("Storm hits coast\\n\\nA storm hit the coast on Monday.")
    'Storm hits coast'
    """
    stretches = between_noise(text)
    if not stretches:
        return ""
    lines = text[slice(*stretches[0])].strip().split("\n", 1)
    first = " ".join(lines[0].split())
    if len(lines) > 1 and len(first) <= 120 and not re.search(r"[.!?:;,][\"”’')]*$", first):
        return first
    if len(first) <= TITLE_LENGTH:
        return first
    return first[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"
