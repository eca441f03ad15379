"""Whether a file still says what was indexed from it: told by its state, else by its digest, else by the record itself.

A file is read for this once in each of its states, whatever is cited from it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from index.readers import Reading, reread
from index.readers.state import FileNote, FileState, sha256_of, state_of
from index.types import Article, Location


def standing(
    folder: Path, article: Article, locations: Iterable[Location], note_of: Callable[[str], FileNote | None]
) -> tuple[Article, bool]:
    """The article at the first location whose file still says it, and False; else at one that is there, and True.

    `folder`: the index. `note_of`: how a file, by its stored path, was when it was read.
    """
    there: Article | None = None
    for location in locations:
        placed = replace(article, path=location.path, key=location.key, place=location.place)
        file = folder.parent / location.path
        if still_says(file, placed, note_of(location.path), location.digest or article.digest()):
            return placed, False
        if there is None and os.path.exists(file):
            there = placed
    return there or article, True


def still_says(file: Path, article: Article, note: FileNote | None, digest: str | None = None) -> bool:
    """Whether `file` says at the article's place what was indexed; not if it is gone. `note`: as it was when read.

    `digest`: of the article as it was read there, where that is another form of it.
    """
    state = state_of(file)
    if state is None:
        return False
    if note is not None and note.holds_for(file):
        return True
    # A state that a change could leave as it is says nothing of the next time.
    is_settled = state.is_settled(time.time_ns())
    with _LOCK:  # what one thread reads, the others need not
        if note is not None and note.digest is not None:
            found = _sha256(file, state) if is_settled else sha256_of(file)
            if found == note.digest:
                return True
        where = Article(id="", text="", path=article.path, key=article.key, place=article.place)
        how = Reading().with_settings(note.settings if note is not None else None)
        read_again = _read_again(file, where, how, state) if is_settled else _digest_at(file, where, how)
    return read_again == (digest or article.digest())


_LOCK = threading.Lock()


@lru_cache(maxsize=10_000)
def _sha256(file: Path, _state: FileState) -> str | None:
    return sha256_of(file)


@lru_cache(maxsize=10_000)
def _read_again(file: Path, where: Article, how: Reading, _state: FileState) -> str | None:
    return _digest_at(file, where, how)


def _digest_at(file: Path, where: Article, how: Reading) -> str | None:
    """The digest of what stands in the file now where the article `where` stood; None if nothing does."""
    now = reread(file, where, how)
    return None if now is None else now.digest()
