"""The catalog: one SQLite file that holds the truth. What Chroma and tantivy say counts only if it is known here.

Its commit is the acknowledgement that an article is in the index. Everything else can be built again from it. Here it
is read; `index.stores.catalog_writer` writes it, `index.stores.schema` has its tables.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from index.errors import IndexDamagedError, NoIndexError
from index.filters import Criteria
from index.readers import FileState, state_of
from index.stores import schema
from index.types import INDEX_MARK, Article, Facts, Passage, Place, Revision, Span

if TYPE_CHECKING:
    import numpy as np

FILE = INDEX_MARK


@dataclass(frozen=True, slots=True)
class Meta:
    """The one row of state: which derived stores are in use and up to which passage id they are complete."""

    generation: int
    embedding: str
    chroma_dir: str | None
    chroma_upto: int
    chroma_count: int
    tantivy_upto: int

    @property
    def chroma_in_use(self) -> str | None:
        """The Chroma folder to be opened; None where there is none, or it went when nothing was left to be in it."""
        return self.chroma_dir if self.chroma_count else None


_ARTICLE = "article.id, text, path, key, record, encoding, title, outlet, author, published, url"


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file that was read, all of it is in the index, and nothing else from it. `read_ns`: when, by the clock."""

    state: FileState
    read_ns: int

    @property
    def is_settled(self) -> bool:
        """Whether no later change can have left the state as it is: the clocks of file systems tick slowly."""
        return self.read_ns - max(self.state.mtime_ns, self.state.ctime_ns) > _SETTLED_NS

    def holds_for(self, file: Path) -> bool:
        """Whether the file is certainly as it was."""
        return self.is_settled and self.state == state_of(file)


_SETTLED_NS = 2_000_000_000

LEADING = """coalesce((SELECT one.number FROM place AS one WHERE one.id = article.id),
    (SELECT min(one.number) FROM place AS one WHERE one.article = article.number))"""
"""The place that an article goes with: the one that has its id, else the first."""

_PLACED = f"article JOIN place ON place.number = {LEADING}"


class Catalog:
    """An open catalog, to be read. Errors of SQLite come out as IndexDamagedError, with the file's name.

    Where an article's id is asked for, the ids of its other places name it too.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._db = connection
        self.file = file

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The catalog in `folder`, read-only. A folder that cannot be written is read as it stands.

        Raises NoIndexError where a writer was stopped before it had made the catalog.
        """
        file = folder / FILE
        uri = f"{file.absolute().as_uri()}?mode=ro"
        with opening(file) as opened:
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
            if check_version(db, file) < schema.VERSION:
                raise IndexDamagedError(
                    f"{file} was made by an earlier article-qa; upgrade it: qa doctor --repair --index {folder}"
                )
        return cls(db, file)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One consistent view for everything inside."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with translated(self.file):
            self._db.execute(begin)
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite has rolled it back itself after some errors
                    self._db.execute("ROLLBACK")
                raise

    def meta(self) -> Meta:
        """The state of the derived stores."""
        return Meta(*self._one("SELECT * FROM meta"))

    # ---- articles --------------------------------------------------------------------------------------------------

    def article(self, article_id: str) -> Article | None:
        """The article with this id; None if there is none, or it was removed."""
        rows = self._all(
            f"SELECT {_ARTICLE} FROM {_PLACED} WHERE article.number = ? AND text IS NOT NULL",
            (self._number(article_id),),
        )
        return Article(*rows[0]) if rows else None

    def canonical(self, article_id: str) -> str | None:
        """The article's own id for any id that names it; None if there is no such article, or it was removed."""
        rows = self._all("SELECT id FROM article WHERE number = ? AND text IS NOT NULL", (self._number(article_id),))
        return rows[0][0] if rows else None

    def places(self, article_id: str) -> list[Place]:
        """Where the article stands, the place that it goes with first."""
        query = (
            "SELECT place.id, path, key, record FROM place JOIN article ON article.number = place.article"
            " WHERE article.number = ? ORDER BY place.id <> article.id, place.number"
        )
        return [Place(*row) for row in self._all(query, (self._number(article_id),))]

    def other_places(self) -> dict[str, list[Place]]:
        """For each article (by its id) that stands in several places: all but the one that it goes with."""
        found: dict[str, list[Place]] = {}
        query = (
            "SELECT article.id, place.id, path, key, record FROM place JOIN article ON article.number = place.article"
            f" WHERE place.number <> {LEADING} ORDER BY place.number"
        )
        for article_id, *place in self._each(query):
            found.setdefault(article_id, []).append(Place(*place))
        return found

    def revisions(self, article_id: str) -> list[Revision]:
        """What the article said when it was first read and after each change, the last as it is now; by number from 1.

        Empty if there is no such article.
        """
        article = self.article(article_id)
        if article is None:
            return []
        number = self._number(article_id)
        columns = "text, encoding, title, outlet, author, published, url"
        query = f"SELECT seen, {columns} FROM revision WHERE article = ? ORDER BY number"
        former = [
            (seen, replace(article, **dict(zip(columns.split(", "), values, strict=True))))
            for seen, *values in self._all(query, (number,))
        ]
        (seen,) = self._one("SELECT seen FROM article WHERE number = ?", (number,))
        return [Revision(position, *rest) for position, rest in enumerate([*former, (seen, article)], 1)]

    def file_note(self, path: str) -> FileNote | None:
        """The state of the file `path` in which all of it was read into the index; None if that is not so."""
        rows = self._all("SELECT size, mtime_ns, ctime_ns, read_ns FROM file WHERE path = ?", (path,))
        return FileNote(FileState(*rows[0][:3]), rows[0][3]) if rows else None

    def articles(self) -> Iterator[tuple[Article, int]]:
        """Every article (its text left empty) and the length of its text, by id."""
        columns = _ARTICLE.replace("text", "''", 1)
        for *fields, length in self._each(
            f"SELECT {columns}, length(text) FROM {_PLACED} WHERE text IS NOT NULL ORDER BY article.id"
        ):
            yield Article(*fields), length

    def near(self, article_ids: Collection[str]) -> dict[str, dict[str, float]]:
        """The near-duplicates of these articles: for each that has any, their ids and how similar they are."""
        found: dict[str, dict[str, float]] = {}
        for some in _chunks(list(article_ids)):
            rows = self._all(
                "SELECT article.id, other.id, similarity FROM near JOIN article ON article.number = near.article"
                f" JOIN article AS other ON other.number = near.other WHERE article.id IN ({marks(some)})"
                " ORDER BY similarity DESC, other.id",
                some,
            )
            for article_id, other, similarity in rows:
                found.setdefault(article_id, {})[other] = similarity
        return found

    def article_ids(self, criteria: Criteria) -> frozenset[str]:
        """The ids of the articles that are what `criteria` say."""
        where, values = _where(criteria)
        return frozenset(id_ for (id_,) in self._all(f"SELECT id FROM article WHERE {where}", values))

    def count(self, criteria: Criteria) -> int:
        """How many articles are what `criteria` say."""
        where, values = _where(criteria)
        return self._one(f"SELECT count(*) FROM article WHERE {where}", values)[0]

    def outlets(self) -> list[str]:
        """Every outlet that an article has, in order."""
        return self._distinct("outlet")

    def authors(self) -> list[str]:
        """Every byline that an article has, in order."""
        return self._distinct("author")

    def days(self) -> list[str]:
        """Every day (or month, or year) on which an article was published, in order."""
        return self._distinct("substr(published, 1, 10)")

    def _distinct(self, what: str) -> list[str]:
        query = f"SELECT DISTINCT {what} AS value FROM article WHERE text IS NOT NULL AND value IS NOT NULL ORDER BY 1"
        return [value for (value,) in self._all(query)]

    def count_articles(self) -> int:
        """How many articles there are to answer from."""
        return self._one("SELECT count(*) FROM article WHERE text IS NOT NULL")[0]

    def newest(self) -> str | None:
        """The latest date of publication, as YYYY-MM-DD; None if no article has one."""
        return self._one("SELECT max(substr(published, 1, 10)) FROM article WHERE text IS NOT NULL")[0]

    # ---- passages --------------------------------------------------------------------------------------------------

    def passages(self, ids: Collection[int]) -> dict[int, Passage]:
        """The passages with these ids, with their articles' facts; an id that is not known is not in the answer."""
        found: dict[int, Passage] = {}
        articles: dict[str, Facts] = {}  # one object for all passages of an article
        for some in _chunks(list(ids)):
            sentences: dict[int, list[Span]] = {}
            query = (
                "SELECT passage.id, sentence.start, sentence.end FROM passage JOIN sentence"
                " ON sentence.article = passage.article AND sentence.start >= passage.start"
                f" AND sentence.start < passage.end WHERE passage.id IN ({marks(some)}) ORDER BY sentence.start"
            )
            for id_, start, end in self._all(query, some):
                sentences.setdefault(id_, []).append((start, end))
            rows = self._all(
                "SELECT passage.id, start, end, substr(text, start + 1, end - start), article.id, title, outlet,"
                " author, published, url FROM passage JOIN article ON article.number = passage.article"
                f" WHERE passage.id IN ({marks(some)})",
                some,
            )
            with self._damaged():
                for id_, start, end, text, *facts in rows:
                    article = articles.setdefault(facts[0], Facts(*facts))
                    found[id_] = Passage(id_, article, start, end, text, tuple(sentences.get(id_, ())))
        return found

    def known(self, ids: Collection[int]) -> set[int]:
        """Those of `ids` that are passages."""
        found: set[int] = set()
        for some in _chunks(list(ids)):
            found.update(id_ for (id_,) in self._all(f"SELECT id FROM passage WHERE id IN ({marks(some)})", some))
        return found

    def passage_ids(self, article_ids: Collection[str]) -> list[int]:
        """The ids of all passages of these articles."""
        rows: list[tuple[int]] = []
        for some in _chunks(list(article_ids)):
            query = (
                f"SELECT passage.id FROM passage JOIN article ON number = article WHERE article.id IN ({marks(some)})"
            )
            rows += self._all(query, some)
        return sorted(id_ for (id_,) in rows)

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
                rows += self._all(f"SELECT id, vector FROM passage WHERE id IN ({marks(some)}) ORDER BY id", some)
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

    # ---- checks ----------------------------------------------------------------------------------------------------

    def inspect(self) -> Iterator[tuple[Article, str, list[Span], list[Span]]]:
        """Every article with the digest that it was stored under, its passages and its sentences, for checks."""
        for number, digest, *fields in self._each(
            f"SELECT article.number, digest, {_ARTICLE} FROM {_PLACED} WHERE text IS NOT NULL ORDER BY article.number"
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
        placeless = "SELECT count(*) FROM article WHERE number NOT IN (SELECT article FROM place)"
        found += [f"{count} articles stand nowhere" for (count,) in self._all(placeless) if count]
        rows = self._all("SELECT count(*), min([table]) FROM pragma_foreign_key_check")
        return found + [f"{count} rows of {table} belong to no article" for count, table in rows if count]

    def schema_version(self) -> int:
        """The version of the tables."""
        return self._one("PRAGMA user_version")[0]

    # ---- how it is asked -------------------------------------------------------------------------------------------

    def _number(self, article_id: str) -> int | None:
        rows = self._all(
            "SELECT number FROM article WHERE id = ? UNION ALL SELECT article FROM place WHERE id = ?",
            (article_id, article_id),
        )
        return rows[0][0] if rows else None

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
        with translated(self.file):
            return self._db.execute(query, tuple(values)).fetchall()

    def _one(self, query: str, values: Iterable[Any] = ()) -> Any:
        rows = self._all(query, values)
        if not rows:
            raise IndexDamagedError(f"{self.file}: a row is missing; index the articles again into another folder")
        return rows[0]

    def _each(self, query: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        with translated(self.file):
            yield from self._db.execute(query, tuple(values))


def _where(criteria: Criteria) -> tuple[str, list[str]]:
    """The condition on rows of `article`, and the values in it."""
    found, values = ["text IS NOT NULL"], list[str]()

    def one_of(column: str, names: Collection[str], unknown: str = "") -> None:
        found.append(f"({column} IN ({marks(names)}){unknown})")
        values.extend(names)

    def or_unknown(column: str) -> str:
        return f" OR {column} IS NULL" if criteria.or_unknown else ""

    if criteria.article_ids is not None:
        found.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(criteria.article_ids)))
    if criteria.outlets:
        one_of("outlet", criteria.outlets, or_unknown("outlet"))
    if criteria.not_outlets:
        found.append(f"(outlet IS NULL OR outlet NOT IN ({marks(criteria.not_outlets)}))")
        values.extend(criteria.not_outlets)
    if criteria.authors:
        one_of("author", criteria.authors)
    if criteria.days:
        day = "substr(published, 1, 10)"  # of the length that is known: a year alone is one of its days
        ranges = []
        for since, until in criteria.days:
            ends = ["published IS NOT NULL"]
            if since:
                ends += [f"{day} >= substr(?, 1, 4)", f"{day} >= substr(?, 1, length({day}))"]
                values.extend((since, since))
            if until:
                ends += [f"{day} <= ?", f"{day} <= substr(?, 1, length({day}))"]
                values.extend((until, until))
            ranges.append(f"({' AND '.join(ends)})")
        found.append(f"({' OR '.join(ranges)}{or_unknown('published')})")
    if criteria.undated:
        found.append("published IS NULL")
    return " AND ".join(found), values


def _chunks(items: list[Any], size: int = 900) -> Iterator[list[Any]]:
    """SQLite takes only so many values in one statement."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def marks(items: Collection[Any]) -> str:
    """A place holder for each item."""
    return ", ".join("?" * len(items))


_ADVICE = {
    sqlite3.SQLITE_FULL: "make room and try again; what was committed is safe",
    sqlite3.SQLITE_IOERR: "the disk is full or failing; make room and try again; what was committed is safe",
    sqlite3.SQLITE_BUSY: "another program holds it; try again",
    sqlite3.SQLITE_READONLY: "it may not be written; name another folder with --index",
    sqlite3.SQLITE_CANTOPEN: "it may not be read, or its folder not be written",
}


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """SQLite's errors as IndexDamagedError, with the file's name and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the number only refines it
        advice = _ADVICE.get(code, "index the articles again into another folder (--index)")
        raise IndexDamagedError(f"{file}: {error}; {advice}") from error


def check_version(db: sqlite3.Connection, file: Path) -> int:
    """The version of the catalog's tables. Raises IndexDamagedError for a newer one, and for what is no catalog."""
    if not schema.is_ours(db):
        raise IndexDamagedError(f"{file} is not a catalog of article-qa; name another folder with --index")
    version = schema.version(db)
    if version > schema.VERSION:
        raise IndexDamagedError(
            f"{file} has schema version {version}, this article-qa reads up to version {schema.VERSION}; "
            "use the version that made it, or index the articles again into another folder (--index)"
        )
    return version


@contextmanager
def opening(file: Path) -> Iterator[Callable[[sqlite3.Connection], sqlite3.Connection]]:
    """Gives a function that takes note of connections: they are closed if what is done inside fails."""
    connections: list[sqlite3.Connection] = []

    def opened(connection: sqlite3.Connection) -> sqlite3.Connection:
        connections.append(connection)
        return connection

    try:
        with translated(file):
            yield opened
    except BaseException:
        for connection in connections:
            connection.close()
        raise
