"""What a run has read and not yet committed: decides what becomes of each article, and commits many together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.models.embed import Embedder
from index.readers import FileNote
from index.readers.others import by_kind
from index.readers.wording import wording
from index.repeated import group_of
from index.same import leaders, settle
from index.split import Split, Splitter
from index.stores.catalog_writer import CatalogWriter, Entry, Known
from index.text import joined
from index.types import WHOLE_FILE, Article, Place

if TYPE_CHECKING:
    import numpy as np

_PASSAGES = 256
_SLICE = 32  # embedded at a time: about a second's work
_OTHERS = 1_000
_NOTHING = Split((), ())
_TAKEN_OUT = "taken out by qa remove; qa index --restore PATH brings it back"


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one article.

    `status`: added, changed, unchanged, renamed, failed, skipped, removed (by --prune).
    """

    status: str
    path: str
    id: str | None = None
    place: Place = WHOLE_FILE
    reason: str | None = None


@dataclass(slots=True)
class Progress:
    """How far a run is; `total`, `read` and `done` in bytes of the files.

    `total`: of files from which something is to be embedded, or may be. `done`: whose passages have their vectors.
    `others`: the files of folders that are left alone, told when all are known.
    """

    total: int = 0
    read: int = 0
    done: int = 0
    articles: int = 0
    passages: int = 0
    stage: str = "reading"
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _New:
    """A text that the catalog does not have: to be embedded, and put where `entry` is or, if there is none, added.

    `wording`: of the article. Of another form of one that is in the index nothing is to be embedded.
    """

    article: Article
    split: Split
    entry: Entry | None
    event: Event
    wording: str = ""


@dataclass(frozen=True, slots=True)
class _Same:
    """An article that the catalog has, found at a place that it does not know, or where `entry` was.

    `left`: the place that it had before, if that is gone.
    """

    article: Article
    digest: str
    entry: Entry | None
    left: int | None
    event: Event


class Batch:
    """What waits to be committed together. Fill it with `take` and `note`; it `is_full` after some."""

    def __init__(
        self,
        catalog: CatalogWriter,
        embedder: Embedder,
        is_gone: Callable[[str], bool],
        note_gone: Callable[[list[int]], None],
    ) -> None:
        """`is_gone`: whether there is no file at a stored path. `note_gone` is told of passages that were dropped."""
        self._catalog = catalog
        self._embedder = embedder
        self._is_gone = is_gone
        self._note_gone = note_gone
        self._splitter: Splitter | None = None
        self._suffixes: dict[str, int] = {}
        self.groups: set[str] = set()
        """From which outlets, or folders, texts came in that the catalog did not have."""
        self._clear()

    def _clear(self) -> None:
        self._new: list[_New] = []
        self._same: list[_Same] = []
        self._out: list[tuple[Article, Event]] = []  # other forms of what was taken out
        self._moved: list[tuple[int, Place]] = []
        self._files: list[tuple[str, FileNote | None]] = []
        self.passages = 0
        self._ids: dict[str, str] = {}  # of the new articles, by digest
        self._numbers: set[int] = set()  # the articles of the catalog that will change

    def __bool__(self) -> bool:
        return bool(self._new or self._same or self._out or self._moved or self._files)

    @property
    def is_full(self) -> bool:
        """Whether it is time to commit."""
        others = max(len(self._new), len(self._same), len(self._out), len(self._moved), len(self._files))
        return self.passages >= _PASSAGES or others >= _OTHERS

    def note(self, path: str, note: FileNote | None) -> None:
        """Have a file noted, or that nothing is known of it, unless the catalog has the same note already."""

        def what_counts(noted: FileNote | None) -> object:
            return noted and (
                noted.state, noted.is_settled, noted.digest, noted.is_whole, noted.noise_version, noted.settings
            )  # fmt: skip

        if what_counts(note) != what_counts(self._catalog.file_note(path)):
            self._files.append((path, note))

    def concerns(self, entry: Entry) -> bool:
        """Whether the article at this place will change with the commit."""
        return entry.article.number in self._numbers

    def must_wait(self, digest: str, entry: Entry | None, restore: bool) -> bool:
        """Whether what is pending has to be committed before it is clear what to do with an article."""
        known = self._catalog.with_digest(digest)
        return (
            (entry is not None and (entry.article.number in self._numbers or digest in self._ids))
            or (known is not None and known.number in self._numbers)
            or (known is not None and known.removed and restore and (entry is None or entry.article != known))
        )

    def take(
        self, found: Article, digest: str, entry: Entry | None, restore: bool, clean: bool = False
    ) -> Event | None:
        """What to do with an article that was read: an Event if nothing, else None (it waits).

        `clean`: where the text is as it was, but not its noise, it is split and embedded again.
        """
        known = self._catalog.with_digest(digest)
        if known and known.removed and restore:
            entry = entry if entry and entry.article == known else self._at_tombstone(found, known, entry)
        elif known and entry and entry.article == known:
            if entry.place != found.place:
                self._moved.append((entry.number, found.place))
            if not clean or not self._is_unclean(found, known):
                return left_alone(found.path, found.place, known)
        elif known or digest in self._ids:
            self._same.append(self._same_as(found, digest, known, entry))
            return None
        article, warning = self._named(found, digest, entry)
        said = wording(article)
        forms = self._forms_of(said)
        if entry is None and not forms and not restore and self._catalog.is_taken_out(said):
            self._out.append((article, Event("skipped", found.path, article.id, found.place, _TAKEN_OUT)))
            self._ids[digest] = article.id
            return None
        leads = not forms or leaders({**forms, 0: article})[0] == 0
        split = self._split(article) if leads else _NOTHING
        if leads and not split.passages:
            return Event("failed", found.path, place=found.place, reason="no text beside leftovers of the page")
        status = "changed" if entry and not entry.article.removed else "added"
        event = Event(status, found.path, article.id, found.place, warning)
        self._new.append(_New(article, split, entry, event, said))
        self.passages += len(split.passages)
        self._ids[digest] = article.id
        self.groups.add(group_of(article.outlet, article.path))
        if entry:
            self._numbers.add(entry.article.number)
        return None

    def _forms_of(self, said: str) -> dict[int, Article]:
        """The articles of a wording that will be in the catalog after the commit, but for those that will change."""
        if not said:
            return {}
        forms = {number: form for number, form in self._catalog.forms_of(said).items() if number not in self._numbers}
        waiting = [new.article for new in self._new if new.wording == said]
        return forms | {-number: form for number, form in enumerate(waiting, 1)}

    def renew(self, article: Article, entry: Entry) -> None:
        """Have an article of the catalog, as it is but for its noise, split and embedded again, if anything is left."""
        split = self._split(article)
        if split.passages:
            self._new.append(_New(article, split, entry, Event("changed", article.path, article.id, article.place)))
            self.passages += len(split.passages)
            self._numbers.add(entry.article.number)

    def _split(self, article: Article) -> Split:
        if self._splitter is None:
            self._splitter = Splitter(self._embedder.tokenizer, self._embedder.model_pieces)
        return self._splitter.split(article.text, article.noise)

    def _is_unclean(self, found: Article, known: Known) -> bool:
        """Whether what the catalog has beside the text of an article is not what was read now."""
        stored = self._catalog.stored(known.number)
        return stored is not None and (
            (stored.noise, stored.pages, stored.origins) != (found.noise, found.pages, found.origins)
        )

    def _same_as(self, found: Article, digest: str, known: Known | None, entry: Entry | None) -> _Same:
        """What is to be noted where an article stands that the catalog (`known`) or the batch has elsewhere."""

        def same(status: str, reason: str, left: int | None = None) -> _Same:
            article_id = known.shown if known else self._ids[digest]
            return _Same(found, digest, entry, left, Event(status, found.path, article_id, found.place, reason))

        self._numbers.update({entry.article.number} if entry else (), {known.number} if known else ())
        if known is None:
            return same("added", f"the same article as {self._ids[digest]!r}")
        paths = self._catalog.paths_of(known.number)
        left = next((place for place, path in paths.items() if self._is_gone(path)), None)
        if known.removed:
            return same("skipped", _TAKEN_OUT, left)
        if entry:
            return same("changed", f"now the same article as {known.shown!r}")
        if left is not None:
            return same("renamed", f"was {paths[left]}", left)
        return same("added", f"the same article as {known.shown!r}")

    def _at_tombstone(self, found: Article, known: Known, entry: Entry | None) -> Entry | None:
        """The place of `found` among those of an article that was taken out and is to come back."""
        with self._catalog.transaction():
            gone = self._put_same(_Same(found, known.digest, entry, None, Event("added", found.path)))
            gone += settle(self._catalog)
        self._note_gone(gone)
        return self._catalog.entry(found.path, found.key)

    def _named(self, article: Article, digest: str, entry: Entry | None) -> tuple[Article, str | None]:
        """The article under the id that it keeps, or the first free one; and why it is not its own."""
        if entry:
            own_id = entry.article.id if entry.leads or entry.article.digest == digest else entry.id
            return replace(article, id=own_id), None
        free = self._free_id(article.id, set(self._ids.values()))
        if free == article.id:
            return article, None
        return replace(article, id=free), f"the id {article.id!r} is taken by another article, this one is {free!r}"

    def _free_id(self, wanted: str, waiting: set[str], number: int | None = None, place: int | None = None) -> str:
        """`wanted`, or with the first suffix that is free. `number`, `place`: what may have it already."""
        free = wanted
        suffix = self._suffixes.get(wanted, 1)  # where the search ended the last time
        while free in waiting or self._catalog.is_taken(free, number, place):
            suffix += 1
            free = f"{wanted}-{suffix}"
        if suffix > 1:
            self._suffixes[wanted] = suffix
        return free

    # ---- commit ----------------------------------------------------------------------------------------------------

    def commit(self, progress: Progress) -> list[Event]:
        """Embed what waits and commit all of it in one transaction; the Events of what is in the index then."""
        matrix = self._embedded(progress)
        seen = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        position = 0
        gone: list[int] = []
        with self._catalog.transaction():
            for number, place in self._moved:
                self._catalog.set_place(number, place)
            for new in self._new:
                count = len(new.split.passages)
                rows = matrix[position : position + count]
                if new.entry is None:
                    self._catalog.add(new.article, new.split, rows, seen)
                else:
                    gone += self._catalog.change(new.entry, new.article, new.split, rows, seen)
                position += count
            for same in self._same:
                gone += self._put_same(same)
            for article, _ in self._out:
                self._catalog.add_taken_out(article, seen)
            gone += settle(self._catalog)
            for path, note in self._files:
                self._catalog.note_file(path, note)
            if self._new or self._same:
                self._catalog.bump()
        self._note_gone(gone)
        events = [*map(self._event_of, self._new), *(same.event for same in self._same)]
        events += [event for _, event in self._out]
        self._clear()
        return events

    def _event_of(self, new: _New) -> Event:
        """What is told of a text that is in the catalog now: under which article, if it is another form of one."""
        entry = self._catalog.entry(new.article.path, new.article.key) if new.wording else None
        if entry is None or entry.article.shown == new.event.id:
            return new.event
        is_form = entry.article.shown != entry.article.id
        reason = f"the same article as {entry.article.shown!r}" if is_form else None
        return replace(new.event, id=entry.article.shown, reason=reason)

    def _embedded(self, progress: Progress) -> np.ndarray:
        """float32 [passages, dim] of what waits; `progress` goes on with each slice.

        Texts of like length stand together, as they do in the models' own batches.
        """
        import numpy as np

        texts = [joined(new.article.text[start:end]).text for new in self._new for start, end in new.split.passages]
        if len(texts) <= _SLICE:
            matrix = self._embedder.encode(texts)
            progress.passages += len(texts)
        else:
            order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
            rows, begun = [], progress.done
            for first in range(0, len(order), _SLICE):
                rows.append(self._embedder.encode([texts[i] for i in order[first : first + _SLICE]]))
                progress.passages += len(rows[-1])
                progress.stage = "embedding"  # the first slice waits for the model
                progress.done = begun + (progress.read - begun) * min(first + _SLICE, len(texts)) // len(texts)
            matrix = np.empty((len(texts), rows[0].shape[1]), dtype=np.float32)
            matrix[order] = np.concatenate(rows)
        progress.done = progress.read
        return matrix

    def _put_same(self, same: _Same) -> list[int]:
        """Note the place of an article that the catalog has. Returns the ids of passages that are gone with another."""
        known = self._catalog.with_digest(same.digest)
        assert known is not None, "neither in the catalog nor pending"
        place, wanted = same.left, same.article.id
        gone: list[int] = []
        if same.entry is not None:
            place, wanted = same.entry.number, same.entry.id
            gone = self._catalog.move_place(same.entry, known.number)
        place_id = self._free_id(wanted, set(), known.number, place)
        if place is None:
            self._catalog.add_place(known.number, place_id, same.article)
        else:
            self._catalog.change_place(place, place_id, same.article)
        return gone


def no_article(path: Path) -> Event:
    """The Event of a file that is left alone: of a type that is not read, or hidden."""
    return Event("skipped", str(path), reason=f"left alone: {by_kind([path])[2:]}")


def left_alone(path: str, place: Place, article: Known) -> Event:
    """The Event of an article that is in the index, or was taken out of it, as it is."""
    if article.removed:
        return Event("skipped", path, article.id, place, _TAKEN_OUT)
    return Event("unchanged", path, article.shown, place)
