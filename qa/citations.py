"""Findings -> citations: verbatim quotes with where they stand, and whether the file still says so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from index.errors import UnknownArticleError
from index.readers import reread
from index.snapshot import Snapshot
from index.types import Article, Span
from qa.reader import Finding
from qa.types import Citation


def cite(findings: Iterable[Finding], snapshot: Snapshot) -> tuple[Citation, ...]:
    """A citation for each finding, in order, markers from 1. Call inside `snapshot.view()`."""
    citations = []
    for marker, finding in enumerate(findings, 1):
        article = snapshot.article(finding.passage.article_id)
        assert article is not None, "a passage without its article"
        start, end = finding.quote
        citations.append(
            Citation(
                marker=marker,
                article_id=article.id,
                title=article.title,
                outlet=article.outlet,
                published=article.published,
                path=openable(article.path, snapshot.folder),
                record=article.record,
                encoding=article.encoding,
                changed=has_changed(article, snapshot),
                url=article.url,
                start=start,
                end=end,
                quote=article.text[start:end],
                span=finding.answer,
            )
        )
    return tuple(citations)


def resolve(ref: str, snapshot: Snapshot) -> tuple[Article, Span | None]:
    """What a REF names: an article, and a span of it if the REF has one. The exact id is tried first.

    Raises UnknownArticleError.
    """
    ref = ref.encode("utf-8", "replace").decode()
    with snapshot.view():
        article = snapshot.article(ref)
        if article is not None:
            return article, None
        article_id, _, span = ref.rpartition(":")
        place = re.fullmatch(r"(\d{1,15})-(\d{1,15})", span)
        article = snapshot.article(article_id) if place else None
    if article is None or place is None:
        raise UnknownArticleError(f"no article {ref!r} in {snapshot.folder}; qa articles lists them")
    start, end = int(place[1]), int(place[2])
    if not start < end <= len(article.text):
        raise UnknownArticleError(f"{ref}: {article_id} has the places 0 to {len(article.text)}; qa show {article_id}")
    return article, (start, end)


def openable(path: str, index: Path) -> str:
    """The stored `path` of an article as it opens from the current folder: relative if it lies below, else absolute."""
    absolute = Path(os.path.abspath(index.parent / path))
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


def has_changed(article: Article, snapshot: Snapshot) -> bool:
    """Whether the article's file no longer says what was indexed (it may be gone)."""
    file = snapshot.folder.parent / article.path
    try:
        stat = file.stat()
    except OSError:
        return True
    if (stat.st_size, stat.st_mtime_ns) == snapshot.file_state(article.id):
        return False
    now = reread(file, article)
    return now is None or now.digest() != article.digest()
