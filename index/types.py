"""What the index speaks of: articles and their passages. Frozen; offsets are code points into `Article.text`."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import Any

Scored = list[tuple[int, float]]
"""(passage id, score), best first."""

Span = tuple[int, int]
"""Half-open [start, end) in code points of an article's stored text."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article, or a quote of one, stands within its file: what applies, the others None; numbers from 1.

    `record`: the line of a JSONL file, the row of a table. `page`: of a PDF, and only for a quote. `message`: of an
    mbox. `member`: the name within an archive. False where nothing applies: the file is the article.

    >>> str(Place(record=3, member="a/b.jsonl")), str(Place(page=1, message=2)), Place(record=7).within("news.jsonl")
    ('a/b.jsonl, line 3', 'message 2, page 1', 'news.jsonl, line 7')
    """

    record: int | None = None
    page: int | None = None
    message: int | None = None
    member: str | None = None

    def __bool__(self) -> bool:
        return self != WHOLE_FILE

    def __str__(self) -> str:
        """What a screen shows after the path, outermost first; empty where nothing applies."""
        return self.shown("")

    def within(self, path: str) -> str:
        """The file and the place in it, as a screen shows them."""
        return f"{path}, {self.shown(path)}" if self else path

    @property
    def is_part(self) -> bool:
        """Whether the file has other articles too, or can have them."""
        return any(part is not None for part in (self.record, self.message, self.member))

    def shown(self, path: str) -> str:
        """The place as a screen shows it after the file's `path`; empty where nothing applies."""
        kind = _RECORDS.get((self.member or path).rpartition(".")[2].lower(), "line")
        numbered = {"message": self.message, "page": self.page, kind: self.record}
        within = [] if self.member is None else [self.member]
        return ", ".join(within + [f"{what} {number}" for what, number in numbered.items() if number is not None])

    def to_json(self) -> dict[str, Any] | None:
        """What applies, by name; None where nothing does."""
        named = {"page": self.page, "record": self.record, "message": self.message, "member": self.member}
        return {name: value for name, value in named.items() if value is not None} or None


_RECORDS = {"json": "record", "xlsx": "row"} | dict.fromkeys(("rss", "atom", "xml"), "entry")
"""What a record is called, by the suffix of its file; elsewhere it is a line."""

WHOLE_FILE = Place()
"""The place of an article that is a file of its own."""


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as it was read.

    `path` and `key` identify it: the file, and the record's id or line in it ("" where the file is one article).
    `place` says where in the file it stands. `title` is the record's own or derived from the text; `published` is
    ISO 8601 (a date, or a date and time) and only there if the article gives one.
    `noise`: the spans of the text that are no part of the article (ad marks, share bars), in order and apart, as the
    reader found them. `pages`: where in the text each page begins, the first of them at 0; empty without pages.
    `origins`: of each field that is known, by name, where it stood ("JSON-LD", "byline", "given").
    """

    id: str
    text: str
    path: str
    key: str = ""
    place: Place = WHOLE_FILE
    encoding: str = "utf-8"
    title: str = ""
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    noise: tuple[Span, ...] = ()
    pages: tuple[int, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()

    def place_of(self, span: Span) -> Place:
        """Where a span of the text stands in the file: with the page on which it begins, if the article has pages.

        >>> Article("a", "One. Two. Three.", "a.pdf", pages=(0, 5)).place_of((10, 16))
        Place(record=None, page=2, message=None, member=None)
        """
        return replace(self.place, page=bisect_right(self.pages, span[0])) if self.pages else self.place

    def digest(self) -> str:
        """The sha256 of everything that an answer can show of the article; equal digests need no new passages.

        Of the article, not of where it stands: the same article in two files has one digest.
        """
        import hashlib  # it loads OpenSSL, which the help of a command has no use for

        shown = (self.text, self.title, self.outlet, self.author, self.published, self.url, self.encoding)
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Location:
    """A file that has an article; one in several files, or forms, has several. `id` names the article too.

    `digest`: of the article as it was read there.
    """

    id: str
    path: str
    key: str
    place: Place
    digest: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said at a time. `number` counts from 1, the oldest.

    `seen`: when it was first read (ISO 8601, UTC); None where the version that made the index did not note it.
    """

    number: int
    seen: str | None
    article: Article


@dataclass(frozen=True, slots=True)
class Facts:
    """What the index knows of an article beside its text. `published` is ISO 8601, or its beginning."""

    id: str
    title: str = ""
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one article: the article's text at [start, end) is `text`, always.

    `sentences` are theirs, in order, as offsets into the article.
    """

    id: int
    article: Facts
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end or self.end - self.start != len(self.text):
            raise ValueError(f"passage {self.id}: [{self.start}, {self.end}) does not fit its text")
        if any(not self.start <= start < end <= self.end for start, end in self.sentences):
            raise ValueError(f"passage {self.id}: a sentence lies outside of it")

    @property
    def article_id(self) -> str:
        """The id of its article."""
        return self.article.id

    def words(self, span: Span) -> str:
        """What stands at `span`, offsets into the article."""
        return self.text[span[0] - self.start : span[1] - self.start]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with the score that ranked it (higher is better; comparable within one question only)."""

    passage: Passage
    score: float
    also: tuple[Passage, ...] = ()
    """Passages of near-duplicates that say the same; they do not stand in the ranking themselves."""


INDEX_MARK = "catalog.sqlite"
"""The file that makes a folder an index."""

TALK_MARK = "a talk exported by article-qa"
"""Stands at the beginning of a file that a chat exported: it quotes articles, and is none."""
