"""The derived stores, tantivy and Chroma, brought up to date with the catalog by the one writer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from index.errors import StoreError
from index.stores import lexical, vectors
from index.stores.catalog_writer import CatalogWriter
from index.text import FOLDING

FOLDERS = (lexical.FOLDER, vectors.FOLDER)
_TANTIVY_EVERY = 20_000
# A new Chroma folder after so many passages that it lacks or has too much: the tail then adds less than 2 % to a first
# question, and the build a fifth (of 10,000 passages) to a half (50,000) to embedding the new ones: docs/lab/chroma.md.
_CHROMA_TAIL, _CHROMA_SHARE = 2_000, 0.2


class Derived:
    """Both stores of the index in `folder`."""

    def __init__(self, folder: Path, catalog: CatalogWriter, notify: Callable[[str], None]) -> None:
        self.folder = folder
        self._catalog = catalog
        self._notify = notify
        self._gone: list[int] = []
        self._whole: str | None = None

    def note_gone(self, passage_ids: list[int]) -> None:
        """Remember that the catalog has dropped these passages."""
        self._gone += passage_ids

    def sync(self) -> None:
        """Bring both up to date with the catalog; a store that cannot be written is only reported."""
        self._bring_up(self._sync_tantivy)
        self._bring_up(self._sync_chroma)

    def follow(self) -> None:
        """Between two commits: give tantivy what there is if it lacks much, as readers hold what it lacks in memory."""
        if self._catalog.last_passage() - self._catalog.meta().tantivy_upto >= _TANTIVY_EVERY:
            self._bring_up(self._sync_tantivy)

    def mend(self) -> None:
        """Make a store that is broken again before anything else: readers do its work meanwhile."""
        self._bring_up(self._sync_tantivy)
        if self._catalog.meta().chroma_in_use is not None and not self._has_whole_chroma():
            self.rebuild_vectors()

    def rebuild_words(self) -> bool:
        """tantivy made again from the catalog; False if that failed, and was reported."""
        return self._bring_up(lambda: self._note_tantivy(self._new_tantivy()))

    def rebuild_vectors(self) -> bool:
        """A new Chroma folder made from the catalog's vectors alone; False if that failed, and was reported."""
        return self._bring_up(self._new_chroma)

    def _bring_up(self, sync: Callable[[], None]) -> bool:
        try:
            sync()
        except StoreError as error:
            self._notify(f"{error}; questions are answered from the catalog meanwhile")
            return False
        return True

    def _sync_tantivy(self) -> None:
        folder = self.folder / lexical.FOLDER
        upto, last = self._catalog.meta().tantivy_upto, self._catalog.last_passage()
        try:
            store = lexical.Lexical(folder)
            is_whole = store.folding == FOLDING and self._follows(store, upto, last)
        except StoreError:
            is_whole = False
        if not is_whole:
            self._new_tantivy()
        self._gone.clear()
        self._note_tantivy(last)

    def _follows(self, store: lexical.Lexical, upto: int, last: int) -> bool:
        """What is gone taken out, what lies behind `upto` put in; whether it then has as much as the catalog."""
        if last > upto or self._gone:
            store.update(self._gone, self._catalog.texts(upto, last))
        total = self._catalog.count_passages()
        if len(store) > total:  # a kill between the catalog's commit and tantivy's leaves passages that are gone
            store.update(set(store.ids().tolist()) - set(self._catalog.all_passage_ids().tolist()), ())
        return len(store) == total

    def _new_tantivy(self) -> int:
        """tantivy made again from the catalog; readers know meanwhile that it lacks everything. Its last passage id."""
        self._note_tantivy(0)
        folder = self.folder / lexical.FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        last = self._catalog.last_passage()
        lexical.Lexical(folder).update([], self._catalog.texts(0, last))
        return last

    def _note_tantivy(self, upto: int) -> None:
        if upto != self._catalog.meta().tantivy_upto:
            with self._catalog.transaction():
                self._catalog.set_tantivy(upto)
                self._catalog.bump()

    def _sync_chroma(self) -> None:
        meta = self._catalog.meta()
        root = self.folder / vectors.FOLDER
        vectors.drop_leftovers(root, meta.chroma_dir)
        total = self._catalog.count_passages()
        if total == 0:
            return
        covered = self._catalog.count_passages(upto=meta.chroma_upto)
        tail, dead = total - covered, meta.chroma_count - covered
        if tail + dead > max(_CHROMA_TAIL, _CHROMA_SHARE * total) or not self._has_whole_chroma():
            self._new_chroma()

    def _has_whole_chroma(self) -> bool:
        """Whether the Chroma folder that the catalog names is as it should be; each is looked at once."""
        meta = self._catalog.meta()
        if meta.chroma_in_use is None:
            return False
        if self._whole != meta.chroma_in_use:
            folder = self.folder / vectors.FOLDER / meta.chroma_in_use
            self._whole = meta.chroma_in_use if vectors.is_intact(folder, meta.chroma_count) else None
        return self._whole is not None

    def _new_chroma(self) -> None:
        """A new Chroma folder with every passage, in use at the end."""
        root = self.folder / vectors.FOLDER
        meta = self._catalog.meta()
        name = vectors.next_name(meta.chroma_dir)  # never one that a reader may have open
        ids = self._catalog.all_passage_ids()
        if not len(ids):
            if meta.chroma_dir is not None:
                with self._catalog.transaction():  # the folder is not missed, but its name stays taken
                    self._catalog.set_chroma(meta.chroma_dir, meta.chroma_upto, 0)
                    self._catalog.bump()
            return
        vectors.make_generation(root, name, ids, lambda some: self._catalog.vectors(only=some))
        with self._catalog.transaction():
            self._catalog.set_chroma(name, int(ids[-1]), len(ids))
            self._catalog.bump()
        self._whole = name
        vectors.drop_leftovers(root, name)
