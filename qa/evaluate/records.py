"""Files -> records: .gz and .xz, JSON arrays, JSONL, and what is in a document of SQuAD, CoQA or QuAC."""

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
    """(where, record) of a JSON array, of the lines of JSONL, or of a document with "data".

    A document is SQuAD's (its questions), CoQA's or QuAC's (their dialogues).
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, list):
        yield from ((f"record {number}", record) for number, record in enumerate(document, 1))
        return
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        yield from _document_records(document, bad, path)
        return
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "not JSON"
            bad.append(BadRecord(str(path), f"line {number}", reason))


def _document_records(document: Record, bad: list[BadRecord], path: Path) -> Iterator[tuple[str, Record]]:
    """Every dialogue of CoQA or QuAC as one record, and every question of SQuAD as one that has its paragraph with it.

    QuAC has the layout of SQuAD; its questions also say whether to follow up.
    """
    version = str(document.get("version", ""))
    for a, article in enumerate(document["data"]):
        try:
            if "story" in article:
                yield f"data[{a}]", article
                continue
            title = str(article["title"])
            for p, paragraph in enumerate(article["paragraphs"]):
                where = f"data[{a}].paragraphs[{p}]"
                if any("followup" in question for question in paragraph["qas"]):
                    yield where, {"quac": paragraph, "title": title, "section": article.get("section_title")}
                    continue
                shown = {"title": title, "number": p + 1, "text": paragraph["context"], "version": version}
                for q, question in enumerate(paragraph["qas"]):
                    yield f"{where}.qas[{q}]", {"paragraph": shown, "qa": question}
        except (KeyError, TypeError) as error:
            bad.append(BadRecord(str(path), f"data[{a}]", f"not an article of SQuAD ({error!r})"))
