"""JSONL files: one article a line, `{"text": ..., "id"?, "title"?, "outlet"?, "author"?, "published"?, "url"?}`."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator

from index.readers.base import Problem, Reading, reason_of
from index.readers.encoding import decode_utf8, stray_bytes
from index.readers.records import Records, kind_of
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The articles of a JSONL file in order, a Problem for each line that is none. Streams: one line in memory.

    Records with `question` and no `text` are a gold set: one harmless Problem for the whole file.
    """
    records = Records(source, how)
    try:
        with source.open() as lines:
            record, too_long = 0, 0
            while line := lines.readline(how.max_bytes + 1):
                if too_long:  # the rest of a line that is left out, without holding all of it
                    too_long += len(line)
                    if line.endswith(b"\n"):
                        yield from records.none(Place(record=record), _too_long(too_long, how))
                        too_long = 0
                    continue
                record += 1
                if record == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                if len(line) > how.max_bytes:
                    too_long = len(line)
                    if not line.endswith(b"\n"):
                        continue
                    yield from records.none(Place(record=record), _too_long(too_long, how))
                    too_long = 0
                elif line.strip():
                    yield from _take(line, record, records)
            if too_long:
                yield from records.none(Place(record=record), _too_long(too_long, how))
    except OSError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    yield from records.end()


def read_record(source: Source, record: int, how: Reading) -> Article | None:
    """The article that stands in line `record` of the file now; None if there is none. Raises OSError."""
    with source.open() as lines:
        for number, line in enumerate(lines, 1):
            if number == record:
                taken = _take(line.removeprefix(codecs.BOM_UTF8), record, Records(source, how))
                return next((found for found in taken if isinstance(found, Article)), None)
    return None


def _too_long(size: int, how: Reading) -> str:
    return Problem.too_large("", size, how.max_bytes).reason


def _take(line: bytes, record: int, records: Records) -> Iterator[Article | Problem]:
    """One line as an article, or why it is none."""
    place = Place(record=record)
    try:
        decoded, strays = decode_utf8(line)
        fields = json.loads(decoded)
    except UnicodeDecodeError:
        yield from records.none(place, "not UTF-8")
        return
    except (ValueError, RecursionError) as error:
        reason = f"not JSON ({error})" if isinstance(error, ValueError) else "not JSON (nested too deep)"
        yield from records.none(place, reason)
        return
    if not isinstance(fields, dict):
        yield from records.none(place, f"{kind_of(fields)}, not a JSON object with a text")
        return
    yield from records.take(fields, place, stray_bytes(strays) if strays else None)
