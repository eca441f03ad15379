"""Files that hold files: .zip archives, and what office files are inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from index.readers.base import Problem, Reading, guarded, reason_of
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place

Reader = Callable[[Source, Reading], Iterator[Article | Problem]]

_MOST_MEMBERS = 100_000
_LARGEST_OFFICE = 300_000_000
_TOTAL = 4_000_000_000
_HIDDEN = ("__MACOSX", ".")


def too_big_inside(file: BinaryIO) -> str | None:
    """Why an office file, a zip archive of XML, is not to be opened; None if it may be."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile:
        file.seek(0)
        return "encrypted; save it without its password" if file.read(4) == b"\xd0\xcf\x11\xe0" else "damaged"
    file.seek(0)
    return f"{size / 1e6:.0f} MB unpacked, more than can be read" if size > _LARGEST_OFFICE else None


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, as a source."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    name: str

    @property
    def stem(self) -> str:
        return " ".join(PurePosixPath(self.info.filename).stem.split())

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.info.filename).suffix

    def size(self) -> int:
        return self.info.file_size

    def open(self) -> BinaryIO:
        """Its bytes, unpacked; not more than the archive says that there are."""
        try:
            with self.archive.open(self.info) as member:
                data = member.read(self.info.file_size + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
            encrypted = self.info.flag_bits & 1
            raise OSError("encrypted" if encrypted else f"damaged ({error})") from error
        if len(data) > self.info.file_size:
            raise OSError("damaged (longer than it says)")
        return io.BytesIO(data)


def read_zip(source: Source, how: Reading, reader_of: Callable[[str], Reader | None]) -> Iterator[Article | Problem]:
    """The articles of the files in an archive. `reader_of`: the reader for a suffix; archives within are not opened."""
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if len(infos) > _MOST_MEMBERS:
                yield Problem(source.name, WHOLE_FILE, f"{len(infos):,} files within, more than {_MOST_MEMBERS:,}")
                return
            others: dict[str, int] = {}
            taken = total = 0
            for info in infos:
                path = PurePosixPath(info.filename)
                if info.is_dir() or any(part.startswith(_HIDDEN) and part != ".." for part in path.parts):
                    continue
                reader = reader_of(path.suffix.lower())
                if reader is None:
                    others[path.suffix or path.name] = others.get(path.suffix or path.name, 0) + 1
                    continue
                taken += 1
                total += info.file_size
                yield from _member(Member(archive, info, source.name), reader, how, is_too_much=total > _TOTAL)
            yield from _left(source, others, taken)
    except zipfile.BadZipFile as error:
        yield Problem(source.name, WHOLE_FILE, f"not a whole archive ({error})")
    except OSError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))


def _member(member: Member, reader: Reader, how: Reading, *, is_too_much: bool) -> Iterator[Article | Problem]:
    name = member.info.filename
    place = Place(member=name)
    streams = member.suffix.lower() in (".jsonl", ".json", ".csv", ".tsv", ".mbox")
    limit = 40 * how.max_bytes if streams else how.max_bytes
    if is_too_much:
        yield Problem(member.name, place, "the archive is too large unpacked; unpack it and index the folder")
    elif member.info.file_size > limit:
        yield Problem.too_large(member.name, member.info.file_size, limit, place)
    else:
        for found in guarded(reader(member, how), member.name):
            inside = replace(found.place, member=name if found.place.member is None else f"{name}/{found.place.member}")
            if isinstance(found, Article):
                yield replace(found, place=inside, key=f"{name}\n{found.key}" if found.key else name)
            else:
                yield replace(found, place=inside)


def _left(source: Source, others: dict[str, int], taken: int) -> Iterator[Problem]:
    if others:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items())[:8])
        yield Problem(source.name, WHOLE_FILE, f"left alone in it: {kinds}", harmless=True)
    elif not taken:
        yield Problem(source.name, WHOLE_FILE, "empty")
