"""What the index speaks of: articles and their passages. Frozen; offsets are code points into `Article.text`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

Scored = list[tuple[int, float]]
"""(passage id, score), best first."""

Span = tuple[int, int]
"""Half-open [start, end) in code points of an article's stored text."""


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as it was read.

    `path` and `key` identify it: the file, and the record's id or line in it ("" where the file is one article).
    `record` is the line (from 1) of a JSONL record. `title` is the record's own or derived from the text;
    `published` is ISO 8601 (a date, or a date and time) and only there if the article gives one.
    """

    id: str
    text: str
    path: str
    key: str = ""
    record: int | None = None
    encoding: str = "utf-8"
    title: str = ""
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None

    def digest(self) -> str:
        """The sha256 of everything that an answer can show of the article; equal digests need no new passages."""
        shown = (self.text, self.title, self.outlet, self.author, self.published, self.url, self.encoding)
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article stands; one with the same digest in several files has several. `id` names the article too."""

    id: str
    path: str
    key: str
    record: int | None


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
