"""The whole flow of a question: search -> rank -> read -> check -> cite -> Answer."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.filters import Filters
from index.search import Query, fold_near, rank, search
from qa.language.checks import absent, similar
from qa.language.constraints import is_named, meets, passing, preferred, recognise
from qa.language.names import Question
from qa.reading.citations import cite, elsewhere
from qa.reading.explain import explain
from qa.reading.reader import Reader, Reading
from qa.types import Answer, Differing, Found, RankedPassage, Refusal, Scope, Searched

if TYPE_CHECKING:
    from index.models.embed import QuestionEncoder
    from index.snapshot import Snapshot
    from index.types import Article
    from qa.models.ranker import Ranker
    from qa.models.ranker_reader import Candidate

MAX_CITATIONS = 3


@dataclass(frozen=True, slots=True)
class Models:
    """What a question goes through: embedded by the encoder (if it is here), passages ranked, the best ones read."""

    encoder: QuestionEncoder | None
    ranker: Ranker
    reader: Reader


@dataclass(frozen=True, slots=True)
class Ask:
    """How a question is put: to which articles, and whether its own words about them count, as of `today`."""

    filters: Filters
    constraints: bool
    today: dt.date


def answer(question: str, snapshot: Snapshot, models: Models, ask: Ask) -> Answer:
    """The answer to `question` with its citations, or a refusal. Raises UsageError for an empty question."""
    times = _Stopwatch()
    with snapshot.view():
        with times("retrieve"):
            query, scope = compose(question, models.encoder, snapshot, ask)
            hits = search(snapshot, query)
        with times("rank"):
            candidates = models.ranker.rank(query.text, hits, early=not scope.recognised)
        with times("read"):
            citable = _citable(scope, candidates, snapshot)
            reading = _read(models.reader, query.text, scope, citable, snapshot)
        refusal = _check(query.text, scope, candidates, citable, reading, snapshot)
        findings = reading.findings[:MAX_CITATIONS] if refusal is None else ()
        differing = reading.differing if refusal is None else None
        citations = cite([*findings, *([differing] if differing else ())], candidates, snapshot)
        passages = ranked(candidates, snapshot)
        only = query.article_ids
        searched = Searched(snapshot.count_articles() if only is None else len(only), snapshot.newest())
    return Answer(
        question=query.text,
        answer=findings[0].text if findings else None,
        method=models.reader.method,
        citations=citations[: len(findings)],
        passages=passages,
        searched=searched,
        scope=scope,
        refusal=refusal,
        confidence=reading.confidence if findings else None,
        score=reading.score,
        differing=Differing(differing.text, citations[-1]) if differing else None,
        timings_ms=times.milliseconds(),
    )


def find(question: str, snapshot: Snapshot, models: Models, ask: Ask, *, explained: bool = False) -> Found:
    """The ranked passages for `question`, no answer."""
    with snapshot.view():
        query, scope = compose(question, models.encoder, snapshot, ask)
        ranks = rank(snapshot, query)
        hits = fold_near([found.hit for found in ranks], snapshot)
        candidates = models.ranker.rank(query.text, hits, early=not scope.recognised)
        explanations = explain(query.text, scope, ranks, hits, candidates, snapshot) if explained else ()
        return Found(query.text, ranked(candidates, snapshot), scope, explanations)


def ranked(candidates: Sequence[Candidate], snapshot: Snapshot) -> tuple[RankedPassage, ...]:
    """Candidates as they are shown, ranks from 1. Call inside `snapshot.view()`."""
    return tuple(
        RankedPassage(rank, hit.score, p.id, p.article_id, p.start, p.end, p.text, elsewhere(hit.also, snapshot))
        for rank, hit in enumerate((candidate.hit for candidate in candidates), 1)
        for p in (hit.passage,)
    )


def _citable(scope: Scope, candidates: Sequence[Candidate], snapshot: Snapshot) -> list[Candidate]:
    """The candidates that may be cited: all but those of articles that are not known to be what the question says.

    An article whose outlet nobody knows may name the one that is meant. One that names none of the outlets that the
    question attributes to and the index lacks is nobody's word for it.
    """
    if not scope.recognised:
        return list(candidates)
    if scope.unmet:
        return []
    strangers = {one.outlets[0] for one in scope.recognised if one.effect == "unknown"}
    meant = {name for one in scope.recognised if one.effect == "required" for name in one.outlets}
    facts = {one.id: one for one in snapshot.facts()}
    citable = set()
    for article_id in {candidate.hit.passage.article_id for candidate in candidates}:
        about = facts[article_id]
        has_to_name = bool(strangers) or (bool(meant) and about.outlet is None)
        text = _all_text(snapshot.article(article_id)) if has_to_name else ""
        if about.outlet is None:
            about = about._replace(outlet=next((name for name in sorted(meant) if is_named(name, text)), None))
        if meets(scope.recognised, about) and all(is_named(name, text) for name in strangers):
            citable.add(article_id)
    return [candidate for candidate in candidates if candidate.hit.passage.article_id in citable]


def _read(reader: Reader, question: str, scope: Scope, citable: Sequence[Candidate], snapshot: Snapshot) -> Reading:
    """What is found in articles of the time that the question names; in all that may be cited, if that is nothing."""
    dates = [one for one in scope.recognised if one.kind == "published" and one.effect == "preferred"]
    dated = {facts.id for facts in snapshot.facts() if any(one.fits(facts) for one in dates)} if dates else set()
    first = [candidate for candidate in citable if candidate.hit.passage.article_id in dated]
    reading = reader.read(question, first, snapshot) if first else None
    return reader.read(question, citable, snapshot) if reading is None or reading.refused else reading


def _all_text(article: Article | None) -> str:
    """Everything that an article says, of itself too."""
    parts = (article.title, article.outlet, article.author, article.url, article.text) if article else ()
    return " ".join(part for part in parts if part)


def _check(
    question: str,
    scope: Scope,
    candidates: Sequence[Candidate],
    citable: Sequence[Candidate],
    reading: Reading,
    snapshot: Snapshot,
) -> Refusal | None:
    """Why there is no answer: no article is what was asked for, the reader found none, or the question names what
    stands in none of the passages.
    """
    if scope and not citable:
        return Refusal("constraint", tuple(one.outlets[0] for one in scope.recognised if one.effect == "unknown"))
    passages = [candidate.hit.passage for candidate in candidates]
    about = snapshot.headings({passage.article_id for passage in passages})
    read = {finding.passage.article_id for finding in reading.findings[:MAX_CITATIONS]}
    asked = Question(_without_met(question, scope, read, snapshot))
    texts = [*(passage.text for passage in passages), *about]
    missing = absent(asked, texts, snapshot.stems)
    reason = reading.refused or ("no_span" if missing else None)
    return Refusal(reason, missing, similar(missing, texts)) if reason else None


def _without_met(question: str, scope: Scope, article_ids: Collection[str], snapshot: Snapshot) -> str:
    """The question without what it says of outlet and date, where that is known of what is cited."""
    read = [facts for facts in snapshot.facts() if facts.id in article_ids] if scope.recognised else []
    for constraint in reversed(scope.recognised):
        if constraint.effect == "unknown" or any(constraint.fits(facts) for facts in read):
            end = constraint.start + len(constraint.text)
            question = question[: constraint.start] + " " * len(constraint.text) + question[end:]
    return question


def compose(question: str, encoder: QuestionEncoder | None, snapshot: Snapshot, ask: Ask) -> tuple[Query, Scope]:
    """What is searched, and to what it is put."""
    text = " ".join(question.encode("utf-8", "replace").decode().split())  # half a surrogate pair cannot be searched
    if not any(c.isalnum() for c in text):
        raise UsageError('the question is empty; type, for instance: qa ask "How many troops were authorized?"')
    selection = snapshot.select(ask.filters)
    recognised = recognise(text, snapshot.facts(), ask.today) if ask.constraints else ()
    given = {"outlet": bool(ask.filters.outlets), "published": ask.filters.dated}  # what is given goes before words
    recognised = tuple(one for one in recognised if one.effect == "unknown" or not given[one.kind])
    only, passed = selection.article_ids, passing(recognised, snapshot.facts())
    if passed is not None:
        passed = passed if only is None else passed & only
    unmet = passed is not None and not passed
    query = Query(
        text,
        None if encoder is None else encoder.encode_questions([text])[0],
        only if passed is None or unmet else passed,
        preferred(recognised, snapshot.facts()),
    )
    undated = selection.undated
    if unmet and any(one.kind == "published" and one.effect == "required" for one in recognised):
        undated += sum(one.published is None and (only is None or one.id in only) for one in snapshot.facts())
    return query, Scope(selection.filters, undated, recognised, unmet)


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
