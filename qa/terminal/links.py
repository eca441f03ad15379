"""Links of a terminal (OSC 8): whether it can follow them, and where the file of a quote leads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from index.snapshot import Snapshot
    from qa.types import Answer, Citation

_PROGRAMS = frozenset(("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby"))
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
_VARIABLES = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "WEZTERM_PANE")


def can_link(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one that is known to follow links; others may print their codes.

    >>> can_link({"TERM": "xterm-256color", "VTE_VERSION": "6800"}), can_link({"TERM": "xterm"})
    (True, False)
    """
    term = environment.get("TERM", "dumb")
    if term == "dumb" or environment.get("STY"):  # GNU screen passes none on
        return False
    program, version = environment.get("TERM_PROGRAM", ""), environment.get("TERM_PROGRAM_VERSION", "")
    if environment.get("TMUX"):
        return program == "tmux" and _numbers(version) >= (3, 4)
    if _numbers(environment.get("VTE_VERSION", "0")) >= (5000,):
        return True
    return program in _PROGRAMS or term.startswith(_TERMS) or any(environment.get(name) for name in _VARIABLES)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.rstrip("abc").split(".") if part.isdecimal())


def file_uri(path: str, line: int | None = None) -> str:
    """The URI of a file, at a line (from 1), as terminals take it.

    >>> file_uri("/news/a b.txt", 3)
    'file:///news/a%20b.txt#3'
    """
    absolute = Path(os.path.abspath(path)).as_posix()
    encoded = quote(absolute.encode("utf-8", "surrogateescape"))
    return f"file://{'' if encoded.startswith('/') else '/'}{encoded}{f'#{line}' if line else ''}"


def links_of(answer: Answer, snapshot: Snapshot) -> dict[str, str]:
    """Where the files of an answer's quotes lead, by REF: each at its line."""
    leads: Iterable[Citation] = answer.refusal.leads if answer.refusal else ()
    found = {}
    with snapshot.view() as view:
        for citation in (*answer.citations, *leads):
            line = citation.place.record
            if not citation.place:
                article = view.catalog.article(citation.article_id)
                line = article.text.count("\n", 0, citation.start) + 1 if article else None
            found[citation.ref] = file_uri(citation.path, line)
    return found
