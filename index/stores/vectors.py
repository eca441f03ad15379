"""Chroma, the vector store: generation folders that are made once and never written again.

A folder is named by the catalog only when it is whole, so a half-made one is never read. Returns (id, score), nothing
else. What was tried before it was written, and the reasons for its settings: docs/lab/chroma-generations.md.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from index.errors import StoreError, store_errors
from index.stores.chroma import COLLECTION, DATABASE_FILE, Store, open_client, open_store

if TYPE_CHECKING:
    import numpy as np

    VectorsOf = Callable[[Sequence[int]], tuple[np.ndarray, np.ndarray]]

FOLDER = "chroma"
_CHECKSUMS = "checksums.json"
_UNFOUND = "unfound.npz"
_BATCH = 2000
_SAME, _SAME_DISTANCE = 10, 1e-3
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
            self._unfound = _read_unfound(folder)
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
        if self._unfound is not None:
            hidden, vectors = self._unfound
            found |= zip(hidden.tolist(), (vectors @ vector).tolist(), strict=True)
        if len(found) < k:  # what Chroma does where files of its index are gone
            raise StoreError(f"Chroma found {len(found)} passages, not {k}")
        return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))[:k]

    def ids(self) -> np.ndarray:
        """The id of every passage that it holds, int64 [n], in order."""
        import numpy as np

        with store_errors("Chroma cannot be asked"):
            return np.array(sorted(map(int, self._opened().ids())), dtype=np.int64)

    def lost(self, ids: np.ndarray, vectors: np.ndarray) -> list[int]:
        """Those of the passages `ids` (int64 [n]) that their own vectors (float32 [n, dim]) do not find."""
        known = () if self._unfound is None else self._unfound[0]
        return [id_ for id_ in _lost(self._opened(), ids, vectors) if id_ not in known]

    def _opened(self) -> Store:
        if self._store is None:
            raise StoreError("it is closed")
        return self._store

    def close(self) -> None:
        """Let go of the folder."""
        if self._store is not None:
            self._store.close()
            self._store = None


def _lost(store: Store, ids: np.ndarray, vectors: np.ndarray) -> list[int]:
    """The `ids` that are not among the ten nearest of their own vectors, unless all ten are equal to it."""
    found: list[int] = []
    with store_errors("Chroma cannot be asked"):
        answers = store.query(vectors, min(_SAME, store.count()))
    for id_, near, distances in zip(ids, *answers, strict=True):
        same = [int(other) for other, distance in zip(near, distances, strict=True) if distance < _SAME_DISTANCE]
        if int(id_) not in same and len(same) < _SAME:
            found.append(int(id_))
    return found


def _note_unfound(folder: Path, ids: np.ndarray, vectors_of: VectorsOf) -> None:
    """Keep beside Chroma's index the vectors that it does not find, to be compared one by one.

    Its graph is an approximate one: of ten thousand vectors a few are reached from nowhere, not even by themselves.
    """
    import numpy as np

    kept: list[tuple[np.ndarray, np.ndarray]] = []
    with closing(open_store(folder)) as store:
        for some in _batches(ids.tolist(), _BATCH):
            found, vectors = vectors_of(some)
            lost = np.isin(found, _lost(store, found, vectors))
            kept.append((found[lost], vectors[lost]))
    np.savez(folder / _UNFOUND, ids=np.concatenate([i for i, _ in kept]), vectors=np.concatenate([v for _, v in kept]))


def _read_unfound(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Ids (int64 [n]) and vectors (float32 [n, dim]) that Chroma does not find; None: none."""
    import numpy as np

    if not (folder / _UNFOUND).is_file():  # a folder of an earlier version
        return None
    with np.load(folder / _UNFOUND) as arrays:
        ids, vectors = arrays["ids"], arrays["vectors"]
    return (ids, vectors) if len(ids) else None


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


def make_generation(root: Path, name: str, previous: str | None, ids: np.ndarray, vectors_of: VectorsOf) -> None:
    """Make the generation folder `root/name` that holds the passages `ids` (int64 [n]) and no others.

    With `previous`, a copy of that folder is brought up to date: what it has too much goes, what it lacks is added.
    Raises StoreError, and leaves no folder, if it cannot be written or does not hold what it should at the end.
    """
    folder = root / name
    shutil.rmtree(folder, ignore_errors=True)  # left half-made by a writer that was killed
    try:
        with store_errors(f"{folder}: Chroma cannot write it"):
            if previous is not None:
                _copy(root / previous, folder)
                (folder / _UNFOUND).unlink(missing_ok=True)
            else:
                folder.mkdir(parents=True)
            client = open_client(folder)
            try:
                _fill(client, {int(i) for i in ids}, vectors_of)
            finally:
                client.close()
            _note_unfound(folder, ids, vectors_of)
            (folder / _CHECKSUMS).write_text(json.dumps(_checksums(folder)), encoding="utf-8")
            if not is_whole(folder, len(ids)):
                raise StoreError(f"{folder}: Chroma does not hold what was written into it")
            _sync(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


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


def _fill(client: Any, wanted: set[int], vectors_of: VectorsOf) -> None:
    collection = client.get_or_create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW})
    present = {int(i) for i in collection.get(include=[])["ids"]}
    size = min(client.get_max_batch_size(), _BATCH)
    for some in _batches(sorted(present - wanted), size):
        collection.delete(ids=[str(i) for i in some])
    for some in _batches(sorted(wanted - present), size):
        found, vectors = vectors_of(some)
        collection.add(ids=[str(i) for i in found], embeddings=vectors)


def _batches(ids: list[int], size: int) -> Iterator[list[int]]:
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


def _sync(folder: Path) -> None:
    """Have all of the folder on the disk, which Chroma sees to for its database only."""
    for path in (*folder.rglob("*"), folder, folder.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
