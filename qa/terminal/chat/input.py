"""The lines of a chat: from a terminal that can be edited in, from one that cannot, or from what is piped in."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from qa.terminal.interrupts import droppable, forget
from qa.terminal.style import clean

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import Application
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent

    from qa.terminal.chat.history import Typed

MARK = "› "


class Lines(Protocol):
    """Where lines come from, one by one, without the space around them."""

    def __iter__(self) -> Iterator[str]: ...

    def drop(self) -> int:
        """Forget the lines that were pasted and are not asked yet; how many there were."""


def is_terminal() -> bool:
    """Whether somebody sits before a screen that shows codes, and its keys can be watched."""
    if sys.platform == "win32":
        return False
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Plain:
    """Lines that are piped in, or typed into a terminal that knows no codes. `undecodable`: `errors` of `bytes.decode`.

    Ctrl-C drops what is typed.
    """

    def __init__(self, undecodable: str = "replace") -> None:
        self._undecodable = undecodable
        self._is_typed = sys.stdin.isatty() and sys.stdout.isatty()

    def __iter__(self) -> Iterator[str]:
        while True:
            try:
                forget()
                with droppable():
                    if self._is_typed:
                        print(MARK, end="", flush=True)
                    line = sys.stdin.buffer.readline()
            except KeyboardInterrupt:
                if sys.stdin.isatty():
                    continue
                raise
            if not line:
                return
            yield line.decode("utf-8", self._undecodable).strip()

    def drop(self) -> int:
        """Nothing is pasted: each line came by itself."""
        return 0


class Edited:
    """Lines that are typed into a terminal, with history, completion and a line about the talk at the bottom.

    Enter asks, Alt-Enter begins another line. Several lines that were pasted are asked one after the other by Enter,
    as one by Alt-Enter. Ctrl-C drops what is typed, Ctrl-D ends.
    """

    def __init__(self, history: Typed, completer: Completer, about: Callable[[], str], *, vi: bool) -> None:
        self._about = about
        self._pasted = False
        self._as_one = False
        self._waiting: deque[str] = deque()
        self._notes: list[str] = []
        self._again = ""
        self._session = self._prompt(history, completer, vi)
        self.ready: Callable[[], None] | None = None
        """Called once, when the first prompt is on the screen."""

    def __iter__(self) -> Iterator[str]:
        while True:
            for message in self._notes:
                print(f"qa: {clean(message, keep_lines=False)}", file=sys.stderr)
            self._notes.clear()
            if self._again:
                again, self._again = self._again, ""
                yield again
                continue
            if self._waiting:
                line = self._waiting.popleft()
                print(f"{MARK}{line}")
                yield line
                continue
            self._pasted = self._as_one = False
            forget()
            try:
                text = self._session.prompt(MARK, pre_run=self._begun)
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if self._pasted and not self._as_one:
                first, *rest = [line.strip() for line in text.splitlines() if line.strip()] or [""]
                self._waiting.extend(rest)
                if rest:
                    print(f"{MARK}{first}")
                yield first
            else:
                yield text.strip()

    def drop(self) -> int:
        """Forget the lines that were pasted and are not asked yet; how many there were."""
        count = len(self._waiting)
        self._waiting.clear()
        return count

    def put_back(self, line: str) -> None:
        """Have this line come again, before others."""
        self._again = line

    def note(self, message: str) -> None:
        """Say this before the next line is asked for: what other threads say would stand in what is typed."""
        self._notes.append(message)

    def _begun(self) -> None:
        if self.ready is not None:
            self._session.app.after_render += self._shown

    def _shown(self, app: Application[str]) -> None:
        app.after_render -= self._shown
        if self.ready is not None:
            ready, self.ready = self.ready, None
            ready()

    def _prompt(self, history: Typed, completer: Completer, vi: bool) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
        from prompt_toolkit.shortcuts import CompleteStyle

        return PromptSession(
            multiline=True,
            vi_mode=vi,
            history=history,
            auto_suggest=AutoSuggestFromHistory(),
            completer=completer,
            complete_while_typing=True,
            complete_in_thread=True,
            complete_style=CompleteStyle.COLUMN,
            reserve_space_for_menu=7,
            prompt_continuation=lambda _width, _number, _is_soft: " " * len(MARK),
            bottom_toolbar=self._toolbar,
            key_bindings=self._keys(),
            include_default_pygments_style=False,
            enable_suspend=True,
        )

    def _toolbar(self) -> str:
        text = self._session.default_buffer.text
        if self._pasted and (count := sum(bool(line.strip()) for line in text.splitlines())) > 1:
            return f"{count} lines: Enter asks them one after the other, Alt-Enter as one"
        return self._about()

    def _keys(self) -> KeyBindings:
        from prompt_toolkit.enums import DEFAULT_BUFFER
        from prompt_toolkit.filters import has_focus
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.keys import Keys

        keys = KeyBindings()
        typing = has_focus(DEFAULT_BUFFER)

        @keys.add(Keys.Enter, filter=typing)
        def _ask(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if buffer.complete_state and buffer.complete_state.current_completion:
                buffer.complete_state = None  # the word is chosen, the line goes on
            else:
                buffer.validate_and_handle()

        @keys.add(Keys.Escape, Keys.Enter, filter=typing)
        def _another_line(event: KeyPressEvent) -> None:
            if self._pasted and "\n" in event.current_buffer.text.strip():
                self._as_one = True
                event.current_buffer.validate_and_handle()
            else:
                event.current_buffer.newline(copy_margin=False)

        @keys.add(Keys.BracketedPaste, filter=typing)
        def _paste(event: KeyPressEvent) -> None:
            text = event.data.replace("\r\n", "\n").replace("\r", "\n")
            self._pasted = self._pasted or "\n" in text.strip()
            event.current_buffer.insert_text(text if "\n" in text.strip() else text.strip("\n"))

        return keys
