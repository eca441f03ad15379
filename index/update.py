"""THE one writer: brings the index up to date with files, and the derived stores up to date with the catalog.

An article is acknowledged (its Event is yielded) after the catalog has committed it. Chroma and tantivy follow; until
they do, readers answer from the catalog what they lack.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from index import near, same
from index.batch import Batch, Event, Progress, left_alone
from index.errors import (
    EmbeddingMismatchError,
    IndexDamagedError,
    MissingModelError,
    NoIndexError,
    UnknownArticleError,
    ignore,
)
from index.files import stored_path
from index.models.embed import Embedder, MissingEmbedder, open_embedder
from index.models.weights import DEFAULT, find_model, remembered_model
from index.readers import DEFAULT_MAX_BYTES, FileNote, Problem, Reading, Skipped, is_text, read, state_of, walk
from index.readers.others import told
from index.repeated import repeated
from index.snapshot import Snapshot
from index.stores import derived
from index.stores.catalog import FILE
from index.stores.catalog_writer import CatalogWriter
from index.stores.lock import leave, locked

__all__ = ["Event", "Progress", "Writer", "embedder_for", "writing"]


Pairs = Sequence[tuple[str, str]]


class Writer:
    """The open index of the one process that holds its lock; use `writing()` to get one."""

    def __init__(self, folder: Path, embedder: Embedder, notify: Callable[[str], None]) -> None:
        self.folder = folder
        self._notify = notify
        self._catalog = CatalogWriter.open(folder, embedder.fingerprint)
        self.derived = derived.Derived(folder, self._catalog, notify)
        self._batch = Batch(self._catalog, embedder, lambda path: _is_gone(self._file(path)), self.derived.note_gone)
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
        clean: bool = False,
        columns: Pairs = (),
        given: Pairs = (),
        brought: Iterable[tuple[Path, str] | Event] = (),
        progress: Progress | None = None,
    ) -> Iterator[Event]:
        """Add and change the articles of `paths` (files and folders); one Event for each, after its commit.

        `clean`: read unchanged files too, and find noise again. `columns`, `given`: as `Reading` has them; what was
        said of a file stays until something else is said. `brought`: files that are fetched now, each with its address,
        or why one could not be.
        """
        progress = progress if progress is not None else Progress()
        self.derived.mend()
        self.derived.note_gone(same.note_wordings(self._catalog))
        skipped = Skipped()
        addresses: dict[Path, str] = {}
        for one in brought:
            progress.stage = "fetching"
            if isinstance(one, Event):
                yield one
            else:
                addresses[one[0]] = one[1]
        progress.stage = "reading"
        files = {stored_path(file, self.folder): file for path in [*paths, *addresses] for file in walk(path, skipped)}
        sizes = {shown: state.size if (state := state_of(file)) else 0 for shown, file in files.items()}
        progress.total = sum(sizes.values())
        seen: dict[str, set[str]] | None = {} if prune else None
        for shown, file in files.items():
            before, passages = progress.read, progress.passages + self._batch.passages
            found_at = [("url", addresses[file])] if file in addresses else []
            how = Reading(max_bytes, tuple(columns), tuple(sorted(dict([*given, *found_at]).items())))
            if not clean and self._is_unchanged(shown, file, restore, how):
                yield from self._leave_alone(shown, progress)
            else:
                yield from self._read(shown, file, how, restore, clean, progress, seen)
            if progress.passages + self._batch.passages == passages:  # nothing in it is to be embedded
                progress.read = before
                progress.total -= sizes[shown]
            else:
                progress.read = before + sizes[shown]
        yield from self._commit(progress)
        self._leave_out_repeated(progress)
        if seen is not None:
            yield from self._prune([path for path in paths if os.path.exists(path)], seen)
        self._read_what_leads(progress)
        if skipped:
            progress.others = tuple(dict.fromkeys(skipped))
            self._notify(told(progress.others))
        progress.stage, progress.done = "finishing", progress.total
        self.sync()

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Take articles out, leaving tombstones; the ids of those that went, each once.

        Raises UnknownArticleError, and removes none, if one is not there.
        """
        named: dict[str, None] = {}
        for article_id in article_ids:
            canonical = self._catalog.canonical(article_id)
            if canonical is None:
                raise UnknownArticleError(f"no article {article_id!r} in {self.folder}; qa articles lists them")
            named[canonical] = None
        gone: list[int] = []
        with self._catalog.transaction():
            for article_id in named:
                gone += self._catalog.remove(article_id)
            self._catalog.bump()
        self.derived.note_gone(gone)
        self.sync()
        return list(named)

    def sync(self) -> None:
        """Bring what is derived from the articles up to date: links of near-duplicates, tantivy, Chroma."""
        near.link_new(self._catalog)
        _give_memory_back()
        self.derived.sync()

    def rebuild_catalog_indexes(self) -> None:
        """SQLite's own indexes of the catalog made again from its tables."""
        self._catalog.reindex()

    # ---- one file --------------------------------------------------------------------------------------------------

    def _is_unchanged(self, shown: str, file: Path, restore: bool, how: Reading) -> bool:
        """Whether the file need not be read: it is as it was when all of it was taken in, or left out by the user."""
        if not is_text(shown):  # only bytes: no such path is in the catalog
            return False
        note = self._catalog.file_note(shown)
        if note is None or not note.is_whole or not note.holds_for(file):
            return False
        if how.with_settings(note.settings).settings() != note.settings:
            return False
        return not (restore and any(entry.article.removed for entry in self._catalog.entries(shown).values()))

    def _leave_alone(self, shown: str, progress: Progress) -> Iterator[Event]:
        entries = self._catalog.entries(shown).values()
        if any(self._batch.concerns(entry) for entry in entries):
            yield from self._commit(progress)
            entries = self._catalog.entries(shown).values()
        progress.articles += len(entries)
        yield from (left_alone(shown, entry.place, entry.article) for entry in entries)

    def _read(
        self,
        shown: str,
        file: Path,
        how: Reading,
        restore: bool,
        clean: bool,
        progress: Progress,
        seen: dict[str, set[str]] | None,
    ) -> Iterator[Event]:
        """Take in the articles of a file. Notes in `seen`, if given, which it has, if it could be read to the end."""
        note = FileNote.of(file)  # before it is read: a change meanwhile must not go unnoticed
        before = self._catalog.file_note(shown) if is_text(shown) else None
        how = how.with_settings(before.settings if before is not None else None)
        keys: set[str] = set()
        is_whole = is_clean = is_known = True
        for found in read(file, shown, how=how):
            if isinstance(found, Problem):
                is_whole, is_clean = is_whole and found.harmless, False
                kind = "skipped" if found.harmless else "failed"
                yield Event(kind, found.path, place=found.place, reason=found.reason)
                continue
            keys.add(found.key)
            digest = found.digest()
            entry = self._catalog.entry(shown, found.key)
            if self._batch.must_wait(digest, entry, restore):
                yield from self._commit(progress)
                entry = self._catalog.entry(shown, found.key)
            event = self._batch.take(found, digest, entry, restore, clean)
            progress.articles += 1
            progress.read = min(progress.read + len(found.text), progress.total)
            if event is not None:
                is_known = is_known and event.status != "failed"  # what stood there before may be in the index still
                yield event
            if self._batch.is_full:
                yield from self._commit(progress)
        if is_whole and seen is not None:
            seen[shown] = keys
        if not keys:
            return
        if note is not None and is_known and not self._catalog.has_other_keys(shown, keys) and note.held(file):
            self._batch.note(shown, replace(note, is_whole=is_clean, settings=how.settings()))
        else:
            self._batch.note(shown, None)

    def _commit(self, progress: Progress) -> Iterator[Event]:
        """Commit what waits, then acknowledge it."""
        if self._batch:
            progress.stage = "embedding" if progress.passages else "loading the model"
            events = self._batch.commit(progress)
            _give_memory_back()
            progress.stage = "reading"
            self.derived.follow()
            yield from events

    def _leave_out_repeated(self, progress: Progress) -> None:
        """Have as noise what stands in many articles of the outlets, or folders, from which something came in."""
        groups, self._batch.groups = self._batch.groups, set()
        count = 0
        for article, noise in list(repeated(self._catalog, groups)) if groups else ():
            entry = self._catalog.entry(article.path, article.key)
            if entry is not None:
                self._batch.renew(replace(article, noise=noise), entry)
                count += 1
            if self._batch.is_full:
                list(self._commit(progress))
        list(self._commit(progress))
        if count:
            noun = "article" if count == 1 else "articles"
            self._notify(f"{count:,} {noun} with lines that many others of the outlet have too: these are never quoted")

    def _read_what_leads(self, progress: Progress) -> None:
        """Split and embed what has come to lead the forms of an article, since another one changed or is gone."""
        for article, entry in self._catalog.unread():
            self._batch.renew(article, entry)
            if self._batch.is_full:
                list(self._commit(progress))
        list(self._commit(progress))

    def _prune(self, roots: Iterable[Path], seen: dict[str, set[str]]) -> Iterator[Event]:
        """Drop the places whose file, or whose record in a file that was read whole (`seen`), is no longer there.

        An article goes with the last of its places.
        """
        below = [Path(os.path.abspath(root)) for root in roots]
        for path in self._catalog.paths():
            file = self._file(path)
            if not any(file.is_relative_to(root) for root in below):
                continue
            is_gone = _is_gone(file)
            if not is_gone and path not in seen:
                continue
            gone = [entry for key, entry in self._catalog.entries(path).items() if key not in seen.get(path, ())]
            if not gone:
                continue
            why = "its file is gone" if is_gone else "is no longer in the file"
            events, passages = [], []
            with self._catalog.transaction():
                for entry in gone:
                    others = [one.path for one in self._catalog.places(entry.article.id) if one.id != entry.id]
                    passages += self._catalog.drop_place(entry)
                    stays = next((other for other in others if not _is_gone(self._file(other))), None)
                    reason = why if stays is None else f"{why}; the article stays, it is in {stays} too"
                    events.append(Event("removed", path, entry.article.shown, reason=reason))
                passages += same.settle(self._catalog)
                self._catalog.bump()
            self.derived.note_gone(passages)
            yield from events

    def _file(self, shown: str) -> Path:
        """The file of a stored path."""
        return Path(os.path.abspath(self.folder.parent / shown))


@contextmanager
def writing(
    folder: Path,
    embedder: Embedder,
    *,
    wait: bool = True,
    notify: Callable[[str], None] = ignore,
    keep_empty: bool = True,
) -> Iterator[Writer]:
    """The one writer of the index in `folder`, which is made if there is none; waits for another as `locked` does.

    Without `keep_empty` an index that it made goes again if no article came into it.
    """
    with locked(folder, wait=wait, notify=notify):
        _refuse_emptied(folder)
        was_there = keep_empty or (folder / FILE).exists()
        try:
            with closing(Writer(folder, embedder, notify)) as writer:
                yield writer
        finally:
            if not was_there and _is_empty(folder):
                _clear(folder)


def embedder_for(folder: Path, named: str | None = None) -> Embedder:
    """What indexes in `folder`: with the model that made the index, else the one that is named, else the default.

    Raises EmbeddingMismatchError if the index was made with another one than is named.
    """
    try:
        with closing(Snapshot(folder)) as snapshot:
            made_with = snapshot.embedding
    except NoIndexError:
        return open_embedder(find_model(named or DEFAULT))
    name, _, weights = made_with.rpartition("@")
    if named is not None and find_model(named).fingerprint.rpartition("@")[2] != weights:
        raise EmbeddingMismatchError(
            f"{folder} was made with the embedding {name}; leave out --embedding, or index the articles into another "
            f"folder: qa index PATH --index DIR --embedding {named}"
        )
    try:
        return open_embedder(remembered_model(made_with))
    except MissingModelError as error:  # not everything that is written needs it
        return MissingEmbedder(made_with, error)


def _refuse_emptied(folder: Path) -> None:
    """Raises IndexDamagedError where the catalog was cut to nothing: SQLite would take it for a new one."""
    file = folder / FILE
    if file.is_file() and not file.stat().st_size and any((folder / name).is_dir() for name in derived.FOLDERS):
        raise IndexDamagedError(
            f"{file} is empty, though there was an index; put a copy of it back, or index the articles again into "
            "another folder (--index)"
        )


def _is_empty(folder: Path) -> bool:
    """Whether no article ever came into the index in `folder`."""
    if not (folder / FILE).exists():
        return True
    with closing(CatalogWriter.open(folder)) as catalog:
        return not catalog.has_articles()


def _clear(folder: Path) -> None:
    """Take away the index in `folder`, while its lock is held, and the folder if nothing else is in it."""
    for name in derived.FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        leave(folder)
        folder.rmdir()


def _give_memory_back() -> None:
    """Return to the system what is free: after texts of many lengths glibc holds on to hundreds of MB."""
    with suppress(AttributeError, OSError, TypeError):  # no glibc
        ctypes.CDLL(None).malloc_trim(0)


def _is_gone(file: Path) -> bool:
    """Whether there is no such file for certain: one that cannot be looked at may well be there."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
