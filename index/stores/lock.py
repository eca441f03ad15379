"""The writer's lock: the kernel's, so it is free as soon as its holder ends, however it ends."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import IndexBusyError, IndexDamagedError, ignore
from index.files import fsync

LOCK = "lock"
_HOLDER = "writer.json"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the writer's lock, as it says itself. Information only: the lock is the kernel's."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} has been writing since {self.since}"

    @classmethod
    def read(cls, folder: Path) -> Holder | None:
        """Who left its name in `folder`; None if nobody did, or not yet."""
        try:
            return cls(**json.loads((folder / _HOLDER).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def leave_word(self, folder: Path) -> None:
        """Tell others. A full disk stops nothing here."""
        with suppress(OSError):
            (folder / _HOLDER).write_text(json.dumps(asdict(self)), encoding="utf-8")

    def is_gone(self) -> bool:
        """Whether the process has ended for certain."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False


@contextmanager
def locked(folder: Path, *, wait: bool = True, notify: Callable[[str], None] = ignore) -> Iterator[None]:
    """Holds the lock of the index in `folder`, which is made if there is none.

    With `wait` a second writer waits (`notify` is told for whom), else IndexBusyError is raised. Never fork while it is
    held: the child would hold it too.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        _make(folder)
        try:
            lock.acquire(blocking=False)
        except Timeout as busy:
            holder = Holder.read(folder) or "another process is writing"
            if not wait:
                raise IndexBusyError(f"{folder}: {holder}; try again later, or without --no-wait") from busy
            notify(f"{folder}: {holder}; waiting for it to finish")
            try:
                lock.acquire()
            except FileNotFoundError:  # the other made the folder, had nothing to put in it, and took it away
                _make(folder)
                lock.acquire()
    except OSError as error:
        raise IndexDamagedError(
            f"{folder}: cannot be written ({error.strerror or error}); name another with --index"
        ) from error
    try:
        since = dt.datetime.now().astimezone().isoformat(timespec="seconds")
        Holder(os.getpid(), socket.gethostname(), since).leave_word(folder)
        yield
    finally:
        with suppress(OSError):
            (folder / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        fsync(folder.absolute().parent)  # its name too: SQLite sees to what it makes in it


def leave(folder: Path) -> None:
    """Take away the files of the lock in `folder`, by its holder. Who waits for it sees that its file is gone."""
    for name in (_HOLDER, LOCK):
        (folder / name).unlink(missing_ok=True)
