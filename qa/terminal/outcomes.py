"""What became of the files that were to be indexed, as a table; and fields as they are said on the command line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.files import replacing

if TYPE_CHECKING:
    from index.types import Article
    from index.update import Event

COLUMNS = (
    "path",
    "place",
    "outcome",
    "reason",
    "id",
    "title",
    "outlet",
    "author",
    "published",
    "words",
    "noise",
    "origins",
)


class Report:
    """Gathers what became of each article, or file that is none; written at the end, if there is a file for it."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._events: list[tuple[Event, Article | None]] = []

    def add(self, event: Event, article: Article | None = None) -> None:
        """Take note of an event; `article`: where it is not in the index."""
        if self._file is not None:
            self._events.append((event, article))

    def write(self, index: Path) -> None:
        """Write the table; what it says of articles is looked up in the index. Raises OSError."""
        if self._file is None:
            return
        from contextlib import closing

        from index.stores.catalog import FILE, Catalog

        with replacing(self._file) as draft, draft.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            if not (index / FILE).is_file():
                table.writerows(_row(event, article) for event, article in self._events)
                return
            with closing(Catalog.open(index)) as catalog, catalog.transaction():
                for event, article in self._events:
                    table.writerow(_row(event, article or (catalog.article(event.id) if event.id else None)))


def _row(event: Event, article: Article | None) -> tuple[object, ...]:
    about: tuple[object, ...] = ("",) * 7
    if article is not None:
        noise = sum(end - start for start, end in article.noise)
        origins = "; ".join(f"{name}: {origin}" for name, origin in article.origins)
        facts = (article.title, article.outlet, article.author, article.published)
        about = (*facts, len(article.text.split()), noise, origins)
    return (event.path, event.place.shown(event.path), event.status, event.reason, event.id, *about)


def fields_said(said: Sequence[str], option: str, *, several: bool = False) -> tuple[tuple[str, str], ...]:
    """The pairs of "field=value" that an option was given; `several`: with commas between them.

    Raises UsageError for what is no pair, and for a field that articles do not have.

    >>> fields_said(["text=body,id=n"], "--map", several=True)
    (('id', 'n'), ('text', 'body'))
    """
    from index.dates import iso_date
    from index.readers import FIELDS

    known = ("text", "id", *FIELDS) if several else FIELDS
    found: dict[str, str] = {}
    for one in [part for whole in said for part in (whole.split(",") if several else [whole])]:
        name, equals, value = one.partition("=")
        if not equals or name.strip() not in known or not value.strip():
            raise UsageError(f"{option} {one!r}: not FIELD=VALUE with one of {', '.join(known)}")
        found[name.strip()] = value.strip()
    if not several and "published" in found:
        try:
            found["published"] = iso_date(found["published"]) or ""
        except ValueError as error:
            raise UsageError(f"{option} published: {error}") from error
    return tuple(sorted(found.items()))
