"""What the chat does outside of its own screen: a pager for an article, the clipboard."""

from __future__ import annotations

import base64
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from index.types import Article, Span
from qa.terminal.pages import article_text, context_text
from qa.terminal.style import Style, clean, lines_of

_ABOVE = 3
"""Lines of the article that a pager shows above the sentence."""


def read(article: Article, span: Span | None, sentences: Sequence[Span], style: Style, *, page: bool) -> str:
    """Show the whole article in the user's pager, at the sentence; what is to be printed then, or instead."""
    pager = _pager() if page else None
    if pager is not None:
        whole = article_text(article, span, article.path, article.id, style=style)
        line = _line_of(article, span, style) if span else 0
        if Path(pager[0]).name == "less":
            pager = [*pager, "-R", f"+{max(1, line - _ABOVE)}"]
        try:
            subprocess.run(pager, input=whole.encode("utf-8", "replace"), check=False)
        except OSError as error:
            return f"{pager[0]}: {error.strerror or error}"
        return ""
    span = span or (0, 0)
    ref = f"{article.id}:{span[0]}-{span[1]}" if span[1] else article.id
    whole = lines_of(f"The whole article: qa show {clean(ref)}", style, style.dim)
    return f"{context_text(article, span, sentences, style)}\n\n{whole}"


def _line_of(article: Article, span: Span, style: Style) -> int:
    """The line of the shown article, from 1, in which the span begins."""
    shown = article_text(article, span, article.path, article.id, style=style).split("\n")
    before = article_text(article, None, article.path, article.id, style=style).split("\n")
    return next((number for number, (a, b) in enumerate(zip(shown, before, strict=False), 1) if a != b), 1)


def _pager() -> list[str] | None:
    """$PAGER, or less, or more; None where there is none, or it is cat."""
    named = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    command = next((one for one in (named, ["less"], ["more"]) if shutil.which(one[0])), None)
    return None if command is None or Path(command[0]).name == "cat" else command


def copy(text: str) -> str:
    """Put a text into the clipboard; how, in words.

    By the system's own command, or by a code that the terminal carries to it (OSC 52), over a remote login too.
    """
    for needs, command in _CLIPBOARDS:
        if (needs is None or os.environ.get(needs)) and shutil.which(command[0]):
            done = subprocess.run(
                command, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
            if done.returncode == 0:
                return f"by {command[0]}"
    code = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    if os.environ.get("TMUX"):
        code = f"\x1bPtmux;\x1b{code}\x1b\\"
    print(code, end="", file=sys.stdout, flush=True)
    return "through the terminal, if it takes it"


_CLIPBOARDS = (
    ("WAYLAND_DISPLAY", ["wl-copy"]),
    ("DISPLAY", ["xclip", "-selection", "clipboard"]),
    ("DISPLAY", ["xsel", "--clipboard", "--input"]),
    (None, ["pbcopy"]),
    ("WSL_DISTRO_NAME", ["clip.exe"]),
)
