"""The lines of a chat: from the terminal, or from what is piped in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

from qa.terminal.chat.history import typed_before
from qa.terminal.interrupts import droppable


def typed(undecodable: str = "replace") -> Iterator[str]:
    """The lines as they are typed, without the space around them; `undecodable`: as `errors` of `bytes.decode`.

    In a terminal with editing and a history: Ctrl-C drops a line, Ctrl-D ends, Ctrl-Z puts the chat aside.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield from (line.decode("utf-8", undecodable).strip() for line in _piped())
        return
    ask = _prompt()
    while True:
        try:
            yield ask("› ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _piped() -> Iterator[bytes]:
    while True:
        try:
            with droppable():
                line = sys.stdin.buffer.readline()
        except KeyboardInterrupt:
            if sys.stdin.isatty():  # only the output goes elsewhere
                continue
            raise
        if not line:
            return
        yield line


def _prompt() -> Callable[[str], str]:
    if os.environ.get("TERM", "dumb") == "dumb":  # prompt_toolkit would send it codes
        return _plain
    from prompt_toolkit import PromptSession

    session: PromptSession[str] = PromptSession(history=typed_before(), enable_suspend=True)
    return session.prompt


def _plain(text: str) -> str:
    with droppable():
        return input(text)
