"""The whole flow of a question: find -> rank -> read -> say -> cite. The index is entered to find, and to cite."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import IndexBusyError, UsageError
from qa.language.checks import absent, similar
from qa.language.names import Question, is_bare
from qa.language.wording import list_items
from qa.reading.citations import cite, cite_spans, elsewhere, resolve
from qa.reading.explain import explain
from qa.reading.reader import Finding, Reader, Reading, in_context
from qa.reading.summary import summarize, whole_sentences, word_vectors
from qa.scope import Ask, citable, compose, pools, without_met
from qa.types import Answer, Event, Found, RankedPassage, Reason, Refusal, Scope, Searched, Statement

if TYPE_CHECKING:
    from index.models.embed import QuestionEncoder
    from index.search import Query
    from index.snapshot import Snapshot, View
    from qa.models.ranker import Ranker
    from qa.models.ranker_reader import Candidate
    from qa.models.shipped import Policy

MAX_CITATIONS = 3
_TRIES = 3
LEADS = 3
"""How many sentences that come near a refusal shows."""


@dataclass(frozen=True, slots=True)
class Models:
    """What a question goes through: embedded by the encoder (if it is here), passages ranked, the best ones read."""

    encoder: QuestionEncoder | None
    ranker: Ranker
    reader: Reader
    policy: Policy


def stream(question: str, snapshot: Snapshot, models: Models, ask: Ask) -> Iterator[Event]:
    """The answer to `question` as it comes about; the last event has the whole of it.

    Where what is to be cited goes from the index meanwhile, everything begins anew, and other passages are told.
    Raises UsageError for an empty question, IndexBusyError for an index that never stands still.
    """
    times = _Stopwatch()
    for _ in range(_TRIES):
        with snapshot.view() as view, times("retrieve"):
            query, scope = _composed(question, models, view, ask)
            hits = view.candidates(query).hits
            count, only = view.article_count, query.article_ids
            searched = Searched(count if only is None else len(only), view.newest, count)
        with times("rank"):
            candidates = models.ranker.rank(query.text, hits, early=not scope.recognised)
        passages = ranked(candidates)
        yield Event("passages", passages)
        with times("read"):
            may_be_cited = citable(scope, candidates)
            reading = _read(models.reader, query.text, scope, may_be_cited)
            refusal = _refusal(query.text, scope, candidates, may_be_cited, reading)
        findings = in_context(reading.findings[:MAX_CITATIONS]) if refusal is None else []
        leads = in_context(reading.leads[:LEADS]) if refusal is not None else []
        with snapshot.view() as view, times("cite"):
            shown = {finding.passage.id for finding in (*findings, *leads)}
            if shown == view.catalog.known(shown):
                citations = cite(findings, candidates, view, snapshot.folder)
                near = cite(leads, candidates, view, snapshot.folder)
                break
    else:
        raise IndexBusyError(f"{snapshot.folder}: what was found was changed again and again meanwhile; ask again")
    statements = say(query.text, findings)
    for statement in statements:
        yield Event("statement", statement, tuple(citations))
    yield Event(
        "done",
        Answer(
            question=query.text,
            statements=statements,
            citations=tuple(citations),
            refusal=replace(refusal, leads=tuple(near)) if refusal is not None else None,
            method=models.reader.method if may_be_cited else None,
            passages=passages,
            searched=searched,
            scope=scope,
            confidence=reading.confidence,
            unsure=reading.confidence is not None and reading.confidence < models.policy.unsure,
            score=reading.score,
            timings_ms=times.milliseconds(),
        ),
    )


def find(question: str, snapshot: Snapshot, models: Models, ask: Ask, *, explained: bool = False) -> Found:
    """The ranked passages for `question`, no answer."""
    with snapshot.view() as view:
        query, scope = _composed(question, models, view, ask)
        found = view.candidates(query)
    candidates = models.ranker.rank(query.text, found.hits, early=not scope.recognised)
    explanations = explain(query.text, scope, found, candidates) if explained else ()
    return Found(query.text, ranked(candidates), scope, explanations)


def summary(ref: str, snapshot: Snapshot, encoder: QuestionEncoder | None) -> Answer:
    """The article that `ref` names, in a few of its own sentences. Without an encoder its words say which are central.

    Raises UnknownArticleError, and UsageError for a revision that is not the article as it is.
    """
    times = _Stopwatch()
    with snapshot.view() as view:
        named = resolve(ref, view.catalog)
        article = named.article
        if article != view.catalog.article(article.id):
            raise UsageError(f"{named.ref} is no longer what the article says; as it is now: qa summary {article.id}")
        with times("read"):
            sentences = whole_sentences(article.text, view.catalog.sentences(article.id))
            texts = [article.text[start:end] for start, end in sentences]
            vectors = word_vectors(texts) if encoder is None else encoder.encode_questions(texts)
            spans = summarize(article.text, sentences, vectors)
        citations = tuple(cite_spans(article, spans, view, snapshot.folder))
        indexed = view.article_count
    return Answer(
        question=ref,
        act="summary",
        statements=tuple(Statement(citation.quote, "sentence", (citation.marker,)) for citation in citations),
        citations=citations,
        refusal=None if citations else Refusal("no_passage"),
        passages=(),
        searched=Searched(1, article.published and article.published[:10], indexed),
        timings_ms=times.milliseconds(),
    )


def ranked(candidates: Sequence[Candidate]) -> tuple[RankedPassage, ...]:
    """Candidates as they are shown, ranks from 1."""
    return tuple(
        RankedPassage(rank, hit.score, p.id, p.article_id, p.start, p.end, p.text, elsewhere(hit.also))
        for rank, hit in enumerate((candidate.hit for candidate in candidates), 1)
        for p in (hit.passage,)
    )


def say(question: str, findings: Sequence[Finding]) -> tuple[Statement, ...]:
    """What the findings, which all give one answer, say: one statement, or one for each item of a list."""
    if not findings:
        return ()
    best = findings[0]
    markers = tuple(range(1, len(findings) + 1))
    if best.affirms:
        return (Statement("yes", "yes", markers),)
    if sentence := best.whole_sentence:
        return (Statement(sentence, "sentence", markers),)
    items = list_items(question, best.text)
    if len(items) > 1:
        return tuple(Statement(item, "list", markers) for item in items)
    return (Statement(best.text, "span", markers),)


def _composed(question: str, models: Models, view: View, ask: Ask) -> tuple[Query, Scope]:
    """What is searched, with its vector, and to what it is put."""
    query, scope = compose(question, view, ask)
    encoder = models.encoder
    return query if encoder is None else replace(query, vector=encoder.encode_questions([query.text])[0]), scope


def _read(reader: Reader, question: str, scope: Scope, candidates: Sequence[Candidate]) -> Reading:
    """What is found in articles of the outlet and the time that the question names; in all, if that is nothing."""
    reading = Reading((), "no_passage")
    for pool in pools(scope, candidates):
        reading = reader.read(question, pool)
        if not reading.refused:
            break
    return reading


def _refusal(
    question: str, scope: Scope, candidates: Sequence[Candidate], may_be_cited: Sequence[Candidate], reading: Reading
) -> Refusal | None:
    """Why there is no answer: no article is what was asked for, the reader found none, or the question names what
    stands in none of the passages.
    """
    if scope and not may_be_cited:
        return Refusal("constraint")
    cited = {finding.passage.article_id for finding in reading.findings[:MAX_CITATIONS]}
    asked = without_met(question, scope, [found for found in candidates if found.hit.passage.article_id in cited])
    texts = [candidate.hit.passage.text for candidate in candidates]
    for article in dict.fromkeys(candidate.hit.passage.article for candidate in candidates):
        texts += [fact for fact in (article.title, article.outlet, article.published) if fact]
    missing = absent(Question(asked), texts)
    reason: Reason | None = reading.refused or ("no_span" if missing else None)
    if reason is None:
        return None
    return Refusal("no_subject" if is_bare(question) else reason, missing, similar(missing, texts))


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
