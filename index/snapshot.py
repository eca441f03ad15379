"""THE one reader: what Chroma and tantivy find, what they lack (the tail), and the catalog's word on all of it.

It writes nothing, never waits for the writer, and sees at its next question what another process has indexed. Where a
derived store cannot be used (missing, broken, a folder that cannot be written), its part is answered from the catalog.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.dates import Days
from index.errors import IndexDamagedError, NoIndexError, UnknownArticleError, ignore
from index.filters import Criteria, Filters, Selection, authors_named, outlets_named
from index.mentions import (
    ACCENTS,
    About,
    Mention,
    Mentions,
    enough,
    first_sentence,
    how_much_about,
    is_mentioned,
    phrase,
    terms_of,
)
from index.search import CANDIDATES, Candidates, Query, candidates
from index.stores.catalog import FILE, Catalog, Meta
from index.stores.opened import State, best
from index.text import stems
from index.types import Facts, Scored

if TYPE_CHECKING:
    import numpy as np

_EXACT_UPTO = 5_000
_OVERFETCH = 10
_FETCH_UPTO = 5_000
_RAREST = 2  # of several words those that the fewest passages have say well enough which articles to look at
_ANY = Filters()


class Snapshot:
    """An index that is open for questions, of one thread or of many: each question has a `View` of its own."""

    def __init__(self, folder: Path, notify: Callable[[str], None] = ignore) -> None:
        """`notify` is told of a derived store that fails. Raises NoIndexError, IndexDamagedError."""
        if not (folder / FILE).is_file():
            raise NoIndexError(f"no index in {folder}; make one: qa index PATH --index {folder}")
        self.folder = folder
        self._notify = notify
        self._lock = threading.Lock()
        self._idle = [Catalog.open(folder)]
        self._state: State | None = None
        self._closed = False
        self.embedding = self._idle[0].meta().embedding
        """The fingerprint of the model that made the vectors; questions need the same one."""

    def close(self) -> None:
        """Let go of every file, at once or, where a view is open, when that ends."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            if self._state is not None:
                self._state.drop()
                self._state = None

    @contextmanager
    def view(self) -> Iterator[View]:
        """One state of the index, held still for everything asked of the View."""
        with self._lock:
            catalog = self._idle.pop() if self._idle else None
        catalog = catalog or Catalog.open(self.folder)
        try:
            with catalog.transaction():
                state = self._entered(catalog.meta())
                try:
                    yield View(catalog, state)
                finally:
                    with self._lock:
                        state.drop()
        finally:
            with self._lock:
                if self._closed:
                    catalog.close()
                else:
                    self._idle.append(catalog)

    def _entered(self, meta: Meta) -> State:
        """What is open of the state that `meta` tells of, shared by all views of it."""
        with self._lock:
            if self._closed:
                raise IndexDamagedError(f"{self.folder}: it was closed meanwhile; open it again")
            if self._state is None or self._state.meta != meta:
                former, self._state = self._state, State(self.folder, meta, self._notify, self._state)
                if former is not None:
                    former.drop()
            return self._state.take()


NEAR = 400
"""How many passages are looked at for the articles that are near to some words."""


def _with_enough(held: Mapping[str, int], terms: int) -> set[str]:
    return {article_id for article_id, count in held.items() if count >= enough(terms)}


class View:
    """One state of an index: the only thing that can be searched. `catalog` has everything that is not a search."""

    def __init__(self, catalog: Catalog, state: State) -> None:
        self.catalog = catalog
        self._state = state

    def candidates(self, query: Query) -> Candidates:
        """What both searches find for a question, resolved: passages with their articles' facts and sentences."""
        pools: list[Collection[str] | None] = [query.article_ids]
        among = frozenset(query.preferred) if query.article_ids is None else query.article_ids & set(query.preferred)
        if among and among != query.article_ids:  # as many again of these, for what is preferred may be far behind
            pools.append(among)
        vector = query.vector
        near = [] if vector is None else [self._nearest(vector, CANDIDATES, pool) for pool in pools]
        matches = [self._state.matches(self.catalog, query.text, CANDIDATES, pool) for pool in pools]
        passages = self.catalog.passages({passage_id for found in (*near, *matches) for passage_id, _ in found})
        near_articles = self.catalog.near({passage.article_id for passage in passages.values()})
        return candidates(query, _merged(matches, passages), _merged(near, passages), passages, near_articles)

    def select(self, filters: Filters) -> Selection:
        """The articles that `filters` let through. Raises UnknownArticleError, UnknownOutletError, UnknownAuthorError.

        An article that is dated by its month or year alone passes if it can have been published on a day that passes.
        """
        if not filters:
            return Selection(filters)
        ids = None if filters.article_ids is None else tuple(map(self._canonical, filters.article_ids))
        filters = replace(
            filters,
            article_ids=ids,
            outlets=_named(filters.outlets, outlets_named, self.outlets),
            not_outlets=_named(filters.not_outlets, outlets_named, self.outlets),
            authors=_named(filters.authors, authors_named, self.authors),
        )
        criteria = Criteria(ids, tuple(filters.outlets), tuple(filters.not_outlets), tuple(filters.authors))
        if not filters.dated:
            return Selection(filters, self.catalog.article_ids(criteria))
        passed = self.catalog.article_ids(replace(criteria, days=((filters.since, filters.until),)))
        return Selection(filters, passed, self.catalog.count(replace(criteria, undated=True)))

    def is_written(self, word: str) -> bool:
        """Whether a passage or a title has the word, in one of its forms; so soon after a change, of one gone too."""
        return bool(self._state.matches(self.catalog, word, 1, None))

    def mentions(self, words: str, filters: Filters = _ANY) -> Mentions:
        """The articles that `filters` let through and that have `words`, each and no other, the newest first.

        Whole words, several of them in their order; case, accents and a possessive 's do not count, nor does noise; a
        title does. Raises UsageError if there is no word, and what `select` raises.
        """
        wanted = phrase(words)
        pools = [pool for pool in (self._holding(words), self.select(filters).article_ids) if pool is not None]
        among = frozenset.intersection(*pools) if pools else None
        found = []
        for facts, text, noise in self.catalog.texts_of(among):
            if is_mentioned(wanted, facts.title, text, noise):
                sentences = self.catalog.sentences(facts.id)
                found.append(Mention(facts, first_sentence(wanted, text, noise, sentences)))
        return Mentions(wanted, tuple(found))

    def about(self, words: Sequence[str], filters: Filters = _ANY) -> tuple[About, ...]:
        """The articles that `filters` let through and that are about these words, in any of their forms.

        Those with all of them come first, then those that mention them most. Raises what `select` raises.
        """
        chosen = self.select(filters).article_ids
        terms, held = self._holders_of(words)
        named = (one for one in self._abouts(terms, _with_enough(held, len(terms)), chosen) if one.named)
        return tuple(sorted(named, key=lambda one: (-held[one.article.id], -one.mentions)))

    def near_to(self, words: Sequence[str], vector: np.ndarray, filters: Filters = _ANY) -> tuple[About, ...]:
        """The articles that may be about these words, by what they have of them and by `vector`, in no order.

        `vector`: of the words, float32 [dim]. Raises what `select` raises.
        """
        chosen = self.select(filters).article_ids
        near = self._nearest(vector, NEAR, chosen)
        passages = self.catalog.passages({passage_id for passage_id, _ in near})
        furthest = min((score for _, score in near), default=0.0)
        closest: dict[str, float] = {}
        opening: dict[str, float] = {}
        for passage_id, score in near:
            if passage := passages.get(passage_id):
                closest[passage.article_id] = max(score, closest.get(passage.article_id, score))
                if not passage.start:
                    opening[passage.article_id] = score
        terms, held = self._holders_of(words)
        return tuple(
            replace(
                one,
                closest=closest.get(one.article.id, furthest),
                opening=opening.get(one.article.id, furthest),
            )
            for one in self._abouts(terms, _with_enough(held, len(terms)) | closest.keys(), chosen)
        )

    def _holders_of(self, words: Sequence[str]) -> tuple[dict[str, float], Counter[str]]:
        """The terms of the words, each with how much it counts, and how many of them an article has."""
        terms = list(dict.fromkeys(term for word in words for term in stems(word)))
        holding = [self.catalog.articles_of(self._state.holders(self.catalog, term)) for term in terms]
        rare = [math.log(1 + self.article_count / (1 + len(articles))) for articles in holding]
        weights = {term: weight / sum(rare) for term, weight in zip(terms, rare, strict=True)} if sum(rare) else {}
        return weights, Counter(article_id for articles in holding for article_id in articles)

    def _abouts(self, terms: Mapping[str, float], among: Collection[str], chosen: frozenset[str] | None) -> list[About]:
        if not terms:
            return []
        only = frozenset(among) if chosen is None else chosen & set(among)
        texts = self.catalog.texts_of(only)
        return [
            how_much_about(terms, facts, text, noise, self.catalog.sentences(facts.id)) for facts, text, noise in texts
        ]

    def newest_first(self, filters: Filters = _ANY) -> list[Facts]:
        """What is known of the articles that `filters` let through, the newest first, those without a date last.

        Raises what `select` raises.
        """
        return list(self.catalog.facts(self.select(filters).article_ids))

    def _holding(self, words: str) -> frozenset[str] | None:
        """The ids of articles, those with the words among them; None: any article can have them."""
        terms = terms_of(words)
        if terms is None:
            return None
        holders = sorted((self._state.holders(self.catalog, term) for term in dict.fromkeys(terms)), key=len)
        holding = [self.catalog.articles_of(passage_ids) for passage_ids in holders[:_RAREST]]
        # where an accent is a character of its own, tantivy takes a word for two
        cut = self._state.kept("cut", lambda: self.catalog.with_characters(*ACCENTS))
        return frozenset(set.intersection(*holding)) | cut

    def _canonical(self, article_id: str) -> str:
        found = self.catalog.canonical(article_id.encode("utf-8", "replace").decode())  # not half a surrogate pair
        if found is None:
            raise UnknownArticleError(f"no article {article_id!r} in the index; qa articles lists them")
        return found

    # ---- kept for each state, since each goes through a whole table ------------------------------------------------

    @property
    def outlets(self) -> Sequence[str]:
        """The outlets of all articles."""
        return self._state.kept("outlets", self.catalog.outlets)

    @property
    def authors(self) -> Sequence[str]:
        """The bylines of all articles."""
        return self._state.kept("authors", self.catalog.authors)

    @property
    def days(self) -> Days:
        """When articles were published."""
        return self._state.kept("days", lambda: Days(self.catalog.days()))

    @property
    def article_count(self) -> int:
        """How many articles there are."""
        return self._state.kept("articles", self.catalog.count_articles)

    @property
    def newest(self) -> str | None:
        """The date of the newest article that has one."""
        return self._state.kept("newest", self.catalog.newest)

    # ---- the two searches ------------------------------------------------------------------------------------------

    def nearest(self, vector: np.ndarray, k: int, article_ids: Collection[str] | None = None) -> Scored:
        """The `k` passages nearest to `vector` (float32 [dim], unit length) by cosine, of `article_ids` if given."""
        return self._known(self._nearest(vector, k, article_ids), k)

    def matches(self, question: str, k: int, article_ids: Collection[str] | None = None) -> Scored:
        """The `k` passages that match the words of `question` best, by BM25, of `article_ids` if given."""
        return self._known(self._state.matches(self.catalog, question, k, article_ids), k)

    def _nearest(self, vector: np.ndarray, k: int, article_ids: Collection[str] | None) -> Scored:
        """What is nearest; of passages that are gone too, but `k` at least that are not."""
        if article_ids is None:
            return self._state.nearest(self.catalog, vector, k)
        only = self.catalog.passage_ids(article_ids)
        if len(only) > _EXACT_UPTO:
            wanted = set(only)
            fetched = k
            while (fetched := fetched * _OVERFETCH) <= _FETCH_UPTO:
                near = _alive(self._state.nearest(self.catalog, vector, fetched), wanted, k)
                if len(near) == k:
                    return near
        return best(*self.catalog.vectors(only=only), vector, k)  # what is near need not pass the filter

    def _known(self, found: Scored, k: int) -> Scored:
        return _alive(found, self.catalog.known({passage_id for passage_id, _ in found}), k)


def _alive(found: Scored, known: Container[int], k: int) -> Scored:
    """The best `k` of what the stores found, without what the catalog no longer knows.

    While a writer is at work, or after one was killed, a store can have some of its tail already: each passage counts
    once.
    """
    scores: dict[int, float] = {}
    for passage_id, score in found:
        if passage_id in known:
            scores[passage_id] = max(score, scores.get(passage_id, score))
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:k]


def _merged(searches: Sequence[Scored], known: Container[int]) -> Scored:
    """What one search found in several pools, best first."""
    scores = {passage_id: score for found in searches for passage_id, score in _alive(found, known, CANDIDATES)}
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def _named(
    names: Collection[str], find: Callable[[str, Sequence[str]], list[str]], known: Sequence[str]
) -> tuple[str, ...]:
    """The names as the catalog has them, each once."""
    return tuple(dict.fromkeys(found for name in names for found in find(name, known)))
