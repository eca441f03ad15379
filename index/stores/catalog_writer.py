"""What the one writer does to the catalog. All but opening it goes inside `transaction()`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from index.readers import FileNote
from index.readers.wording import wording
from index.stores import schema
from index.stores.catalog import FILE, LEADING, PLACED, Catalog
from index.stores.criteria import marks
from index.stores.database import check_version, opening
from index.stores.rows import ARTICLE, PLACE, TEXT, article_of, noise_of, place_of
from index.stores.schema import LIVE
from index.types import Article, Place, Span

if TYPE_CHECKING:
    import numpy as np

    from index.split import Split

_SHOWN = "encoding, title, outlet, author, published, url, text"
_COLUMNS = f"id, digest, {_SHOWN}, seen, noise, pages, origins, wording"
_KNOWN = """article.number, article.id, digest, text IS NULL,
    ifnull((SELECT one.id FROM article AS one WHERE one.number = article.under), article.id)"""
_ENTRY = f"""key, place.number, place.id, place.number = {LEADING}, {PLACE}, {_KNOWN}
    FROM place JOIN article ON article.number = place.article"""
_EMPTIED = "text = NULL, seen = NULL, noise = NULL, pages = NULL, origins = NULL, under = NULL"


@dataclass(frozen=True, slots=True)
class Known:
    """An article, or the tombstone of one, that the catalog has. `shown`: the id of the one that it is a form of."""

    number: int
    id: str
    digest: str
    removed: bool
    shown: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalog has at one location: enough to see whether it changed. `leads`: the article goes with it."""

    number: int
    id: str
    leads: bool
    place: Place
    article: Known


class CatalogWriter(Catalog):
    """The catalog, open for the one writer.

    `touched`: the wordings whose forms have to be looked at again, each with the id that became free with one of them.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        super().__init__(connection, file)
        self.touched: dict[str, str | None] = {}

    @classmethod
    def open(cls, folder: Path, embedding: str = "") -> Self:
        """The catalog in `folder`, of an earlier version brought up to this one; made there if there is none.

        `embedding`: the fingerprint of the model that makes the vectors of a new one.
        """
        file = folder / FILE
        with opening(file) as opened:
            db = opened(sqlite3.connect(file, timeout=30, isolation_level=None))
            # FULL: a commit has reached the disk when it returns. NORMAL would lose the last ones in a power cut.
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                schema.create(db, embedding)
            elif check_version(db, file) < schema.VERSION:
                schema.upgrade(db)
        return cls(db, file)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One atomic change for everything inside."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    def fold(self) -> None:
        """Fold the WAL file into the catalog, so that it alone is whole; not while a reader holds a state still."""
        with suppress(sqlite3.Error):  # a full disk: what is committed stays in the WAL file
            self._db.execute("PRAGMA busy_timeout = 0")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def has_articles(self) -> bool:
        """Whether there is an article, or one was taken out."""
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM article)")[0])

    def reindex(self) -> None:
        """Make SQLite's own indexes again from the tables."""
        with self.transaction():
            self._db.execute("REINDEX")

    # ---- what the writer asks --------------------------------------------------------------------------------------

    def entries(self, path: str) -> dict[str, Entry]:
        """What came from the file `path`, by key, in its order; tombstones included."""
        rows = self._all(f"SELECT {_ENTRY} WHERE path = ? ORDER BY member, message, record, place.number", (path,))
        return {key: _entry(*values) for key, *values in rows}

    def has_other_keys(self, path: str, keys: set[str]) -> bool:
        """Whether anything came from the file `path` under another key than `keys`; tombstones included."""
        return any(key not in keys for (key,) in self._each("SELECT key FROM place WHERE path = ?", (path,)))

    def entry(self, path: str, key: str) -> Entry | None:
        """What came from this place."""
        rows = self._all(f"SELECT {_ENTRY} WHERE path = ? AND key = ?", (path, key))
        return _entry(*rows[0][1:]) if rows else None

    def with_digest(self, digest: str) -> Known | None:
        """The article, or tombstone, with this digest."""
        rows = self._all(f"SELECT {_KNOWN} FROM article WHERE digest = ?", (digest,))
        return _known(*rows[0]) if rows else None

    def paths_of(self, number: int) -> dict[int, str]:
        """The file of each place of an article, the one that it goes with first."""
        query = (
            "SELECT place.number, path FROM place JOIN article ON article.number = place.article"
            " WHERE article.number = ? ORDER BY place.id <> article.id, place.number"
        )
        return dict(self._all(query, (number,)))

    def is_taken(self, article_id: str, number: int | None = None, place: int | None = None) -> bool:
        """Whether the id names an article (or tombstone) other than `number`, or a place other than `place`."""
        query = (
            "SELECT 1 FROM article WHERE id = ? AND number IS NOT ?"
            " UNION ALL SELECT 1 FROM place WHERE id = ? AND number IS NOT ?"
        )
        return bool(self._all(query, (article_id, number, article_id, place)))

    def paths(self) -> list[str]:
        """The files that articles, or tombstones, came from."""
        return [path for (path,) in self._all("SELECT DISTINCT path FROM place ORDER BY path")]

    # ---- articles --------------------------------------------------------------------------------------------------

    def add(self, article: Article, split: Split, vectors: np.ndarray, seen: str) -> None:
        """Add an article at a new place. `vectors`: float32 [passages, dim]; `seen`: when it was read."""
        number = self._insert(article, seen)
        self.add_place(number, article.id, article)
        self._fill(number, split, vectors)

    def change(self, entry: Entry, article: Article, split: Split, vectors: np.ndarray, seen: str) -> list[int]:
        """Replace what stands at the place of `entry`. The former text becomes a revision, unless it was taken out.

        Where the article stands in several places, it goes with the one that leads; what the others still say becomes
        an article of its own. An article that is as it was, taken out before or not, is so at all of them.
        Returns the ids of the passages that are gone.
        """
        number, gone = entry.article.number, []
        self._touch(number)
        revise = f"INSERT INTO revision SELECT ?, ?, {_SHOWN}, seen FROM article WHERE number = ? AND text IS NOT NULL"
        is_restored = entry.article.digest == article.digest()
        if entry.leads or is_restored:
            former = self._one(f"SELECT {_COLUMNS} FROM article WHERE number = ?", (number,))
            if not is_restored:
                self._db.execute(revise, (number, self._next_revision(number), number))
            values = _values(article, seen)
            self._db.execute(f"UPDATE article SET ({_COLUMNS}) = ({marks(values)}) WHERE number = ?", (*values, number))
            self._touch(number)
            if not is_restored:
                self._split_off(number, former, entry.number)
            gone = self._drop_passages(number)
        else:
            number = self._insert(article, seen)
            self._db.execute("UPDATE place SET article = ? WHERE number = ?", (number, entry.number))
            self._db.execute(revise, (number, 1, entry.article.number))
        self.set_place(entry.number, article.place)
        self._fill(number, split, vectors)
        return gone

    def _next_revision(self, number: int) -> int:
        return self._one("SELECT ifnull(max(number), 0) + 1 FROM revision WHERE article = ?", (number,))[0]

    def _split_off(self, number: int, former: tuple[str | None, ...], place: int) -> None:
        """Give all places but `place` an article with what `number` said before: the same passages, under new ids."""
        others = self._all(
            "SELECT number, id FROM place WHERE article = ? AND number <> ? ORDER BY number", (number, place)
        )
        if not others:
            return
        places = [other for other, _ in others]
        cursor = self._db.execute(
            f"INSERT INTO article ({_COLUMNS}) VALUES ({marks(former)})", (others[0][1], *former[1:])
        )
        copy = cursor.lastrowid
        self._db.execute(f"UPDATE place SET article = ? WHERE number IN ({marks(places)})", (copy, *places))
        self._db.execute("INSERT INTO sentence SELECT ?, start, end FROM sentence WHERE article = ?", (copy, number))
        self._db.execute(
            "INSERT INTO passage (article, start, end, vector)"
            " SELECT ?, start, end, vector FROM passage WHERE article = ? ORDER BY id",
            (copy, number),
        )

    def _insert(self, article: Article, seen: str) -> int:
        values = _values(article, seen)
        cursor = self._db.execute(f"INSERT INTO article ({_COLUMNS}) VALUES ({marks(values)})", values)
        assert cursor.lastrowid is not None
        self._touch(cursor.lastrowid)
        return cursor.lastrowid

    def _fill(self, number: int, split: Split, vectors: np.ndarray) -> None:
        """The sentences and passages of an article that has none."""
        self._db.executemany("INSERT INTO sentence VALUES (?, ?, ?)", [(number, *span) for span in split.sentences])
        self._db.executemany(
            "INSERT INTO passage (article, start, end, vector) VALUES (?, ?, ?, ?)",
            [
                (number, *span, vector.astype("<f4").tobytes())
                for span, vector in zip(split.passages, vectors, strict=True)
            ],
        )

    def remove(self, article_id: str) -> list[int]:
        """Take an article out, in all its forms, and leave a tombstone at its places.

        Returns the ids of the passages that are gone.
        """
        number = self._number(article_id)
        forms = [form for (form,) in self._all("SELECT number FROM article WHERE ? IN (number, under)", (number,))]
        gone = []
        for form in forms:
            self._empty(form)
            gone += self._drop_passages(form)
        return gone

    def add_taken_out(self, article: Article, seen: str) -> None:
        """Add only the tombstone of an article, at a new place."""
        number = self._insert(article, seen)
        self.add_place(number, article.id, article)
        self._empty(number)

    def _empty(self, number: int) -> None:
        self._db.execute(f"UPDATE article SET {_EMPTIED} WHERE number = ?", (number,))
        self._db.execute("DELETE FROM revision WHERE article = ?", (number,))

    def _drop_passages(self, number: int) -> list[int]:
        """Empty an article of all that was made from its text."""
        gone = [id_ for (id_,) in self._all("SELECT id FROM passage WHERE article = ? ORDER BY id", (number,))]
        for table in ("passage", "sentence", "signature", "band", "near"):
            self._db.execute(f"DELETE FROM {table} WHERE article = ?", (number,))
        self._db.execute("DELETE FROM near WHERE other = ?", (number,))
        return gone

    # ---- places ----------------------------------------------------------------------------------------------------

    def add_place(self, number: int, place_id: str, article: Article) -> None:
        """Note another place of the article `number`: that of `article`, which is the same."""
        self._touch(number)
        values = (number, place_id, article.path, article.key, *_stored(article.place))
        self._db.execute(f"INSERT INTO place (article, id, path, key, {PLACE}) VALUES ({marks(values)})", values)

    def change_place(self, place: int, place_id: str, article: Article) -> None:
        """Note that what stood at `place` stands now where `article`, which is the same, was read."""
        self._forget_file(place)
        self._db.execute(
            "UPDATE place SET id = ?, path = ?, key = ? WHERE number = ?",
            (place_id, article.path, article.key, place),
        )
        self.set_place(place, article.place)
        self._touch(self._one("SELECT article FROM place WHERE number = ?", (place,))[0])

    def move_place(self, entry: Entry, number: int) -> list[int]:
        """Note that the place of `entry` has the article `number` now. Returns the ids of passages that are gone."""
        self._db.execute("UPDATE place SET article = ? WHERE number = ?", (number, entry.number))
        self._touch(number)
        return self._drop_if_nowhere(entry.article.number)

    def drop_place(self, entry: Entry) -> list[int]:
        """Forget the place of `entry`, and the article with the last one. Returns the ids of passages that are gone."""
        self._forget_file(entry.number)
        self._db.execute("DELETE FROM place WHERE number = ?", (entry.number,))
        return self._drop_if_nowhere(entry.article.number)

    def _drop_if_nowhere(self, number: int) -> list[int]:
        if self._all("SELECT 1 FROM place WHERE article = ?", (number,)):
            self._touch(number)
            return []
        self._touch(number, goes=True)
        gone = self._drop_passages(number)
        self._db.execute("DELETE FROM article WHERE number = ?", (number,))
        return gone

    def set_place(self, number: int, place: Place) -> None:
        """Note where in its file the article stands now, in another line say."""
        self._db.execute(f"UPDATE place SET ({PLACE}) = (?, ?, ?) WHERE number = ?", (*_stored(place), number))

    def note_file(self, path: str, note: FileNote | None) -> None:
        """Note how a file was when all that the index has from it was in it, or that this is not known."""
        if note is None:
            self._db.execute("DELETE FROM file WHERE path = ?", (path,))
        else:
            values = (path, *note.state, note.read_ns, note.digest, note.is_whole, note.noise_version, note.settings)
            self._db.execute(f"INSERT OR REPLACE INTO file VALUES ({marks(values)})", values)

    def _forget_file(self, place: int) -> None:
        self._db.execute("DELETE FROM file WHERE path = (SELECT path FROM place WHERE number = ?)", (place,))

    # ---- forms of one article --------------------------------------------------------------------------------------

    def _touch(self, number: int, *, goes: bool = False) -> None:
        """Note that the forms of the article `number`, which changes or `goes`, have to be looked at again."""
        said, article_id = self._one("SELECT wording, id FROM article WHERE number = ?", (number,))
        if said:
            self.touched[said] = article_id if goes else self.touched.get(said)

    def without_wording(self, limit: int) -> list[tuple[int, Article]]:
        """Up to `limit` articles, with their numbers, that an older version put in, which noted no wording."""
        rows = self._all(
            f"SELECT article.number, {ARTICLE}, {TEXT} FROM {PLACED} WHERE wording IS NULL AND text IS NOT NULL"
            " LIMIT ?",
            (limit,),
        )
        with self._damaged():
            return [(number, article_of(*fields)) for number, *fields in rows]

    def set_wording(self, number: int, said: str) -> None:
        """Note the wording of an article."""
        self._db.execute("UPDATE article SET wording = ? WHERE number = ?", (said, number))
        self._touch(number)

    def is_taken_out(self, said: str) -> bool:
        """Whether an article of this wording was taken out."""
        return bool(said and self._all("SELECT 1 FROM article WHERE wording = ? AND text IS NULL", (said,)))

    def put_under(self, number: int, leader: int | None) -> list[int]:
        """Have an article stand under another one, or (None) for itself. Returns the ids of passages that are gone."""
        self._db.execute("UPDATE article SET under = ? WHERE number = ? AND under IS NOT ?", (leader, number, leader))
        return [] if leader is None else self._drop_passages(number)

    def is_new(self, number: int) -> bool:
        """Whether no passage of the article is in a derived store, under its id."""
        query = "SELECT 1 FROM passage, meta WHERE article = ? AND id <= tantivy_upto"
        return not self._all(query, (number,))

    def rename(self, number: int, article_id: str) -> None:
        """Give an article another id, which is free."""
        self._db.execute("UPDATE article SET id = ? WHERE number = ?", (article_id, number))

    def swap_ids(self, number: int, other: int) -> None:
        """Have two articles, and the places that they go with, change their ids."""
        query = f"SELECT article.id, place.number, place.id FROM {PLACED} WHERE article.number = ?"
        rows = [(one, *self._one(query, (one,))) for one in (number, other)]
        for table, first in (("place", 2), ("article", 0)):
            ids = [row[3 if table == "place" else 1] for row in rows]
            self._db.execute(f"UPDATE {table} SET id = ? WHERE number = ?", (f"\n{ids[0]}", rows[0][first]))
            self._db.execute(f"UPDATE {table} SET id = ? WHERE number = ?", (ids[0], rows[1][first]))
            self._db.execute(f"UPDATE {table} SET id = ? WHERE number = ?", (ids[1], rows[0][first]))

    def unread(self) -> list[tuple[Article, Entry]]:
        """The articles that have no passages, since another form of them had: to be split and embedded."""
        query = f"SELECT id FROM article WHERE {LIVE} AND number NOT IN (SELECT article FROM passage)"
        found = []
        for (article_id,) in self._all(query):
            article = self.article(article_id)
            entry = article and self.entry(article.path, article.key)
            if article and entry:
                found.append((article, entry))
        return found

    def stored(self, number: int) -> Article | None:
        """The article as it was read in this form; None if it was taken out."""
        rows = self._all(
            f"SELECT {ARTICLE}, {TEXT} FROM {PLACED} WHERE article.number = ? AND text IS NOT NULL", (number,)
        )
        with self._damaged():
            return article_of(*rows[0]) if rows else None

    # ---- near-duplicates -------------------------------------------------------------------------------------------

    def without_signature(self, limit: int) -> list[tuple[int, str, tuple[Span, ...]]]:
        """Number, text and noise of up to `limit` articles that were not compared with the others yet."""
        rows = self._all(
            f"SELECT number, text, noise FROM article WHERE {LIVE}"
            " AND NOT EXISTS (SELECT 1 FROM signature WHERE article = number) ORDER BY number LIMIT ?",
            (limit,),
        )
        with self._damaged():
            return [(number, text, noise_of(text, noise)) for number, text, noise in rows]

    def sharing_a_band(self, bands: Collection[int]) -> list[tuple[int, bytes]]:
        """Number and MinHash of the articles that have one of `bands`."""
        return self._all(
            "SELECT article, minhash FROM signature"
            f" WHERE article IN (SELECT article FROM band WHERE hash IN ({marks(bands)}))",
            bands,
        )

    def sign(self, number: int, minhash: bytes, bands: Collection[int]) -> None:
        """Keep the MinHash of an article, and the bands under which it is found."""
        self._db.execute("INSERT INTO signature VALUES (?, ?)", (number, minhash))
        self._db.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", [(band, number) for band in bands])

    def link(self, number: int, other: int, similarity: float) -> None:
        """Note that two articles are near-duplicates."""
        pairs = [(number, other, similarity), (other, number, similarity)]
        self._db.executemany("INSERT OR REPLACE INTO near VALUES (?, ?, ?)", pairs)

    # ---- derived stores --------------------------------------------------------------------------------------------

    def bump(self) -> None:
        """Tell readers that there is something new."""
        self._db.execute("UPDATE meta SET generation = generation + 1")

    def set_chroma(self, directory: str, upto: int, count: int) -> None:
        """Switch to another Chroma folder."""
        self._db.execute("UPDATE meta SET chroma_dir = ?, chroma_upto = ?, chroma_count = ?", (directory, upto, count))

    def set_tantivy(self, upto: int) -> None:
        """Note that tantivy has everything up to this passage id."""
        self._db.execute("UPDATE meta SET tantivy_upto = ?", (upto,))


def _values(article: Article, seen: str) -> tuple[str | None, ...]:
    """The columns of `_COLUMNS`."""
    return (article.id, article.digest(), article.encoding, article.title, article.outlet, article.author,
            article.published, article.url, article.text, seen, json.dumps(article.noise),
            json.dumps(article.pages), json.dumps(dict(article.origins)), wording(article))  # fmt: skip


def _stored(place: Place) -> tuple[int | str | None, ...]:
    """The columns of `PLACE`."""
    return place.record, place.message, place.member


def _entry(
    number: int, place_id: str, leads: int, record: int | None, message: int | None, member: str | None, *article: Any
) -> Entry:
    return Entry(number, place_id, bool(leads), place_of(record, message, member), _known(*article))


def _known(number: int, article_id: str, digest: str, removed: int, shown: str) -> Known:
    return Known(number, article_id, digest, bool(removed), shown)
