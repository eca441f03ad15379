"""The columns of an article's row, and what is made of one."""

from __future__ import annotations

import json
from typing import Any

from index.readers.noise import find_noise
from index.types import Article, Location, Place, Span

PLACE = "record, message, member"
ARTICLE = f"article.id, path, key, {PLACE}, encoding, title, outlet, author, published, url"
TEXT = "text, noise, pages, origins"


def article_of(
    article_id: str, path: str, key: str, record: int | None, message: int | None, member: str | None, encoding: str,
    title: str, outlet: str | None, author: str | None, published: str | None, url: str | None,
    text: str = "", noise: str | None = None, pages: str | None = None, origins: str | None = None,
) -> Article:  # fmt: skip
    """The article of a row of `ARTICLE`, or of `ARTICLE` and `TEXT`."""
    return Article(
        article_id, text, path, key, place_of(record, message, member), encoding, title, outlet, author, published,
        url, noise_of(text, noise), tuple(json.loads(pages)) if pages is not None else (),
        tuple(json.loads(origins).items()) if origins is not None else (),
    )  # fmt: skip


def location_of(place_id: str, path: str, key: str, digest: str, *place: Any) -> Location:
    """Of an id, path, key and digest, and a row of `PLACE`."""
    return Location(place_id, path, key, place_of(*place), digest)


def place_of(record: int | None, message: int | None, member: str | None) -> Place:
    """The place of a row of `PLACE`."""
    return Place(record=record, message=message, member=member)


def noise_of(text: str, stored: str | None) -> tuple[Span, ...]:
    """The noise of a text as it is stored with it; found now where it was stored by a version that did not note it."""
    if stored is None:
        return find_noise(text)
    return tuple((start, end) for start, end in json.loads(stored))
