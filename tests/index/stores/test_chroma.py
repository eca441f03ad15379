"""Chroma's engine and its client are the same store, asked in two ways."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.stores.chroma import Client, Engine, Store, open_store
from index.stores.vectors import make_generation

_RANDOM = np.random.default_rng(5)
MATRIX = _RANDOM.standard_normal((200, 8)).astype(np.float32)
MATRIX /= np.linalg.norm(MATRIX, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chroma")
    make_generation(root, "1", None, np.arange(1, 201), lambda ids: (np.asarray(ids), MATRIX[np.asarray(ids) - 1]))
    return root / "1"


@pytest.fixture(params=[Engine, Client])
def store(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    with closing(request.param(folder)) as opened:
        yield opened


def test_both_ways_find_the_nearest(store: Store) -> None:
    assert store.count() == 200
    assert store.some_vector().dtype == np.float32
    assert sorted(map(int, store.ids())) == list(range(1, 201))
    asked = np.stack([MATRIX[3], MATRIX[150], -MATRIX[7]])
    for vector, ids, distances in zip(asked, *store.query(asked, 12), strict=True):
        cosines = MATRIX @ vector
        assert [int(i) - 1 for i in ids] == list(np.argsort(-cosines, kind="stable")[:12])
        assert np.allclose(1 - np.array(distances), np.sort(cosines)[::-1][:12], atol=1e-5)


def test_the_engine_is_used_where_it_is_as_known(folder: Path) -> None:
    with closing(open_store(folder)) as store:
        assert isinstance(store, Engine)


@pytest.mark.parametrize("method", ["__init__", "some_vector", "query"])
def test_the_client_is_used_where_the_engine_is_another(
    folder: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> object:
        raise TypeError("unexpected keyword argument")

    monkeypatch.setattr(Engine, method, changed)
    with closing(open_store(folder)) as store:
        assert isinstance(store, Client)
        assert store.count() == 200
