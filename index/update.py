"""THE one writer: brings the index up to date with files, and the derived stores up to date with the catalog.

An article is acknowledged (its Event is yielded) after the catalog has committed it. Chroma and tantivy follow; until
they do, readers answer from the catalog what they lack.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from index import lexical, vectors
from index.catalog import FILE, Catalog, Entry
from index.embed import Embedder
from index.errors import (
    EmbeddingMismatchError,
    IndexDamagedError,
    StoreError,
    UnknownArticleError,
    ignore,
)
from index.lock import locked
from index.readers import DEFAULT_MAX_BYTES, Problem, Skipped, read, walk
from index.split import Split, Splitter
from index.types import Article

DERIVED = (lexical.FOLDER, vectors.FOLDER)
_BATCH_PASSAGES = 256
_BATCH_TOUCHED = 1_000
_TANTIVY_EVERY = 20_000
_CHROMA_TAIL, _CHROMA_SHARE = 2_000, 0.2
_MOSTLY_DEAD = 0.5


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one article. `status`: added, changed, unchanged, failed, skipped, removed (by --prune)."""

    status: str
    path: str
    id: str | None = None
    record: int | None = None
    reason: str | None = None


@dataclass(slots=True)
class Progress:
    """How far a run is; `total` and `done` in bytes of the files."""

    total: int = 0
    done: int = 0
    articles: int = 0
    passages: int = 0
    stage: str = "reading"


@dataclass(slots=True)
class _Pending:
    """What waits to be committed together: articles, read and split but not embedded, and new states of files."""

    items: list[tuple[Article, Split, tuple[int, int], Event]] = field(default_factory=list)
    passages: int = 0
    touched: list[tuple[int, int | None, tuple[int, int]]] = field(default_factory=list)


class Writer:
    """The open index of the one process that holds its lock; use `writing()` to get one."""

    def __init__(self, folder: Path, embedder: Embedder, notify: Callable[[str], None]) -> None:
        self.folder = folder
        self._embedder = embedder
        self._notify = notify
        self._catalog = Catalog.open_to_write(folder, embedder.fingerprint)
        self._splitter: Splitter | None = None
        self._gone: list[int] = []
        self._taken: dict[str, int] = {}
        self._whole: str | None = None
        made_with = self._catalog.meta().embedding
        if made_with != embedder.fingerprint:
            self._catalog.close()
            raise EmbeddingMismatchError(
                f"{folder} was made with the embedding {made_with}, not {embedder.fingerprint}; "
                "index the articles again into another folder (--index)"
            )

    def close(self) -> None:
        """Let go of the catalog, folded into its one file where no reader is in the way."""
        self._catalog.fold()
        self._catalog.close()

    def update(
        self,
        paths: Sequence[Path],
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        restore: bool = False,
        prune: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[Event]:
        """Add and change the articles of `paths` (files and folders); one Event for each, after its commit."""
        progress = progress if progress is not None else Progress()
        self._mend()
        skipped = Skipped()
        files = {self._shown(file): file for path in paths for file in walk(path, skipped)}
        states = {shown: _state(file) for shown, file in files.items()}
        progress.total = sum(size for size, _ in states.values())
        pending = _Pending()
        seen: dict[str, set[str]] = {}
        before = 0
        for shown, file in files.items():
            state = _state(file)  # before it is read: a change while it is being read must not go unnoticed
            entries: dict[str, Entry] | None = None
            keys: set[str] = set()
            is_whole = True
            for found in read(file, shown, max_bytes):
                if isinstance(found, Problem):
                    is_whole = is_whole and found.harmless
                    kind = "skipped" if found.harmless else "failed"
                    yield Event(kind, found.path, record=found.record, reason=found.reason)
                    continue
                if entries is None:
                    entries = self._catalog.entries(shown)
                keys.add(found.key)
                event = self._take(found, state, entries.get(found.key), restore, pending)
                progress.articles += 1
                progress.done = min(progress.done + len(found.text), progress.total)
                if event is not None:
                    yield event
                if pending.passages >= _BATCH_PASSAGES or len(pending.touched) >= _BATCH_TOUCHED:
                    yield from self._commit(pending, progress)
            if is_whole:
                seen[shown] = keys
            before += states[shown][0]
            progress.done = before
        yield from self._commit(pending, progress)
        if prune:
            yield from self._prune([path for path in paths if os.path.exists(path)], seen)
        others = dict.fromkeys(skipped)
        if others:
            kinds = ", ".join(sorted({path.suffix or path.name for path in others})[:5])
            noun = "file" if len(others) == 1 else "files"
            self._notify(f"{len(others)} other {noun} left alone ({kinds})")
        progress.stage = "finishing"
        self.sync()

    def remove(self, article_ids: Sequence[str]) -> None:
        """Take articles out, leaving tombstones. Raises UnknownArticleError, and removes none, if one is not there."""
        for article_id in article_ids:
            if self._catalog.article(article_id) is None:
                raise UnknownArticleError(f"no article {article_id!r} in {self.folder}; qa articles lists them")
        gone: list[int] = []
        with self._catalog.transaction(write=True):
            for article_id in dict.fromkeys(article_ids):
                gone += self._catalog.remove(article_id, tombstone=True)
            self._catalog.bump()
        self._gone += gone
        self.sync()

    def sync(self) -> None:
        """Bring tantivy and Chroma up to date with the catalog; a store that cannot be written is only reported."""
        self._bring_up(self._sync_tantivy)
        self._bring_up(self._sync_chroma)

    def _mend(self) -> None:
        """Make a store that is broken again before anything else: readers do its work meanwhile."""
        self._bring_up(self._sync_tantivy)
        if self._catalog.meta().chroma_dir is not None and not self._has_whole_chroma():
            self.rebuild_vectors()

    def rebuild_words(self) -> bool:
        """tantivy made again from the catalog; False if that failed, and was reported."""
        return self._bring_up(lambda: self._note_tantivy(self._new_tantivy()))

    def rebuild_vectors(self) -> bool:
        """A new Chroma folder made from the catalog's vectors alone; False if that failed, and was reported."""
        return self._bring_up(lambda: self._new_chroma(None))

    def rebuild_catalog_indexes(self) -> None:
        """SQLite's own indexes of the catalog made again from its tables."""
        self._catalog.reindex()

    def _bring_up(self, sync: Callable[[], None]) -> bool:
        try:
            sync()
        except StoreError as error:
            self._notify(f"{error}; questions are answered from the catalog meanwhile")
            return False
        return True

    # ---- one article -----------------------------------------------------------------------------------------------

    def _take(
        self, found: Article, state: tuple[int, int], entry: Entry | None, restore: bool, pending: _Pending
    ) -> Event | None:
        """What to do with an article that was read: an Event if nothing, else None (it waits in `pending`)."""
        if entry and entry.digest == found.digest() and not (entry.removed and restore):
            if (entry.size, entry.mtime_ns) != state:
                pending.touched.append((entry.number, found.record, state))
            if entry.removed:
                reason = "taken out by qa remove; qa index --restore PATH brings it back"
                return Event("skipped", found.path, entry.id, found.record, reason)
            return Event("unchanged", found.path, entry.id, found.record)
        article, warning = self._named(found, entry, pending)
        if self._splitter is None:
            self._splitter = Splitter(self._embedder.tokenizer, self._embedder.model_pieces)
        split = self._splitter.split(article.text)
        if not split.passages:
            return Event("failed", found.path, record=found.record, reason="no text beside leftovers of the page")
        status = "changed" if entry and not entry.removed else "added"
        event = Event(status, article.path, article.id, article.record, warning)
        pending.items.append((article, split, state, event))
        pending.passages += len(split.passages)
        return None

    def _named(self, article: Article, entry: Entry | None, pending: _Pending) -> tuple[Article, str | None]:
        """The article under the id that it keeps, or the first free one; and why it is not its own."""
        if entry:
            return replace(article, id=entry.id), None
        waiting = {item[0].id for item in pending.items}
        free = article.id
        number = self._taken.get(article.id, 1)  # where the search ended the last time
        while free in waiting or self._catalog.has_id(free):
            number += 1
            free = f"{article.id}-{number}"
        self._taken[article.id] = number
        if free == article.id:
            return article, None
        return replace(article, id=free), f"the id {article.id!r} is taken by another article, this one is {free!r}"

    def _commit(self, pending: _Pending, progress: Progress) -> Iterator[Event]:
        """Embed what is pending, commit it in one transaction, then acknowledge it."""
        if not pending.items and not pending.touched:
            return
        progress.stage = "embedding"
        texts = [article.text[start:end] for article, split, *_ in pending.items for start, end in split.passages]
        matrix = self._embedder.encode(texts)
        position = 0
        gone: list[int] = []
        with self._catalog.transaction(write=True):
            for number, record, state in pending.touched:
                self._catalog.touch(number, record, state)
            for article, split, state, _ in pending.items:
                count = len(split.passages)
                gone += self._catalog.put(article, split, matrix[position : position + count], state)
                position += count
            if pending.items:
                self._catalog.bump()
        self._gone += gone
        progress.passages += len(texts)
        progress.stage = "reading"
        events = [event for *_, event in pending.items]
        pending.items.clear()
        pending.touched.clear()
        pending.passages = 0
        if self._catalog.last_passage() - self._catalog.meta().tantivy_upto >= _TANTIVY_EVERY:
            self._bring_up(self._sync_tantivy)
        yield from events

    def _prune(self, roots: Iterable[Path], seen: dict[str, set[str]]) -> Iterator[Event]:
        """Drop the articles whose file, or whose record in a file that was read whole (`seen`), is no longer there."""
        below = [Path(os.path.abspath(root)) for root in roots]
        for path in self._catalog.paths():
            file = Path(os.path.abspath(self.folder.parent / path))
            if not any(file.is_relative_to(root) for root in below):
                continue
            is_gone = _is_gone(file)
            if not is_gone and path not in seen:
                continue
            gone = {key: entry for key, entry in self._catalog.entries(path).items() if key not in seen.get(path, ())}
            if not gone:
                continue
            passages: list[int] = []
            with self._catalog.transaction(write=True):
                for entry in gone.values():
                    passages += self._catalog.remove(entry.id, tombstone=False)
                self._catalog.bump()
            self._gone += passages
            why = "its file is gone" if is_gone else "is no longer in the file"
            yield from (Event("removed", path, entry.id, reason=why) for entry in gone.values())

    def _shown(self, path: Path) -> str:
        """The path to store: relative where it lies below the folder that holds the index, so both can be moved."""
        real = Path(os.path.abspath(path))
        base = Path(os.path.abspath(self.folder.parent))
        return real.relative_to(base).as_posix() if real.is_relative_to(base) else real.as_posix()

    # ---- derived stores --------------------------------------------------------------------------------------------

    def _sync_tantivy(self) -> None:
        folder = self.folder / lexical.FOLDER
        upto, last = self._catalog.meta().tantivy_upto, self._catalog.last_passage()
        try:
            store = lexical.Lexical(folder)
            if last > upto or self._gone:
                store.update(self._gone, self._catalog.texts(upto, last))
            total = self._catalog.count_passages()
            if len(store) > total:  # a kill between the catalog's commit and tantivy's leaves passages that are gone
                store.update(set(store.ids().tolist()) - set(self._catalog.all_passage_ids().tolist()), ())
            is_whole = len(store) == total
        except StoreError:
            is_whole = False
        if not is_whole:
            self._new_tantivy()
        self._gone.clear()
        self._note_tantivy(last)

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
            with self._catalog.transaction(write=True):
                self._catalog.set_tantivy(upto)
                self._catalog.bump()

    def _sync_chroma(self) -> None:
        meta = self._catalog.meta()
        root = self.folder / vectors.FOLDER
        vectors.drop_leftovers(root, meta.chroma_dir)
        total = self._catalog.count_passages()
        if total == 0:
            return
        present = self._has_whole_chroma()
        covered = self._catalog.count_passages(upto=meta.chroma_upto)
        tail, dead = total - covered, meta.chroma_count - covered
        if present and tail + dead <= max(_CHROMA_TAIL, _CHROMA_SHARE * total):
            return
        previous = meta.chroma_dir if present and dead < _MOSTLY_DEAD * meta.chroma_count else None
        try:
            self._new_chroma(previous)
        except StoreError:
            if previous is None:
                raise
            self._new_chroma(None)  # the copy was no good: all from the catalog

    def _has_whole_chroma(self) -> bool:
        """Whether the Chroma folder that the catalog names is as it should be; each is looked at once."""
        meta = self._catalog.meta()
        if meta.chroma_dir is None:
            return False
        if self._whole != meta.chroma_dir:
            folder = self.folder / vectors.FOLDER / meta.chroma_dir
            self._whole = meta.chroma_dir if vectors.is_whole(folder, meta.chroma_count) else None
        return self._whole is not None

    def _new_chroma(self, previous: str | None) -> None:
        """A new Chroma folder with every passage, made from a copy of `previous` if given, in use at the end."""
        root = self.folder / vectors.FOLDER
        name = vectors.next_name(self._catalog.meta().chroma_dir)  # never one that a reader may have open
        ids = self._catalog.all_passage_ids()
        if not len(ids):
            return
        vectors.make_generation(root, name, previous, ids, lambda some: self._catalog.vectors(only=some))
        with self._catalog.transaction(write=True):
            self._catalog.set_chroma(name, int(ids[-1]), len(ids))
            self._catalog.bump()
        self._whole = name
        vectors.drop_leftovers(root, name)


@contextmanager
def writing(
    folder: Path, embedder: Embedder, *, wait: bool = True, notify: Callable[[str], None] = ignore
) -> Iterator[Writer]:
    """The one writer of the index in `folder`, which is made if there is none; waits for another as `locked` does."""
    with locked(folder, wait=wait, notify=notify):
        _refuse_emptied(folder)
        with closing(Writer(folder, embedder, notify)) as writer:
            yield writer


def _refuse_emptied(folder: Path) -> None:
    """Raises IndexDamagedError where the catalog was cut to nothing: SQLite would take it for a new one."""
    file = folder / FILE
    if file.is_file() and not file.stat().st_size and any((folder / name).is_dir() for name in DERIVED):
        raise IndexDamagedError(
            f"{file} is empty, though there was an index; put a copy of it back, or index the articles again into "
            "another folder (--index)"
        )


def _state(file: Path) -> tuple[int, int]:
    """Size and mtime_ns of a file; zeros if there is none to be read."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return 0, 0
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else (0, 0)


def _is_gone(file: Path) -> bool:
    """Whether there is no such file for certain: one that cannot be looked at may well be there."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
