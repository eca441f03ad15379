"""The shipped encoder gives the vectors of the torch model that indexed, however its texts are batched."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.models import onnx as encoder_module
from index.models.export import CHECK_TEXTS, MIN_COSINE
from index.models.onnx import Encoder, batches, default_threads, multiplies_bytes, run_padded, stack
from index.models.weights import default_model, torch_folder

SENTENCES = (
    "How many troops were authorized?",
    "Oil rose 3.5 pct on Monday, traders said. " * 5,
    "",
    "Who?",
    "OIL",
    "oil",
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(default_model().export)


def test_vectors_are_those_of_the_torch_model(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(torch_folder(default_model())), device="cpu", local_files_only=True)
    texts = [*CHECK_TEXTS, *SENTENCES]
    expected = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    assert model.max_seq_length == encoder.max_length
    assert (encoder.encode(texts) * expected).sum(axis=1).min() > MIN_COSINE


def test_a_text_has_the_same_vector_alone_and_in_any_order(encoder: Encoder) -> None:
    together = encoder.encode(SENTENCES)
    np.testing.assert_allclose(encoder.encode(SENTENCES[::-1])[::-1], together, atol=1e-5)
    for text, vector in zip(SENTENCES, together, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=1e-5)


def test_vectors_are_float32_of_unit_length(encoder: Encoder) -> None:
    vectors = encoder.encode(SENTENCES)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(SENTENCES), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_what_stands_after_the_limit_does_not_count(encoder: Encoder) -> None:
    full = "word " * (encoder.max_length - 2)
    np.testing.assert_allclose(encoder.encode([full + "and more " * 500]), encoder.encode([full]), atol=1e-5)


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([], []),
        ([5], [[0]]),
        ([9, 200, 8, 9, 9], [[2, 0, 3, 4], [1]]),
        ([256] * 9, [[0, 1, 2, 3, 4, 5, 6, 7], [8]]),
        ([30, 31, 32, 33, 34, 35], [[0, 1, 2, 3, 4, 5]]),
    ],
)
def test_batches(lengths: list[int], expected: list[list[int]]) -> None:
    assert list(batches(lengths)) == expected


@given(st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=300), max_size=40), st.none() | st.integers(1, 5))
def test_what_is_run_together_comes_back_in_order(texts: list[list[int]], max_batch: int | None) -> None:
    rows = [{"ids": np.array(ids), "mask": np.ones(len(ids), np.int64)} for ids in texts]
    sizes = []

    def run(feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        assert feed["ids"].shape == feed["mask"].shape
        assert (feed["ids"][feed["mask"] == 0] == 0).all()
        sizes.append(len(feed["ids"]))
        return [feed["ids"] * 2, feed["mask"].sum(axis=1)]

    found = run_padded(run, rows, max_batch)
    assert [(doubled[:n].tolist(), n) for doubled, n in found] == [([2 * i for i in ids], len(ids)) for ids in texts]
    assert sum(sizes) == len(texts)
    assert max(sizes, default=0) <= (max_batch or 40)


def test_arrays_of_states_are_padded_with_zeros_of_their_kind() -> None:
    one, other = np.ones((2, 3), np.float32), np.ones((4, 3), np.float32)
    padded = stack([one, other])
    assert padded.dtype == np.float32
    assert padded.shape == (2, 4, 3)
    assert padded.sum() == one.sum() + other.sum()
    assert (padded[0, 2:] == 0).all()
    assert (stack([np.array([5]), np.array([5, 5])], 9) == [[5, 9], [5, 5]]).all()


def test_default_threads() -> None:
    assert default_threads() in (1, 2)


@pytest.mark.parametrize(
    ("machine", "flags", "expected"),
    [
        ("x86_64", "flags\t\t: fpu avx2 avx512_vnni\n", True),
        ("x86_64", "flags\t\t: fpu avx2 avx_vnni sha_ni\n", True),
        ("x86_64", "flags\t\t: fpu avx2 avx512f\n", False),
        ("x86_64", None, False),
        ("arm64", None, True),
    ],
)
def test_multiplies_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, machine: str, flags: str | None, expected: bool
) -> None:
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}")
    monkeypatch.setattr(encoder_module, "_PROCESSOR", tmp_path / "cpuinfo")
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert multiplies_bytes.__wrapped__() is expected


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json", "model.json"])
@pytest.mark.parametrize("how", ["missing", "garbled"])
def test_broken_files_are_named(tmp_path: Path, broken: str, how: str) -> None:
    for name in ("model.onnx", "tokenizer.json", "model.json"):
        shutil.copy(default_model().export / name, tmp_path / name)
    (tmp_path / broken).unlink()
    if how == "garbled":
        (tmp_path / broken).write_text("not this")
    with pytest.raises(ModelError, match=broken):
        Encoder(tmp_path)


def test_the_manifest_tells_the_weights_apart() -> None:
    import hashlib

    folder = default_model().export
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert manifest["onnx_sha256"] == hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    assert manifest["min_cosine"] > MIN_COSINE


def test_encoding_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from index.models.onnx import Encoder; from index.models.weights import default_model; "
        "Encoder(default_model().export).encode(['Who?']); "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_export_makes_the_shipped_file(tmp_path: Path) -> None:
    from index.models.export import export

    shipped = default_model().export
    export(torch_folder(default_model()), tmp_path, default_model().name)
    assert (tmp_path / "model.onnx").read_bytes() == (shipped / "model.onnx").read_bytes()
    made, manifest = (json.loads((folder / "model.json").read_text(encoding="utf-8")) for folder in (tmp_path, shipped))
    assert made.pop("min_cosine") == pytest.approx(manifest.pop("min_cosine"), abs=1e-4)  # a little by the CPU
    assert made == manifest
