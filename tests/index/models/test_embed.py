"""Embedding models beside the default one: exports of other shapes, static ones, folders that are none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.errors import EmbeddingMismatchError, MissingModelError, ModelError
from index.models.embed import load_export, open_embedder, open_encoder
from index.models.onnx import load_tokenizer, pool
from index.models.weights import DEFAULT, default_model, find_model, is_path, remembered_model, weights_sha256
from tests.exports import table, write_states, write_static

TEXTS = ("Troops were sent.", "Oil", "")

Folder = Callable[..., Path]


@pytest.fixture(scope="module")
def vectors_of_pieces() -> np.ndarray:
    return table()


@pytest.fixture
def export(tmp_path: Path) -> Folder:
    """A function that writes a small exported model."""

    def write(*, static: bool = False, **description: object) -> Path:
        return (write_static if static else write_states)(tmp_path / "model", **description)

    return write


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_pooling_takes_the_first_state_or_the_mean_of_those_that_are_there() -> None:
    states = np.array([[[3.0, 0.0], [0.0, 3.0], [9.0, 9.0]]], dtype=np.float32)
    mask = np.array([[1, 1, 0]])
    np.testing.assert_allclose(pool(states, mask, "cls"), [[1, 0]])
    np.testing.assert_allclose(pool(states, mask, "mean"), [[np.sqrt(0.5), np.sqrt(0.5)]], rtol=1e-6)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_a_graph_that_gives_states_is_pooled_as_its_description_says(
    export: Folder, vectors_of_pieces: np.ndarray, pooling: str
) -> None:
    encoder = load_export(export(pooling=pooling))
    tokenizer = load_tokenizer(default_model().export / "tokenizer.json")
    pieces = [tokenizer.encode(text).ids for text in TEXTS]
    expected = [
        vectors_of_pieces[ids[0]] if pooling == "cls" else vectors_of_pieces[ids].mean(axis=0) for ids in pieces
    ]
    np.testing.assert_allclose(encoder.encode(TEXTS), unit(np.array(expected)), atol=1e-6)


@pytest.mark.parametrize("static", [False, True])
def test_a_question_has_the_prefix_of_the_description(export: Folder, static: bool) -> None:
    encoder = load_export(export(static=static, question_prefix="find: "))
    np.testing.assert_allclose(encoder.encode_questions(["oil"]), encoder.encode(["find: oil"]))
    assert not np.allclose(encoder.encode_questions(["oil"]), encoder.encode(["oil"]))


def test_a_static_model_averages_the_vectors_of_the_pieces(export: Folder, vectors_of_pieces: np.ndarray) -> None:
    encoder = load_export(export(static=True))
    tokenizer = load_tokenizer(default_model().export / "tokenizer.json")
    vectors = encoder.encode(TEXTS)
    for text, vector in zip(TEXTS[:2], vectors[:2], strict=True):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        np.testing.assert_allclose(vector, unit(vectors_of_pieces[ids].mean(axis=0)), atol=1e-6)
    assert not vectors[2].any()


def test_texts_are_run_alone_where_the_description_says_so(export: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_export(export(max_batch=1))
    sizes = []
    run = encoder._session.run
    encoder._session = type(
        "Session", (), {"run": lambda _, o, feed: sizes.append(len(feed["input_ids"])) or run(o, feed)}
    )()
    encoder.encode(["a b c", "d e f", "g"])
    assert sizes == [1, 1, 1]


@pytest.mark.parametrize("static", [False, True])
def test_an_export_indexes_and_asks(export: Folder, static: bool) -> None:
    model = find_model(str(export(static=static)))
    embedder = open_embedder(model)
    assert embedder.fingerprint == f"{model.export}@{'ab' * 8}"
    assert embedder.model_pieces == 6
    np.testing.assert_allclose(embedder.encode(["oil"]), open_encoder(model).encode_questions(["oil"]))


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ({"dimension": None}, "does not embed"),
        ({"max_length": "long"}, "cannot be read"),
        ({"pooling": "max"}, "neither mean nor cls"),
    ],
)
def test_what_a_description_lacks_is_said(export: Folder, description: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load_export(export(**description))


def test_a_broken_table_is_named(export: Folder) -> None:
    folder = export(static=True)
    (folder / "model.safetensors").write_bytes(b"no table")
    with pytest.raises(ModelError, match=r"model\.safetensors: cannot be loaded"):
        load_export(folder)


# ---- which model is meant --------------------------------------------------------------------------------------------


def test_names_of_the_manifest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QA_MODELS", str(tmp_path))
    assert find_model() == find_model("all-minilm-l6-v2") == find_model(DEFAULT) == default_model()
    with pytest.raises(MissingModelError, match="qa models pull Snowflake/snowflake-arctic-embed-s"):
        find_model("snowflake-arctic-embed-s")
    with pytest.raises(ModelError, match="is for ranking, not for embedding"):
        find_model("cross-encoder/ms-marco-MiniLM-L-12-v2")


def test_a_name_at_the_hub_is_looked_up_in_its_cache_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingModelError, match="qa models pull nobody/no-model"):
        find_model("nobody/no-model")


def test_a_folder_that_is_not_there_or_holds_no_weights(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="there is no such folder"):
        find_model(str(tmp_path / "none"))
    with pytest.raises(ModelError, match="there are no weights in it"):
        find_model(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("owner/name", False), ("./owner/name", True), ("name", True), ("/a/b", True), ("~/b", True), ("a/b/c", True)],
)
def test_paths_and_names(name: str, expected: bool) -> None:
    assert is_path(name) == expected


def test_the_sum_of_weights_in_several_files(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    (tmp_path / "pytorch_model.bin").write_bytes(b"the same in another form")
    one = weights_sha256(tmp_path)
    assert one == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "2_Dense" / "model.safetensors").write_bytes(b"two")
    assert weights_sha256(tmp_path) != one


def test_an_index_knows_its_model_again(export: Folder) -> None:
    model = find_model(str(export()))
    assert remembered_model(model.fingerprint) == model
    with pytest.raises(EmbeddingMismatchError, match=f"qa index PATH --index DIR --embedding {model.name}"):
        remembered_model(f"{model.name}@0123456789abcdef")
