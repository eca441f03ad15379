"""The catalog: one SQLite file that holds the truth. What Chroma and tantivy say counts only if it is known here.

Its commit is the acknowledgement that an article is in the index. Everything else can be built again from it. Here it
is read; `index.stores.catalog_writer` writes it, `index.stores.schema` has its tables.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from index.errors import IndexDamagedError, NoIndexError
from index.filters import Criteria
from index.readers import FileNote, FileState
from index.readers.noise import find_noise
from index.stores import schema
from index.stores.criteria import marks, where
from index.stores.database import Database, check_version, opening, translated
from index.stores.rows import ARTICLE, PLACE, TEXT, article_of, location_of, noise_of
from index.stores.schema import LIVE
from index.types import INDEX_MARK, Article, Facts, Location, Passage, Revision, Span

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


LEADING = """coalesce((SELECT one.number FROM place AS one WHERE one.id = article.id),
    (SELECT min(one.number) FROM place AS one WHERE one.article = article.number))"""
"""The place that an article goes with: the one that has its id, else the first."""

PLACED = f"article JOIN place ON place.number = {LEADING}"

_NUMBER = """(SELECT coalesce(under, number) FROM article WHERE number =
    (SELECT number FROM article WHERE id = ? UNION ALL SELECT article FROM place WHERE id = ? LIMIT 1))"""
"""The number of the article that an id names: its own, that of one of its places, or of another form of it."""

_FORMS = f"""WITH named AS (SELECT {_NUMBER} AS number), form AS (SELECT number FROM named
    UNION ALL SELECT article.number FROM article JOIN named ON article.under = named.number)"""
"""Before a query of `form`: the numbers of the article that an id names, and of what is under it."""


_FACTS = "id, title, outlet, author, published, url"  # the fields of Facts, in their order


class Catalog(Database):
    """An open catalog, to be read.

    Where an article's id is asked for, the ids of its other places name it too.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        super().__init__(connection, file)
        self._is_shimmed = False

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The catalog in `folder`, read-only. A folder that cannot be written is read as it stands.

        One of an older version is read as if it were of this one, until a writer has upgraded it.
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
            version = check_version(db, file)
            if version < schema.READABLE_FROM:
                raise IndexDamagedError(
                    f"{file} was made by an earlier article-qa; upgrade it: qa doctor --repair --index {folder}"
                )
            catalog = cls(db, file)
            if version < schema.VERSION:
                schema.shim(db)
                catalog._is_shimmed = True
        return catalog

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One consistent view for everything inside."""
        if self._is_shimmed:
            self._follow_upgrade()
        with self._transaction("BEGIN"):
            yield

    def _follow_upgrade(self) -> None:
        with translated(self.file):
            if schema.version(self._db) >= schema.VERSION:
                schema.unshim(self._db)
                self._is_shimmed = False

    def meta(self) -> Meta:
        """The state of the derived stores."""
        return Meta(*self._one("SELECT * FROM meta"))

    # ---- articles --------------------------------------------------------------------------------------------------

    def article(self, article_id: str) -> Article | None:
        """The article with this id; None if there is none, or it was removed."""
        rows = self._all(
            f"SELECT {ARTICLE}, {TEXT} FROM {PLACED} WHERE article.number = {_NUMBER} AND {LIVE}",
            (article_id, article_id),
        )
        with self._damaged():
            return article_of(*rows[0]) if rows else None

    def texts_of(self, article_ids: Collection[str] | None) -> Iterator[tuple[Facts, str, tuple[Span, ...]]]:
        """The facts, text and noise of these articles (None: of all), the newest first, those without a date last."""
        for *facts, text, noise in self._newest_first(f"{_FACTS}, text, noise", article_ids):
            with self._damaged():
                yield Facts(*facts), text, noise_of(text, noise)

    def facts(self, article_ids: Collection[str] | None) -> Iterator[Facts]:
        """What is known of these articles (None: of all) beside their texts, in the order of `texts_of`."""
        for facts in self._newest_first(_FACTS, article_ids):
            yield Facts(*facts)

    def _newest_first(self, columns: str, article_ids: Collection[str] | None) -> Iterator[Any]:
        query = f"SELECT {columns} FROM article WHERE {LIVE}"
        if article_ids is not None:
            query += " AND id IN (SELECT value FROM json_each(?))"
        values = () if article_ids is None else (json.dumps(sorted(article_ids)),)
        yield from self._each(f"{query} ORDER BY published IS NULL, published DESC, id", values)

    def with_characters(self, first: str, last: str) -> frozenset[str]:
        """The ids of the articles that have a character from `first` to `last` in their title or text."""
        pattern = f"*[{first}-{last}]*"
        query = f"SELECT id FROM article WHERE {LIVE} AND (text GLOB ? OR title GLOB ?)"
        return frozenset(id_ for (id_,) in self._all(query, (pattern, pattern)))

    def sentences(self, article_id: str) -> list[Span]:
        """The sentences of the article, in order, beside its noise; empty if there is no such article."""
        query = f"SELECT start, end FROM sentence WHERE article = {_NUMBER} ORDER BY start"
        return self._all(query, (article_id, article_id))

    def canonical(self, article_id: str) -> str | None:
        """The article's own id for any id that names it; None if there is no such article, or it was removed."""
        rows = self._all(f"SELECT id FROM article WHERE number = {_NUMBER} AND {LIVE}", (article_id,) * 2)
        return rows[0][0] if rows else None

    def places(self, article_id: str) -> list[Location]:
        """Where the article stands, the place that it goes with first."""
        query = (
            f"{_FORMS} SELECT place.id, path, key, digest, {PLACE} FROM form JOIN article USING (number)"
            " JOIN place ON place.article = form.number"
            " ORDER BY under IS NOT NULL, place.id <> article.id, place.number"
        )
        return [location_of(*row) for row in self._all(query, (article_id, article_id))]

    def other_places(self) -> dict[str, list[Location]]:
        """For each article (by its id) that stands in several places: all but the one that it goes with."""
        found: dict[str, list[Location]] = {}
        query = (
            f"SELECT ifnull(leader.id, article.id), place.id, path, key, article.digest, {PLACE} FROM place"
            " JOIN article ON article.number = place.article LEFT JOIN article AS leader"
            f" ON leader.number = article.under WHERE leader.id IS NOT NULL OR place.number <> {LEADING}"
            " ORDER BY place.number"
        )
        for article_id, *location in self._each(query):
            found.setdefault(article_id, []).append(location_of(*location))
        return found

    def paged_forms(self, article_id: str) -> dict[str, Article]:
        """The other forms of the article that have pages, each as it was read, by digest."""
        query = (
            f"{_FORMS} SELECT digest, {ARTICLE}, {TEXT} FROM {PLACED} JOIN form ON form.number = article.number"
            " WHERE under IS NOT NULL AND text IS NOT NULL AND pages <> '[]'"
        )
        with self._damaged():
            return {digest: article_of(*fields) for digest, *fields in self._all(query, (article_id, article_id))}

    def revisions(self, article_id: str) -> list[Revision]:
        """What the article said when it was first read and after each change, the last as it is now; by number from 1.

        Empty if there is no such article.
        """
        article = self.article(article_id)
        if article is None:
            return []
        number = self._number(article_id)
        names = ("text", "encoding", "title", "outlet", "author", "published", "url")
        query = f"SELECT seen, {', '.join(names)} FROM revision WHERE article = ? ORDER BY number"
        former = [
            # what its noise was is not kept, nor where its pages began
            (
                seen,
                replace(
                    article, **dict(zip(names, values, strict=True)), noise=find_noise(values[0]), pages=(), origins=()
                ),
            )
            for seen, *values in self._all(query, (number,))
        ]
        (seen,) = self._one("SELECT seen FROM article WHERE number = ?", (number,))
        return [Revision(position, *rest) for position, rest in enumerate([*former, (seen, article)], 1)]

    def file_note(self, path: str) -> FileNote | None:
        """The file `path` as it was when all that the index has from it was in it; None if that is not known."""
        columns = "size, mtime_ns, ctime_ns, read_ns, digest, is_whole, noise_version, settings"
        rows = self._all(f"SELECT {columns} FROM file WHERE path = ?", (path,))
        for size, mtime_ns, ctime_ns, read_ns, digest, is_whole, noise_version, settings in rows:
            state = FileState(size, mtime_ns, ctime_ns)
            return FileNote(state, read_ns, digest, bool(is_whole), noise_version, settings)
        return None

    def digests(self) -> dict[str, str]:
        """The id of every article, by its digest and by those of its other forms."""
        query = (
            "SELECT article.digest, ifnull(leader.id, article.id) FROM article LEFT JOIN article AS leader"
            " ON leader.number = article.under WHERE article.text IS NOT NULL"
        )
        return dict(self._each(query))

    def forms_of(self, wording: str) -> dict[int, Article]:
        """The articles of this wording, without their texts, by number: forms of one, or of several."""
        first = "(SELECT one.number FROM place AS one WHERE one.article = article.number ORDER BY path, key LIMIT 1)"
        rows = self._all(
            f"SELECT article.number, {ARTICLE}, '', NULL, pages, origins FROM article JOIN place"
            f" ON place.number = {first} WHERE wording = ? AND text IS NOT NULL ORDER BY article.number",
            (wording,),
        )
        with self._damaged():
            return {number: article_of(*fields) for number, *fields in rows}

    def keys_of(self, path: str) -> set[tuple[str, str]]:
        """The file `path` with each key under which something came from it."""
        return set(self._each("SELECT path, key FROM place WHERE path = ?", (path,)))

    def articles(self) -> Iterator[tuple[Article, int]]:
        """Every article (its text left empty) and the length of its text, by id."""
        for *fields, length in self._each(
            f"SELECT {ARTICLE}, length(text) FROM {PLACED} WHERE {LIVE} ORDER BY article.id"
        ):
            yield article_of(*fields), length

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
        condition, values = where(criteria)
        return frozenset(id_ for (id_,) in self._all(f"SELECT id FROM article WHERE {condition}", values))

    def count(self, criteria: Criteria) -> int:
        """How many articles are what `criteria` say."""
        condition, values = where(criteria)
        return self._one(f"SELECT count(*) FROM article WHERE {condition}", values)[0]

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
        query = f"SELECT DISTINCT {what} AS value FROM article WHERE {LIVE} AND value IS NOT NULL ORDER BY 1"
        return [value for (value,) in self._all(query)]

    def count_articles(self) -> int:
        """How many articles there are to answer from."""
        return self._one(f"SELECT count(*) FROM article WHERE {LIVE}")[0]

    def newest(self) -> str | None:
        """The latest date of publication, as YYYY-MM-DD; None if no article has one."""
        return self._one(f"SELECT max(substr(published, 1, 10)) FROM article WHERE {LIVE}")[0]

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
                f" AND sentence.start < passage.end WHERE passage.id IN ({marks(some)})"
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
                    found[id_] = Passage(id_, article, start, end, text, tuple(sorted(sentences.get(id_, ()))))
        return found

    def known(self, ids: Collection[int]) -> set[int]:
        """Those of `ids` that are passages."""
        found: set[int] = set()
        for some in _chunks(list(ids)):
            found.update(id_ for (id_,) in self._all(f"SELECT id FROM passage WHERE id IN ({marks(some)})", some))
        return found

    def articles_of(self, passage_ids: Collection[int]) -> set[str]:
        """The ids of the articles that have these passages."""
        query = (
            "SELECT DISTINCT article.id FROM json_each(?) JOIN passage ON passage.id = value"
            " JOIN article ON number = article"
        )
        return {id_ for (id_,) in self._all(query, (json.dumps(list(passage_ids)),))}

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

    def other_forms(self) -> Iterator[tuple[Article, str]]:
        """Every other form of an article as it was read, with the digest that it was stored under, for checks."""
        for digest, *fields in self._each(
            f"SELECT digest, {ARTICLE}, {TEXT} FROM {PLACED} WHERE under IS NOT NULL AND text IS NOT NULL"
        ):
            with self._damaged():
                yield article_of(*fields), digest

    def inspect(self) -> Iterator[tuple[Article, str, list[Span], list[Span]]]:
        """Every article with the digest that it was stored under, its passages and its sentences, for checks."""
        for number, digest, *fields in self._each(
            f"SELECT article.number, digest, {ARTICLE}, {TEXT} FROM {PLACED} WHERE {LIVE} ORDER BY article.number"
        ):
            places = (
                self._all(f"SELECT start, end FROM {table} WHERE article = ? ORDER BY start", (number,))
                for table in ("passage", "sentence")
            )
            with self._damaged():
                article = article_of(*fields)
            yield article, digest, *places

    def files_by_older_rules(self, version: int) -> int:
        """How many files were read before noise was found as in `version`."""
        return self._one("SELECT count(*) FROM file WHERE noise_version < ?", (version,))[0]

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

    def _number(self, article_id: str) -> int | None:
        (number,) = self._one(f"SELECT {_NUMBER}", (article_id, article_id))
        return number


def _chunks(items: list[Any], size: int = 900) -> Iterator[list[Any]]:
    """SQLite takes only so many values in one statement."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
