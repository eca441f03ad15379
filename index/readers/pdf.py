"""PDF: the text of its pages in reading order; what stands at the edge of page after page is noise."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from typing import Any

from index.readers.base import Problem, Reading, whole
from index.readers.metadata import Metadata, offer_from_text
from index.readers.noise import find_noise, merged
from index.readers.source import Source
from index.readers.wording import Squeezed
from index.text import joined
from index.types import WHOLE_FILE, Article, Span

_MOST_PAGES = 2_000
_EDGE_LINES = 3
_LARGEST_FILE = 10
_TOP_LINES, _HEADING_LINES, _SHORTEST_HEADING, _LARGER = 12, 5, 10, 1.15
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
        letters: list[tuple[float, str]] = []
        pages = list(_pages(reader, how.max_bytes, letters))
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
    known.offer("heading", title=_heading(pages[0], letters, noise))
    title = str(info.get("/Title") or "").strip()
    known.offer(
        "PDF info",
        title=None if _NO_TITLE.fullmatch(title) else title,
        author=None if str(info.get("/Author")).strip("()") == "anonymous" else info.get("/Author"),
    )
    offer_from_text(known, text)
    if made := _DATE.match(str(info.get("/CreationDate") or "")):
        known.offer("PDF info", published="-".join(made.groups()))
    yield from known.article(source, text, noise, pages=starts)


def _pages(reader: Any, limit: int, letters: list[tuple[float, str]]) -> Iterator[str]:
    """The text of each page; no further than `limit` characters in all. `letters` gets how large the first one's are.

    As (size, text), the size in points.
    """

    def note(text: str, page: list[float], line: list[float], _font: object, size: float) -> None:
        if text.strip():
            scale = abs((page[0] * page[3] - page[1] * page[2]) * (line[0] * line[3] - line[1] * line[2])) ** 0.5
            letters.append((round(size * scale, 1), text))

    length = 0
    for number, page in enumerate(reader.pages):
        text = page.extract_text(visitor_text=None if number else note) or ""
        text = re.sub(r"[^\S\n]+\n", "\n", text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
        yield text.encode("utf-8", "replace").decode()
        length += len(text) + 1
        if length > limit:
            return


def _heading(page: str, letters: list[tuple[float, str]], noise: Sequence[Span]) -> str | None:
    """What stands in the largest letters at the top of the first page, if the most of it is in smaller ones.

    Several lines of it are one heading; a single word, a running head, and what stands further down are none.
    """
    counted: Counter[float] = Counter()
    for size, text in letters:
        counted[size] += len(text)
    usual = max(counted, key=lambda size: (counted[size], -size), default=0.0)
    lines = [line for line in re.finditer(r"[^\n]*\w[^\n]*", page) if not _within(line.span(), noise)][:_TOP_LINES]
    runs = [(size, "".join(text for _, text in run)) for size, run in groupby(letters, lambda one: one[0])]
    for size, run in sorted(runs, key=lambda run: -run[0]):
        wanted = Squeezed.of(run).text
        if size < _LARGER * usual or len(wanted) < _SHORTEST_HEADING:
            continue
        for first, last in combinations(range(len(lines) + 1), 2):
            heading = [line.group().strip() for line in lines[first:last]]
            if len(heading) <= _HEADING_LINES and Squeezed.of(" ".join(heading)).text == wanted:
                return joined("\n".join(heading)).text.replace("\n", " ")
    return None


def _within(span: Span, noise: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in noise)


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
