"""The whole flow of a question: search -> rank -> read -> check -> cite -> Answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.filters import Filters
from index.search import Query, search
from qa.checks import absent
from qa.citations import cite
from qa.question import Question
from qa.reader import Reader, Reading
from qa.types import Answer, Found, RankedPassage, Refusal, Scope, Searched

if TYPE_CHECKING:
    from index.embed import QuestionEncoder
    from index.snapshot import Snapshot
    from qa.ranker import Ranker
    from qa.ranker_reader import Candidate

MAX_CITATIONS = 3


@dataclass(frozen=True, slots=True)
class Models:
    """What a question goes through: embedded by the encoder (if it is here), passages ranked, the best ones read."""

    encoder: QuestionEncoder | None
    ranker: Ranker
    reader: Reader


def answer(question: str, snapshot: Snapshot, models: Models, filters: Filters) -> Answer:
    """The answer to `question` with its citations, or a refusal. Raises UsageError for an empty question."""
    times = _Stopwatch()
    with snapshot.view():
        with times("retrieve"):
            query, scope = _query(question, models.encoder, snapshot, filters)
            hits = search(snapshot, query)
        with times("rank"):
            candidates = models.ranker.rank(query.text, hits)
        with times("read"):
            reading = models.reader.read(query.text, candidates, snapshot)
        refusal = _check(query, candidates, reading, snapshot)
        citations = cite(reading.findings[:MAX_CITATIONS], snapshot) if refusal is None else ()
        only = query.article_ids
        searched = Searched(snapshot.count_articles() if only is None else len(only), snapshot.newest())
    return Answer(
        question=query.text,
        answer=reading.findings[0].text if citations else None,
        method=models.reader.method,
        citations=citations,
        passages=ranked(candidates),
        searched=searched,
        scope=scope,
        refusal=refusal,
        confidence=reading.confidence if citations else None,
        score=reading.score,
        timings_ms=times.milliseconds(),
    )


def find(question: str, snapshot: Snapshot, models: Models, filters: Filters) -> Found:
    """The ranked passages for `question`, no answer."""
    with snapshot.view():
        query, scope = _query(question, models.encoder, snapshot, filters)
        return Found(query.text, ranked(models.ranker.rank(query.text, search(snapshot, query))), scope)


def ranked(candidates: Sequence[Candidate]) -> tuple[RankedPassage, ...]:
    """Candidates as they are shown, ranks from 1."""
    return tuple(
        RankedPassage(rank, candidate.hit.score, p.id, p.article_id, p.start, p.end, p.text)
        for rank, candidate in enumerate(candidates, 1)
        for p in (candidate.hit.passage,)
    )


def _check(query: Query, candidates: Sequence[Candidate], reading: Reading, snapshot: Snapshot) -> Refusal | None:
    """Why there is no answer: no article passes the filters, the reader found none, or the question names what stands
    in none of the passages.
    """
    if query.article_ids is not None and not query.article_ids:
        return Refusal("constraint")
    passages = [candidate.hit.passage for candidate in candidates]
    about = snapshot.headings({passage.article_id for passage in passages})
    missing = absent(Question(query.text), [*(passage.text for passage in passages), *about], snapshot.stems)
    reason = reading.refused or ("no_span" if missing else None)
    return Refusal(reason, missing) if reason else None


def _query(
    question: str, encoder: QuestionEncoder | None, snapshot: Snapshot, filters: Filters
) -> tuple[Query, Scope | None]:
    """What is searched, and to what it is put."""
    text = " ".join(question.encode("utf-8", "replace").decode().split())  # half a surrogate pair cannot be searched
    if not any(c.isalnum() for c in text):
        raise UsageError('the question is empty; type, for instance: qa ask "How many troops were authorized?"')
    selection = snapshot.select(filters)
    scope = Scope(selection.filters, selection.undated) if filters else None
    vector = None if encoder is None else encoder.encode_questions([text])[0]
    return Query(text, vector, selection.article_ids), scope


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
