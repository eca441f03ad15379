"""Word processors' files: .docx and .rtf."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.readers.base import Problem, Reading, whole
from index.readers.containers import too_big_inside
from index.readers.metadata import Metadata, offer_from_text
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article


def read_docx(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of a .docx file: paragraphs, and tables with a tab between cells."""
    data = yield from whole(source, how)
    if data is None:
        return
    from docx import Document

    if reason := too_big_inside(io.BytesIO(data)):
        yield Problem(source.name, WHOLE_FILE, reason)
        return
    document = Document(io.BytesIO(data))
    paragraphs = [text for block in document.iter_inner_content() if (text := _block(block))]
    headings = [p.text for p in document.paragraphs[:10] if p.style is not None and p.style.name == "Title"]
    core = document.core_properties
    known = Metadata()
    known.offer("heading", title=next(iter(headings), None))
    text = "\n\n".join(paragraphs)
    offer_from_text(known, text)
    known.offer("properties", title=core.title, published=_day(core.created))
    if core.author not in ("python-docx", ""):
        known.offer("properties", author=core.author)
    yield from _article(text, source, known)


def _block(block: Any) -> str:
    """A paragraph, or a table a row a line."""
    if hasattr(block, "rows"):
        rows = ("\t".join(" ".join(cell.text.split()) for cell in row.cells) for row in block.rows)
        return "\n".join(row for row in rows if row.strip())
    return str(block.text).strip()


def _day(moment: Any) -> str | None:
    """A file's date of creation; None for what a program writes that does not know it."""
    return moment.date().isoformat() if moment is not None and moment.year > 2013 else None


def read_rtf(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of an .rtf file."""
    data = yield from whole(source, how)
    if data is None:
        return
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        yield Problem(source.name, WHOLE_FILE, "not RTF")
        return
    text = rtf_to_text(data.decode("latin-1"), errors="replace")
    known = Metadata()
    offer_from_text(known, text)
    yield from _article("\n".join(line.rstrip() for line in text.strip().split("\n")), source, known)


def _article(text: str, source: Source, known: Metadata) -> Iterator[Article | Problem]:
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    if not text.strip():
        yield Problem(source.name, WHOLE_FILE, "no text in it")
        return
    yield from known.article(source, text, find_noise(text))
