"""Chroma, the vector store: generation folders that are made once and never written again.

A folder is named by the catalog only when it is whole, so a half-made one is never read. Returns (id, score), nothing
else. What its settings cost and find, and what was tried before it was written: docs/lab/chroma.md.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from index.errors import StoreError, store_errors
from index.files import fsync_tree
from index.stores.chroma import COLLECTION, DATABASE_FILE, Store, open_client, open_store

if TYPE_CHECKING:
    import numpy as np

    VectorsOf = Callable[[Sequence[int]], tuple[np.ndarray, np.ndarray]]

FOLDER = "chroma"
_CHECKSUMS = "checksums.json"
_BATCH = 2000
_SAME = 1e-3
_QUESTIONS, _NEAREST, _ASIDE, _ROUNDING = 200, 10, 0.3, 1e-5
_HNSW = {
    "space": "cosine",
    "sync_threshold": 1,  # else the last vectors stay in a log that every reader has to replay
    "ef_search": 200,
    "ef_construction": 200,
    "max_neighbors": 32,
}


class Vectors:
    """One Chroma generation folder, open for questions."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError if the folder is missing, broken, or cannot be written (Chroma writes to open it)."""
        if not (folder / DATABASE_FILE).is_file():  # Chroma would make an empty store in its place
            raise StoreError(f"{folder}: no Chroma store")
        with store_errors(f"{folder}: Chroma cannot open it"):
            _refuse_damaged(folder)
            self._store: Store | None = open_store(folder)  # it has answered once, so the folder may be deleted now
            self._count = self._store.count()

    def __len__(self) -> int:
        """How many passages it holds."""
        return self._count

    def search(self, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
        """The `k` passages nearest to `vector` (float32 [dim], unit length): (id, cosine), best first."""
        k = min(k, self._count)
        if k < 1:
            return []
        with store_errors("Chroma cannot be asked"):
            (ids,), (distances,) = self._opened().query(vector[None], k)
        found = {int(id_): 1.0 - float(distance) for id_, distance in zip(ids, distances, strict=True)}
        if len(found) < k:  # what Chroma does where files of its index are gone
            raise StoreError(f"Chroma found {len(found)} passages, not {k}")
        return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))[:k]

    def ids(self) -> np.ndarray:
        """The id of every passage that it holds, int64 [n], in order."""
        import numpy as np

        with store_errors("Chroma cannot be asked"):
            return np.array(sorted(map(int, self._opened().ids())), dtype=np.int64)

    def differing(self, ids: np.ndarray, vectors: np.ndarray) -> list[int]:
        """Those of the passages `ids` (int64 [n], all in it) that it holds with others than their `vectors`."""
        import numpy as np

        same = np.abs(self._vectors(ids) - vectors) < _SAME  # not a number is another too
        return ids[~same.all(axis=1)].tolist()

    def recall(self) -> float:
        """The share of the ten nearest vectors that it finds, of 200 questions: exact search finds all.

        A question is one of its vectors (they are evenly spread) moved aside, always the same way, to a cosine of .96:
        a question lies near a passage, never on it. What is as near as the last of the ten is right too.
        """
        import numpy as np

        ids, size = self.ids(), min(_NEAREST, self._count)
        questions = self._vectors(ids[np.linspace(0, len(ids) - 1, min(_QUESTIONS, len(ids)), dtype=int)])
        aside = np.random.default_rng(0).standard_normal(questions.shape, dtype=np.float32)
        questions += _ASIDE * aside / np.linalg.norm(aside, axis=1, keepdims=True)
        questions /= np.linalg.norm(questions, axis=1, keepdims=True)
        nearest = np.empty((len(questions), 0), dtype=np.float32)
        for some in _batches(ids, _BATCH):
            nearest = np.sort(np.hstack([nearest, questions @ self._vectors(some).T]))[:, -size:]
        found = [[score for _, score in self.search(question, size)] for question in questions]
        return float(np.mean(np.array(found) >= nearest[:, :1] - _ROUNDING))

    def _vectors(self, ids: np.ndarray) -> np.ndarray:
        """Its vectors of the passages `ids` (int64 [n]), float32 [n, dim]."""
        with store_errors("Chroma cannot be asked"):
            held, vectors = self._opened().vectors([str(id_) for id_ in ids])
        row = {int(id_): i for i, id_ in enumerate(held)}
        return vectors[[row[int(id_)] for id_ in ids]]

    def _opened(self) -> Store:
        if self._store is None:
            raise StoreError("it is closed")
        return self._store

    def close(self) -> None:
        """Let go of the folder."""
        if self._store is not None:
            self._store.close()
            self._store = None


def _refuse_damaged(folder: Path) -> None:
    """Raises StoreError if a file is not as it was made: a damaged one of the HNSW index can end the whole process."""
    made = json.loads((folder / _CHECKSUMS).read_text(encoding="utf-8"))
    for name, found in _checksums(folder).items():
        if made.pop(name, None) != found:
            raise StoreError(f"{folder}: the Chroma store is damaged ({name} is not as it was made)")
    if made:
        raise StoreError(f"{folder}: the Chroma store is damaged ({min(made)} is missing)")


@contextmanager
def opened_copy(folder: Path) -> Iterator[Vectors]:
    """A copy of the Chroma store in `folder`, open for questions: opening it writes to it, and the copy is not missed.

    Raises StoreError if the store is missing or broken, also where only its database is.
    """
    with tempfile.TemporaryDirectory(prefix="qa-") as temporary:
        copy = Path(temporary) / folder.name
        with store_errors(f"{folder}: Chroma's store cannot be read"):
            if not (folder / DATABASE_FILE).is_file():
                raise StoreError(f"{folder}: no Chroma store")
            _refuse_damaged(folder)
            _copy(folder, copy)
            with closing(sqlite3.connect(copy / DATABASE_FILE)) as database:
                (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise StoreError(f"{folder / DATABASE_FILE}: damaged ({found.splitlines()[-1]})")
        try:
            store = Vectors(copy)
        except StoreError as error:
            raise StoreError(str(error).replace(str(copy), str(folder))) from error
        with closing(store):
            yield store


def _copy(source: Path, target: Path) -> None:
    """Copy a generation that readers may open meanwhile: each of them writes a row into its database."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"{DATABASE_FILE}*"), copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)  # also where the original may only be read
    with (
        closing(sqlite3.connect(f"{(source / DATABASE_FILE).absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target / DATABASE_FILE)) as new,
    ):
        old.backup(new)


def is_whole(folder: Path, count: int) -> bool:
    """Whether the Chroma store in `folder` opens, answers, and holds `count` vectors."""
    try:
        with closing(Vectors(folder)) as store:
            return len(store) == count
    except StoreError:
        return False


def is_intact(folder: Path, count: int) -> bool:
    """Whether the files of a Chroma store are as they were made, for `count` vectors. Imports no Chroma."""
    database = folder / DATABASE_FILE
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db:
            (held,) = db.execute("SELECT count(*) FROM embeddings").fetchone()
        _refuse_damaged(folder)
    except (OSError, ValueError, sqlite3.Error, StoreError):
        return False
    return bool(held == count)


def make_generation(root: Path, name: str, ids: np.ndarray, vectors_of: VectorsOf) -> None:
    """Make the generation folder `root/name` that holds the passages `ids` (int64 [n]), from their vectors.

    Raises StoreError, and leaves no folder, if it cannot be written or does not hold what it should at the end.
    """
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)  # left half-made by a writer that was killed
    try:
        with store_errors(f"{folder}: Chroma cannot write it"):
            folder.mkdir(parents=True)
            client = open_client(folder)
            try:
                _fill(client, ids, vectors_of)
            finally:
                client.close()
            (folder / _CHECKSUMS).write_text(json.dumps(_checksums(folder)), encoding="utf-8")
            if not is_whole(folder, len(ids)):
                raise StoreError(f"{folder}: Chroma does not hold what was written into it")
            fsync_tree(folder)  # Chroma sees to its database only
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _fill(client: Any, ids: np.ndarray, vectors_of: VectorsOf) -> None:
    collection = client.create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW})
    for some in _batches(ids, min(client.get_max_batch_size(), _BATCH)):
        found, vectors = vectors_of(some.tolist())
        collection.add(ids=[str(i) for i in found], embeddings=vectors)


def _batches(ids: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]


def _checksums(folder: Path) -> dict[str, int]:
    """The CRC-32 of each file that never changes again: of all but Chroma's database."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != _CHECKSUMS and not path.name.startswith(DATABASE_FILE):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = _crc32(file)
    return found


def _crc32(file: BinaryIO) -> int:
    value = 0
    while block := file.read(1 << 20):
        value = zlib.crc32(block, value)
    return value


def next_name(name: str | None) -> str:
    """What the generation after `name` is called (None: there is none yet)."""
    return f"{int(name or 0) + 1:06d}"


def leftovers(root: Path, name: str | None) -> list[Path]:
    """The folders beside the generation `name` that nobody needs: all but it and the one before it.

    A reader may be opening the one before. What comes after was left half-made by a writer that was killed.
    """
    kept = (name, f"{int(name) - 1:06d}") if name else ()
    return sorted(folder for folder in root.iterdir() if folder.name not in kept) if root.is_dir() else []


def drop_leftovers(root: Path, name: str | None) -> None:
    """Delete the `leftovers`."""
    for folder in leftovers(root, name):
        shutil.rmtree(folder, ignore_errors=True)
