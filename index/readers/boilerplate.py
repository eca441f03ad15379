"""Lines that belong to a page and not to its article, by kind, as `boilerplate.txt` beside this module has them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from index.types import Span

VERSION = 2
"""Goes up when a text's noise is found in another way: what was stored before can be brought up to date."""

_CASED = frozenset(("credits", "captions"))
_LONGEST = 600


@cache
def rules() -> dict[str, re.Pattern[str]]:
    """For each kind of line the expression that a whole line of it matches."""
    found: dict[str, list[str]] = {}
    macros: dict[str, list[str]] = {}
    into: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if macro := re.fullmatch(r"= (\w+)", line):
            into = macros.setdefault(macro[1], [])
        elif kind := re.match(r"\[(\w+)\]", line):
            into = found.setdefault(kind[1], [])
        elif line and not line.startswith("#"):
            for name, alternatives in macros.items():
                line = line.replace(f"{{{name}}}", f"(?:{'|'.join(alternatives)})")
            into.append(line)
    flags = {kind: re.NOFLAG if kind in _CASED else re.IGNORECASE for kind in found}
    return {kind: re.compile("|".join(lines), flags[kind]) for kind, lines in found.items()}


def boilerplate(text: str, kinds: Collection[str] | None = None) -> Iterator[Span]:
    """The lines of `text` that are the page's own, of these `kinds` (None: of all), without white space around them."""
    wanted = [rule for kind, rule in rules().items() if kinds is None or kind in kinds]
    position = 0
    for line in text.split("\n"):
        bare = line.strip()
        if bare and len(bare) <= _LONGEST and any(rule.fullmatch(bare) for rule in wanted):
            start = position + line.index(bare)
            yield start, start + len(bare)
        position += len(line) + 1
