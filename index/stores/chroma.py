"""One Chroma collection, open to be asked: through Chroma's engine itself, or through its Python client.

The client is a thin layer over the engine (`chromadb_rust_bindings`, part of the same package), but importing it takes
longer than everything else that a first question needs. The engine's interface is not a public one, so the client is
used where a call fails as a changed one does, where no vector finds itself, and where QA_CHROMA_CLIENT is 1. Writing
goes through the client always. Measured in docs/lab/chroma.md.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

DATABASE_FILE = "chroma.sqlite3"
COLLECTION = "passages"
_TENANT, _DATABASE = "default_tenant", "default_database"
_OPEN_INDEXES = 4  # there is one; more than one may be open while another takes its place
_PROBES, _PROBED = 5, 10  # of a graph's vectors some few are reached from nowhere, hardly five in a row
_SAME = 1e-3


class Store(Protocol):
    """What is asked of Chroma."""

    def count(self) -> int:
        """How many vectors it holds."""

    def vectors(self, ids: Sequence[str] | None = None, limit: int | None = None) -> tuple[list[str], np.ndarray]:
        """The vectors (float32 [n, dim]) of `ids`, or of the first `limit`, and which of them each one is."""

    def ids(self) -> list[str]:
        """The ids of all."""

    def query(self, vectors: np.ndarray, k: int) -> tuple[list[list[str]], list[list[float]]]:
        """For each of `vectors` (float32 [n, dim]) the ids of its `k` nearest, and their distances, nearest first."""

    def close(self) -> None:
        """Let go of its files."""


def preload() -> None:
    """Import what `open_store` tries first, which takes a while; it copes without."""
    with suppress(ImportError):
        if _wants_client():
            import chromadb  # noqa: F401
        else:
            import chromadb_rust_bindings  # noqa: F401


def _wants_client() -> bool:
    return os.environ.get("QA_CHROMA_CLIENT") == "1"


def _writable(file: Path) -> bool:
    return os.access(file, os.W_OK) or not file.exists()


class _WrongAnswerError(Exception):
    """What was asked is not what was answered."""


def open_store(folder: Path) -> Store:
    """The collection in `folder`, after it has answered once: Chroma reads most of its files at the first query.

    Raises what Chroma raises, LookupError if it finds too few vectors, and an error if none finds itself;
    PermissionError where the folder cannot be written: Chroma could not open it, and the engine, to say so, imports the
    client, which ends the process of a user without a home.
    """
    if not (os.access(folder, os.W_OK) and _writable(folder / DATABASE_FILE)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    if not _wants_client():
        with suppress(ImportError, AttributeError, TypeError, _WrongAnswerError):  # the engine is another than we know
            return _tried(Engine(folder))
    return _tried(Client(folder))


def _tried(store: Store) -> Store:
    """`store`, in which one of the first vectors has found itself."""
    try:
        k = min(_PROBED, store.count())
        for id_, vector in zip(*store.vectors(limit=_PROBES), strict=True):
            (found,), (distances,) = store.query(vector[None], k)
            if len(found) < k:  # what Chroma does where files of its index are gone
                raise LookupError(f"it finds {len(found)} vectors, not {k}")
            if _comes_first(id_, found, distances):
                return store
        raise _WrongAnswerError("no vector finds itself")
    except BaseException:
        store.close()
        raise


def _comes_first(id_: str, found: Sequence[str], distances: Sequence[float]) -> bool:
    """Whether `id_` is what was found first, or one of those that are just as near, or all that was found is so near.

    >>> _comes_first("7", ["7", "8"], [0.0, 0.2]), _comes_first("7", ["8", "7"], [0.0, 0.2])
    (True, False)
    >>> _comes_first("7", ["8", "9"], [0.0, 0.0]), _comes_first("7", ["7", "8"], [1.0, 0.8])
    (True, False)
    """
    same = [other for other, distance in zip(found, distances, strict=True) if abs(distance) < _SAME]
    return abs(distances[0]) < _SAME and (id_ in same or len(same) == len(found))


class Engine:
    """The collection by way of `chromadb_rust_bindings`, called as chromadb's own `RustBindingsAPI` calls it."""

    def __init__(self, folder: Path) -> None:
        import chromadb_rust_bindings as engine

        database = engine.SqliteDBConfig(
            hash_type=engine.MigrationHash.MD5,
            migration_mode=engine.MigrationMode.Apply,
            url=str(folder / DATABASE_FILE),
        )
        self._engine: Any = engine.Bindings(
            allow_reset=False, sqlite_db_config=database, persist_path=str(folder), hnsw_cache_size=_OPEN_INDEXES
        )
        self._id = str(self._engine.get_collection(COLLECTION, _TENANT, _DATABASE).id)

    def count(self) -> int:
        return int(self._engine.count(self._id, _TENANT, _DATABASE))

    def vectors(self, ids: Sequence[str] | None = None, limit: int | None = None) -> tuple[list[str], np.ndarray]:
        import numpy as np

        got = self._engine.get(self._id, ids, None, limit, 0, None, ["embeddings"], _TENANT, _DATABASE)
        return got.ids, np.asarray(got.embeddings, np.float32)

    def ids(self) -> list[str]:
        return self._engine.get(self._id, None, None, None, 0, None, [], _TENANT, _DATABASE).ids

    def query(self, vectors: np.ndarray, k: int) -> tuple[list[list[str]], list[list[float]]]:
        found = self._engine.query(self._id, None, vectors.tolist(), k, None, None, ["distances"], _TENANT, _DATABASE)
        return found.ids, found.distances

    def close(self) -> None:
        self._engine = None


class Client:
    """The collection by way of chromadb's public client."""

    def __init__(self, folder: Path) -> None:
        self._client = open_client(folder)
        self._collection: Any = None
        try:
            self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
        except BaseException:
            self.close()
            raise

    def count(self) -> int:
        return int(self._collection.count())

    def vectors(self, ids: Sequence[str] | None = None, limit: int | None = None) -> tuple[list[str], np.ndarray]:
        import numpy as np

        got = self._collection.get(ids=ids, limit=limit, include=["embeddings"])
        return got["ids"], np.asarray(got["embeddings"], np.float32)

    def ids(self) -> list[str]:
        return self._collection.get(include=[])["ids"]

    def query(self, vectors: np.ndarray, k: int) -> tuple[list[list[str]], list[list[float]]]:
        found = self._collection.query(query_embeddings=vectors, n_results=k, include=["distances"])
        return found["ids"], found["distances"]

    def close(self) -> None:
        self._collection = None  # it holds the folder's database open too
        if self._client is not None:
            self._client.close()
            self._client = None


def open_client(folder: Path) -> Any:
    """chromadb's client for the store in `folder`, made there if there is none; its telemetry is off.

    Chroma would take settings from the environment and from a `.env` where the user happens to be, a server's address
    among them, and whom to send its traces: those are another program's.
    """
    import chromadb
    from chromadb.config import Settings

    class Ours(Settings):  # type: ignore[misc]
        @classmethod
        def settings_customise_sources(cls, *_settings: Any, init_settings: Any, **_others: Any) -> Any:
            return (init_settings,)

    return chromadb.PersistentClient(path=str(folder), settings=Ours(anonymized_telemetry=False))
