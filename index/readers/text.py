"""Plain text files: one article each, in whatever encoding it was written; a web page so named is read as one."""

from __future__ import annotations

from collections.abc import Iterator

from index.readers import html
from index.readers.base import Problem, Reading, reason_of
from index.readers.encoding import FRAME, decode, decode_page, stray_bytes
from index.readers.metadata import Metadata, offer_from_text
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The one article of a text file, after a note if some bytes are strays; or a Problem if it cannot be read."""
    try:
        size = source.size()
        if size > how.max_bytes:
            yield Problem.too_large(source.name, size, how.max_bytes)
            return
        with source.open() as file:
            data = file.read()
        text, encoding, strays = decode(data)
    except (OSError, ValueError) as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    if not text.strip().strip(FRAME):
        yield Problem(source.name, WHOLE_FILE, "empty")
        return
    if html.looks_like_html(text):
        markup, encoding = decode_page(data)
        yield Problem(source.name, WHOLE_FILE, "a web page by what is in it; read as one", harmless=True)
        yield from html.read_page(markup, source, Metadata(), encoding=encoding)
        return
    if strays:
        yield Problem(source.name, WHOLE_FILE, stray_bytes(strays), harmless=True)
    known = Metadata()
    offer_from_text(known, text)
    yield from known.article(source, text, find_noise(text), encoding=encoding)
