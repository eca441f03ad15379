"""JSONL files: one article a line, `{"text": ..., "id"?, "title"?, "outlet"?, "author"?, "published"?, "url"?}`."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from index.dates import iso_date
from index.readers.base import Problem, derive_title, is_missing, reason_of
from index.readers.encoding import decode_utf8, stray_bytes
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
                parsed = list(_parse(line, source, record, max_bytes))
                gold, others = gold + (not parsed), others + bool(parsed)
                for found in parsed:
                    if isinstance(found, Article):
                        if found.key in keys:  # two records with one id are two articles: the line tells them apart
                            twice = f"the id {found.id!r} stands twice in this file"
                            yield Problem(source.name, found.place, twice, harmless=True)
                            found = replace(found, key=_line_key(record))
                        keys.add(found.key)
                    yield found
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
                return next((found for found in parsed if isinstance(found, Article)), None)
    return None


def _line_key(record: int) -> str:
    """The key of a record without an id of its own. No id begins with a space, so none is equal to it."""
    return f" {record}"


def _parse(line: bytes, source: Source, record: int, max_bytes: int) -> Iterator[Article | Problem]:
    """One line as an article, after notes of what could not be read of it; or why it is none.

    Nothing for a gold question.
    """
    place = Place(record=record)

    def problem(reason: str, harmless: bool = False) -> Problem:
        return Problem(source.name, place, reason, harmless)

    if len(line) > max_bytes:
        yield Problem.too_large(source.name, len(line), max_bytes, place)
        return
    try:
        decoded, strays = decode_utf8(line)
        fields = json.loads(decoded)
    except UnicodeDecodeError:
        yield problem("not UTF-8")
        return
    except (ValueError, RecursionError) as error:
        yield problem(f"not JSON ({error})" if isinstance(error, ValueError) else "not JSON (nested too deep)")
        return
    if not isinstance(fields, dict):
        yield problem(f"{_kind(fields)}, not a JSON object with a text")
        return
    text = _text(fields)
    if text is None:
        if "question" not in fields:
            yield problem(_no_text(fields))
        return
    if not text.strip():
        yield problem("empty")
        return
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        yield problem("the text holds characters that are no text (NUL or half a surrogate pair)")
        return
    if strays:
        yield problem(stray_bytes(strays), harmless=True)
    published = None
    try:
        if not is_missing(fields.get("published")):
            published = iso_date(fields["published"])
    except (ValueError, OverflowError) as error:
        yield problem(f'"published": {error}; it goes in without a date', harmless=True)
    own_id = _string(fields, "id")
    noise = find_noise(text)
    yield Article(
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


def _text(fields: dict[str, Any]) -> str | None:
    """The text of a record, paragraphs that stand in a list with an empty line between them; None if it has none."""
    text = fields.get("text")
    if isinstance(text, list):
        paragraphs = [item for item in text if not is_missing(item)]
        if paragraphs and all(isinstance(item, str) for item in paragraphs):
            return "\n\n".join(paragraphs)
    return text if isinstance(text, str) else None


def _no_text(fields: dict[str, Any]) -> str:
    """Why a record has no text, in a few words."""
    if not is_missing(fields.get("text")):
        return f'"text" is {_kind(fields["text"])}, not text'
    others = ", ".join(f'"{name[:20]}"' for name in list(fields)[:5])
    return 'no "text"' + (f" (it has {' '.join(others.split())})" if others else "")


def _kind(value: object) -> str:
    """What a JSON value is, in a word."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a string", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), "a list")


def _string(fields: dict[str, Any], name: str) -> str | None:
    """A field as one line of text; None where it is missing or empty. Authors may come as a list, or with a name."""
    value = fields.get(name)
    items = value if isinstance(value, list) else [value]
    named = (item.get("name") if isinstance(item, dict) else item for item in items)
    text = ", ".join(" ".join(str(item).split()) for item in named if not is_missing(item))
    return text.encode("utf-8", "replace").decode() or None
