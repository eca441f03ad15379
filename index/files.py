"""Files that are whole or not there, and what makes sure that they are on the disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, *, sync: bool = False) -> Iterator[Path]:
    """A draft beside `path`, to be written inside; it takes the place of `path` at the end, or goes where that fails.

    Who reads `path` meanwhile finds the old file or the new one. `sync`: on the disk before this ends. Raises OSError.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        yield draft
        if sync:
            fsync(draft)
        os.replace(draft, path)
        if sync:
            fsync(path.absolute().parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def replace_bytes(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Write a file in one go, as `replacing` does."""
    with replacing(path, sync=sync) as draft:
        draft.write_bytes(content)


def replace_text(path: Path, text: str, *, errors: str = "strict", sync: bool = False) -> None:
    """`replace_bytes` of a text in UTF-8; `errors`: what becomes of half a surrogate pair, as in `str.encode`."""
    replace_bytes(path, text.encode("utf-8", errors), sync=sync)


def fsync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk."""
    if os.name != "posix" and path.is_dir():
        return  # Windows opens no folder, and needs none to be opened
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_tree(folder: Path) -> None:
    """Have all of a folder on the disk, and its own name too."""
    for path in (*folder.rglob("*"), folder, folder.absolute().parent):
        fsync(path)


def stored_path(path: Path, index: Path) -> str:
    """The path to store: relative where it lies below the folder that holds the index, so both can be moved."""
    real = Path(os.path.abspath(path))
    base = Path(os.path.abspath(index.parent))
    return real.relative_to(base).as_posix() if real.is_relative_to(base) else real.as_posix()
