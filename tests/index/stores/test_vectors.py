"""Chroma's generation folders."""

import gc
import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.errors import StoreError
from index.stores import vectors
from index.stores.vectors import Vectors, drop_leftovers, is_whole, make_generation

MATRIX = np.random.default_rng(0).standard_normal((500, 32)).astype(np.float32)
MATRIX /= np.linalg.norm(MATRIX, axis=1, keepdims=True)


def vectors_of(ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(ids), MATRIX[list(ids)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generation 000001 of the passages 1 to 299; not to be changed."""
    root = tmp_path_factory.mktemp("chroma")
    make_generation(root, "000001", np.arange(1, 300), vectors_of)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "chroma"))


def exact(ids: Sequence[int], vector: np.ndarray, k: int) -> list[int]:
    return [ids[i] for i in np.argsort(-(MATRIX[list(ids)] @ vector))[:k]]


def test_finds_what_exact_search_finds(made: Path) -> None:
    with closing(Vectors(made / "000001")) as store:
        assert len(store) == 299
        for i in range(300, 320):
            found = store.search(MATRIX[i], 10)
            assert [id_ for id_, _ in found] == exact(range(1, 300), MATRIX[i], 10)
            np.testing.assert_allclose(
                [score for _, score in found], MATRIX[[id_ for id_, _ in found]] @ MATRIX[i], atol=1e-5
            )
        assert len(store.search(MATRIX[0], 1000)) == 299
        assert store.search(MATRIX[0], 0) == []


def test_a_generation_is_made_of_the_catalogs_vectors_alone(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    next((root / "000001").rglob("data_level0.bin")).write_bytes(b"")  # the one before is not even read
    before |= {path: b"" for path in before if path.name == "data_level0.bin"}
    wanted = [*range(50, 300), *range(400, 450)]
    asked: list[int] = []

    def of(ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        asked.extend(ids)
        return vectors_of(ids)

    make_generation(root, "000002", np.array(wanted), of)
    assert asked == wanted
    assert {path: path.read_bytes() for path in before} == before
    with closing(Vectors(root / "000002")) as store:
        assert store.ids().tolist() == wanted
        assert [id_ for id_, _ in store.search(MATRIX[20], 5)] == exact(wanted, MATRIX[20], 5)
        assert store.search(MATRIX[420], 1)[0][0] == 420


def test_a_folder_of_an_earlier_version_opens(root: Path) -> None:
    np.savez(root / "000001" / "unfound.npz", ids=np.array([7]), vectors=MATRIX[7:8])
    with pytest.raises(StoreError, match=r"unfound.npz is not as it was made"):  # nothing comes in unnoticed
        Vectors(root / "000001")
    (root / "000001" / "checksums.json").write_text(json.dumps(vectors._checksums(root / "000001")))
    assert is_whole(root / "000001", 299)


def test_recall_is_all_where_the_graph_is_good(made: Path) -> None:
    with closing(Vectors(made / "000001")) as store:
        assert store.recall() == 1


def test_recall_is_what_exact_search_over_its_vectors_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_HNSW", {"space": "cosine", "sync_threshold": 1, "ef_search": 1, "max_neighbors": 2})
    make_generation(tmp_path, "000001", np.arange(500), vectors_of)
    with closing(Vectors(tmp_path / "000001")) as store:
        assert 0.1 < store.recall() < 0.9

        def halved(vector: np.ndarray, k: int) -> list[tuple[int, float]]:
            found = [*exact(range(500), vector, k)[: k // 2], *exact(range(500), -vector, k - k // 2)]
            return [(i, float(MATRIX[i] @ vector)) for i in found]

        monkeypatch.setattr(store, "search", halved)
        assert store.recall() == 0.5


def test_recall_of_equal_vectors_and_of_one(tmp_path: Path) -> None:
    for name, ids in (("1", np.arange(1, 300)), ("2", np.array([7]))):
        make_generation(tmp_path, name, ids, lambda some: (np.array(some), MATRIX[[0] * len(some)]))
        with closing(Vectors(tmp_path / name)) as store:
            assert store.recall() == 1


def test_vectors_that_are_others_are_named(made: Path) -> None:
    ids, expected = vectors_of(range(1, 300))
    expected = expected.copy()
    expected[4] = MATRIX[400]
    expected[9, 0] = np.nan
    with closing(Vectors(made / "000001")) as store:
        assert store.differing(ids, expected) == [5, 10]
        assert store.differing(ids[::-1], MATRIX[ids[::-1]]) == []


def test_nothing_is_left_in_the_log(root: Path) -> None:
    make_generation(root, "000002", np.arange(1, 302), vectors_of)
    with closing(sqlite3.connect(root / "000002" / "chroma.sqlite3")) as db:
        seen = dict(db.execute("SELECT s.scope, m.seq_id FROM max_seq_id m JOIN segments s ON s.id = m.segment_id"))
    assert seen["VECTOR"] == seen["METADATA"]


def test_many_equal_vectors(tmp_path: Path) -> None:
    make_generation(tmp_path, "1", np.arange(1, 300), lambda ids: (np.array(ids), MATRIX[[0] * len(ids)]))
    with closing(Vectors(tmp_path / "1")) as store:
        assert len(store.search(MATRIX[0], 100)) == 100


def test_a_half_made_folder_is_made_again(root: Path) -> None:
    shutil.copytree(root / "000001", root / "000002")
    next((root / "000002").rglob("data_level0.bin")).write_bytes(b"")
    make_generation(root, "000002", np.arange(1, 301), vectors_of)
    assert is_whole(root / "000002", 300)


def test_what_cannot_be_made_leaves_no_folder(root: Path) -> None:
    def broken(_ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        raise OSError("disk full")

    with pytest.raises(StoreError, match="000002: Chroma cannot write it"):
        make_generation(root, "000002", np.arange(1, 310), broken)
    with pytest.raises(StoreError, match="does not hold what was written"):
        make_generation(root, "000002", np.arange(1, 310), lambda ids: vectors_of(ids[:-1]))
    assert [path.name for path in root.iterdir()] == ["000001"]


@pytest.mark.parametrize(
    "name", ["chroma.sqlite3", "data_level0.bin", "header.bin", "length.bin", "link_lists.bin", "checksums.json"]
)
def test_damage_is_found_when_a_folder_is_opened(root: Path, name: str) -> None:
    path = next((root / "000001").rglob(name))
    data = path.read_bytes()
    for damaged in (b"", data[: len(data) // 2], bytes(len(data)), None):
        if damaged is not None and damaged != data:
            path.write_bytes(damaged)
        else:
            path.unlink(missing_ok=True)
        with pytest.raises(
            StoreError, match=r"000001: (the Chroma store is damaged|Chroma cannot open it|no Chroma store)"
        ):
            Vectors(root / "000001")
    assert not is_whole(root / "000001", 299)
    path.write_bytes(data)
    assert is_whole(root / "000001", 299)
    assert not is_whole(root / "000001", 298)


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no Chroma store"):
        Vectors(tmp_path / "x")
    assert not (tmp_path / "x").exists()
    assert not is_whole(tmp_path / "x", 0)


def test_an_open_store_outlives_its_folder(root: Path) -> None:
    with closing(Vectors(root / "000001")) as store:
        shutil.rmtree(root)
        assert [id_ for id_, _ in store.search(MATRIX[7], 3)] == exact(range(1, 300), MATRIX[7], 3)
    assert not root.exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux shows them")
def test_closing_frees_every_file(root: Path) -> None:
    def held() -> int:
        gc.collect()
        links = [Path("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
        return sum(str(root) in os.readlink(link) for link in links if link.is_symlink())

    store = Vectors(root / "000001")
    store.search(MATRIX[7], 3)
    assert held() > 0
    store.close()
    store.close()
    assert held() == 0


def test_only_the_kept_generations_stay(tmp_path: Path) -> None:
    for name in ("000001", "000002", "000003", "000009"):
        (tmp_path / name).mkdir()
    drop_leftovers(tmp_path, "000003")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000002", "000003"]
    drop_leftovers(tmp_path / "missing", "000001")
