"""Records -> a gold set: what stands in their fields, and which of them cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index.errors import ArticleQAError
from qa.evaluate.gold import BadRecord, Evidence, GoldArticle, GoldQuestion, GoldSet, Place
from qa.evaluate.records import Record

KNOWN = "JSONL of this project, SQuAD, HotpotQA, MultiHop-RAG, CoQA or QuAC JSON, or a BEIR folder"


class Unreadable(ValueError):
    """Why a record cannot be read."""


Convert = Callable[["Collector", Record, str], Sequence[GoldQuestion]]
"""The questions of a record that stands at a place in its file; none of one that is an article, say."""


class Collector:
    """A gold set while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.formats: dict[str, None] = {}
        self.questions: dict[str, GoldQuestion] = {}
        self.articles: dict[str, GoldArticle] = {}
        self.bad: list[BadRecord] = []
        self._ids: dict[tuple[str, str], str] = {}

    def take(self, where: str, record: Any, convert: Convert) -> None:
        """Add what `record` says, or note why it cannot be read."""
        try:
            if not isinstance(record, dict):
                raise Unreadable("not a JSON object")
            new: dict[str, GoldQuestion] = {}
            for question in convert(self, record, where):
                if question.id in self.questions or question.id in new:
                    raise Unreadable(f"the id {question.id!r} stands twice")
                new[question.id] = question
            self.questions |= new
        except KeyError as error:
            self.bad.append(BadRecord(str(self.path), where, f"no {error}"))
        except (ValueError, TypeError, AttributeError) as error:  # a record can hold anything
            self.bad.append(BadRecord(str(self.path), where, str(error)))

    def add_article(self, article: GoldArticle) -> None:
        """Raises Unreadable if another article has its id."""
        known = self.articles.setdefault(article.id, article)
        if known != article:
            raise Unreadable(f"the article id {article.id!r} stands twice")

    def add_paragraph(self, name: str, title: str, text: str) -> str:
        """The id of a paragraph: `name`, or "name (2)" where another text has it; the same text is one article."""
        key = (title, text)
        if key not in self._ids:
            number, free = 1, name
            while free in self.articles:
                number += 1
                free = f"{name} ({number})"
            self._ids[key] = free
            self.articles[free] = GoldArticle(id=free, text=text, title=title or None)
        return self._ids[key]

    def done(self, digest: str, name: str) -> GoldSet:
        """The set. Raises ArticleQAError if there is no question in it."""
        if not self.questions:
            why = f" ({self.bad[0].where}: {self.bad[0].reason})" if self.bad else ""
            raise ArticleQAError(f"{self.path}: no question could be read{why}; gold sets are {KNOWN}")
        return GoldSet(
            name=name,
            format="+".join(self.formats),
            digest=digest,
            questions=tuple(self.questions.values()),
            articles=tuple(self.articles.values()),
            bad=tuple(self.bad),
        )


# ---- fields --------------------------------------------------------------------------------------------------------


def text_field(record: Record, name: str, strip: bool = True) -> str:
    """A text that has to be there. Raises Unreadable, as the other fields do."""
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f'no "{name}"' if value is None else f'"{name}" is no text')
    return value.strip() if strip else value


def optional_field(record: Record, name: str) -> str | None:
    """A text; None if there is none."""
    value = record.get(name)
    return value if isinstance(value, str) and value else None


def strings_field(record: Record, name: str) -> list[str]:
    """A list of texts; empty if there is none."""
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unreadable(f'"{name}" is not a list of texts')
    return value


def id_field(value: Any, otherwise: str | None) -> str:
    """An id, which may be a number; `otherwise` where there is none."""
    if isinstance(value, str | int) and str(value).strip():
        return str(value)
    if value is None and otherwise is not None:
        return otherwise
    raise Unreadable("no id")


def evidence_field(record: Record, article_ids: tuple[str, ...]) -> tuple[Evidence, ...]:
    """The pieces of evidence; one that names no article stands in `article_ids`."""
    pieces = record.get("evidence") or []
    if not isinstance(pieces, list):
        raise Unreadable('"evidence" is not a list')
    return tuple(Evidence(_places(piece, article_ids)) for piece in pieces)


def _places(item: Any, article_ids: tuple[str, ...]) -> tuple[Place, ...]:
    """A piece of evidence: the words, or {"article_id"?, "start", "end"} or {"article_id"?, "text"}."""
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, dict):
        raise Unreadable("a piece of evidence is a text or an object")
    named = (item["article_id"],) if isinstance(item.get("article_id"), str) else article_ids
    start, end = item.get("start"), item.get("end")
    if not all(isinstance(offset, int | None) for offset in (start, end)):
        raise Unreadable("evidence starts and ends at whole numbers")
    return tuple(Place((name,), start, end, item.get("text")) for name in named) or (
        Place((), start, end, item.get("text")),
    )
