"""Findings -> citations: verbatim quotes with where they stand, and whether the file still says so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UnknownArticleError
from index.readers.standing import standing as standing_in
from index.snapshot import Snapshot
from index.text import words_of
from index.types import Article, Passage, Span
from qa.reading.reader import Finding
from qa.types import Citation, Elsewhere

if TYPE_CHECKING:
    from qa.models.ranker_reader import Candidate


@dataclass(frozen=True, slots=True)
class Reference:
    """What a REF names: an article as it is, or as it was at a revision (its number), and a span of its text."""

    article: Article
    revision: int | None = None
    span: Span | None = None

    @property
    def ref(self) -> str:
        """The REF without the span."""
        return self.article.id if self.revision is None else f"{self.article.id}@{self.revision}"


def cite(findings: Iterable[Finding], candidates: Iterable[Candidate], snapshot: Snapshot) -> tuple[Citation, ...]:
    """A citation for each finding among the candidates, in order, markers from 1. Call inside `snapshot.view()`."""
    citations = []
    also = {candidate.hit.passage.id: candidate.hit.also for candidate in candidates}
    for marker, finding in enumerate(findings, 1):
        indexed = snapshot.article(finding.passage.article_id)
        assert indexed is not None, "a passage without its article"
        article, changed = standing(indexed, snapshot)
        start, end = finding.quote
        citations.append(
            Citation(
                marker=marker,
                article_id=article.id,
                title=article.title,
                outlet=article.outlet,
                published=article.published,
                path=openable(article.path, snapshot.folder),
                record=article.place.record,
                encoding=article.encoding,
                changed=changed,
                url=article.url,
                start=start,
                end=end,
                quote=article.text[start:end],
                also=elsewhere(also.get(finding.passage.id, ()), snapshot, article.text[start:end]),
                span=None if finding.affirms else finding.answer,
            )
        )
    return tuple(citations)


def elsewhere(passages: Iterable[Passage], snapshot: Snapshot, quote: str | None = None) -> tuple[Elsewhere, ...]:
    """Where other articles say the same: their `passages`, or the sentences in these that are `quote`."""
    found = []
    for passage in passages:
        span = (passage.start, passage.end) if quote is None else _find(quote, passage, snapshot)
        article = snapshot.article(passage.article_id)
        if span is not None and article is not None:
            found.append(Elsewhere(article.id, article.outlet, *span))
    return tuple(found)


def _find(quote: str, passage: Passage, snapshot: Snapshot) -> Span | None:
    """The one or two sentences of a passage that have the words of `quote`."""
    sentences = snapshot.sentences(passage)
    for last, (_, end) in enumerate(sentences):
        for start, _ in reversed(sentences[max(0, last - 1) : last + 1]):
            if words_of(passage.text[start - passage.start : end - passage.start]) == words_of(quote):
                return start, end
    return None


def resolve(ref: str, snapshot: Snapshot) -> Reference:
    """What a REF names: `ID`, or `ID@N` for a revision, and `:START-END` for a span. The exact id is tried first.

    Raises UnknownArticleError.
    """
    ref = ref.encode("utf-8", "replace").decode()
    place = re.fullmatch(r"(.+):(\d{1,15})-(\d{1,15})", ref, re.DOTALL)
    with snapshot.view():
        named = _named(ref, snapshot)
        if named is not None or place is None:
            span = None
        else:
            named, span = _named(place[1], snapshot), (int(place[2]), int(place[3]))
    if named is None:
        raise UnknownArticleError(f"no article {ref!r} in {snapshot.folder}; qa articles lists them")
    if span is not None and span[0] >= span[1]:
        raise UnknownArticleError(f"{ref}: a place is START-END, and START comes first")
    length = len(named.article.text)
    if span is not None and span[1] > length:
        raise UnknownArticleError(f"{ref}: {named.ref} has the places 0 to {length}; qa show {named.ref}")
    return replace(named, span=span)


def _named(name: str, snapshot: Snapshot) -> Reference | None:
    """The article, or the revision of one, with this name."""
    article = snapshot.article(name)
    if article is not None:
        return Reference(article)
    named = re.fullmatch(r"(.+)@(\d{1,9})", name, re.DOTALL)
    revisions = snapshot.revisions(named[1]) if named else []
    if named is None or not revisions:
        return None
    number = int(named[2])
    if not 1 <= number <= len(revisions):
        last = len(revisions)
        raise UnknownArticleError(f"{named[1]} has the revisions 1 to {last}; qa show {named[1]} --revisions")
    return Reference(revisions[number - 1].article, number)


def openable(path: str, index: Path) -> str:
    """The stored `path` of an article as it opens from the current folder: relative if it lies below, else absolute."""
    absolute = Path(os.path.abspath(index.parent / path))
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


def standing(article: Article, snapshot: Snapshot) -> tuple[Article, bool]:
    """The article at its first place whose file still says it, and False; else at one that is there, and True."""
    return standing_in(snapshot.folder, article, snapshot.places(article.id), snapshot.file_note)
