"""The catalog's file, opened: asked in transactions, its errors in plain words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import IndexDamagedError
from index.stores import schema

_ADVICE = {
    sqlite3.SQLITE_FULL: "make room and try again; what was committed is safe",
    sqlite3.SQLITE_IOERR: "the disk is full or failing; make room and try again; what was committed is safe",
    sqlite3.SQLITE_BUSY: "another program holds it; try again",
    sqlite3.SQLITE_READONLY: "it may not be written; name another folder with --index",
    sqlite3.SQLITE_CANTOPEN: "it may not be read, or its folder not be written",
}


class Database:
    """Errors of SQLite come out as IndexDamagedError, with the file's name."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._db = connection
        self.file = file

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

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

    @contextmanager
    def _damaged(self) -> Iterator[None]:
        """What cannot be made of the rows means that they are not as they were written."""
        try:
            yield
        except (ValueError, TypeError) as error:
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
