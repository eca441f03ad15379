"""Mail: .eml is one article, .mbox one a message; .mhtml is a web page that a browser saved as a mail."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

from index.readers import html
from index.readers.base import Problem, Reading, guarded, reason_of, whole
from index.readers.encoding import decode_page
from index.readers.fragment import text_of
from index.readers.metadata import Metadata, offer_from_text
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place

_MOST_PARTS = 2_000


@dataclass(slots=True)
class Attached:
    """How many attachments were left alone."""

    count: int = 0

    def note(self, source: Source) -> Iterator[Problem]:
        """What is to be said of them, if there were any."""
        if self.count:
            one = self.count == 1
            what = (
                "attachment left alone; save it to index it"
                if one
                else "attachments left alone; save them to index them"
            )
            reason = f"{self.count:,} {what}"
            yield Problem(source.name, WHOLE_FILE, reason, harmless=True)


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of a mail: its text, or what its HTML says; attachments are left alone, with a note."""
    data = yield from whole(source, replace(how, max_bytes=10 * how.max_bytes))
    if data is not None:
        attached = Attached()
        yield from _message(data, source, how, WHOLE_FILE, attached)
        yield from attached.note(source)


def read_mbox(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The articles of a mailbox, a message each, in order. Streams: one message in memory."""
    limit = 10 * how.max_bytes
    number, lines, size = 0, list[bytes](), 0
    attached = Attached()
    try:
        with source.open() as file:
            blank = True
            while line := file.readline(limit + 1):
                if blank and line.startswith(b"From "):
                    if number:
                        yield from _boxed(lines, size, number, source, how, attached)
                    number, lines, size = number + 1, [], 0
                elif not number:
                    if line.strip():
                        yield Problem(source.name, WHOLE_FILE, 'not a mailbox (no line "From ")')
                        return
                else:
                    size += len(line)
                    if size <= limit:
                        lines.append(line[1:] if line.startswith(b">From ") else line)
                blank = not line.strip()
    except OSError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    if number:
        yield from _boxed(lines, size, number, source, how, attached)
        yield from attached.note(source)
    else:
        yield Problem(source.name, WHOLE_FILE, "empty")


def read_mhtml(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of a page that a browser saved whole."""
    data = yield from whole(source, replace(how, max_bytes=20 * how.max_bytes))
    if data is None:
        return
    message = email.message_from_bytes(data, policy=email.policy.default)
    part = next((part for part in _parts(message) if part.get_content_type() == "text/html"), None)
    markup = _content(part)
    if part is None or markup is None:
        yield Problem(source.name, WHOLE_FILE, "no web page in it")
        return
    known = Metadata()
    address = _header(message, "Snapshot-Content-Location") or _header(part, "Content-Location")
    if address and address.startswith(("http://", "https://")):
        known.offer("saved page", url=address)
    yield from html.read_page(markup, source, known)


def _boxed(
    lines: list[bytes], size: int, number: int, source: Source, how: Reading, attached: Attached
) -> Iterator[Article | Problem]:
    place = Place(message=number)
    if size > 10 * how.max_bytes:
        yield Problem.too_large(source.name, size, 10 * how.max_bytes, place)
    else:
        yield from guarded(_message(b"".join(lines), source, how, place, attached), source.name, place)


def _message(
    data: bytes, source: Source, how: Reading, place: Place, attached: Attached
) -> Iterator[Article | Problem]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    parts = list(_parts(message))
    text = _text(parts)
    if not text.strip():
        yield Problem(source.name, place, "no text in this mail")
        return
    if len(text) > how.max_bytes:
        yield Problem.too_large(source.name, len(text), how.max_bytes, place)
        return
    attached.count += sum(part.get_content_disposition() == "attachment" for part in parts)
    known = Metadata()
    known.offer("mail", title=_header(message, "Subject"), author=_sender(message), published=_date(message))
    offer_from_text(known, text)
    key = "" if place.message is None else _header(message, "Message-ID") or f" {place.message}"
    id_ = None if place.message is None else f"{source.stem}-{place.message}"
    yield from known.article(source, text, find_noise(text), id=id_, key=key, place=place)


def _parts(message: Any) -> Iterator[Any]:
    """The parts that have content, however they are nested."""
    pending, count = [message], 0
    while pending and count < _MOST_PARTS:
        part = pending.pop(0)
        count += 1
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            pending[:0] = inner
        else:
            yield part


def _text(parts: list[Any]) -> str:
    """What a mail says: its plain texts, else its HTML."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        found = [text for part in shown if part.get_content_type() == kind and (text := _content(part))]
        texts = [text_of(text) if kind == "text/html" else text.replace("\r\n", "\n") for text in found]
        if said := "\n\n".join(text.strip("\n") for text in texts if text.strip()):
            return said.replace("\0", "")
    return ""


def _content(part: Any | None) -> str | None:
    """A part's text; in the encoding that it names, else as a page's is found."""
    if part is None:
        return None
    data: Any = part.get_payload(decode=True)
    return decode_page(data, part.get_content_charset())[0] if isinstance(data, bytes) else None


def _header(message: Any, name: str) -> str | None:
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError, OverflowError):  # of headers that are none
        return None
    return " ".join(str(value).split()) or None if value is not None else None


def _sender(message: Any) -> str | None:
    """Who wrote: the name, if one is given, else the address."""
    said = _header(message, "From")
    if said is None:
        return None
    name, address = email.utils.parseaddr(said)
    return name or address or None


def _date(message: Any) -> str | None:
    said = _header(message, "Date")
    try:
        return parsedate_to_datetime(said).isoformat() if said else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return said
