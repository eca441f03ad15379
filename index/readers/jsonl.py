"""JSONL files: one article a line, `{"text": ..., "id"?, "title"?, "outlet"?, "author"?, "published"?, "url"?}`."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from index.dates import iso_date
from index.readers.base import Problem, derive_title, reason_of
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place


def read(source: Source, max_bytes: int) -> Iterator[Article | Problem]:
    """The articles of a JSONL file in order, a Problem for each line that is none. Streams: one line in memory.

    Records with `question` and no `text` are a gold set: one harmless Problem for the whole file.
    """
    gold = others = 0
    keys: set[str] = set()
    try:
        with source.open() as lines:
            for record, line in enumerate(lines, 1):
                if record == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                if not line.strip():
                    continue
                parsed = _parse(line, source, record, max_bytes)
                if parsed is None:
                    gold += 1
                    continue
                others += 1
                if isinstance(parsed, Article):
                    if parsed.key in keys:  # two records with one id are two articles: the line tells them apart
                        twice = f"the id {parsed.id!r} stands twice in this file"
                        yield Problem(source.name, parsed.place, twice, harmless=True)
                        parsed = replace(parsed, key=_line_key(record))
                    keys.add(parsed.key)
                yield parsed
    except OSError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    if gold:
        noun = "question" if gold == 1 else "questions"
        yield Problem(source.name, WHOLE_FILE, f"{gold} {noun} of a gold set, no article", harmless=True)
    elif not others:
        yield Problem(source.name, WHOLE_FILE, "empty")


def read_record(source: Source, record: int) -> Article | None:
    """The article that stands in line `record` of the file now; None if there is none. Raises OSError."""
    with source.open() as lines:
        for number, line in enumerate(lines, 1):
            if number == record:
                parsed = _parse(line.removeprefix(codecs.BOM_UTF8), source, record, len(line))
                return parsed if isinstance(parsed, Article) else None
    return None


def _line_key(record: int) -> str:
    """The key of a record without an id of its own. No id begins with a space, so none is equal to it."""
    return f" {record}"


def _parse(line: bytes, source: Source, record: int, max_bytes: int) -> Article | Problem | None:
    """One line as an article, as the reason why it is none, or None for a gold question."""

    place = Place(record=record)

    def problem(reason: str) -> Problem:
        return Problem(source.name, place, reason)

    if len(line) > max_bytes:
        return Problem.too_large(source.name, len(line), max_bytes, place)
    try:
        fields = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return problem("not UTF-8")
    except (ValueError, RecursionError) as error:
        return problem(f"not JSON ({error})" if isinstance(error, ValueError) else "not JSON (nested too deep)")
    if not isinstance(fields, dict):
        return problem("not a JSON object")
    text = fields.get("text")
    if text is None and "question" in fields:
        return None
    if not isinstance(text, str):
        return problem('no "text"')
    if not text.strip():
        return problem("empty")
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        return problem("the text holds characters that are no text (NUL or half a surrogate pair)")
    try:
        published = iso_date(fields.get("published"))
    except (ValueError, OverflowError) as error:
        return problem(f'"published": {error}')
    own_id = _string(fields, "id")
    noise = find_noise(text)
    return Article(
        id=own_id or f"{source.stem}-{record}",
        text=text,
        path=source.name,
        key=own_id or _line_key(record),
        place=place,
        title=_string(fields, "title") or derive_title(text, noise),
        outlet=_string(fields, "outlet"),
        author=_string(fields, "author"),
        published=published,
        url=_string(fields, "url"),
        noise=noise,
    )


def _string(fields: dict[str, Any], name: str) -> str | None:
    """A field as one line of text; None where it is missing or empty. Authors may come as a list."""
    value = fields.get(name)
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    text = " ".join(str(value).split()) if value is not None else ""
    return text.encode("utf-8", "replace").decode() or None
