"""What tells whether a file has changed: its state, without reading it, and the sha256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from typing import NamedTuple

from index.readers.boilerplate import VERSION

File = str | os.PathLike[str]

_SETTLED_NS = 2_000_000_000


class FileState(NamedTuple):
    """What tells, without reading it, that a file may have changed. A program can set mtime back, but not ctime."""

    size: int
    mtime_ns: int
    ctime_ns: int

    def is_settled(self, now_ns: int) -> bool:
        """Whether no change after `now_ns` can leave the state as it is: the clocks of file systems tick slowly."""
        return now_ns - max(self.mtime_ns, self.ctime_ns) > _SETTLED_NS


def state_of(file: File) -> FileState | None:
    """The state of a file now; None if there is none that can be read."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return FileState(found.st_size, found.st_mtime_ns, found.st_ctime_ns) if stat.S_ISREG(found.st_mode) else None


def sha256_of(file: File) -> str | None:
    """The sha256 of a file's bytes; None if they cannot be read."""
    try:
        with open(file, "rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file when it was read: all that the index has from it was in it then.

    `read_ns`: when, by the clock. `digest`: the sha256 of its bytes; None where the version that read it noted none.
    `is_whole`: all of it was taken in, so that it need not be read again while it is as it was.
    `noise_version`: of the rules by which noise was found in it. `settings`: what the user said of it, as JSON.
    """

    state: FileState
    read_ns: int
    digest: str | None = None
    is_whole: bool = True
    noise_version: int = VERSION
    settings: str | None = None

    @classmethod
    def of(cls, file: File) -> FileNote | None:
        """The file as it is now, before it is read; None if there is none that can be read."""
        state, now_ns = state_of(file), time.time_ns()
        digest = sha256_of(file) if state is not None else None
        return cls(state, now_ns, digest) if state is not None and digest is not None else None

    @property
    def is_settled(self) -> bool:
        """Whether a change since it was read shows in the state."""
        return self.state.is_settled(self.read_ns)

    def holds_for(self, file: File) -> bool:
        """Whether the file is certainly as it was, without reading it."""
        return self.is_settled and self.state == state_of(file)

    def held(self, file: File) -> bool:
        """Whether the file did not change since this was noted, as far as one can tell; ask after reading it."""
        return self.state == state_of(file) and (self.is_settled or self.digest == sha256_of(file))
