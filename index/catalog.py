"""The catalog: one SQLite file that holds the truth. What Chroma and tantivy say counts only if it is known here.

Its commit is the acknowledgement that an article is in the index. Everything else can be built again from it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import IndexDamagedError, NoIndexError
from index.filters import Facts
from index.readers import INDEX_MARK
from index.types import Article, Passage, Span

if TYPE_CHECKING:
    import numpy as np

    from index.split import Split

FILE = INDEX_MARK
SCHEMA_VERSION = 1
_APPLICATION_ID = 0x41515631  # "AQV1": tells our file from any other SQLite file

_SCHEMA = """
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,            -- relative to the folder that holds the index where the file lies below it
    key TEXT NOT NULL,             -- with the path, the identity: '' or the record's id or line
    record INTEGER,
    encoding TEXT NOT NULL,
    size INTEGER NOT NULL,         -- of the file when it was read, with mtime_ns: equal means not changed since
    mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    url TEXT,
    text TEXT,                     -- NULL: a tombstone, taken out by the user until its digest changes
    UNIQUE (path, key)
);
CREATE TABLE sentence (
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (article, start)
) WITHOUT ROWID;
CREATE TABLE passage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: a derived store's old id cannot meet a new text
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    vector BLOB NOT NULL           -- float32, little-endian, unit length
);
CREATE INDEX passage_article ON passage (article);
CREATE TABLE meta (
    generation INTEGER NOT NULL,   -- grows with every commit that readers have to see
    embedding TEXT NOT NULL,       -- fingerprint of the model that made the vectors
    chroma_dir TEXT,               -- the generation folder in use, NULL: none
    chroma_upto INTEGER NOT NULL,  -- Chroma's folder was made with all passages up to this id
    chroma_count INTEGER NOT NULL, -- how many vectors it holds, those deleted since included
    tantivy_upto INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Meta:
    """The one row of state: which derived stores are in use and up to which passage id they are complete."""

    generation: int
    embedding: str
    chroma_dir: str | None
    chroma_upto: int
    chroma_count: int
    tantivy_upto: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What the writer has to know of an article that the catalog has: enough to see whether it changed."""

    number: int
    id: str
    digest: str
    size: int
    mtime_ns: int
    removed: bool


_ARTICLE = "id, text, path, key, record, encoding, title, outlet, author, published, url"


class Catalog:
    """An open catalog. Errors of SQLite come out as IndexDamagedError, with the file's name."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._db = connection
        self.file = file

    @classmethod
    def open_to_write(cls, folder: Path, embedding: str) -> Catalog:
        """The catalog in `folder` for the one writer; made there if there is none."""
        file = folder / FILE
        with _opening(file) as opened:
            db = opened(sqlite3.connect(file, timeout=30, isolation_level=None))
            db.execute("PRAGMA foreign_keys = ON")
            is_new = not db.execute("SELECT 1 FROM sqlite_master").fetchone()
            if is_new:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            # FULL: a commit has reached the disk when it returns. NORMAL would lose the last ones in a power cut.
            db.execute("PRAGMA synchronous = FULL")
            if is_new:
                insert = "INSERT INTO meta VALUES (1, ?, NULL, 0, 0, 0)"
                db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};")
                db.execute(insert, (embedding,))
                db.execute("COMMIT")
            catalog = cls(db, file)
            catalog._check_version()
        return catalog

    @classmethod
    def open_to_read(cls, folder: Path) -> Catalog:
        """The catalog in `folder`, read-only. A folder that cannot be written is read as it stands.

        Raises NoIndexError where a writer was stopped before it had made the catalog.
        """
        file = folder / FILE
        uri = f"{file.absolute().as_uri()}?mode=ro"
        with _opening(file) as opened:
            # Used by one thread at a time, but not always by the one that opened it.
            db = opened(sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None, check_same_thread=False))
            try:
                is_new = not db.execute("SELECT 1 FROM sqlite_master").fetchone()
            except sqlite3.OperationalError:
                # Beside a WAL file SQLite keeps a shared-memory file, which it cannot make here. The writer leaves
                # no WAL file behind, or an empty one, when it closes, so the file alone is whole.
                wal = file.with_name(FILE + "-wal")
                if wal.exists() and wal.stat().st_size:
                    raise
                db.close()
                db = opened(
                    sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None, check_same_thread=False)
                )
                is_new = not db.execute("SELECT 1 FROM sqlite_master").fetchone()
            if is_new:
                raise NoIndexError(f"the index in {folder} was not finished; finish it: qa index PATH --index {folder}")
            catalog = cls(db, file)
            catalog._check_version()
        return catalog

    def _check_version(self) -> None:
        (application,) = self._db.execute("PRAGMA application_id").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION_ID:
            raise IndexDamagedError(f"{self.file} is not a catalog of article-qa; name another folder with --index")
        if version != SCHEMA_VERSION:
            raise IndexDamagedError(
                f"{self.file} has schema version {version}, this article-qa reads version {SCHEMA_VERSION}; "
                "use the version that made it, or index the articles again into another folder (--index)"
            )

    def fold(self) -> None:
        """Fold the WAL file into the catalog, so that it alone is whole; not while a reader holds a state still."""
        with suppress(sqlite3.Error):  # a full disk: what is committed stays in the WAL file
            self._db.execute("PRAGMA busy_timeout = 0")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[None]:
        """One consistent view (or one atomic change) for everything inside."""
        with _translated(self.file):
            self._db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite has rolled it back itself after some errors
                    self._db.execute("ROLLBACK")
                raise

    # ---- reading -------------------------------------------------------------------------------------------------

    def meta(self) -> Meta:
        """The state of the derived stores."""
        return Meta(*self._one("SELECT * FROM meta"))

    def entries(self, path: str) -> dict[str, Entry]:
        """Every article that came from the file `path`, by key, tombstones included."""
        rows = self._all(
            "SELECT key, number, id, digest, size, mtime_ns, text IS NULL FROM article WHERE path = ?", (path,)
        )
        return {
            key: Entry(number, id_, digest, size, mtime, bool(gone))
            for key, number, id_, digest, size, mtime, gone in rows
        }

    def has_id(self, article_id: str) -> bool:
        """Whether an article, or the tombstone of one, has this id."""
        return bool(self._all("SELECT 1 FROM article WHERE id = ?", (article_id,)))

    def paths(self) -> list[str]:
        """The files that articles, or tombstones, came from."""
        return [path for (path,) in self._all("SELECT DISTINCT path FROM article ORDER BY path")]

    def article(self, article_id: str) -> Article | None:
        """The article with this id; None if there is none, or it was removed."""
        rows = self._all(f"SELECT {_ARTICLE} FROM article WHERE id = ? AND text IS NOT NULL", (article_id,))
        return Article(*rows[0]) if rows else None

    def headings(self, article_ids: Collection[str]) -> list[str]:
        """Titles, outlets and dates of these articles: what is known of them beside their texts."""
        found: list[str] = []
        for some in _chunks(list(article_ids)):
            rows = self._all(f"SELECT title, outlet, published FROM article WHERE id IN ({_marks(some)})", some)
            found += [value for row in rows for value in row if value]
        return found

    def file_state(self, article_id: str) -> tuple[int, int]:
        """Size and mtime_ns of the article's file when it was read."""
        return self._one("SELECT size, mtime_ns FROM article WHERE id = ?", (article_id,))

    def articles(self) -> Iterator[tuple[Article, int]]:
        """Every article (its text left empty) and the length of its text, by id."""
        columns = _ARTICLE.replace("text", "''", 1)
        for *fields, length in self._each(
            f"SELECT {columns}, length(text) FROM article WHERE text IS NOT NULL ORDER BY id"
        ):
            yield Article(*fields), length

    def facts(self) -> list[Facts]:
        """Outlet and date of every article, by id."""
        return [Facts(*row) for row in self._all(
            "SELECT id, outlet, published FROM article WHERE text IS NOT NULL ORDER BY id"
        )]  # fmt: skip

    def count_articles(self) -> int:
        """How many articles there are to answer from."""
        return self._one("SELECT count(*) FROM article WHERE text IS NOT NULL")[0]

    def newest(self) -> str | None:
        """The latest date of publication, as YYYY-MM-DD; None if no article has one."""
        return self._one("SELECT max(substr(published, 1, 10)) FROM article WHERE text IS NOT NULL")[0]

    def passages(self, ids: Collection[int]) -> dict[int, Passage]:
        """The passages with these ids; an id that is not known is not in the answer."""
        found = {}
        for some in _chunks(list(ids)):
            rows = self._all(
                "SELECT passage.id, article.id, start, end, substr(text, start + 1, end - start) FROM passage"
                f" JOIN article ON article.number = passage.article WHERE passage.id IN ({_marks(some)})",
                some,
            )
            with self._damaged():
                found.update({row[0]: Passage(*row) for row in rows})
        return found

    def known(self, ids: Collection[int]) -> set[int]:
        """Those of `ids` that are passages."""
        found: set[int] = set()
        for some in _chunks(list(ids)):
            found.update(id_ for (id_,) in self._all(f"SELECT id FROM passage WHERE id IN ({_marks(some)})", some))
        return found

    def passage_ids(self, article_ids: Collection[str]) -> list[int]:
        """The ids of all passages of these articles."""
        rows: list[tuple[int]] = []
        for some in _chunks(list(article_ids)):
            query = (
                f"SELECT passage.id FROM passage JOIN article ON number = article WHERE article.id IN ({_marks(some)})"
            )
            rows += self._all(query, some)
        return sorted(id_ for (id_,) in rows)

    def sentences(self, passage: Passage) -> list[Span]:
        """The sentences of a passage, in order."""
        query = (
            "SELECT start, end FROM sentence WHERE article = (SELECT number FROM article WHERE id = ?)"
            " AND start >= ? AND start < ? ORDER BY start"
        )
        return self._all(query, (passage.article_id, passage.start, passage.end))

    def all_passage_ids(self) -> np.ndarray:
        """The id of every passage, int64 [n], in order."""
        import numpy as np

        return np.array([id_ for (id_,) in self._all("SELECT id FROM passage ORDER BY id")], dtype=np.int64)

    def count_passages(self, upto: int | None = None) -> int:
        """How many passages there are, or how many of them with an id <= `upto`."""
        if upto is None:
            return self._one("SELECT count(*) FROM passage")[0]
        return self._one("SELECT count(*) FROM passage WHERE id <= ?", (upto,))[0]

    def last_passage(self) -> int:
        """The highest passage id; 0 if there is none."""
        return self._one("SELECT ifnull(max(id), 0) FROM passage")[0]

    def vectors(self, after: int = 0, only: Collection[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Ids (int64 [n]) and vectors (float32 [n, dim]) of the passages with id > `after`, or of `only` these."""
        import numpy as np

        if only is None:
            rows = self._all("SELECT id, vector FROM passage WHERE id > ? ORDER BY id", (after,))
        else:
            rows = []
            for some in _chunks(sorted(only)):
                rows += self._all(f"SELECT id, vector FROM passage WHERE id IN ({_marks(some)}) ORDER BY id", some)
        ids = np.array([id_ for id_, _ in rows], dtype=np.int64)
        with self._damaged():
            matrix = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f4")
            return ids, matrix.reshape(len(rows), -1) if rows else matrix.reshape(0, 0)

    def texts(self, after: int = 0, upto: int | None = None) -> Iterator[tuple[int, str, str, str]]:
        """(passage id, article id, title, passage text) of the passages with `after` < id <= `upto`."""
        # Each article's text is fetched once: SQLite's substr would walk through a long one for each of its passages.
        number, name, title, text = 0, "", "", ""
        query = "SELECT id, article, start, end FROM passage WHERE id > ? AND id <= ? ORDER BY id"
        for passage_id, article, start, end in self._each(
            query, (after, self.last_passage() if upto is None else upto)
        ):
            if article != number:
                number = article
                name, title, text = self._one("SELECT id, title, text FROM article WHERE number = ?", (article,))
            yield passage_id, name, title, text[start:end]

    def inspect(self) -> Iterator[tuple[Article, str, list[Span], list[Span]]]:
        """Every article with the digest that it was stored under, its passages and its sentences, for checks."""
        for number, digest, *fields in self._each(
            f"SELECT number, digest, {_ARTICLE} FROM article WHERE text IS NOT NULL ORDER BY number"
        ):
            places = (
                self._all(f"SELECT start, end FROM {table} WHERE article = ? ORDER BY start", (number,))
                for table in ("passage", "sentence")
            )
            yield Article(*fields), digest, *places

    def vector_bytes(self) -> dict[int, int]:
        """How long the stored vectors are, in bytes, and how many of them are so long."""
        return dict(self._all("SELECT length(vector), count(*) FROM passage GROUP BY 1"))

    def damage(self, limit: int = 5) -> list[str]:
        """What SQLite's own checks say, in its words: of the file's structure, and of rows without their article."""
        found = [line for (line,) in self._all(f"PRAGMA integrity_check({limit})") if line != "ok"]
        rows = self._all("SELECT count(*), min([table]) FROM pragma_foreign_key_check")
        return found + [f"{count} rows of {table} belong to no article" for count, table in rows if count]

    def schema_version(self) -> int:
        """The version of the tables."""
        return self._one("PRAGMA user_version")[0]

    # ---- writing (inside a transaction) ----------------------------------------------------------------------------

    def put(self, article: Article, split: Split, vectors: np.ndarray, state: tuple[int, int]) -> list[int]:
        """Add an article, or replace the one of the same path and key. `vectors`: float32 [passages, dim].

        Returns the ids of the passages that are gone with the text before.
        """
        old = self._all("SELECT number FROM article WHERE path = ? AND key = ?", (article.path, article.key))
        gone = self._drop_passages(old[0][0]) if old else []
        values = (article.id, article.text, article.path, article.key, article.record, article.encoding, article.title,
                  article.outlet, article.author, article.published, article.url, *state, article.digest())  # fmt: skip
        columns = [*_ARTICLE.split(", "), "size", "mtime_ns", "digest"]
        if old:
            number = old[0][0]
            assignments = ", ".join(f"{column} = ?" for column in columns)
            self._db.execute(f"UPDATE article SET {assignments} WHERE number = ?", (*values, number))
        else:
            cursor = self._db.execute(f"INSERT INTO article ({', '.join(columns)}) VALUES ({_marks(columns)})", values)
            number = cursor.lastrowid
        self._db.executemany("INSERT INTO sentence VALUES (?, ?, ?)", [(number, *span) for span in split.sentences])
        self._db.executemany(
            "INSERT INTO passage (article, start, end, vector) VALUES (?, ?, ?, ?)",
            [
                (number, *span, vector.astype("<f4").tobytes())
                for span, vector in zip(split.passages, vectors, strict=True)
            ],
        )
        return gone

    def touch(self, number: int, record: int | None, state: tuple[int, int]) -> None:
        """Note that the article's file was written again, with the same article in it (in line `record`)."""
        values = (record, *state, number)
        self._db.execute("UPDATE article SET record = ?, size = ?, mtime_ns = ? WHERE number = ?", values)

    def remove(self, article_id: str, *, tombstone: bool) -> list[int]:
        """Take an article out; a tombstone stays if asked for. Returns the ids of the passages that are gone."""
        (number,) = self._one("SELECT number FROM article WHERE id = ?", (article_id,))
        gone = self._drop_passages(number)
        if tombstone:
            self._db.execute("UPDATE article SET text = NULL WHERE number = ?", (number,))
        else:
            self._db.execute("DELETE FROM article WHERE number = ?", (number,))
        return gone

    def bump(self) -> None:
        """Tell readers that there is something new."""
        self._db.execute("UPDATE meta SET generation = generation + 1")

    def set_chroma(self, directory: str, upto: int, count: int) -> None:
        """Switch to another Chroma folder."""
        self._db.execute("UPDATE meta SET chroma_dir = ?, chroma_upto = ?, chroma_count = ?", (directory, upto, count))

    def set_tantivy(self, upto: int) -> None:
        """Note that tantivy has everything up to this passage id."""
        self._db.execute("UPDATE meta SET tantivy_upto = ?", (upto,))

    def reindex(self) -> None:
        """Make SQLite's own indexes again from the tables."""
        with self.transaction(write=True):
            self._db.execute("REINDEX")

    def _drop_passages(self, number: int) -> list[int]:
        gone = [id_ for (id_,) in self._all("SELECT id FROM passage WHERE article = ?", (number,))]
        self._db.execute("DELETE FROM passage WHERE article = ?", (number,))
        self._db.execute("DELETE FROM sentence WHERE article = ?", (number,))
        return gone

    @contextmanager
    def _damaged(self) -> Iterator[None]:
        """What cannot be made of the rows means that they are not as they were written."""
        try:
            yield
        except ValueError as error:
            raise IndexDamagedError(
                f"{self.file}: {error}; what else is wrong, and what mends it: qa doctor"
            ) from error

    def _all(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        with _translated(self.file):
            return self._db.execute(query, tuple(values)).fetchall()

    def _one(self, query: str, values: Iterable[Any] = ()) -> Any:
        rows = self._all(query, values)
        if not rows:
            raise IndexDamagedError(f"{self.file}: a row is missing; index the articles again into another folder")
        return rows[0]

    def _each(self, query: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        with _translated(self.file):
            yield from self._db.execute(query, tuple(values))


def _chunks(items: list[Any], size: int = 900) -> Iterator[list[Any]]:
    """SQLite takes only so many values in one statement."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _marks(items: Collection[Any]) -> str:
    return ", ".join("?" * len(items))


_ADVICE = {
    sqlite3.SQLITE_FULL: "make room and try again; what was committed is safe",
    sqlite3.SQLITE_IOERR: "the disk is full or failing; make room and try again; what was committed is safe",
    sqlite3.SQLITE_BUSY: "another program holds it; try again",
    sqlite3.SQLITE_READONLY: "it may not be written; name another folder with --index",
    sqlite3.SQLITE_CANTOPEN: "it may not be read, or its folder not be written",
}


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the number only refines it
        advice = _ADVICE.get(code, "index the articles again into another folder (--index)")
        raise IndexDamagedError(f"{file}: {error}; {advice}") from error


@contextmanager
def _opening(file: Path) -> Iterator[Callable[[sqlite3.Connection], sqlite3.Connection]]:
    """Gives a function that takes note of connections: they are closed if what is done inside fails."""
    connections: list[sqlite3.Connection] = []

    def opened(connection: sqlite3.Connection) -> sqlite3.Connection:
        connections.append(connection)
        return connection

    try:
        with _translated(file):
            yield opened
    except BaseException:
        for connection in connections:
            connection.close()
        raise
