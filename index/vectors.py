"""Chroma, the vector store: generation folders that are made once and never written again.

A folder is named by the catalog only when it is whole, so a half-made one is never read. Returns (id, score), nothing
else.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import StoreError

if TYPE_CHECKING:
    import numpy as np

    VectorsOf = Callable[[Sequence[int]], tuple[np.ndarray, np.ndarray]]

FOLDER = "chroma"
_COLLECTION = "passages"
_KEPT = 2
_BATCH = 2000


class Vectors:
    """One Chroma generation folder, open for questions."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError if the folder is missing, broken, or cannot be written (Chroma writes to open it)."""
        if not exists(folder):  # Chroma would make an empty store in its place
            raise StoreError(f"{folder}: no Chroma store")
        try:
            self._client = _client(folder)
            self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
        except Exception as error:  # Chroma raises many kinds, its Rust core among them
            raise StoreError(f"{folder}: Chroma cannot open it ({error})") from error

    def search(self, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
        """The `k` passages nearest to `vector` (float32 [dim], unit length): (id, cosine), best first."""
        try:
            found = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        except Exception as error:
            raise StoreError(f"Chroma cannot be asked ({error})") from error
        ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
        return [(int(id_), 1.0 - float(distance)) for id_, distance in zip(ids, distances, strict=True)]

    def close(self) -> None:
        """Let go of the folder."""
        self._client.close()


def exists(folder: Path) -> bool:
    """Whether there is a Chroma store in `folder` (broken or not)."""
    return (folder / "chroma.sqlite3").is_file()


def make_generation(root: Path, name: str, previous: str | None, ids: np.ndarray, vectors_of: VectorsOf) -> None:
    """Make the generation folder `root/name` that holds the passages `ids` (int64 [n]) and no others.

    With `previous`, a copy of that folder is brought up to date: what it has too much goes, what it lacks is added.
    Raises StoreError, and leaves no folder, if it cannot be written or does not hold what it should at the end.
    """
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)  # left half-made by a writer that was killed
    try:
        if previous is not None:
            shutil.copytree(root / previous, folder)
        else:
            folder.mkdir(parents=True)
        client = _client(folder)
        try:
            _fill(client, {int(i) for i in ids}, vectors_of)
        finally:
            client.close()
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(f"{folder}: Chroma cannot write it ({error})") from error


def _fill(client: Any, wanted: set[int], vectors_of: VectorsOf) -> None:
    collection = client.get_or_create_collection(
        _COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    present = {int(i) for i in collection.get(include=[])["ids"]}
    size = min(client.get_max_batch_size(), _BATCH)
    for some in _batches(sorted(present - wanted), size):
        collection.delete(ids=[str(i) for i in some])
    for some in _batches(sorted(wanted - present), size):
        found, vectors = vectors_of(some)
        collection.add(ids=[str(i) for i in found], embeddings=vectors)
    if collection.count() != len(wanted):
        raise StoreError(f"it holds {collection.count()} vectors, not {len(wanted)}")


def _batches(ids: list[int], size: int) -> Iterator[list[int]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]


def drop_old_generations(root: Path, current: str) -> None:
    """Keep the generation in use and the one before, which a reader may have open."""
    if root.is_dir():
        older = sorted(entry.name for entry in root.iterdir() if entry.name < current)
        for name in older[: max(0, len(older) - (_KEPT - 1))]:
            shutil.rmtree(root / name, ignore_errors=True)


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
