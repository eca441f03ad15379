"""Feeds: RSS and Atom files, an article an entry."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from index.readers.base import Problem, Reading, whole
from index.readers.fragment import text_of
from index.readers.metadata import Metadata
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place

_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|RDF)\b", re.IGNORECASE)


def looks_like_feed(data: bytes) -> bool:
    """Whether bytes begin as a feed does."""
    return _FEED.search(data[:4_096]) is not None


def entries(data: bytes) -> tuple[str | None, list[Any]]:
    """The title of a feed and its entries, as feedparser has them. Nothing is resolved or fetched."""
    import feedparser

    # a stream: bytes could be taken for a name or an address, and be opened
    parsed = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False, sanitize_html=False)
    return parsed.feed.get("title"), list(parsed.entries)


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The articles of a feed, in its order."""
    data = yield from whole(source, how)
    if data is None:
        return
    if b"<!ENTITY" in data:
        yield Problem(source.name, WHOLE_FILE, "declares entities, as no feed does; not read")
        return
    if not looks_like_feed(data):
        yield Problem(source.name, WHOLE_FILE, "not a feed (RSS or Atom)")
        return
    title, found = entries(data)
    if not found:
        yield Problem(source.name, WHOLE_FILE, "a feed without entries")
    keys: set[str] = set()
    for number, entry in enumerate(found, 1):
        place = Place(record=number)
        text = max((text_of(part) for part in _parts(entry)), key=len, default="")
        if not text.strip():
            yield Problem(source.name, place, "no text in this entry")
            continue
        known = Metadata()
        known.offer(
            "feed",
            title=text_of(entry.get("title") or ""),
            author=entry.get("author"),
            published=entry.get("published") or entry.get("updated"),
            url=entry.get("link"),
            outlet=(entry.get("source") or {}).get("title") or text_of(title or ""),
        )
        key = str(entry.get("id") or entry.get("link") or f" {number}")
        key = key if key not in keys else f" {number}"
        keys.add(key)
        id_ = f"{source.stem}-{number}"
        yield from known.article(source, text, find_noise(text), id=id_, key=key, place=place)


def _parts(entry: Any) -> Iterator[str]:
    """What an entry has of text: its content, its summary."""
    for content in entry.get("content") or ():
        yield content.get("value") or ""
    yield entry.get("summary") or ""
