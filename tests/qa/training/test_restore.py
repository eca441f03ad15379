"""What was exported is torch's again, but for what rounding took."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qa.models.spans import pad
from qa.training.batches import first_windows
from qa.training.export import Exported
from qa.training.model import RankerReader
from qa.training.restore import load_reader, restore
from qa.training.train import scorer_of
from tests.qa.training import tiny


def test_a_restored_model_says_what_the_files_say(exported: Path) -> None:
    model = restore(exported).eval()
    assert model.shape == tiny.SHAPE
    pieced = tiny.pieced()
    batch = pad(first_windows("Who sent it?", [text for _, text, _ in tiny.TEXTS], pieced), marks=pieced.marks)
    files = Exported(exported, threads=1, floats=True)
    real = batch[2].astype(bool)
    ours, theirs = scorer_of(model.lower, model.reader)(*batch), files.read(*batch)
    for one, other, there in zip(ours, theirs, (real, real, slice(None)), strict=True):
        assert np.abs(one - other)[there].max() < 1e-4
    hidden, relevance = files.rank(*batch)
    with torch.no_grad():
        again = model.ranker(torch.from_numpy(hidden), torch.from_numpy(batch[2]))
    assert np.abs(again.numpy() - relevance).max() < 1e-4
    assert relevance.std() > 1e-3


def test_an_exported_reader_can_be_trained_further_and_with_more_layers(exported: Path, shaken: RankerReader) -> None:
    expected = shaken.reader.state_dict()
    reader = tiny.model(seed=4).reader
    load_reader(exported / "reader.onnx", reader)
    for name, weights in reader.state_dict().items():
        assert torch.allclose(weights, expected[name], atol=expected[name].abs().max() / 100), name
    deeper = RankerReader(replace(tiny.SHAPE, split=1)).reader
    lowest = deepcopy(deeper.layers[0].state_dict())
    load_reader(exported / "reader.onnx", deeper)
    for ours, layer in zip(reader.layers, deeper.layers[1:], strict=True):
        assert all(torch.equal(tensor, layer.state_dict()[name]) for name, tensor in ours.state_dict().items())
    assert all(torch.equal(tensor, lowest[name]) for name, tensor in deeper.layers[0].state_dict().items())
    assert torch.equal(deeper.span.weight, reader.span.weight)


def test_what_is_no_reader_of_this_shape_is_refused(exported: Path) -> None:
    with pytest.raises(ValueError, match=r"ranker\.onnx is no reading half"):
        load_reader(exported / "ranker.onnx", tiny.model().reader)


def test_what_is_no_lower_half_is_refused(exported: Path, tmp_path: Path) -> None:
    for part in ("lower", "ranker", "reader"):
        (tmp_path / f"{part}.onnx").write_bytes((exported / f"{part}.onnx").read_bytes())
    (tmp_path / "ranker.onnx").write_bytes((exported / "reader.onnx").read_bytes())
    with pytest.raises(ValueError, match=r"is no ranking half"):
        restore(tmp_path)
