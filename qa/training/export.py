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

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from index.models.quantise import quantise, quiet, sums, write_float_form, write_manifest
from qa.models.ranker_reader import EARLY_RELEVANCE, FLOAT, PARTS, open_part
from qa.models.shipped import MANIFEST
from qa.models.spans import Floats, Ints
from qa.training.model import RankerReader, Reader

OPSET = 18


def export_float(model: RankerReader, folder: Path) -> None:
    """Writes the three parts in float32 below `folder`."""
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
    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("ignore")  # the exporter's own use of what torch deprecates
        for part, (arguments, names, outputs) in inputs.items():
            program = torch.onnx.export(
                getattr(model, part).eval(),
                arguments,
                dynamo=True,
                opset_version=OPSET,
                input_names=names,
                output_names=outputs,
                dynamic_shapes=tuple(flat for _ in arguments),
                verbose=False,
            )
            program.save(str(folder / f"{part}.onnx"))


def export(model: RankerReader, folder: Path) -> None:
    """Writes the int8 files below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EARLY_RELEVANCE).unlink(missing_ok=True)  # it may be of another lower half
    with tempfile.TemporaryDirectory() as draft:
        export_float(model, Path(draft))
        for part in PARTS:
            quantise(Path(draft) / f"{part}.onnx", folder / f"{part}.onnx")
            write_float_form(folder / f"{part}.onnx", folder / f"{part}{FLOAT}.onnx")


def load_reader(file: Path, reader: Reader) -> None:
    """Gives `reader` the weights of an exported reading half, made float again: they differ by what rounding took.

    A file of fewer layers fills the last ones. Raises ValueError where it holds a half of another shape or kind.
    """
    graph = onnx.load(file).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    own = reader.state_dict()
    state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items() if name in own}
    added_to = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    for node in graph.node:
        if node.op_type == "MatMulNBits" and added_to.get(node.output[0], "").endswith("bias"):
            columns = next(attribute.i for attribute in node.attribute if attribute.name == "K")
            levels, scales = (arrays[name] for name in node.input[1:3])
            blocks = (levels.astype(np.float32) - 2**7) * scales.reshape(*levels.shape[:2], 1)
            name = added_to[node.output[0]].removesuffix("bias") + "weight"
            state[name] = torch.from_numpy(blocks.reshape(len(levels), -1)[:, :columns].copy())
    held = len({name.split(".")[1] for name in state if name.startswith("layers.")})
    lacking = len(reader.layers) - held
    upper = {_layers_higher(name, lacking): tensor for name, tensor in state.items()}
    lowest = {name: own[name] for name in own if name.startswith("layers.") and int(name.split(".")[1]) < lacking}
    try:
        reader.load_state_dict(lowest | upper if held else {})
    except RuntimeError as err:
        raise ValueError(f"{file} is no reading half of this shape") from err


def _layers_higher(name: str, n: int) -> str:
    """The name of the same weights `n` layers further up; of a head, itself."""
    kind, number, *rest = name.split(".")
    return ".".join([kind, str(int(number) + n), *rest]) if kind == "layers" else name


def describe(folder: Path, about: dict[str, Any]) -> Path:
    """Writes `manifest.json` beside the files: `about`, their hashes and sizes."""
    names = [f"{part}{form}.onnx" for part in PARTS for form in ("", FLOAT)]
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
