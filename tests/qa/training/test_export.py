"""The exported int8 files say what the model says."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from index.errors import ModelError
from qa.models.ranker_reader import EARLY_RELEVANCE, FLOAT, PARTS, open_part
from qa.models.shipped import WEIGHTS
from qa.models.spans import pad, windows
from qa.training.export import Exported
from qa.training.model import RankerReader
from qa.training.train import scorer_of
from tests.qa.training import tiny


def arrays(length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pieced = tiny.pieced()
    cut = [windows(pieced(q), pieced(p), length=length, marks=pieced.marks)[0] for q, p, _ in tiny.TEXTS[:5]]
    return pad(cut, marks=pieced.marks)


@pytest.mark.parametrize("floats", [False, True], ids=["in 8 bits", "in float"])
@pytest.mark.parametrize("length", [80, 120])
def test_int8_agrees_with_float(exported: Path, shaken: RankerReader, length: int, floats: bool) -> None:
    batch = arrays(length)
    model = shaken
    files = Exported(exported, threads=1, floats=floats)
    mask = batch[2]
    for ours, theirs in zip(files.read(*batch), scorer_of(model.lower, model.reader)(*batch), strict=True):
        assert ours.shape == theirs.shape
        real = mask.astype(bool) if ours.ndim == 2 else slice(None)
        assert np.abs(ours[real] - theirs[real]).max() < 0.05 * (np.ptp(theirs[real]) + 1)
        if ours.ndim == 2:
            assert (ours[mask == 0] < -1e3).all()
    with torch.no_grad():
        tensors = [torch.from_numpy(a) for a in batch]
        expected = model.ranker(model.lower(*tensors), tensors[2]).numpy()
    assert np.abs(files.rank(*batch)[1] - expected).max() < 0.05


@pytest.mark.parametrize("folder", ["exported", WEIGHTS], ids=["made", "shipped"])
def test_the_files_name_no_place_on_the_machine_that_made_them(
    folder: str | Path, request: pytest.FixtureRequest
) -> None:
    files = request.getfixturevalue(folder) if isinstance(folder, str) else folder
    for file in files.glob("*.onnx"):
        data = file.read_bytes()
        assert b'File "' not in data
        assert b"stack_trace" not in data


def test_the_shipped_weights_say_the_same_in_both_forms() -> None:
    ids = np.random.default_rng(0).integers(1000, 20000, (3, 60))
    batch = ids, np.zeros_like(ids), np.ones_like(ids)
    eight, floats = (Exported(WEIGHTS, threads=1, floats=form) for form in (False, True))
    assert np.abs(eight.rank(*batch)[1] - floats.rank(*batch)[1]).max() < 0.2
    for ours, theirs in zip(eight.read(*batch), floats.read(*batch), strict=True):
        assert 0 < np.abs(ours - theirs).max() < 0.5


def test_a_float_form_is_small_and_takes_its_weights_from_the_file_beside_it(exported: Path, tmp_path: Path) -> None:
    for part in PARTS:
        assert (WEIGHTS / f"{part}{FLOAT}.onnx").stat().st_size < 100_000
    shutil.copy(exported / f"reader{FLOAT}.onnx", tmp_path)
    with pytest.raises(ModelError, match=r"reader-float\.onnx: onnxruntime cannot load it"):
        open_part(tmp_path, "reader", floats=True)


def test_the_manifest_names_what_lies_there(exported: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text())
    assert manifest["step"] == 7
    assert set(manifest["files"]) == {f"{part}{form}.onnx" for part in PARTS for form in ("", FLOAT)}
    for name, entry in manifest["files"].items():
        data = (exported / name).read_bytes()
        assert entry == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def test_a_new_export_drops_the_regression_of_the_one_before(exported: Path) -> None:
    assert not (exported / EARLY_RELEVANCE).exists()
