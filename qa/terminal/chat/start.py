"""How a chat begins: with the index that is here, or one that it offers to make; what there is to ask."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from index.readers import FORMATS
from index.stores.catalog import Catalog
from qa.examples import examples
from qa.terminal.style import Style, cells, clean, fit, lines_of

if TYPE_CHECKING:
    from qa.terminal.chat.stopping import Keys

_LOOK = 1.0  # seconds for what is in the folder: it may be a whole disk


def files_here(folder: Path, seconds: float = _LOOK) -> tuple[Counter[str], bool]:
    """How many files below a folder could be articles, by suffix, hidden ones left out; whether all could be seen."""
    until = time.monotonic() + seconds
    count: Counter[str] = Counter()
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        suffixes = (Path(name).suffix.lower() for name in names if not name.startswith("."))
        count.update(suffix for suffix in suffixes if suffix in FORMATS)
        if time.monotonic() > until:
            return count, False
    return count, True


def offer(keys: Keys, make: Callable[[], object], style: Style) -> bool:
    """Where there is no index: offer to make one of the files here, by one key; whether that was done."""
    kinds, is_whole = files_here(Path.cwd())
    count = kinds.total()
    if not count:
        return False
    some = f"{count:,} file{'s' * (count != 1)}" if is_whole else f"at least {count:,} files"
    suffixes = ", ".join(kind for kind, _ in kinds.most_common(6))
    asked = f"There is no index here, but {some} that may hold articles ({suffixes}). Index {_these(count)} now?"
    print(lines_of(asked, style), file=sys.stderr)
    print("Enter or y: yes; any other key: no ", end="", file=sys.stderr, flush=True)
    key = keys.one()
    print(file=sys.stderr)
    if key not in ("\r", "\n", "y", "Y"):
        return False
    make()
    return True


def _these(count: int) -> str:
    return "it" if count == 1 else "them"


def greeting(folder: Path, style: Style, is_new: bool = False) -> str:
    """What stands above the first prompt; for who is new here with three things to ask. Raises as `Catalog.open`."""
    with closing(Catalog.open(folder)) as catalog, catalog.transaction():
        count = catalog.count_articles()
        found = examples(catalog) if is_new and count else ()
    lines = [f"{_articles(count)}. Ask, or type /help."]
    if found:
        lines += ["For instance:", *(lines_of(clean(one), style, str, "    ", "  ") for one in found)]
    return "\n".join(lines)


def bottom_line(folder: Path, width: int | None, count: int | None = None, model: str | None = None, *more: str) -> str:
    """The line at the bottom: the index, how many articles it has, the model, and what else there is to say."""
    if count is None:
        with closing(Catalog.open(folder)) as catalog, catalog.transaction():
            count = catalog.count_articles()
    width = width or 80
    name, articles, model = folder.resolve().parent.name, _articles(count), model or "shipped model"
    for head in ([name, articles, model], [name, articles]):  # where there is no room, what stays the same goes first
        if cells(" · ".join(head)) <= width * _HEAD:
            break
    return fit(clean(" · ".join([*head, *more]), keep_lines=False), width)


_HEAD = 0.6
"""How much of the line at the bottom what stays the same may take."""


def _articles(count: int) -> str:
    return f"{count:,} article{'s' * (count != 1)}"
