"""Plain text files: one article each, in whatever encoding it was written."""

from __future__ import annotations

import codecs
import io
import re
import string
from collections.abc import Iterator

from index.readers.base import Problem, derive_title, reason_of
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article

_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1d\x7f-\x84\x86-\x9f]")
_FRAME = "\x01\x02\x03\x04\x16" + string.whitespace  # a wire story is sent between these (IPTC 7901)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file, as `open(path, encoding=encoding).read()` gives it, and that encoding.

    A byte order mark decides; else UTF-8; else Windows-1252 and then Latin-1, which English newsrooms still produce.
    Raises ValueError where the bytes are no text in any of these.
    """
    named = [encoding for bom, encoding in _BOMS if data.startswith(bom)]
    for encoding in named or ["utf-8", "cp1252", "latin-1"]:
        try:
            text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding).read()
        except UnicodeDecodeError:
            continue
        if not _is_text(text):
            break
        return text, encoding
    raise ValueError("not a text file (or in an encoding other than UTF-8, UTF-16 with a mark, Windows-1252, Latin-1)")


def _is_text(text: str) -> bool:
    """Control characters other than tab, line feed, form feed and the like, within the text, mean a binary file."""
    return "\0" not in text and len(_CONTROLS.findall(text.strip(_FRAME))) * 200 <= len(text)


def read(source: Source, max_bytes: int) -> Iterator[Article | Problem]:
    """The one article of a text file, or a Problem if it cannot be read."""
    try:
        size = source.size()
        if size > max_bytes:
            yield Problem.too_large(source.name, size, max_bytes)
            return
        with source.open() as file:
            text, encoding = decode(file.read())
    except (OSError, ValueError) as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    if not text.strip().strip(_FRAME):
        yield Problem(source.name, WHOLE_FILE, "empty")
        return
    noise = find_noise(text)
    title = derive_title(text, noise)
    yield Article(id=source.stem, text=text, path=source.name, encoding=encoding, title=title, noise=noise)
