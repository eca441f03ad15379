"""What was typed in a chat, for the arrow keys of the next one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from index.folders import state_folder

if TYPE_CHECKING:
    from prompt_toolkit.history import History


def typed_before() -> History:
    """The lines of earlier chats, kept in the user's own folder: not in the index, which others may read.

    Of this chat alone, in memory, for a user who has no such folder or may not write there.
    """
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    folder = state_folder()
    with suppress(OSError):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "history"
            file.touch(mode=0o600)
            with file.open("ab"):  # it can be written, too
                return FileHistory(str(file))
    return InMemoryHistory()
