"""Records of any format -> articles: JSON objects, rows of tables. Fields by our names, by usual ones, or as told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from index.readers.base import FIELDS, Problem, Reading, is_missing
from index.readers.fragment import looks_like_markup, text_of
from index.readers.metadata import Metadata, as_line, offer_from_text
from index.readers.noise import find_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place

USUAL = {
    "text": "text body content article articlebody fulltext story maintext contenttext bodytext",
    "title": "title headline head",
    "outlet": "outlet source publication publisher newspaper sitename sourcename medium",
    "author": "author authors byline creator writer",
    "published": "published date publishedat publisheddate publicationdate datepublished publishdate pubdate"
    " datepublish firstpublicationdate webpublicationdate",
    "url": "url link weburl permalink canonicalurl",
    "id": "id _id guid uuid articleid",
}
"""What fields are called in other people's files, without case and marks; the first that is there counts."""


class Records:
    """The articles of a file's records, in order, each under a key of its own; and what is to be said of the file."""

    def __init__(self, source: Source, how: Reading) -> None:
        self._source = source
        self._how = how
        self._keys: set[str] = set()
        self._gold = self._others = 0

    def take(self, fields: Mapping[str, Any], place: Place, note: str | None = None) -> Iterator[Article | Problem]:
        """One record as an article, after notes of what could not be read of it; or why it is none.

        Nothing for a question of a gold set.
        """
        found = list(self._made(fields, place, note))
        if not found:
            self._gold += 1
            return
        self._others += 1
        for item in found:
            if isinstance(item, Article):
                if item.key in self._keys:  # two records with one id are two articles: the place tells them apart
                    twice = f"the id {item.id!r} stands twice in this file"
                    yield Problem(self._source.name, place, twice, harmless=True)
                    item = replace(item, key=_number_key(place))
                self._keys.add(item.key)
            yield item

    def none(self, place: Place, reason: str) -> Iterator[Problem]:
        """What could not become a record."""
        self._others += 1
        yield Problem(self._source.name, place, reason)

    def end(self) -> Iterator[Problem]:
        """What is to be said when there are no more."""
        if self._gold:
            noun = "question" if self._gold == 1 else "questions"
            reason = f"{self._gold} {noun} of a gold set, no article"
            yield Problem(self._source.name, WHOLE_FILE, reason, harmless=True)
        elif not self._others:
            yield Problem(self._source.name, WHOLE_FILE, "empty")

    def _made(self, fields: Mapping[str, Any], place: Place, note: str | None) -> Iterator[Article | Problem]:
        source = self._source
        named = named_fields(fields, dict(self._how.columns))
        text = _paragraphs(named.get("text"))
        if text is None:
            if "question" not in fields:
                yield Problem(source.name, place, _no_text(fields, named))
            return
        if looks_like_markup(text):
            text = text_of(text)
        if not text.strip():
            yield Problem(source.name, place, "empty")
            return
        if len(text) > self._how.max_bytes:
            yield Problem.too_large(source.name, len(text), self._how.max_bytes, place)
            return
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            reason = "the text holds characters that are no text (NUL or half a surrogate pair)"
            yield Problem(source.name, place, reason)
            return
        if note:
            yield Problem(source.name, place, note, harmless=True)
        known = Metadata()
        known.offer("record", **{name: named[name] for name in FIELDS if name in named})
        offer_from_text(known, text)
        own_id = as_line(named.get("id"))
        key = own_id or _number_key(place)
        id_ = own_id or f"{source.stem}-{place.record}"
        yield from known.article(source, text, find_noise(text), id=id_, key=key, place=place)


def named_fields(fields: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a record by our names. `columns`: what they are called there, where the user says so.

    >>> named_fields({"Headline": "Storm", "BODY": "A storm.", "n": 3}, {"id": "n"})
    {'id': 3, 'text': 'A storm.', 'title': 'Storm'}
    """
    plain = {re.sub(r"[\W_]", "", str(name)).lower() or str(name): name for name in reversed(list(fields))}
    found = {ours: fields[theirs] for ours, theirs in columns.items() if theirs in fields}
    for ours, usual in USUAL.items():
        if ours in found or ours in columns:
            continue
        there = (plain[name] for name in usual.replace("_", "").split() if name in plain)
        name = ours if ours in fields else next((name for name in there if not is_missing(fields[name])), None)
        if name is not None:
            found[ours] = fields[name]
    return found


def _number_key(place: Place) -> str:
    """The key of a record without an id of its own. No id begins with a space, so none is equal to it."""
    return f" {place.record}"


def _paragraphs(text: object) -> str | None:
    """The text of a record, paragraphs that stand in a list with an empty line between them; None if it has none."""
    if isinstance(text, list):
        paragraphs = [item for item in text if not is_missing(item)]
        if paragraphs and all(isinstance(item, str) for item in paragraphs):
            return "\n\n".join(paragraphs)
    return text if isinstance(text, str) else None


def _no_text(fields: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    """Why a record has no text, in a few words."""
    if not is_missing(named.get("text")):
        return f'"text" is {kind_of(named["text"])}, not text'
    others = ", ".join(f'"{str(name)[:20]}"' for name in list(fields)[:5])
    hint = f" (it has {' '.join(others.split())}; --map text=NAME says which)" if others else ""
    return f'no "text"{hint}'


def kind_of(value: object) -> str:
    """What a JSON value is, in a word or two."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a string", dict: "an object"}
    return "null" if value is None else kinds.get(type(value), "a list")
