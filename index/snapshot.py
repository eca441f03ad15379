"""THE one reader: what Chroma and tantivy find, what they lack (the tail), and the catalog's word on all of it.

It writes nothing, never waits for the writer, and sees at its next question what another process has indexed. Where a
derived store cannot be used (missing, broken, a folder that cannot be written), its part is answered from the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index.errors import NoIndexError, StoreError, ignore
from index.filters import Facts, Filters, Selection, select
from index.readers import FileNote
from index.stores import lexical, vectors
from index.stores.catalog import FILE, Catalog, Meta
from index.stores.lexical import Lexical
from index.stores.vectors import Vectors
from index.types import Article, Location, Passage, Revision, Span

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")

Scored = list[tuple[int, float]]
"""(passage id, score), best first."""

_EXACT_UPTO = 5_000
_OVERFETCH = 10
_FETCH_UPTO = 5_000


class Snapshot:
    """An index that is open for questions. Ask inside `view()`, which holds one state of it still."""

    def __init__(self, folder: Path, notify: Callable[[str], None] = ignore) -> None:
        """`notify` is told of a derived store that fails."""
        if not (folder / FILE).is_file():
            raise NoIndexError(f"no index in {folder}; make one: qa index PATH --index {folder}")
        self.folder = folder
        self._notify = notify
        self._catalog = Catalog.open(folder)
        self._meta: Meta | None = None
        self._facts: list[Facts] | None = None
        self._counts: dict[str, Any] = {}
        self._vectors: Vectors | None = None
        self._vectors_dir: str | None = None
        self._covered = 0
        self._tail: tuple[np.ndarray, np.ndarray] | None = None
        self._lexical: Lexical | None = None
        self._lexical_tail: Lexical | None = None
        self.embedding = self._catalog.meta().embedding
        """The fingerprint of the model that made the vectors; questions need the same one."""

    def close(self) -> None:
        """Let go of every file."""
        if self._vectors is not None:
            self._vectors.close()
        self._vectors = self._lexical = self._lexical_tail = None
        self._catalog.close()

    @contextmanager
    def view(self) -> Iterator[None]:
        """One consistent state of the catalog for everything asked inside."""
        with self._catalog.transaction():
            meta = self._catalog.meta()
            if meta != self._meta:
                self._meta = meta
                self._facts = None
                self._counts.clear()
                self._tail = None
                self._lexical_tail = None
            yield

    # ---- what the stores find --------------------------------------------------------------------------------------

    def nearest(self, vector: np.ndarray, k: int, article_ids: Collection[str] | None = None) -> Scored:
        """The `k` passages nearest to `vector` (float32 [dim], unit length) by cosine, of `article_ids` if given."""
        if article_ids is not None:
            only = self._catalog.passage_ids(article_ids)
            if len(only) <= _EXACT_UPTO:
                return _best(*self._catalog.vectors(only=only), vector, k)
            wanted = set(only)
            fetched = k
            while (fetched := fetched * _OVERFETCH) <= _FETCH_UPTO:
                found = [hit for hit in self._nearest(vector, fetched) if hit[0] in wanted][:k]
                if len(found) == k:
                    return found
            return _best(*self._catalog.vectors(only=only), vector, k)  # what is near is not what passes the filter
        return self._nearest(vector, k)

    def _nearest(self, vector: np.ndarray, k: int) -> Scored:
        self._open_vectors()
        found: Scored = []
        if self._vectors is not None:
            try:
                found = self._vectors.search(vector, k + min(self._dead(), k))
            except StoreError as error:
                self._give_up_vectors(error)
        if self._tail is None:
            self._tail = self._catalog.vectors(after=self._covered)
        return self._alive([*found, *_best(*self._tail, vector, k)], k)

    def _dead(self) -> int:
        """How many vectors Chroma has of passages that are gone."""
        assert self._meta is not None, "ask inside view()"
        covered = self._counted("covered", lambda: self._catalog.count_passages(upto=self._covered))
        return self._meta.chroma_count - covered

    def _alive(self, found: Scored, k: int) -> Scored:
        """The best `k` of what the stores found, without what the catalog no longer knows.

        While a writer is at work, or after one was killed, a store can have some of its tail already: each passage
        counts once.
        """
        best: dict[int, float] = {}
        for passage_id, score in found:
            best[passage_id] = max(score, best.get(passage_id, score))
        known = self._catalog.known(best)
        return sorted((hit for hit in best.items() if hit[0] in known), key=lambda hit: (-hit[1], hit[0]))[:k]

    def matching(self, question: str, k: int, article_ids: Collection[str] | None = None) -> Scored:
        """The `k` passages that match the words of `question` best, by BM25, of `article_ids` if given."""
        found = self._lexically(lambda store: store.search(question, k, article_ids))
        return self._alive([hit for hits in found for hit in hits], k)

    def stems(self, text: str) -> list[str]:
        """The terms under which `text` is found."""
        return self._lexically(lambda store: store.stems(text))[0]

    # ---- what the catalog knows ------------------------------------------------------------------------------------

    def passages(self, ids: Collection[int]) -> dict[int, Passage]:
        """The passages with these ids; those that are gone are left out."""
        return self._catalog.passages(ids)

    def sentences(self, passage: Passage) -> list[Span]:
        """The sentences of a passage, in order, as offsets into the article."""
        return self._catalog.sentences(passage)

    def article(self, article_id: str) -> Article | None:
        """The article with this id, if there is one."""
        return self._catalog.article(article_id)

    def canonical(self, article_id: str) -> str | None:
        """The article's own id for any id that names it; None if there is no such article."""
        return self._catalog.canonical(article_id)

    def places(self, article_id: str) -> list[Location]:
        """Where the article stands, the place that it goes with first."""
        return self._catalog.places(article_id)

    def other_places(self) -> dict[str, list[Location]]:
        """For each article (by its id) that stands in several places: all but the one that it goes with."""
        return self._catalog.other_places()

    def revisions(self, article_id: str) -> list[Revision]:
        """What the article said when it was first read and after each change; empty if there is no such article."""
        return self._catalog.revisions(article_id)

    def near(self, article_ids: Collection[str]) -> dict[str, dict[str, float]]:
        """The near-duplicates of these articles: for each that has any, their ids and how similar they are."""
        return self._catalog.near(article_ids)

    def headings(self, article_ids: Collection[str]) -> list[str]:
        """Titles, outlets and dates of these articles."""
        return self._catalog.headings(article_ids)

    def facts(self) -> list[Facts]:
        """Outlet and date of every article, by id."""
        if self._facts is None:
            self._facts = self._catalog.facts()
        return self._facts

    def select(self, filters: Filters) -> Selection:
        """The articles that `filters` let through. Raises UnknownArticleError or UnknownOutletError."""
        if not filters:
            return Selection(filters)
        if filters.article_ids is not None:
            own_ids = tuple(self.canonical(article_id) or article_id for article_id in filters.article_ids)
            filters = replace(filters, article_ids=own_ids)
        return select(filters, self.facts())

    def articles(self) -> Iterator[tuple[Article, int]]:
        """Every article (its text left empty) and the length of its text, by id."""
        return self._catalog.articles()

    def count_articles(self) -> int:
        """How many articles there are."""
        return self._counted("articles", self._catalog.count_articles)

    def count_passages(self) -> int:
        """How many passages there are."""
        return self._catalog.count_passages()

    def newest(self) -> str | None:
        """The date of the newest article that has one."""
        return self._counted("newest", self._catalog.newest)

    def _counted(self, what: str, count: Callable[[], T]) -> T:
        """What `count` gives, asked once for each state of the catalog: it goes through a whole table."""
        if what not in self._counts:
            self._counts[what] = count()
        return self._counts[what]

    def file_note(self, path: str) -> FileNote | None:
        """The file `path` as it was when all that the index has from it was in it, if that is known."""
        return self._catalog.file_note(path)

    # ---- the stores ------------------------------------------------------------------------------------------------

    def _open_vectors(self) -> None:
        """Follow the catalog to the Chroma folder that is in use now."""
        assert self._meta is not None, "ask inside view()"
        if self._vectors_dir == self._meta.chroma_in_use:
            return
        if self._vectors is not None:
            self._vectors.close()
        self._vectors, self._covered, self._tail = None, 0, None
        self._vectors_dir = self._meta.chroma_in_use
        if self._vectors_dir is not None:
            try:
                self._vectors = Vectors(self.folder / vectors.FOLDER / self._vectors_dir)
                self._covered = self._meta.chroma_upto
            except StoreError as error:
                self._give_up_vectors(error)

    def _give_up_vectors(self, error: StoreError) -> None:
        self._notify(f"{error}; searching the catalog's vectors instead")
        if self._vectors is not None:
            self._vectors.close()
        self._vectors, self._covered, self._tail = None, 0, None

    def _open_lexical(self) -> None:
        """tantivy as it is now; what it lacks in memory."""
        assert self._meta is not None, "ask inside view()"
        if self._lexical_tail is not None:
            return
        upto = self._meta.tantivy_upto
        try:
            if self._lexical is None:
                self._lexical = Lexical.open(self.folder / lexical.FOLDER)
            else:
                self._lexical.reload()
        except StoreError as error:
            if upto:
                self._give_up_lexical(error)
            self._lexical, upto = None, 0
        self._fill_lexical_tail(upto)

    def _give_up_lexical(self, error: StoreError) -> None:
        self._notify(f"{error}; matching words from the catalog instead")
        self._lexical = None

    def _fill_lexical_tail(self, upto: int) -> None:
        tail = Lexical(None)
        if self._catalog.last_passage() > upto:
            tail.update([], self._catalog.texts(upto))
        self._lexical_tail = tail  # only when it is whole: Ctrl-C may come in between

    def _lexically(self, ask: Callable[[Lexical], T]) -> list[T]:
        """What tantivy and the tail answer; everything is asked of a tail in memory if tantivy fails."""
        self._open_lexical()
        assert self._lexical_tail is not None
        if self._lexical is None:
            return [ask(self._lexical_tail)]
        try:
            found = [ask(self._lexical)]
        except StoreError as error:
            self._give_up_lexical(error)
            self._fill_lexical_tail(0)
            return [ask(self._lexical_tail)]
        return [*found, ask(self._lexical_tail)] if len(self._lexical_tail) else found


def _best(ids: np.ndarray, matrix: np.ndarray, vector: np.ndarray, k: int) -> Scored:
    """Exact search: the `k` rows of `matrix` with the highest dot product with `vector`."""
    import numpy as np

    if not len(ids):
        return []
    scores = matrix @ vector
    best = np.argsort(-scores, kind="stable")[:k]
    return [(int(ids[i]), float(scores[i])) for i in best]
