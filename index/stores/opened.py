"""The derived stores, open for the questions to one state of the catalog, with what they lack: the tail."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from index.errors import StoreError
from index.stores import lexical, vectors
from index.stores.catalog import Catalog, Meta
from index.stores.lexical import Lexical
from index.stores.vectors import Vectors
from index.types import Scored

if TYPE_CHECKING:
    import numpy as np

    Tail = tuple[np.ndarray, np.ndarray]

T = TypeVar("T")

_VECTORS_INSTEAD = "searching the catalog's vectors instead"


class _Shared(ABC):
    """What several use at a time, its maker first; the last one to `drop` it closes it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._users = 1

    def take(self) -> Self:
        """One more uses it."""
        with self._lock:
            self._users += 1
            return self

    def drop(self) -> None:
        """One less uses it."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._close()

    @abstractmethod
    def _close(self) -> None: ...


class State(_Shared):
    """One state of the catalog: the stores as they are open for it, and what was counted once.

    Shared by the views of that state; the last one closes what the next state does not use. What a store
    finds may be gone from the catalog, or stand in the tail as well.
    """

    def __init__(self, folder: Path, meta: Meta, notify: Callable[[str], None], former: State | None) -> None:
        super().__init__()
        self.meta = meta
        self._folder = folder
        self._notify = notify
        self._kept: dict[str, Any] = {}
        self._vectors: _SharedVectors | None = None
        self._is_open = False
        self._vector_tail: Tail | None = None
        self._covered = 0
        self._lexical: Lexical | None = None
        self._lexical_tail: Lexical | None = None
        if former is not None:
            with former._lock:
                self._lexical = former._lexical
                if former._vectors is not None and former.meta.chroma_in_use == meta.chroma_in_use:
                    self._vectors = former._vectors.take()
                    self._covered, self._is_open = meta.chroma_upto, True

    def _close(self) -> None:
        self._close_vectors()
        self._lexical = self._lexical_tail = None

    def kept(self, what: str, count: Callable[[], T]) -> T:
        """What `count` gives, asked once."""
        with self._lock:
            if what not in self._kept:
                self._kept[what] = count()
            return self._kept[what]

    # ---- vectors ---------------------------------------------------------------------------------------------------

    def nearest(self, catalog: Catalog, vector: np.ndarray, k: int) -> Scored:
        """What Chroma and the tail have nearest to `vector`: `k` at least that are alive, if there are so many."""
        with self._lock:
            self._open_vectors()
            store = self._vectors.opened if self._vectors is not None else None
        found: Scored = []
        if store is not None:
            try:
                found = store.search(vector, k + min(self._dead(catalog), k))
            except StoreError as error:
                self._give_up_vectors(error, store)
        with self._lock:
            if self._vector_tail is None:
                self._vector_tail = catalog.vectors(after=self._covered)
            tail = self._vector_tail
        return [*found, *best(*tail, vector, k)]

    def _dead(self, catalog: Catalog) -> int:
        """How many vectors Chroma has of passages that are gone."""
        covered = self.kept("covered", lambda: catalog.count_passages(upto=self._covered))
        return self.meta.chroma_count - covered

    def _open_vectors(self) -> None:
        """Open the Chroma folder that is in use in this state."""
        if self._is_open:
            return
        if self.meta.chroma_in_use is not None:
            try:
                self._vectors = _SharedVectors(Vectors(self._folder / vectors.FOLDER / self.meta.chroma_in_use))
                self._covered = self.meta.chroma_upto
            except StoreError as error:
                self._notify(f"{error}; {_VECTORS_INSTEAD}")
        self._is_open = True  # only now: Ctrl-C may come in between

    def _give_up_vectors(self, error: StoreError, store: Vectors) -> None:
        """Do without a store that fails; of several threads that saw it fail, the first says so."""
        with self._lock:
            if self._vectors is None or self._vectors.opened is not store:
                return
            self._notify(f"{error}; {_VECTORS_INSTEAD}")
            self._close_vectors()
            self._covered, self._vector_tail = 0, None

    def _close_vectors(self) -> None:
        if self._vectors is not None:
            self._vectors.drop()
            self._vectors = None

    # ---- words -----------------------------------------------------------------------------------------------------

    def matches(self, catalog: Catalog, question: str, k: int, article_ids: Collection[str] | None) -> Scored:
        """What tantivy and the tail have for the words of `question`; all of a tail in memory if tantivy fails."""
        return self._of_both(catalog, lambda store: store.search(question, k, article_ids))

    def holders(self, catalog: Catalog, term: str) -> list[int]:
        """The passages that have `term`, likewise; of passages that are gone too."""
        return self._of_both(catalog, lambda store: store.holders(term))

    def _of_both(self, catalog: Catalog, find: Callable[[Lexical], list[T]]) -> list[T]:
        with self._lock:
            self._open_lexical(catalog)
            store, tail = self._lexical, self._lexical_tail
        assert tail is not None
        found: list[T] = []
        if store is not None:
            try:
                found = find(store)
            except StoreError as error:
                with self._lock:
                    if self._lexical is store:
                        self._give_up_lexical(error)
                        self._fill_lexical_tail(catalog, 0)
                    tail = self._lexical_tail
                    assert tail is not None
        return [*found, *find(tail)] if len(tail) else found

    def _open_lexical(self, catalog: Catalog) -> None:
        """tantivy as it is now; what it lacks in memory."""
        if self._lexical_tail is not None:
            return
        upto = self.meta.tantivy_upto
        try:
            if self._lexical is None:
                self._lexical = Lexical.open(self._folder / lexical.FOLDER)
            else:
                self._lexical.reload()
        except StoreError as error:
            if upto:
                self._give_up_lexical(error)
            self._lexical, upto = None, 0
        self._fill_lexical_tail(catalog, upto)

    def _give_up_lexical(self, error: StoreError) -> None:
        self._notify(f"{error}; matching words from the catalog instead")
        self._lexical = None

    def _fill_lexical_tail(self, catalog: Catalog, upto: int) -> None:
        tail = Lexical(None) if self._lexical is None else Lexical(None, self._lexical.folding)
        if catalog.last_passage() > upto:
            tail.update([], catalog.texts(upto))
        self._lexical_tail = tail  # only when it is whole: Ctrl-C may come in between


class _SharedVectors(_Shared):
    """The vectors that several states use."""

    def __init__(self, opened: Vectors) -> None:
        super().__init__()
        self.opened = opened

    def _close(self) -> None:
        self.opened.close()


def best(ids: np.ndarray, matrix: np.ndarray, vector: np.ndarray, k: int) -> Scored:
    """Exact search: the `k` rows of `matrix` with the highest dot product with `vector`."""
    import numpy as np

    if not len(ids):
        return []
    scores = matrix @ vector
    order = np.argsort(-scores, kind="stable")[:k]
    return [(int(ids[i]), float(scores[i])) for i in order]
