"""The trained model as three int8 ONNX files: lower half, ranking half, reading half.

    lower.onnx    ids, types, mask (int64, batch x length)   -> hidden (float32, batch x length x width)
    ranker.onnx   hidden, mask                               -> relevance (batch)
    reader.onnx   hidden, mask                               -> start, end (batch x length), answerable (batch)

Linear weights become int8 with one scale for every 32 of a column; embeddings become int8 too. Activations are
quantised as they come, by the same blocks: one scale for all of a layer's activations would be twice as fast, but cost
the reader four points of F1 (160 questions). `manifest.json` names each file's SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnxruntime import InferenceSession, SessionOptions
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

from qa.spans import Floats, Ints
from qa.training.model import RankerReader, Reader

PARTS = ("lower", "ranker", "reader")
OPSET = 18
BLOCK = 32


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
    with warnings.catch_warnings(), _quiet():
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


def quantise(source: Path, target: Path) -> None:
    """Writes the int8 form of a float32 ONNX file."""
    with tempfile.TemporaryDirectory() as folder, _quiet():
        draft = Path(folder) / "gathers.onnx"
        quantize_dynamic(source, draft, op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8)
        settings = DefaultWeightOnlyQuantConfig(
            block_size=BLOCK, is_symmetric=True, accuracy_level=4, bits=8, op_types_to_quantize=("MatMul",)
        )
        quantiser = MatMulNBitsQuantizer(onnx.load(draft), algo_config=settings)
        quantiser.process()
        _without_notes(quantiser.model.model)
        quantiser.model.save_model_to_file(str(target))


def _without_notes(model: onnx.ModelProto) -> None:
    """Takes out what the exporter notes of each node for debugging: stack traces, with the paths of this machine."""
    for noted in (model, model.graph, *model.graph.node, *model.graph.value_info):
        noted.ClearField("metadata_props")
        noted.ClearField("doc_string")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's and the quantisers' line for every node."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def export(model: RankerReader, folder: Path) -> None:
    """Writes the int8 files below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as draft:
        export_float(model, Path(draft))
        for part in PARTS:
            quantise(Path(draft) / f"{part}.onnx", folder / f"{part}.onnx")


def load_reader(file: Path, reader: Reader) -> None:
    """Gives `reader` the weights of an exported reading half, made float again: they differ by what rounding took.

    Raises ValueError where the file holds a reading half of another shape, or none.
    """
    graph = onnx.load(file).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items() if name in reader.state_dict()}
    added_to = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    for node in graph.node:
        if node.op_type == "MatMulNBits" and added_to.get(node.output[0], "").endswith("bias"):
            columns = next(attribute.i for attribute in node.attribute if attribute.name == "K")
            levels, scales = (arrays[name] for name in node.input[1:3])
            blocks = (levels.astype(np.float32) - 2**7) * scales.reshape(*levels.shape[:2], 1)
            name = added_to[node.output[0]].removesuffix("bias") + "weight"
            state[name] = torch.from_numpy(blocks.reshape(len(levels), -1)[:, :columns].copy())
    try:
        reader.load_state_dict(state)
    except RuntimeError as err:
        raise ValueError(f"{file} is no reading half of this shape") from err


def describe(folder: Path, about: dict[str, Any]) -> Path:
    """Writes `manifest.json` beside the files: `about`, their hashes and sizes."""
    files = {}
    for part in PARTS:
        data = (folder / f"{part}.onnx").read_bytes()
        files[f"{part}.onnx"] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**about, "files": files}, indent=1) + "\n", "utf-8")
    return manifest


class Exported:
    """The exported files in a folder, run by onnxruntime."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self._run: dict[str, Callable[..., list[Any]]] = {}
        for part in PARTS:
            session = InferenceSession(str(folder / f"{part}.onnx"), options, providers=["CPUExecutionProvider"])
            self._run[part] = session.run

    def read(self, ids: Ints, types: Ints, mask: Ints) -> tuple[Floats, Floats, Floats]:
        """Start, end and answerable scores of padded windows: a `Scorer`."""
        (hidden,) = self._run["lower"](None, {"ids": ids, "types": types, "mask": mask})
        start, end, answerable = self._run["reader"](None, {"hidden": hidden, "mask": mask})
        return start, end, answerable

    def rank(self, ids: Ints, types: Ints, mask: Ints) -> Floats:
        """Relevance of padded windows."""
        (hidden,) = self._run["lower"](None, {"ids": ids, "types": types, "mask": mask})
        (relevance,) = self._run["ranker"](None, {"hidden": hidden, "mask": mask})
        return np.asarray(relevance, np.float32)
