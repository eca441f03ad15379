"""The collection itself: which articles are about something, mention it, or came last; and what there is to ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.filters import Filters
from index.search import Query
from qa.examples import examples_of, leads
from qa.language.browse import content_words, topic_of
from qa.reading.citations import cite_spans
from qa.reading.topical import Topical
from qa.scope import Ask, recognised_filters
from qa.types import Answer, Citation, Listed, Refusal, Scope, Searched

if TYPE_CHECKING:
    import numpy as np

    from index.mentions import About
    from index.models.embed import QuestionEncoder
    from index.snapshot import Snapshot, View
    from index.types import Facts, Span

_ALL = "are in the collection"
CITED = 10
"""How many articles of a list come with the sentence that matches: those that a screen shows."""


@dataclass(frozen=True, slots=True)
class Near:
    """What tells which articles are about something by its meaning, too: of the encoder that made the index."""

    topical: Topical
    encoder: QuestionEncoder

    def vector_of(self, words: str) -> np.ndarray:
        """float32 [dim]."""
        return self.encoder.encode_questions([words])[0]


Found = Sequence[tuple["Facts", "Span | None"]]


def articles(
    line: str,
    want: str,
    snapshot: Snapshot,
    ask: Ask,
    subject: str | None = None,
    like: tuple[Sequence[str], str] | None = None,
    near: Near | None = None,
) -> Answer:
    """The articles that a line asks for. `want`: "about", "mentions", "newest" or "all" (`qa.language.acts`).

    `subject`: what they are about, where the line itself only points to it; `like`: the ids of articles that are about
    that too, which come first, and a question about it. `near`: judges by meaning too; without, by words alone.
    """
    text = " ".join(line.split())
    subject = topic_of(text, want) if subject is None else subject
    with snapshot.view() as view:
        filters, named = recognised_filters(text, view, ask)
        try:
            found, what = _found(view, want, subject, filters, near)
            if like:
                found, what = _with(like, found if subject else (), view), what if subject else "are about that"
        except UsageError:  # no word to look for
            found, what = (), f"mention “{subject}”"
        count, cited = len(found), found[:CITED]
        citations = _cited(cited, view, snapshot)
        searched = Searched(view.article_count, view.newest, view.article_count)
    markers = {citation.article_id: citation.marker for citation in citations}
    listed = tuple(
        Listed(one.id, one.title, one.outlet, one.published, one.url, markers.get(one.id)) for one, _ in found
    )
    order = ", the newest first" if what in ("", _ALL) else ""
    what = " ".join(part for part in (what, named) if part)
    plural = "article" if count == 1 else "articles"
    verb = what.replace("mention ", "mentions ", 1).replace("are ", "is ", 1) if count == 1 else what
    return Answer(
        question=text,
        act="articles",
        reply=f"{count:,} {plural} {verb}".strip() + f"{order}." if count else None,
        count=count,
        refusal=None if count else Refusal("no_article", (subject,) if subject else ()),
        articles=listed,
        citations=citations,
        passages=(),
        searched=searched,
        scope=Scope(filters),
    )


def _found(view: View, want: str, subject: str, filters: Filters, near: Near | None) -> tuple[Found, str]:
    """The articles, each with the sentence that matches, and what they have in common."""
    if subject and want == "mentions":
        mentions = view.mentions(_ARTICLE.sub("", subject), filters)
        return [(one.article, one.sentence) for one in mentions.articles], f"mention “{' '.join(mentions.words)}”"
    if subject and (words := content_words(subject)):
        if near is None:
            about: Sequence[About] = view.about(words, filters)
        else:
            about = near.topical.chosen(view.near_to(words, near.vector_of(" ".join(words)), filters))
        return [(one.article, one.sentence) for one in about], f"are about “{subject}”"
    return [(facts, None) for facts in view.newest_first(filters)], "" if filters else _ALL


_ARTICLE = re.compile(r"^(?:an?|the)\s+(?=\S)")
"""Stands before what is to be looked for, and is no part of it: "which articles mention a drone?"."""


def _with(like: tuple[Sequence[str], str], found: Found, view: View) -> Found:
    """These articles and those that have the words of the question nearly as well; then those that were found."""
    ids, question = set(like[0]), like[1]
    hits = view.candidates(Query(question, None)).hits if question and ids else ()
    own = max((hit.score for hit in hits if hit.passage.article_id in ids), default=2.0)
    ids |= {hit.passage.article_id for hit in hits if hit.score >= _AS_WELL * own}
    known = view.catalog.facts(ids)
    sentences = {facts.id: sentence for facts, sentence in found}
    first = [(facts, sentences.get(facts.id)) for facts in known]
    return [*first, *((facts, sentence) for facts, sentence in found if facts.id not in ids)]


_AS_WELL = 0.7


def _cited(found: Found, view: View, snapshot: Snapshot) -> tuple[Citation, ...]:
    """The sentences that match, cited; markers in the order of the articles."""
    citations: list[Citation] = []
    for facts, sentence in found:
        article = view.catalog.article(facts.id) if sentence else None
        if article is not None and sentence is not None:
            (citation,) = cite_spans(article, [sentence], view, snapshot.folder)
            citations.append(replace(citation, marker=len(citations) + 1))
    return tuple(citations)


# ---- talk ------------------------------------------------------------------------------------------------------------

_REPLIES = {
    "hello": "Hello. Ask me about the articles, for instance:",
    "thanks": "You are welcome. Ask on, for instance:",
    "help": "I answer questions from the articles and cite the sentences that say so; I list and sum up articles too. "
    "For instance:",
    "bye": "Goodbye (/quit leaves the chat). There is more in the articles, for instance:",
    "other": "I only know what the articles say. For instance:",
}


def talk(line: str, want: str, snapshot: Snapshot) -> Answer:
    """A reply to small talk: a line, and three questions that the collection's own articles answer."""
    with snapshot.view() as view:
        searched = Searched(view.article_count, view.newest, view.article_count)
        shown = " ".join(f"“{one}”" for one in examples_of(leads(view.catalog)))
    if not searched.articles:
        shown = "there are no articles yet; qa index PATH adds some."
    reply = f"{_REPLIES[want]} {shown or _ALWAYS}"
    return Answer(question=" ".join(line.split()), act="talk", reply=reply, passages=(), searched=searched)


_ALWAYS = "“What are the newest articles?”"
