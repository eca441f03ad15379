"""Files -> records: .gz and .xz, JSON arrays, JSONL, and the questions of a SQuAD document."""

from __future__ import annotations

import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from index.errors import ArticleQAError
from qa.evaluate.gold import BadRecord

Record = dict[str, Any]


def read_bytes(path: Path) -> bytes:
    """The content of a file, uncompressed by its suffix. Raises ArticleQAError."""
    opener: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".xz": lzma.decompress}
    try:
        content = path.read_bytes()
        return opener.get(path.suffix.lower(), bytes)(content)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArticleQAError(f"{path}: cannot be read ({reason}); name another file") from error


def find_file(folder: Path, name: str) -> Path | None:
    """The file `name` in a folder, as it is or compressed (.gz, .xz); None if it is not there."""
    return next((path for end in ("", ".gz", ".xz") if (path := folder / (name + end)).is_file()), None)


def records(content: bytes, bad: list[BadRecord], path: Path) -> Iterator[tuple[str, Any]]:
    """(where, record) of a JSON array, of a SQuAD document (its questions), or of the lines of JSONL."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, list):
        yield from ((f"record {number}", record) for number, record in enumerate(document, 1))
        return
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        yield from _squad_records(document, bad, path)
        return
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "not JSON"
            bad.append(BadRecord(str(path), f"line {number}", reason))


def _squad_records(document: Record, bad: list[BadRecord], path: Path) -> Iterator[tuple[str, Record]]:
    """Every question of a SQuAD document as one record that has its paragraph with it."""
    version = str(document.get("version", ""))
    for a, article in enumerate(document["data"]):
        try:
            title = str(article["title"])
            for p, paragraph in enumerate(article["paragraphs"]):
                shown = {"title": title, "number": p + 1, "text": paragraph["context"], "version": version}
                for q, question in enumerate(paragraph["qas"]):
                    yield f"data[{a}].paragraphs[{p}].qas[{q}]", {"paragraph": shown, "qa": question}
        except (KeyError, TypeError) as error:
            bad.append(BadRecord(str(path), f"data[{a}]", f"not an article of SQuAD ({error!r})"))
