"""Plain text files: one article each, in whatever encoding it was written."""

from __future__ import annotations

from collections.abc import Iterator

from index.readers.base import Problem, derive_title, reason_of
from index.readers.encoding import FRAME, decode, stray_bytes
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article


def read(source: Source, max_bytes: int) -> Iterator[Article | Problem]:
    """The one article of a text file, after a note if some bytes are strays; or a Problem if it cannot be read."""
    try:
        size = source.size()
        if size > max_bytes:
            yield Problem.too_large(source.name, size, max_bytes)
            return
        with source.open() as file:
            text, encoding, strays = decode(file.read())
    except (OSError, ValueError) as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    if not text.strip().strip(FRAME):
        yield Problem(source.name, WHOLE_FILE, "empty")
        return
    if strays:
        yield Problem(source.name, WHOLE_FILE, stray_bytes(strays), harmless=True)
    noise = find_noise(text)
    title = derive_title(text, noise)
    yield Article(id=source.stem, text=text, path=source.name, encoding=encoding, title=title, noise=noise)
