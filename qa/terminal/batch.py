"""Many questions in, one JSON object a line out, in order; a bad line does not stop the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from index.errors import UsageError

Respond = Callable[[str, Any], dict[str, Any]]


def run_batch(lines: Iterable[str], respond: Respond, emit: Callable[[dict[str, Any]], None]) -> int:
    """Call `emit` with `respond(question, id)` for each line, as soon as it is there; return how many lines erred.

    JSONL `{"id", "question"}` if the first line that is not empty begins with `{`, else a question a line (its id is
    the line's number). A line that cannot be answered becomes `{"id": null, "line": N, "error": ...}`.
    """
    is_json: bool | None = None
    failed = 0
    for number, raw in enumerate(lines, 1):
        line = raw.removeprefix("\ufeff").strip()
        if not line:
            continue
        if is_json is None:
            is_json = line.startswith("{")
        try:
            if _not_utf8(line):
                raise ValueError("not UTF-8")
            question, question_id = _parse(line) if is_json else (line, number)
            result = respond(question, question_id)
        except (ValueError, RecursionError, UsageError) as error:
            failed += 1
            result = {"id": None, "line": number, "error": str(error)}
        emit(result)
    return failed


def _not_utf8(line: str) -> bool:
    """Whether bytes of it became lone surrogates."""
    return any("\ud800" <= c <= "\udfff" for c in line)


def _parse(line: str) -> tuple[str, Any]:
    record = json.loads(line)
    json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair could not be written again: a ValueError
    if not isinstance(record, dict) or not isinstance(record.get("question"), str):
        raise ValueError('not an object with a "question"')
    return record["question"], record.get("id")
