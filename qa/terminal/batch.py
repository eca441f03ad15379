"""Many questions in, an answer to each out, in order; a bad line does not stop the rest."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

from index.errors import ArticleQAError, UsageError

Respond = Callable[[str, Any], dict[str, Any]]

CSV_COLUMNS = (
    "id", "question", "found", "answer", "confidence", "quote", "ref", "outlet", "published", "title", "path", "error",
)  # fmt: skip
_OF_ARTICLE = ("quote", "outlet", "published", "title", "path")
_COMMENT = "#"
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a batch, from this line; `error`: why it is none."""

    line: int
    question: str
    id: Any = None
    error: str | None = None


def run_batch(items: Iterable[Item], respond: Respond, emit: Callable[[dict[str, Any]], None]) -> int:
    """Call `emit` with `respond(question, id)` for each, as soon as it is there; return how many erred.

    One that cannot be answered becomes `{"id": null, "line": N, "error": ...}`.
    """
    failed = 0
    for item in items:
        try:
            if item.error is not None:
                raise ValueError(item.error)
            if any("\ud800" <= c <= "\udfff" for c in item.question):  # bytes that became lone surrogates
                raise ValueError("not UTF-8")
            result = respond(item.question, item.id)
        except (ValueError, UsageError) as error:
            failed += 1
            result = {"id": None, "line": item.line, "error": str(error)}
        emit(result)
    return failed


# ---- what comes in ---------------------------------------------------------------------------------------------------


def read_items(lines: Iterable[str], is_csv: bool = False) -> Iterator[Item]:
    """The questions in the lines of a batch, as they come.

    JSONL `{"id", "question"}` if the first line that is neither empty nor a comment begins with `{`; CSV with `is_csv`,
    or if that line is a header with a column "question"; else a question a line, whose id is the line's number. Raises
    UsageError for CSV without such a header.
    """
    rest = enumerate(lines, 1)
    for number, raw in rest:
        first = raw.removeprefix("\ufeff")
        if not first.strip() or (not is_csv and _is_comment(first)):
            continue
        found = chain([(number, first)], rest)
        if not is_csv and first.lstrip().startswith("{"):
            return (yield from _jsonl(found))
        if header := _header(first):
            return (yield from _csv(found, header))
        if is_csv:
            raise UsageError(
                'the first line of the CSV names no column "question"; give it a header, like: id,question'
            )
        return (yield from _plain(found))
    return None


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(_COMMENT)


def _plain(lines: Iterable[tuple[int, str]]) -> Iterator[Item]:
    for number, line in lines:
        if line.strip() and not _is_comment(line):
            yield Item(number, line.strip(), number)


def _jsonl(lines: Iterable[tuple[int, str]]) -> Iterator[Item]:
    for number, raw in lines:
        if not (line := raw.strip()):
            continue
        try:
            record = json.loads(line)
            json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair could not be written again
            if not isinstance(record, dict) or not isinstance(record.get("question"), str):
                raise ValueError('not an object with a "question"')
        except (ValueError, RecursionError) as error:
            yield Item(number, line, error=str(error))
        else:
            yield Item(number, record["question"], record.get("id"))


def _header(line: str) -> tuple[str, ...] | None:
    """The columns of a CSV header, in lower case; None if it is none."""
    cells = tuple(cell.strip().lower() for cell in next(csv.reader([line]), ()))
    return cells if "question" in cells else None


def _csv(lines: Iterable[tuple[int, str]], header: tuple[str, ...]) -> Iterator[Item]:
    """A question a row; its id is that of the column "id", or if there is none the number of the line it begins in."""
    number = 0

    def texts() -> Iterator[str]:
        nonlocal number
        for number, line in lines:  # noqa: B007  read from outside
            yield line

    rows = csv.reader(texts())
    next(rows)
    while True:
        begin = number + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Item(begin, "", error=str(error))
            continue
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(header, row, strict=False))
        if "question" not in cells:
            yield Item(begin, "", error='no "question"')
        else:
            yield Item(begin, cells["question"].strip(), (cells.get("id") or None) if "id" in header else begin)


def items_of(source: str) -> Iterator[Item]:
    """The questions of a file, "-": of stdin, as they come.

    Raises ArticleQAError for a file that cannot be read, or is no text; UsageError as `read_items`.
    """
    if source == "-":
        yield from read_items(_lines(sys.stdin.buffer, "stdin"))
        return
    try:
        with open(source, "rb", buffering=_HEAD) as file:
            yield from read_items(_lines(file, source), is_csv=source.lower().endswith(".csv"))
    except (OSError, ValueError) as error:
        raise ArticleQAError(f"{source}: {getattr(error, 'strerror', None) or error}") from error


def count(source: str) -> int:
    """How many questions a file has; 0 where that cannot be told before they are read: stdin, a pipe."""
    return sum(1 for _ in items_of(source)) if os.path.isfile(source) else 0


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    """The lines of a file; what is not UTF-8 becomes lone surrogates. Raises ArticleQAError for one that is no text:
    its beginning has NUL bytes, or most lines there are not UTF-8."""
    head = file.peek(_HEAD) if isinstance(file, io.BufferedReader) else b""
    lines = head.splitlines(keepends=True)
    if b"\0" in head or 2 * sum(map(_is_foreign, lines)) > len(lines) > 1:
        raise ArticleQAError(f"{name}: not a text in UTF-8; --batch takes questions, one a line, JSONL or CSV")
    yield from (line.decode("utf-8", "surrogateescape") for line in file)


def _is_foreign(line: bytes) -> bool:
    """Whether a line is not UTF-8; the last one may end within a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)
    except UnicodeDecodeError:
        return True
    return False


# ---- what goes out as CSV --------------------------------------------------------------------------------------------


def csv_row(result: dict[str, Any]) -> list[str]:
    """An answer's object, or a bad line's, in the order of CSV_COLUMNS; of its citations the first one."""
    if "error" in result:
        return ["" for _ in CSV_COLUMNS[1:]] + [f"line {result['line']}: {result['error']}"]
    cited = next(iter(result["citations"]), None)
    cells = {name: result[name] for name in ("id", "question", "answer", "confidence")}
    cells["found"] = "true" if result["found"] else "false"
    if cited:
        cells |= {name: cited[name] for name in _OF_ARTICLE}
        cells["ref"] = f"{cited['article_id']}:{cited['start']}-{cited['end']}"
    return ["" if (value := cells.get(name)) is None else str(value) for name in CSV_COLUMNS]
