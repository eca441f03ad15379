"""THE one writer: brings the index up to date with files, and the derived stores up to date with the catalog.

An article is acknowledged (its Event is yielded) after the catalog has committed it. Chroma and tantivy follow; until
they do, readers answer from the catalog what they lack.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from index import lexical, vectors
from index.catalog import Catalog, Entry
from index.embed import Embedder
from index.errors import (
    EmbeddingMismatchError,
    IndexBusyError,
    IndexDamagedError,
    StoreError,
    UnknownArticleError,
    ignore,
)
from index.readers import DEFAULT_MAX_BYTES, Problem, Skipped, read, walk
from index.split import Split, Splitter
from index.types import Article

LOCK = "lock"
_HOLDER = "writer.json"
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
        made_with = self._catalog.meta().embedding
        if made_with != embedder.fingerprint:
            self._catalog.close()
            raise EmbeddingMismatchError(
                f"{folder} was made with the embedding {made_with}, not {embedder.fingerprint}; "
                "index the articles again into another folder (--index)"
            )

    def close(self) -> None:
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

    def _bring_up(self, sync: Callable[[], None]) -> None:
        try:
            sync()
        except StoreError as error:
            self._notify(f"{error}; questions are answered from the catalog meanwhile")

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
        except StoreError:
            store = self._new_tantivy(last)
        # A kill between the catalog's commit and tantivy's leaves passages in it that are gone.
        if len(store) != self._catalog.count_passages():
            store = self._new_tantivy(last)
        self._gone.clear()
        self._note_tantivy(last)

    def _new_tantivy(self, last: int) -> lexical.Lexical:
        """tantivy made again from the catalog; readers know meanwhile that it lacks everything."""
        self._note_tantivy(0)
        folder = self.folder / lexical.FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        store = lexical.Lexical(folder)
        store.update([], self._catalog.texts(0, last))
        return store

    def _note_tantivy(self, upto: int) -> None:
        if upto != self._catalog.meta().tantivy_upto:
            with self._catalog.transaction(write=True):
                self._catalog.set_tantivy(upto)
                self._catalog.bump()

    def _sync_chroma(self) -> None:
        meta = self._catalog.meta()
        root = self.folder / vectors.FOLDER
        total = self._catalog.count_passages()
        if total == 0:
            return
        present = meta.chroma_dir is not None and vectors.is_whole(root / meta.chroma_dir, meta.chroma_count)
        covered = self._catalog.count_passages(upto=meta.chroma_upto)
        tail, dead = total - covered, meta.chroma_count - covered
        if present and tail + dead <= max(_CHROMA_TAIL, _CHROMA_SHARE * total):
            return
        name = f"{int(meta.chroma_dir or 0) + 1:06d}"
        ids = self._catalog.all_passage_ids()
        previous = meta.chroma_dir if present and dead < _MOSTLY_DEAD * meta.chroma_count else None

        def make(copied: str | None) -> None:
            vectors.make_generation(root, name, copied, ids, lambda some: self._catalog.vectors(only=some))

        try:
            make(previous)
        except StoreError:
            if previous is None:
                raise
            make(None)  # the copy was no good: all from the catalog
        with self._catalog.transaction(write=True):
            self._catalog.set_chroma(name, int(ids[-1]), len(ids))
            self._catalog.bump()
        vectors.drop_generations(root, (name, meta.chroma_dir))


@contextmanager
def writing(
    folder: Path, embedder: Embedder, *, wait: bool = True, notify: Callable[[str], None] = ignore
) -> Iterator[Writer]:
    """The one writer of the index in `folder`, which is made if there is none.

    The lock is the kernel's: it is free as soon as its holder ends, however it ends. With `wait` a second writer waits
    (`notify` is told for whom), else IndexBusyError is raised.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout as busy:
            if not wait:
                raise IndexBusyError(f"{folder}: {_holder(folder)}; try again later, or without --no-wait") from busy
            notify(f"{folder}: {_holder(folder)}; waiting for it to finish")
            lock.acquire()
    except OSError as error:
        raise IndexDamagedError(
            f"{folder}: cannot be written ({error.strerror or error}); name another with --index"
        ) from error
    try:
        _name_holder(folder)
        writer = Writer(folder, embedder, notify)
        try:
            yield writer
        finally:
            writer.close()
    finally:
        with suppress(OSError):
            (folder / _HOLDER).unlink(missing_ok=True)
        lock.release()


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


def _name_holder(folder: Path) -> None:
    """Leave word for others who writes. It is information only, so a full disk stops nothing here."""
    since = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):
        (folder / _HOLDER).write_text(json.dumps(holder), encoding="utf-8")


def _holder(folder: Path) -> str:
    """Who writes, as far as it said so."""
    try:
        holder = json.loads((folder / _HOLDER).read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} has been writing since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process is writing"
