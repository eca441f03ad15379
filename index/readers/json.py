"""JSON files: a list of records, or an object in which one stands; one record alone; or lines of records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from index.readers import jsonl
from index.readers.base import Problem, Reading, reason_of
from index.readers.encoding import decode, stray_bytes
from index.readers.records import Records, kind_of, named_fields
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place

_LARGEST = 200_000_000
_DEEPEST = 4


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The articles of a JSON file in order, a Problem for each record that is none."""
    try:
        if (size := source.size()) > _LARGEST:
            yield Problem.too_large(source.name, size, _LARGEST)
            return
        with source.open() as file:
            text, _, strays = decode(file.read())
        content = json.loads(text)
    except OSError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    except RecursionError:
        yield Problem(source.name, WHOLE_FILE, "not JSON (nested too deep)")
        return
    except ValueError as error:
        if "Extra data" in str(error):
            yield from jsonl.read(source, how)
        else:
            yield Problem(source.name, WHOLE_FILE, f"not JSON ({error})")
        return
    if strays:
        yield Problem(source.name, WHOLE_FILE, stray_bytes(strays), harmless=True)
    records = Records(source, how)
    found = _records(content, dict(how.columns))
    if found is None:
        yield Problem(source.name, WHOLE_FILE, f"{kind_of(content)} without records that have a text")
        return
    for number, fields in enumerate(found, 1):
        place = Place(record=number)
        if isinstance(fields, dict):
            yield from records.take(fields, place)
        else:
            yield from records.none(place, f"{kind_of(fields)}, not a JSON object with a text")
    yield from records.end()


def _records(content: Any, columns: dict[str, str]) -> list[Any] | None:
    """The records of a file: the first list in which one has a text, or the one that there is."""
    level = [content]
    for _ in range(_DEEPEST):
        for value in level:
            if isinstance(value, dict) and "text" in named_fields(value, columns):
                return [value]
            items = list(value.values()) if isinstance(value, dict) else value
            if not isinstance(items, list):
                continue
            items = [item.get("_source", item) if isinstance(item, dict) else item for item in items]
            objects = [item for item in items[:1_000] if isinstance(item, dict)]
            if any("text" in named_fields(item, columns) or "question" in item for item in objects):
                return items
        level = [item for value in level if isinstance(value, dict) for item in value.values()]
    is_list = isinstance(content, list) and any(isinstance(item, dict) for item in content)
    return content if is_list else None
