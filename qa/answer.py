"""The whole flow of a question: find -> rank -> read -> say -> cite. The index is entered to find, and to cite.

Where there is a language model, it chooses sentences within `read`; one that may use its own words says them last.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import IndexBusyError, UsageError
from index.search import Query
from qa.language.browse import content_words
from qa.language.checks import absent, similar
from qa.language.names import Question, is_bare
from qa.language.parts import Part, in_talk, taken_apart
from qa.models.ranker_reader import FIRST, READ
from qa.reading.citations import beside, cite, cite_spans, elsewhere, resolve
from qa.reading.explain import explain
from qa.reading.findings import in_context
from qa.reading.join import LEADS, Reply, joined, worth_telling
from qa.reading.own_words import Sayer, in_own_words
from qa.reading.reader import Asked, Reader, Reading
from qa.reading.say import Said, say
from qa.reading.selected import named
from qa.reading.speaker import who_says
from qa.reading.summary import further, summarize, whole_sentences, word_vectors
from qa.scope import Ask, citable, compose, pools, searchable, without_met
from qa.types import (
    Act,
    Answer,
    Citation,
    Event,
    Found,
    RankedPassage,
    Refusal,
    Scope,
    Searched,
    Statement,
)

if TYPE_CHECKING:
    from index.filters import Filters
    from index.models.embed import QuestionEncoder
    from index.snapshot import Snapshot, View
    from index.types import Article, Hit, Span
    from qa.models.ranker import Ranker
    from qa.models.ranker_reader import Candidate
    from qa.models.shipped import Policy

_TRIES = 3
IN_TALK = 8
"""How many passages are ranked for a question of a talk; more are read in vain (docs/lab/dialogues.md)."""

NEAR = 6
"""How many sentences beside an answer are kept, to be told as more."""


@dataclass(frozen=True, slots=True)
class Models:
    """What a question goes through: embedded by the encoder (if it is here), passages ranked, the best ones read.

    `sayer`: says it in its own words, if there is one.
    """

    encoder: QuestionEncoder | None
    ranker: Ranker
    reader: Reader
    policy: Policy
    sayer: Sayer | None = None


def stream(question: str, snapshot: Snapshot, models: Models, ask: Ask) -> Iterator[Event]:
    """The answer to `question` as it comes about; the last event has the whole of it.

    A question of several parts is answered part by part. Where what is to be cited goes from the index meanwhile,
    everything begins anew, and other passages are told.
    Raises UsageError for an empty question, IndexBusyError for an index that never stands still.
    """
    times = _Stopwatch()
    asked = searchable(question)
    parts = in_talk(taken_apart(asked), ask.earlier)
    for _ in range(_TRIES):
        with snapshot.view() as view, times("retrieve"):
            found = [_found(part, view, models, ask) for part in parts]
        with times("rank"):
            candidates = [
                models.ranker.rank(one.query.text, one.looked_at, early=one.early, own=one.part.said) for one in found
            ]
        passages = ranked(once(candidates))
        yield Event("passages", passages)
        with times("read"):
            replies = [_reply(one, ranks, models) for one, ranks in zip(found, candidates, strict=True)]
            reply = joined([one for one, _ in replies])
            candidates += [alone for _, alone in replies]
        with snapshot.view() as view, times("cite"):
            leads = reply.leads if reply.refusal is not None else ()
            chosen = worth_telling(reply) if models.sayer is not None else ()
            shown = {finding.passage.id for finding in (*reply.said.findings, *leads, *chosen)}
            if shown == view.catalog.known(shown):
                every = once(candidates)
                citations = cite(reply.said.findings, every, view, snapshot.folder)
                statements, earlier = beside(reply.said, citations, every, view, snapshot.folder)
                near = cite(leads, every, view, snapshot.folder)
                told = cite(chosen, every, view, snapshot.folder)
                break
    else:
        raise IndexBusyError(f"{snapshot.folder}: what was found was changed again and again meanwhile; ask again")
    prompts, worded = reply.prompts, None
    if models.sayer is not None and told:
        with times("say"):
            worded = yield from in_own_words(models.sayer, asked, told)
        prompts += worded.prompts
    if worded is not None and worded.statements:
        statements, citations, earlier = worded.statements, list(worded.citations), ()
    else:
        for statement in statements:
            yield Event("statement", statement, tuple(citations))
    refusal, confidence = reply.refusal, reply.confidence
    yield Event(
        "done",
        Answer(
            question=asked,
            statements=statements,
            earlier=earlier,
            citations=tuple(citations),
            refusal=replace(refusal, leads=tuple(near)) if refusal is not None else None,
            method=("llm" if reply.model else "reader") if reply.is_read else None,
            model=reply.model,
            struck=worded.struck if worded is not None else (),
            prompts=prompts,
            passages=passages,
            searched=found[0].searched,
            scope=found[0].scope,
            confidence=confidence,
            unsure=confidence is not None and confidence < models.policy.unsure,
            score=reply.score,
            unanswered=reply.unanswered,
            more=reply.said.more,
            near=tuple((lead.passage.article_id, *lead.quote) for lead in reply.leads),
            outside=bool(ask.topic) and any(one.article_id not in ask.topic for one in citations[:1]),
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


def more(ref: str, told: Collection[Span], near: Sequence[Span], snapshot: Snapshot) -> Answer:
    """What else an article says: the sentences that came `near` an answer, then what follows the last one `told`.

    `told`: sentences that were shown; none of them comes again. Raises UnknownArticleError.
    """
    times = _Stopwatch()
    with snapshot.view() as view:
        article = resolve(ref, view.catalog).article
        with times("read"):
            sentences = whole_sentences(article.text, view.catalog.sentences(article.id))
            spans = further(article.text, sentences, told, near)
        citations = tuple(cite_spans(article, spans, view, snapshot.folder))
        indexed = view.article_count
    return _told("more", ref, citations, article, indexed, times)


def source(citation: Citation, snapshot: Snapshot) -> Answer:
    """Who says what is cited: the speaker, with the sentence that names it, or the article's outlet.

    Raises UnknownArticleError.
    """
    times = _Stopwatch()
    with snapshot.view() as view:
        article = resolve(citation.article_id, view.catalog).article
        with times("read"):
            found = who_says(article.text, view.catalog.sentences(article.id), (citation.start, citation.end))
        spans = [found.quote] if found else [(citation.start, citation.end)]
        citations = tuple(cite_spans(article, spans, view, snapshot.folder))
        indexed = view.article_count
    if found is not None:
        citations = (replace(citations[0], span=found.speaker),)
        said = Statement(citations[0].quote, "sentence", (1,))
    else:
        said = Statement(article.outlet or "The article itself", "prose", (1,), "verified")
    answer = _told("question", citation.ref, citations, article, indexed, times)
    return replace(answer, statements=(said,), method="reader")


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
    return _told("summary", ref, citations, article, indexed, times)


def _told(
    act: Act, question: str, citations: tuple[Citation, ...], article: Article, indexed: int, times: _Stopwatch
) -> Answer:
    """The sentences that are cited, each a statement."""
    return Answer(
        question=question,
        act=act,
        statements=tuple(Statement(citation.quote, "sentence", (citation.marker,)) for citation in citations),
        citations=citations,
        refusal=None if citations else Refusal("no_passage"),
        passages=(),
        searched=Searched(1, article.published and article.published[:10], indexed),
        timings_ms=times.milliseconds(),
    )


def which(text: str, snapshot: Snapshot, encoder: QuestionEncoder | None, filters: Filters) -> str | None:
    """The id of the article that `text` means best; None if nothing comes near it. Raises what `View.select` raises."""
    with snapshot.view() as view:
        only = view.select(filters).article_ids
        vector = None if encoder is None else encoder.encode_questions([text])[0]
        found = view.candidates(Query(text, vector, only)).hits
        titled = () if filters.article_ids is not None else view.about(content_words(text), filters)
    if titled:
        return titled[0].article.id
    return found[0].passage.article_id if found else None


def once(of_parts: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """The candidates of all parts, each passage once."""
    if len(of_parts) == 1:
        return list(of_parts[0])
    return list({one.hit.passage.id: one for ranks in reversed(of_parts) for one in reversed(ranks)}.values())[::-1]


def ranked(candidates: Sequence[Candidate]) -> tuple[RankedPassage, ...]:
    """Candidates as they are shown, ranks from 1."""
    return tuple(
        RankedPassage(rank, hit.score, p.id, p.article_id, p.start, p.end, p.text, elsewhere(hit.also))
        for rank, hit in enumerate((candidate.hit for candidate in candidates), 1)
        for p in (hit.passage,)
    )


def _composed(question: str, models: Models, view: View, ask: Ask, own: str | None = None) -> tuple[Query, Scope]:
    """What is searched, with its vector, and to what it is put; `own` as in `compose`."""
    query, scope = compose(question, view, ask, own)
    encoder = models.encoder
    return query if encoder is None else replace(query, vector=encoder.encode_questions([query.text])[0]), scope


@dataclass(frozen=True, slots=True)
class _Found:
    """What the index has for one part of a question. `early`: whether ranking it may end early."""

    part: Part
    query: Query
    scope: Scope
    hits: Sequence[Hit]
    searched: Searched
    own: Sequence[Hit] = ()
    before: str = ""

    @property
    def looked_at(self) -> Sequence[Hit]:
        """In a talk fewer: its articles' passages come first."""
        return self.hits[:IN_TALK] if self.scope.topic else self.hits

    @property
    def early(self) -> bool:
        return not self.scope.recognised


def _found(part: Part, view: View, models: Models, ask: Ask) -> _Found:
    query, scope = _composed(part.text, models, view, ask, part.said)
    count, only = view.article_count, query.article_ids
    searched = Searched(count if only is None else len(only), view.newest, count)
    own: Sequence[Hit] = ()
    if ask.topic and part.said != part.text and models.reader.reads_twice and not is_bare(part.said):
        among = frozenset(ask.topic) if only is None else only & set(ask.topic)
        vector = None if models.encoder is None else models.encoder.encode_questions([part.said])[0]
        own = view.candidates(Query(part.said, vector, among)).hits
    before = (ask.earlier[-1][1] or "") if ask.topic and ask.earlier else ""
    return _Found(part, query, scope, view.candidates(query).hits, searched, own, before)


def _reply(found: _Found, candidates: Sequence[Candidate], models: Models) -> tuple[Reply, list[Candidate]]:
    """What is said to one part: out of articles of the talk, of the outlet and the time that it names; else out of all.

    None of it, where no article is what was asked for or nothing answers. With it: what was ranked for its own words.
    """
    scope, question = found.scope, found.query.text
    may_be_cited = citable(scope, candidates)
    if scope and not may_be_cited:
        return Reply(found.part, Said(), Refusal("constraint")), []
    texts = texts_of(candidates)
    own = without_met(question, scope, may_be_cited[:READ])[: len(found.part.said)]
    missing = absent(Question(own), texts)
    asked = Asked(question, found.part.said, missing, said=found.before)
    alone: list[Candidate] = []

    def by_itself() -> Reading:
        alone.extend(models.ranker.rank(found.part.said, found.own[:FIRST]))
        return models.reader.read(replace(asked, text=found.part.said, own="", given=True), citable(scope, alone))

    reading = _read(asked, pools(scope, may_be_cited), models, bool(scope.topic), by_itself if found.own else None)
    said = say(found.part.said, reading, models.policy)
    refusal = None
    if reading.refused:
        bare = is_bare(question)
        refusal = Refusal("no_subject" if bare else reading.refused, missing, similar(missing, texts))
    leads = in_context(reading.leads[:LEADS]) if refusal is not None else reading.leads[:NEAR]
    reply = Reply(
        found.part,
        said,
        refusal,
        tuple(leads),
        reading.score,
        reading.confidence,
        bool(may_be_cited),
        model=reading.selection.model,
        prompts=reading.selection.prompts,
        named=named(reading.selection, reading.leads),
    )
    return reply, alone


def _read(
    asked: Asked,
    in_order: Sequence[tuple[list[Candidate], bool]],
    models: Models,
    talk: bool,
    by_itself: Callable[[], Reading] | None,
) -> Reading:
    """What is found in the first pool that answers; of none the last one's, in a `talk` the first one's: its topic's.

    In a talk an answer from elsewhere has to be surer, and what its articles say to the question with what was said
    before is compared with what they say to it `by_itself`.
    """
    readings = []
    prompts: tuple[str, ...] = ()
    for pool, given in in_order:
        reading = models.reader.read(replace(asked, given=given), pool)
        if talk and given and by_itself and (reading.confidence or 0) < models.policy.alone:
            reading = max(reading, by_itself(), key=_score)
        prompts += reading.selection.prompts
        reading = replace(reading, selection=replace(reading.selection, prompts=prompts))
        elsewhere = talk and not given
        sure = not elsewhere or reading.confidence is None or reading.confidence >= models.policy.outside
        if not reading.refused and sure:
            return reading
        readings.append(reading if reading.refused else replace(reading, refused="low_confidence"))
    return readings[0 if talk else -1] if readings else Reading((), "no_passage")


def _score(reading: Reading) -> float:
    return -math.inf if reading.score is None else reading.score


def texts_of(candidates: Sequence[Candidate]) -> list[str]:
    """What passages say, and what is known of their articles."""
    texts = [candidate.hit.passage.text for candidate in candidates]
    for article in dict.fromkeys(candidate.hit.passage.article for candidate in candidates):
        texts += [fact for fact in (article.title, article.outlet, article.published) if fact]
    return texts


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
