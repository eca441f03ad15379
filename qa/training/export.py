"""The trained model as three int8 ONNX files: lower half, ranking half, reading half.

    lower.onnx    ids, types, mask (int64, batch x length)   -> hidden (float32, batch x length x width)
    ranker.onnx   hidden, mask                               -> relevance (batch)
    reader.onnx   hidden, mask                               -> start, end (batch x length), answerable (batch)

Beside each lies its float form, `lower-float.onnx` and so on: a small graph that takes the 8-bit weights out of the
file beside it and makes them float32 once, when it is loaded. Processors that cannot sum products of bytes are faster
with it.

Linear weights become int8 by `index.models.quantise`; embeddings become int8 too. Activations are
quantised as they come, by the same blocks: one scale for all of a layer's activations would be twice as fast, but cost
the reader four points of F1 (160 questions). `manifest.json` names each file's SHA-256.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from index.models.quantise import quantise, quiet, sums, write_float_form, write_manifest
from qa.models.ranker_reader import EARLY_RELEVANCE, FLOAT, PARTS, YES_NO, open_part
from qa.models.shipped import MANIFEST, POLICY
from qa.models.spans import Floats, Ints
from qa.training.model import RankerReader, YesNo

OPSET = 18


def export_float(model: RankerReader, folder: Path, parts: Sequence[str] = PARTS) -> None:
    """Writes these parts in float32 below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.tensor([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 0, 0, 0]])
    mask = (ids > 0).long()
    types = torch.zeros_like(ids)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=model.shape.positions)
    flat = {0: batch, 1: length}
    with torch.no_grad():
        hidden = model.lower(ids, types, mask)
    inputs: dict[str, tuple[tuple[torch.Tensor, ...], list[str], list[str]]] = {
        "lower": ((ids, types, mask), ["ids", "types", "mask"], ["hidden"]),
        "ranker": ((hidden, mask), ["hidden", "mask"], ["relevance"]),
        "reader": ((hidden, mask), ["hidden", "mask"], ["start", "end", "answerable"]),
    }
    for part in parts:
        arguments, names, outputs = inputs[part]
        _export_one(getattr(model, part), arguments, names, outputs, flat, folder / f"{part}.onnx")


def _export_one(
    part: torch.nn.Module,
    arguments: tuple[torch.Tensor, ...],
    names: list[str],
    outputs: list[str],
    flat: dict[int, Any],
    file: Path,
) -> None:
    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("ignore")  # the exporter's own use of what torch deprecates
        program = torch.onnx.export(
            part.eval(),
            arguments,
            dynamo=True,
            opset_version=OPSET,
            input_names=names,
            output_names=outputs,
            dynamic_shapes=tuple(flat for _ in arguments),
            verbose=False,
        )
        program.save(str(file))


def export_yes_no(model: RankerReader, half: YesNo, folder: Path) -> None:
    """Writes `yes-no.onnx` (hidden, mask -> yes, a logit) and its float form into `folder`, and into its manifest."""
    hidden, mask = torch.zeros(2, 7, model.shape.width), torch.ones(2, 7, dtype=torch.int64)
    flat = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=model.shape.positions)}
    with tempfile.TemporaryDirectory() as draft:
        _export_one(half, (hidden, mask), ["hidden", "mask"], ["yes"], flat, Path(draft) / f"{YES_NO}.onnx")
        quantise(Path(draft) / f"{YES_NO}.onnx", folder / f"{YES_NO}.onnx")
    write_float_form(folder / f"{YES_NO}.onnx", folder / f"{YES_NO}{FLOAT}.onnx")
    if (folder / MANIFEST).is_file():
        about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        describe(folder, {name: value for name, value in about.items() if name != "files"})


def export(model: RankerReader, folder: Path, *, kept: Path | None = None) -> None:
    """Writes the int8 files below `folder`; all but the reading half is copied from the folder `kept`, if given."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EARLY_RELEVANCE).unlink(missing_ok=True)  # it may be of another lower half
    if kept is not None:
        halves = [f"{part}{form}.onnx" for part in ("lower", "ranker", YES_NO) for form in ("", FLOAT)]
        for name in (*halves, EARLY_RELEVANCE, POLICY):
            if (kept / name).is_file():
                shutil.copy(kept / name, folder)
    with tempfile.TemporaryDirectory() as draft:
        parts = PARTS if kept is None else ("reader",)
        export_float(model, Path(draft), parts)
        for part in parts:
            quantise(Path(draft) / f"{part}.onnx", folder / f"{part}.onnx")
            write_float_form(folder / f"{part}.onnx", folder / f"{part}{FLOAT}.onnx")


def describe(folder: Path, about: dict[str, Any]) -> Path:
    """Writes `manifest.json` beside the files: `about`, their hashes and sizes."""
    parts = (*PARTS, YES_NO) if (folder / f"{YES_NO}.onnx").is_file() else PARTS
    names = [f"{part}{form}.onnx" for part in parts for form in ("", FLOAT)]
    if (folder / EARLY_RELEVANCE).is_file():
        names.append(EARLY_RELEVANCE)
    write_manifest(folder / MANIFEST, {**about, "files": sums(folder, names)}, indent=1)
    return folder / MANIFEST


class Exported:
    """The exported files in a folder, run by onnxruntime; `floats`: see `open_part`."""

    def __init__(self, folder: Path, *, threads: int = 2, floats: bool | None = None) -> None:
        self._run: dict[str, Callable[..., list[Any]]] = {
            part: open_part(folder, part, threads, floats=floats).run for part in PARTS
        }

    def read(self, ids: Ints, types: Ints, mask: Ints) -> tuple[Floats, Floats, Floats]:
        """Start, end and answerable scores of padded windows: a `Scorer`."""
        (hidden,) = self._run["lower"](None, {"ids": ids, "types": types, "mask": mask})
        start, end, answerable = self._run["reader"](None, {"hidden": hidden, "mask": mask})
        return start, end, answerable

    def rank(self, ids: Ints, types: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """The states of padded windows after the lower half, and their relevance."""
        (hidden,) = self._run["lower"](None, {"ids": ids, "types": types, "mask": mask})
        (relevance,) = self._run["ranker"](None, {"hidden": hidden, "mask": mask})
        return hidden, np.asarray(relevance, np.float32)
