"""Findings -> citations: verbatim quotes with where they stand, and whether the file still says so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UnknownArticleError
from index.readers.standing import standing as standing_in
from index.snapshot import View
from index.stores.catalog import Catalog
from index.text import words_of
from index.types import Article, Location, Passage, Place, Span
from qa.reading.findings import Finding
from qa.reading.fullname import whole_name
from qa.reading.say import Said
from qa.reading.versions import older_value
from qa.types import Citation, Copy, Earlier, Elsewhere, Statement

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


def cite(findings: Iterable[Finding], candidates: Iterable[Candidate], view: View, folder: Path) -> list[Citation]:
    """A citation for each finding among the candidates, in order, markers from 1. `folder`: the index's."""
    also = {candidate.hit.passage.id: candidate.hit.also for candidate in candidates}
    citations = []
    for marker, finding in enumerate(findings, 1):
        indexed = view.catalog.article(finding.passage.article_id)
        assert indexed is not None, "a passage without its article"
        citation = next(cite_spans(indexed, [finding.quote], view, folder))
        citations.append(
            replace(
                citation,
                marker=marker,
                also=elsewhere(also.get(finding.passage.id, ()), finding.sentence),
                span=finding.answer,
            )
        )
    return citations


def beside(
    said: Said, citations: list[Citation], candidates: Iterable[Candidate], view: View, folder: Path
) -> tuple[tuple[Statement, ...], tuple[Earlier, ...]]:
    """The statements, and what older versions of the story said; `citations` gets what these rest on.

    A name that a quote shortens is cited where the article gives the whole of it too.
    """
    statements = list(said.statements)
    earlier: tuple[Earlier, ...] = ()
    if not statements or statements[0].kind != "span":
        return tuple(statements), ()
    finding, first = said.findings[0], statements[0]
    article = view.catalog.article(finding.passage.article_id)
    assert article is not None, "a passage without its article"
    named = whole_name(first.text, article.text, view.catalog.sentences(article.id))
    shown = any(c.article_id == article.id and named and c.start <= named.name[0] < c.end for c in citations)
    if named is not None and not shown:
        (citation,) = cite_spans(article, [named.sentence], view, folder)
        citations.append(replace(citation, marker=len(citations) + 1, span=named.name))
        statements[0] = replace(first, citations=(*first.citations, len(citations)))
    also = next((one.hit.also for one in candidates if one.hit.passage.id == finding.passage.id), ())
    published = article.published or ""
    older = sorted(
        (one for one in also if (one.article.published or "9") < published),
        key=lambda one: one.article.published or "",
        reverse=True,
    )
    answer = (finding.answer[0] - finding.quote[0], finding.answer[1] - finding.quote[0])
    found = older_value(finding.sentence, answer, older)
    before = view.catalog.article(found.passage.article_id) if found else None
    if found is not None and before is not None:
        (citation,) = cite_spans(before, [found.sentence], view, folder)
        citations.append(replace(citation, marker=len(citations) + 1, span=found.value))
        earlier = (Earlier(found.text, (len(citations),)),)
    return tuple(statements), earlier


def cite_spans(article: Article, spans: Iterable[Span], view: View, folder: Path) -> Iterator[Citation]:
    """A citation for each of the `spans` of an article's text, in order, markers from 1. `folder`: the index's."""
    there, changed = standing(article, view.catalog, folder)
    places = view.catalog.places(article.id)
    forms = view.catalog.paged_forms(article.id) if len(places) > 1 else {}
    for marker, (start, end) in enumerate(spans, 1):
        stands = [(at, place_at(at, article, (start, end), forms)) for at in places]
        yield Citation(
            marker=marker,
            article_id=article.id,
            title=article.title,
            outlet=article.outlet,
            author=article.author,
            published=article.published,
            path=openable(there.path, folder),
            place=next(found for at, found in stands if (at.path, at.key) == (there.path, there.key)),
            encoding=there.encoding,
            changed=changed,
            url=article.url,
            start=start,
            end=end,
            quote=article.text[start:end],
            copies=tuple(
                Copy(openable(at.path, folder), found)
                for at, found in stands
                if (at.path, at.key) != (there.path, there.key)
            ),
        )


def place_at(location: Location, article: Article, span: Span, forms: Mapping[str, Article]) -> Place:
    """Where a quote of the article stands at one of its places. `forms`: those with pages, by digest."""
    if location.digest not in forms:
        as_it_is = replace(article, place=location.place)
        return as_it_is.place_of(span) if location.digest == article.digest() else location.place
    from index.readers.wording import find_quote

    form = replace(forms[location.digest], place=location.place)
    start = find_quote(form, article.text[slice(*span)])
    return location.place if start is None else form.place_of((start, start))


def elsewhere(passages: Iterable[Passage], quote: str | None = None) -> tuple[Elsewhere, ...]:
    """Where other articles say the same: their `passages`, or the sentences in these that are `quote`."""
    found = []
    for passage in passages:
        span = (passage.start, passage.end) if quote is None else _find(quote, passage)
        if span is not None:
            found.append(Elsewhere(passage.article_id, passage.article.outlet, *span))
    return tuple(found)


def _find(quote: str, passage: Passage) -> Span | None:
    """The one or two sentences of a passage that have the words of `quote`."""
    wanted = words_of(quote)
    for last, (_, end) in enumerate(passage.sentences):
        for start, _ in reversed(passage.sentences[max(0, last - 1) : last + 1]):
            if words_of(passage.words((start, end))) == wanted:
                return start, end
    return None


def resolve(ref: str, catalog: Catalog) -> Reference:
    """What a REF names: `ID`, or `ID@N` for a revision, and `:START-END` for a span. The exact id is tried first.

    Raises UnknownArticleError.
    """
    ref = ref.encode("utf-8", "replace").decode()
    place = re.fullmatch(r"(.+):(\d{1,15})-(\d{1,15})", ref, re.DOTALL)
    named, span = _named(ref, catalog), None
    if named is None and place is not None:
        named, span = _named(place[1], catalog), (int(place[2]), int(place[3]))
    if named is None:
        raise UnknownArticleError(f"no article {ref!r} in {catalog.file.parent}; qa articles lists them")
    if span is not None and span[0] >= span[1]:
        raise UnknownArticleError(f"{ref}: a place is START-END, and START comes first")
    length = len(named.article.text)
    if span is not None and span[1] > length:
        raise UnknownArticleError(f"{ref}: {named.ref} has the places 0 to {length}; qa show {named.ref}")
    return replace(named, span=span)


def _named(name: str, catalog: Catalog) -> Reference | None:
    """The article, or the revision of one, with this name."""
    article = catalog.article(name)
    if article is not None:
        return Reference(article)
    named = re.fullmatch(r"(.+)@(\d{1,9})", name, re.DOTALL)
    revisions = catalog.revisions(named[1]) if named else []
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


def standing(article: Article, catalog: Catalog, folder: Path) -> tuple[Article, bool]:
    """The article at its first place whose file still says it, and False; else at one that is there, and True."""
    return standing_in(folder, article, catalog.places(article.id), catalog.file_note)
