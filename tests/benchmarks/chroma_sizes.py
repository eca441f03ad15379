"""What a Chroma generation costs and finds, by its size, against exact search over as many vectors (a tail).

    python tests/benchmarks/chroma_sizes.py [--sizes 2000 10000 50000] [--noise 0.8] [--vectors FILE.npy]

Vectors: of 384 dimensions, around one centre for every 60; or those of a file, float32 [n, dim] of unit length, the
sizes that it has. One row a size: seconds to build (of the clock, of the processor), to open; milliseconds a question
(the processor's, so other work on the machine does not count) of Chroma, of a tail in memory, of a tail that must be
read from the catalog first; recall@10 of 200 questions as `qa doctor` asks them and of 200 stored vectors as they are;
how many vectors are not among the ten nearest of themselves.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.snapshot import _best
from index.stores import vectors
from index.stores.vectors import Vectors, make_generation

_DIMENSION, _CLUSTER = 384, 60
_ASKED, _COLD = 100, 5


def clustered(size: int, noise: float) -> np.ndarray:
    random = np.random.default_rng(0)
    centres = unit(random.standard_normal((size // _CLUSTER, _DIMENSION), dtype=np.float32))
    around = unit(random.standard_normal((size, _DIMENSION), dtype=np.float32))
    return unit(centres[random.integers(len(centres), size=size)] + noise * around)


def unit(rows: np.ndarray) -> np.ndarray:
    normed: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normed


def timed(task: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    task()
    return time.perf_counter() - wall, time.process_time() - cpu


def per_question(ask: Callable[[np.ndarray], object], questions: np.ndarray) -> float:
    """The processor's milliseconds, the median."""
    return 1000 * float(np.median([timed(lambda q=question: ask(q))[1] for question in questions]))


def write_catalog(file: Path, matrix: np.ndarray) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE passage (id INTEGER PRIMARY KEY, vector BLOB)")
        db.executemany("INSERT INTO passage VALUES (?, ?)", enumerate(map(bytes, matrix)))


def read_tail(file: Path) -> tuple[np.ndarray, np.ndarray]:
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT id, vector FROM passage ORDER BY id").fetchall()
    return np.array([i for i, _ in rows]), np.frombuffer(b"".join(v for _, v in rows), "<f4").reshape(len(rows), -1)


def unfound(store: Vectors, matrix: np.ndarray) -> int:
    return sum(i not in {id_ for id_, _ in store.search(vector, 10)} for i, vector in enumerate(matrix))


def measure(matrix: np.ndarray) -> str:
    size = len(matrix)
    ids = np.arange(size)

    def vectors_of(some: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        return np.array(some), matrix[list(some)]

    aside = np.random.default_rng(1).standard_normal((_ASKED, matrix.shape[1]), dtype=np.float32)
    questions = unit(matrix[np.linspace(0, size - 1, _ASKED, dtype=int)] + 0.3 * unit(aside))
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        built = timed(lambda: make_generation(root, "1", ids, vectors_of))
        opened = timed(lambda: Vectors(root / "1").close())
        with closing(Vectors(root / "1")) as store:
            asked = per_question(lambda question: store.search(question, 10), questions)
            aside_recall = store.recall()
            vectors._ASIDE, kept = 0.0, vectors._ASIDE
            own_recall = store.recall()
            vectors._ASIDE = kept
            lost = unfound(store, matrix)
        write_catalog(root / "catalog", matrix)
        warm = per_question(lambda question: _best(ids, matrix, question, 10), questions)
        cold = per_question(lambda question: _best(*read_tail(root / "catalog"), question, 10), questions[:_COLD])
    figures = f"{built[0]:.1f} / {built[1]:.1f} | {opened[0]:.2f} | {asked:.1f} | {warm:.1f} | {cold:.0f}"
    return f"| {size:,} | {figures} | {aside_recall:.3f} | {own_recall:.3f} | {lost} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 10_000, 50_000])
    parser.add_argument("--noise", type=float, default=0.8, help="how far from its centre a vector lies")
    parser.add_argument("--vectors", type=Path, help="take the vectors of this file")
    given = parser.parse_args()
    stored = None if given.vectors is None else unit(np.load(given.vectors).astype(np.float32))
    print("| vectors | build, s | open, s | Chroma | tail | tail, read | recall@10 | of stored ones | unfound |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for size in given.sizes:
        print(measure(clustered(size, given.noise) if stored is None else stored[:size]), flush=True)


if __name__ == "__main__":
    main()
