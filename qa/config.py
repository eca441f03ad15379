"""Which index is meant: --index, QA_INDEX, `.qa` here or in a parent folder."""

from __future__ import annotations

import os
from pathlib import Path

from index.errors import NoIndexError
from index.types import INDEX_MARK

FOLDER = ".qa"


def find_index(named: Path | None, *, to_write: bool = False) -> Path:
    """The folder of the index. With `to_write` it need not exist: a new one is made in `.qa` here.

    Raises NoIndexError, with the command that makes one.
    """
    chosen = named or (Path(os.environ["QA_INDEX"]) if os.environ.get("QA_INDEX") else None)
    if chosen is not None:
        if not to_write and not (chosen / INDEX_MARK).is_file():
            raise NoIndexError(f"no index in {chosen}; make one: qa index PATH --index {chosen}")
        return chosen
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FOLDER / INDEX_MARK).is_file():
            return Path(FOLDER) if folder == here else folder / FOLDER
    if to_write:
        return Path(FOLDER)
    raise NoIndexError("no index here or in a parent folder; make one: qa index PATH")
