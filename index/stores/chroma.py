"""One Chroma collection, open to be asked: through Chroma's engine itself, or through its Python client.

The client is a thin layer over the engine (`chromadb_rust_bindings`, part of the same package), but importing it takes
longer than everything else that a first question needs (docs/lab/performance.md). The engine's interface is not a
public one, so where it is not what was tried, the client is used. Writing goes through the client always.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

DATABASE_FILE = "chroma.sqlite3"
COLLECTION = "passages"
_TENANT, _DATABASE = "default_tenant", "default_database"
_OPEN_INDEXES = 4  # there is one; more than one may be open while another takes its place


class Store(Protocol):
    """What is asked of Chroma."""

    def count(self) -> int:
        """How many vectors it holds."""

    def some_vector(self) -> np.ndarray:
        """One of its vectors, float32 [dim]. Raises LookupError if it is empty."""

    def ids(self) -> list[str]:
        """The ids of all."""

    def query(self, vectors: np.ndarray, k: int) -> tuple[list[list[str]], list[list[float]]]:
        """For each of `vectors` (float32 [n, dim]) the ids of its `k` nearest, and their distances, nearest first."""

    def close(self) -> None:
        """Let go of its files."""


def preload() -> None:
    """Import what `open_store` tries first, which takes a while; it copes without."""
    with suppress(ImportError):
        import chromadb_rust_bindings  # noqa: F401


def open_store(folder: Path) -> Store:
    """The collection in `folder`, after it has answered once: Chroma reads most of its files at the first query.

    Raises what Chroma raises.
    """
    try:
        return _tried(Engine(folder))
    except (ImportError, AttributeError, TypeError):  # the engine is another one than we know
        return _tried(Client(folder))


def _tried(store: Store) -> Store:
    try:
        k = min(10, store.count())
        (ids,), _ = store.query(store.some_vector()[None], k)
        if len(ids) < k:  # what Chroma does where files of its index are gone
            raise LookupError(f"it finds {len(ids)} vectors, not {k}")
    except BaseException:
        store.close()
        raise
    return store


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

    def some_vector(self) -> np.ndarray:
        import numpy as np

        got = self._engine.get(self._id, None, None, 1, 0, None, ["embeddings"], _TENANT, _DATABASE)
        return np.asarray(got.embeddings[0], np.float32)

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

    def some_vector(self) -> np.ndarray:
        import numpy as np

        return np.asarray(self._collection.get(limit=1, include=["embeddings"])["embeddings"][0], np.float32)

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
    """chromadb's client for the store in `folder`, made there if there is none; its telemetry is off."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
