"""The whole flow of a question: search -> read -> check -> cite -> Answer."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.errors import UnknownArticleError, UsageError
from index.search import Query, search
from index.types import Hit
from qa.citations import cite
from qa.reader import Finding, Reader
from qa.types import Answer, RankedPassage, Searched

if TYPE_CHECKING:
    from index.onnx import Encoder
    from index.snapshot import Snapshot

MAX_CITATIONS = 3
CITATION_MARGIN = 1.0
"""How much lower a further citation's score (a logit) may be than the best one's."""


def answer(
    question: str,
    snapshot: Snapshot,
    encoder: Encoder,
    reader: Reader,
    article_ids: Collection[str] | None = None,
) -> Answer:
    """The answer to `question` with its citations, or a refusal. Raises UsageError for an empty question."""
    times = _Stopwatch()
    with snapshot.view():
        with times("retrieve"):
            query = _query(question, encoder, snapshot, article_ids)
            hits = search(snapshot, query)
        with times("read"):
            reading = reader.read(query.text, query.vector, hits, snapshot)
        citations = cite(_to_cite(reading.findings), snapshot) if not reading.refusal else ()
        searched = Searched(snapshot.count_articles(), snapshot.newest())
    best = citations[0] if citations else None
    return Answer(
        question=query.text,
        answer=best.quote[best.span[0] - best.start : best.span[1] - best.start] if best and best.span else None,
        method=reader.method,
        citations=citations,
        passages=ranked(hits),
        searched=searched,
        refusal=reading.refusal,
        score=reading.findings[0].score if reading.findings else None,
        timings_ms=times.milliseconds(),
    )


def find(
    question: str, snapshot: Snapshot, encoder: Encoder, article_ids: Collection[str] | None = None
) -> tuple[RankedPassage, ...]:
    """The ranked passages for `question`, no answer."""
    with snapshot.view():
        return ranked(search(snapshot, _query(question, encoder, snapshot, article_ids)))


def ranked(hits: Sequence[Hit]) -> tuple[RankedPassage, ...]:
    """Hits as they are shown, ranks from 1."""
    return tuple(
        RankedPassage(rank, hit.score, p.id, p.article_id, p.start, p.end, p.text)
        for rank, hit in enumerate(hits, 1)
        for p in (hit.passage,)
    )


def _query(question: str, encoder: Encoder, snapshot: Snapshot, article_ids: Collection[str] | None) -> Query:
    text = " ".join(question.split())
    if not any(c.isalnum() for c in text):
        raise UsageError('the question is empty; type, for instance: qa ask "How many troops were authorized?"')
    if article_ids is not None:
        for article_id in article_ids:
            if snapshot.article(article_id) is None:
                raise UnknownArticleError(f"no article {article_id!r} in {snapshot.folder}; qa articles lists them")
    return Query(text, encoder.encode([text])[0], frozenset(article_ids) if article_ids is not None else None)


def _to_cite(findings: Sequence[Finding]) -> list[Finding]:
    """The best finding, then those nearly as good, each sentence once."""
    near = [finding for finding in findings if finding.score >= findings[0].score - CITATION_MARGIN]
    once = {(finding.passage.article_id, finding.quote): finding for finding in reversed(near)}
    return [finding for finding in near if once[finding.passage.article_id, finding.quote] is finding][:MAX_CITATIONS]


class _Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._stages[stage] = time.perf_counter() - began

    def milliseconds(self) -> dict[str, float]:
        stages = {**self._stages, "total": time.perf_counter() - self._began}
        return {stage: round(seconds * 1000, 1) for stage, seconds in stages.items()}
