"""PDF: the text of its pages in reading order; what stands at the edge of page after page is noise."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from index.readers.base import Problem, Reading, whole
from index.readers.metadata import Metadata, offer_from_text
from index.readers.noise import find_noise, merged
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Span

_MOST_PAGES = 2_000
_EDGE_LINES = 3
_LARGEST_FILE = 10
_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-–—|\s]*\d{1,4}[-–—|\s]*(?:(?:of|/)\s*\d{1,4})?", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"(?:microsoft word - .*|untitled.*|.*\.(?:docx?|indd|pdf|qxd|rtf|tex)|slide \d+|print.*|\W*)", re.IGNORECASE
)
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of a PDF, with where in its text each page begins; or why there is no text in it."""
    data = yield from whole(source, Reading(_LARGEST_FILE * how.max_bytes))
    if data is None:
        return
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            yield Problem(source.name, WHOLE_FILE, "encrypted; save it without its password")
            return
        count = len(reader.pages)
        if count > _MOST_PAGES:
            yield Problem(source.name, WHOLE_FILE, f"{count:,} pages, more than {_MOST_PAGES:,}; split it")
            return
        pages = list(_pages(reader, how.max_bytes))
        info = dict(reader.metadata or {})
    except FileNotDecryptedError:
        yield Problem(source.name, WHOLE_FILE, "encrypted; save it without its password")
        return
    except PyPdfError as error:
        yield Problem(source.name, WHOLE_FILE, f"not a whole PDF ({error})")
        return
    text = "\n".join(pages)
    if len(text) > how.max_bytes:
        yield Problem.too_large(source.name, len(text), how.max_bytes)
        return
    if sum(c.isalnum() for c in text) < 20:
        yield Problem(source.name, WHOLE_FILE, "no text in it, only pictures; make text of them: ocrmypdf FILE FILE")
        return
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + 1)
    noise = merged([*find_noise(text), *_edges(pages, starts)])
    known = Metadata()
    title = str(info.get("/Title") or "").strip()
    known.offer("PDF info", title=None if _NO_TITLE.fullmatch(title) else title, author=info.get("/Author"))
    offer_from_text(known, text)
    if made := _DATE.match(str(info.get("/CreationDate") or "")):
        known.offer("PDF info", published="-".join(made.groups()))
    yield from known.article(source, text, noise, pages=starts)


def _pages(reader: Any, limit: int) -> Iterator[str]:
    """The text of each page; no further than `limit` characters in all."""
    length = 0
    for page in reader.pages:
        text = page.extract_text() or ""
        text = re.sub(r"[^\S\n]+\n", "\n", text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
        yield text.encode("utf-8", "replace").decode()
        length += len(text) + 1
        if length > limit:
            return


def _edges(pages: list[str], starts: list[int]) -> Iterator[Span]:
    """Running heads and feet: lines at the edge that come, but for their numbers, on most pages; and page numbers."""
    edges = [_edge_lines(page) for page in pages]
    counted = Counter((edge, _form(text)) for lines in edges for edge, text, _ in lines)
    often = max(2 if len(pages) < 4 else 3, len(pages) * 2 // 5)  # left and right pages may have two of them
    for start, lines in zip(starts, edges, strict=True):
        for edge, line, position in lines:
            is_repeated = len(pages) > 1 and counted[edge, _form(line)] >= often
            if is_repeated or _PAGE_NUMBER.fullmatch(line):
                yield start + position, start + position + len(line)


def _edge_lines(page: str) -> list[tuple[int, str, int]]:
    """The first and last lines of a page that say something: which (1 the first, -1 the last), and where they begin."""
    found = [(line.group(), line.start()) for line in re.finditer(r"[^\s][^\n]*(?<!\s)", page)]
    first = [(number, *line) for number, line in enumerate(found[:_EDGE_LINES], 1)]
    rest = found[_EDGE_LINES:][-_EDGE_LINES:]
    return first + [(number - len(rest), *line) for number, line in enumerate(rest)]


def _form(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split())).lower()
