"""Chroma's engine and its client are the same store, asked in two ways."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

from index.errors import StoreError
from index.stores.chroma import Client, Engine, Store, open_store
from index.stores.vectors import Vectors, make_generation

ROOT = Path(__file__).parents[3]
_RANDOM = np.random.default_rng(5)
MATRIX = _RANDOM.standard_normal((200, 8)).astype(np.float32)
MATRIX /= np.linalg.norm(MATRIX, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chroma")
    make_generation(root, "1", np.arange(1, 201), lambda ids: (np.asarray(ids), MATRIX[np.asarray(ids) - 1]))
    return root / "1"


@pytest.fixture(params=[Engine, Client])
def store(request: pytest.FixtureRequest, folder: Path) -> Iterator[Store]:
    with closing(request.param(folder)) as opened:
        yield opened


def test_both_ways_find_the_nearest(store: Store) -> None:
    assert store.count() == 200
    for ids, vectors in (store.vectors(["9", "4"]), store.vectors(limit=3)):
        assert vectors.dtype == np.float32
        assert np.allclose(vectors, MATRIX[np.array(ids, int) - 1], atol=1e-6)
    assert (sorted(store.vectors(["9", "4"])[0]), len(store.vectors(limit=3)[0])) == (["4", "9"], 3)
    assert sorted(map(int, store.ids())) == list(range(1, 201))
    asked = np.stack([MATRIX[3], MATRIX[150], -MATRIX[7]])
    for vector, ids, distances in zip(asked, *store.query(asked, 12), strict=True):
        cosines = MATRIX @ vector
        assert [int(i) - 1 for i in ids] == list(np.argsort(-cosines, kind="stable")[:12])
        assert np.allclose(1 - np.array(distances), np.sort(cosines)[::-1][:12], atol=1e-5)


def test_the_engine_is_used_where_it_is_as_known(folder: Path) -> None:
    with closing(open_store(folder)) as store:
        assert isinstance(store, Engine)


@pytest.mark.parametrize("method", ["__init__", "vectors", "query"])
def test_the_client_is_used_where_the_engine_is_another(
    folder: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> object:
        raise TypeError("unexpected keyword argument")

    monkeypatch.setattr(Engine, method, changed)
    with closing(open_store(folder)) as store:
        assert isinstance(store, Client)
        assert store.count() == 200


Found = tuple[list[list[str]], list[list[float]]]

WRONG: dict[str, Callable[[Found], Found]] = {
    "similarities for distances": lambda found: (found[0], [[1 - d for d in row] for row in found[1]]),
    "the farthest first": lambda found: ([row[::-1] for row in found[0]], [row[::-1] for row in found[1]]),
    "other ids": lambda found: ([[f"{id_}0" for id_ in row] for row in found[0]], found[1]),
    "no numbers": lambda found: (found[0], [[float("nan")] * len(row) for row in found[1]]),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_client_is_used_where_the_engine_answers_otherwise(
    folder: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Engine.query
    monkeypatch.setattr(Engine, "query", lambda self, vectors, k: WRONG[what](query(self, vectors, k)))
    with closing(open_store(folder)) as store:
        assert isinstance(store, Client)


def test_a_store_that_answers_otherwise_in_both_ways_is_not_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in (Engine, Client):
        query = way.query
        monkeypatch.setattr(way, "query", lambda *asked, query=query: WRONG["other ids"](query(*asked)))
    with pytest.raises(StoreError, match=r"Chroma cannot open it \(no vector finds itself\)"):
        Vectors(folder)


def test_one_vector_that_is_not_reached_is_no_other_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query, asked = Engine.query, []

    def first_is_lost(self: Engine, vectors: np.ndarray, k: int) -> Found:
        asked.append(k)
        found = query(self, vectors, k)
        return WRONG["other ids"](found) if len(asked) == 1 else found

    monkeypatch.setattr(Engine, "query", first_is_lost)
    with closing(open_store(folder)) as store:
        assert isinstance(store, Engine)
    assert asked == [10, 10]


def test_the_client_is_used_if_the_user_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, way in (("1", Client), ("0", Engine), ("", Engine)):
        monkeypatch.setenv("QA_CHROMA_CLIENT", value)
        with closing(open_store(folder)) as store:
            assert type(store) is way


@pytest.mark.parametrize(("value", "imports_client"), [("", False), ("1", True)])
def test_preloading_imports_what_is_used(value: str, imports_client: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CHROMA_CLIENT", value)
    code = "import sys; from index.stores import chroma; chroma.preload(); print('chromadb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(imports_client)]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-ask.lock"])
def test_only_versions_are_taken_whose_engine_is_likely_the_one_that_was_tried(lock: str) -> None:
    """What is locked was tried (tests/soak/chroma_generations.py); the next minor version may bring another engine."""
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    (taken,) = (needed.specifier for needed in map(Requirement, dependencies) if needed.name == "chromadb")
    (tried,) = re.findall(r"^chromadb==(.+)$", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    major, minor, _ = map(int, tried.split("."))
    assert (tried in taken, f"{major}.{minor}.99" in taken, f"{major}.{minor + 1}.0" in taken) == (True, True, False)


def test_a_folder_that_cannot_be_written_is_not_even_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The engine would import the client to say so, which ends the process of a user without a home.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError):
        open_store(tmp_path)
