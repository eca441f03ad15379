"""Bytes -> text: in which encoding a file was written, and which of its bytes do not belong to it."""

from __future__ import annotations

import codecs
import io
import re
import string
from contextlib import suppress
from typing import NamedTuple

FRAME = "\x01\x02\x03\x04\x16" + string.whitespace
"""A wire story is sent between these (IPTC 7901)."""

_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1d\x7f-\x84\x86-\x9f]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MARK = "\ufffd"


class Decoded(NamedTuple):
    """A text, its encoding, and how many places hold bytes that are none in it; there it has U+FFFD."""

    text: str
    encoding: str
    strays: int = 0


def decode(data: bytes) -> Decoded:
    """The text of a file, as `open(path, encoding=encoding, errors="replace").read()` gives it, and that encoding.

    A byte order mark decides; else UTF-8, which a few stray bytes do not change; else Windows-1252 and then Latin-1,
    which English newsrooms still produce; else as charset-normalizer
    guesses. Raises ValueError where the bytes are no text in any of these.
    """
    named = [encoding for bom, encoding in _BOMS if data.startswith(bom)]
    for encoding in named or ["utf-8", "cp1252", "latin-1"]:
        text = _read(data, encoding)
        strays = 0
        if text is None:
            text = _read(data, encoding, "replace") or ""
            strays = text.count(_MARK)
            if not (strays * 20 <= len(text) if named else _is_utf8_still(text, encoding)):
                continue
        if not _is_text(text):
            break
        return Decoded(text, encoding, strays)
    if not named and b"\0" not in data and (guessed := _guessed(data)):
        return guessed
    raise ValueError("not a text file (or in an encoding other than UTF-8, UTF-16 with a mark, Windows-1252, Latin-1)")


def _guessed(data: bytes) -> Decoded | None:
    """What charset-normalizer takes the bytes for, if it is installed and finds a text in them (Shift-JIS, Big5)."""
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return None
    best = from_bytes(data[:200_000], threshold=0.1).best()
    if best is None or (text := _read(data, best.encoding)) is None or not _is_text(text):
        return None
    return Decoded(text, best.encoding)


def _read(data: bytes, encoding: str, errors: str = "strict") -> str | None:
    """What `open` reads; None if the bytes are none in this encoding."""
    try:
        return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors=errors).read()
    except UnicodeDecodeError:
        return None


def decode_utf8(line: bytes) -> tuple[str, int]:
    """A line of UTF-8, and in how many places bytes are none. Raises UnicodeDecodeError if it is another encoding."""
    try:
        return line.decode(), 0
    except UnicodeDecodeError:
        text = line.decode(errors="replace")
        if not _is_utf8_still(text, "utf-8"):
            raise
        return text, text.count(_MARK)


_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE
)


def decode_page(data: bytes, named: str | None = None) -> tuple[str, str]:
    """The text of a web page and its encoding: as `named` by who sent it, as the page says, else as `decode` finds it.

    Bytes that are none in it are U+FFFD, or the page is text all the same.
    """
    said = _CHARSET.search(data[:4_096])
    for encoding in (named, said and said[1].decode("ascii", "replace")):
        if encoding and not any(data.startswith(bom) for bom, _ in _BOMS):
            with suppress(LookupError, ValueError):
                return data.decode(encoding), codecs.lookup(encoding).name
    try:
        text, encoding, _ = decode(data)
    except ValueError:
        return data.decode("utf-8", "replace"), "utf-8"
    return text, encoding


def stray_bytes(count: int) -> str:
    """The note about them."""
    places = "a place" if count == 1 else f"{count:,} places"
    return f"{places} with bytes that are not in its encoding, shown as \N{REPLACEMENT CHARACTER}"


def _is_utf8_still(text: str, encoding: str) -> bool:
    """Whether what is not UTF-8 is a stray: other encodings hardly ever look like a character of several bytes."""
    return encoding == "utf-8" and sum(c > "\x7f" for c in text) > 2 * text.count(_MARK)


def _is_text(text: str) -> bool:
    """Control characters other than tab, line feed, form feed and the like, within the text, mean a binary file."""
    return "\0" not in text and len(_CONTROLS.findall(text.strip(FRAME))) * 200 <= len(text)
