"""Files and folders -> articles, one module a format. Nothing here raises for bad input: it is a `Problem`."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.readers.base import DEFAULT_MAX_BYTES, FIELDS, Problem, Reading, guarded, reason_of
from index.readers.others import KNOWN_TALKS, hint
from index.readers.source import FileSource, Source
from index.readers.state import FileNote, FileState, state_of
from index.types import INDEX_MARK, TALK_MARK, WHOLE_FILE, Article

if TYPE_CHECKING:
    from index.readers.containers import Reader

__all__ = [
    "DEFAULT_MAX_BYTES", "FIELDS", "FORMATS", "INDEX_MARK", "FileNote", "FileSource", "FileState", "Problem", "Reading",
    "Skipped", "Source", "is_text", "read", "read_source", "reread", "state_of", "walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """Who reads files of a kind: a function of a module here, and the packages that it needs."""

    module: str
    function: str = "read"
    needs: tuple[str, ...] = ()

    def reader(self) -> Reader:
        """The function; its module is imported now."""
        found: Reader = getattr(importlib.import_module(f"index.readers.{self.module}"), self.function)
        return found

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


_PAGE = Format("html", needs=("lxml", "trafilatura"))
FORMATS: dict[str, Format] = {
    ".txt": Format("text"),
    ".jsonl": Format("jsonl"),
    ".ndjson": Format("jsonl"),
    ".json": Format("json"),
    ".html": _PAGE,
    ".htm": _PAGE,
    ".xhtml": _PAGE,
    ".mhtml": replace(_PAGE, module="mail", function="read_mhtml"),
    ".mht": replace(_PAGE, module="mail", function="read_mhtml"),
    ".pdf": Format("pdf", needs=("pypdf",)),
    ".docx": Format("office", "read_docx", ("docx",)),
    ".rtf": Format("office", "read_rtf", ("striprtf",)),
    ".md": Format("markdown", "read", ("markdown_it", "lxml")),
    ".markdown": Format("markdown", "read", ("markdown_it", "lxml")),
    ".csv": Format("tables"),
    ".tsv": Format("tables"),
    ".xlsx": Format("tables", "read_xlsx", ("openpyxl",)),
    ".eml": Format("mail", needs=("lxml",)),
    ".mbox": Format("mail", "read_mbox", ("lxml",)),
    ".rss": Format("feed", needs=("feedparser", "lxml")),
    ".atom": Format("feed", needs=("feedparser", "lxml")),
    ".xml": Format("feed", needs=("feedparser", "lxml")),
}
_ARCHIVE = ".zip"
KNOWN = (*FORMATS, _ARCHIVE)
"""The suffixes of the files that are read."""

EXTRA = "pip install 'article-qa[files]'"
"""What brings the packages that formats need."""


class Skipped(list[Path]):
    """The files of a walked folder that are no articles: hidden ones and unknown types."""


def walk(root: Path, skipped: Skipped) -> Iterator[Path]:
    """The files to read below `root` (or `root` itself, whatever its type), sorted; others are added to `skipped`.

    A folder that cannot be listed is among the files: `read` says why.
    """
    # os.path, here and below, takes what may not be looked at as not there; pathlib raises
    if not os.path.isdir(root):
        yield root
        return
    try:
        entries = sorted(root.iterdir())
    except OSError:
        yield root
        return
    for entry in entries:
        if entry.name.startswith("."):
            if os.path.isfile(entry):
                skipped.append(entry)
        elif os.path.isdir(entry):
            # a link to a folder can lead round in a circle; an index holds no articles
            if entry.is_symlink():
                skipped.append(entry)
            elif not os.path.exists(entry / INDEX_MARK):
                yield from walk(entry, skipped)
        elif entry.suffix.lower() in KNOWN and not is_talk(entry):
            yield entry
        else:
            skipped.append(entry)


def is_talk(path: Path) -> bool:
    """Whether a file is a talk that a chat exported, and so no article."""
    if path.suffix.lower() not in KNOWN_TALKS:
        return False
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with path.open("rb") as file:
            return TALK_MARK.encode() in file.read(_HEAD)
    except OSError:
        return False  # `read` says why


_HEAD = 300


def read(
    path: Path, shown: str, max_bytes: int = DEFAULT_MAX_BYTES, how: Reading | None = None
) -> Iterator[Article | Problem]:
    """The articles of one file, and a Problem for each part of it that is none. `shown` is the path to store."""
    if problem := _unreadable(path, shown):
        yield problem
    else:
        yield from read_source(FileSource(path, shown), max_bytes, how)


def read_source(
    source: Source, max_bytes: int = DEFAULT_MAX_BYTES, how: Reading | None = None
) -> Iterator[Article | Problem]:
    """The articles of one source, by the reader of its format, and a Problem for each part of it that is none.

    `how`: what the user says of it, with another limit than `max_bytes`.
    """
    how = how or Reading(max_bytes)
    suffix = source.suffix.lower()
    if suffix == _ARCHIVE:
        from index.readers.containers import read_zip

        found = read_zip(source, how, _reader_of)
    elif reader := _reader_of(suffix):
        found = reader(source, how)
    else:
        kind = source.suffix or "no suffix"
        yield Problem(source.name, WHOLE_FILE, f"{kind}: not a type that is read; {hint(source.suffix)}")
        return
    for item in guarded(found, source.name):
        yield _with_given(item, how) if isinstance(item, Article) and how.given else item


def _reader_of(suffix: str) -> Reader | None:
    """What reads files of this type: all that can be said where its packages are missing is how to get them."""
    form = FORMATS.get(suffix)
    if form is None:
        return None
    if missing := form.missing:
        return partial(_without_packages, missing)
    return form.reader()


def _without_packages(missing: list[str], source: Source, _how: Reading) -> Iterator[Article | Problem]:
    yield Problem(source.name, WHOLE_FILE, f"{source.suffix} needs {', '.join(missing)}, not installed; type: {EXTRA}")


def _with_given(article: Article, how: Reading) -> Article:
    """The article with the fields that the user says, whatever it says itself."""
    given = dict(how.given)
    origins = {**dict(article.origins), **dict.fromkeys(given, "given")}
    return replace(article, **given, origins=tuple((name, origins[name]) for name in FIELDS if name in origins))  # type: ignore[arg-type]


def is_text(name: str) -> bool:
    """Whether a file's name is text, as the catalog, JSON and the terminal need it; some are only bytes."""
    return not any("\ud800" <= c <= "\udfff" for c in name)


def _unreadable(path: Path, shown: str) -> Problem | None:
    """Why there is no file at `path` that could be opened without waiting for something; None if there is one."""
    if not is_text(shown):
        named = re.sub(r"[\ud800-\udfff]", lambda byte: ascii(byte[0])[1:-1].replace("\\udc", "\\x"), shown)
        return Problem(named, WHOLE_FILE, "its name is not UTF-8; rename it")
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.listdir(path)
            return Problem(shown, WHOLE_FILE, "a folder")
    except (FileNotFoundError, NotADirectoryError):
        reason = "a link that leads nowhere" if path.is_symlink() else "no such file or folder"
        return Problem(shown, WHOLE_FILE, reason)
    except (OSError, ValueError) as error:
        return Problem(shown, WHOLE_FILE, reason_of(error))
    return None if stat.S_ISREG(mode) else Problem(shown, WHOLE_FILE, "not a file")


def reread(path: Path, article: Article, how: Reading | None = None) -> Article | None:
    """What stands at the place of `article` in its file now; None if the file or the record is gone.

    `how`: as the file was read.
    """
    unbound = replace(how or Reading(), max_bytes=1 << 40)
    try:
        if article.place.record is not None and path.suffix.lower() in (".jsonl", ".ndjson"):
            from index.readers.jsonl import read_record

            found = read_record(FileSource(path, article.path), article.place.record, unbound)
            return _with_given(found, unbound) if found and unbound.given else found
        read_again = read(path, article.path, how=unbound)
        return next((one for one in read_again if isinstance(one, Article) and one.place == article.place), None)
    except OSError:
        return None
