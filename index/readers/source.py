"""What a reader reads: bytes with a name. A file on disk is one source; what else has these few can be another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


class Source(Protocol):
    """Where a reader's bytes come from. Whatever cannot be had is an OSError."""

    @property
    def name(self) -> str:
        """The path to store and to show."""

    @property
    def stem(self) -> str:
        """What an article is called that has no id of its own."""

    @property
    def suffix(self) -> str:
        """What tells the format, in either case: ".txt"."""

    def size(self) -> int:
        """How many bytes it has."""

    def open(self) -> BinaryIO:
        """Its bytes from the beginning, to be read once or again."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on disk, under the name by which the index knows it."""

    path: Path
    name: str

    @property
    def stem(self) -> str:
        return " ".join(self.path.stem.split())  # a file's name may have several lines, an id has one

    @property
    def suffix(self) -> str:
        return self.path.suffix

    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")
