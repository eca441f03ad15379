"""What was typed in chats, for the arrow keys and the search of the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from index.folders import state_folder

FILE = "history"


class Typed(History):
    """The lines of earlier chats, in the user's own folder: not in the index, which others may read.

    Of this chat alone, in memory, for a user who has no such folder or may not write there, and while `is_kept` says
    that nothing is to be kept.
    """

    def __init__(self, is_kept: Callable[[], bool]) -> None:
        super().__init__()
        self._is_kept = is_kept
        file = _writable()
        self._held: History = InMemoryHistory() if file is None else FileHistory(str(file))

    def load_history_strings(self) -> Iterable[str]:
        """The lines, the latest first."""
        return self._held.load_history_strings()

    def store_string(self, string: str) -> None:
        """Keep a line."""
        if self._is_kept():
            with suppress(OSError):
                self._held.store_string(string)


def _writable() -> Path | None:
    folder = state_folder()
    if folder is None:
        return None
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / FILE
        file.touch(mode=0o600)
        with file.open("ab"):  # it can be written, too
            return file
    return None
