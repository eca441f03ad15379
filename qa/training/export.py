"""The trained model as three int8 ONNX files: lower half, ranking half, reading half.

    lower.onnx    ids, types, mask (int64, batch x length)   -> hidden (float32, batch x length x width)
    ranker.onnx   hidden, mask                               -> relevance (batch)
    reader.onnx   hidden, mask                               -> start, end (batch x length), answerable (batch)

Beside each lies its float form, `lower-float.onnx` and so on: a small graph that takes the 8-bit weights out of the
file beside it and makes them float32 once, when it is loaded. Processors that cannot sum products of bytes are faster
with it.

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
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

from qa.models.ranker_reader import EARLY_RELEVANCE, FLOAT, PARTS, open_part
from qa.models.shipped import MANIFEST
from qa.models.spans import Floats, Ints
from qa.training.model import RankerReader, Reader

OPSET = 18
BLOCK = 32
INLINE = 1024  # bytes of the largest tensor that a float form holds itself


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


def write_float_form(source: Path, target: Path) -> None:
    """Writes the graph of `source`, an int8 file, with float32 products; its large tensors stay where they are, in
    `source`, which has to lie beside it."""
    model, data = onnx.load(source), source.read_bytes()
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        nodes += _float_product(node, tensors) if node.op_type == "MatMulNBits" else [node]
    for tensor in tensors.values():
        if len(tensor.raw_data) > INLINE:
            where = {"location": source.name, "offset": data.index(tensor.raw_data), "length": len(tensor.raw_data)}
            onnx.external_data_helper.set_external_data(tensor, **where)
            tensor.ClearField("raw_data")
    for field, found in ((model.graph.node, nodes), (model.graph.initializer, tensors.values())):
        del field[:]
        field.extend(found)
    next(found for found in model.opset_import if not found.domain).version = 21  # that of scales for blocks
    target.write_bytes(model.SerializeToString())


def _float_product(node: onnx.NodeProto, tensors: dict[str, onnx.TensorProto]) -> list[onnx.NodeProto]:
    """What multiplies as `node`, a MatMulNBits, in float32; all but the product is computed when the file is loaded.

    Changes `tensors`: a scale for each block and, new, the shape of the weights.
    """
    levels, scales = node.input[1:3]
    columns = next(attribute.i for attribute in node.attribute if attribute.name == "K")
    rows, blocks, block = tensors[levels].dims
    tensors[levels].dims[:] = (rows, blocks * block)
    tensors[scales].dims[:] = (rows, blocks)
    shape, parts = f"{levels}_blocks", f"{levels}_columns"
    tensors[shape] = numpy_helper.from_array(np.array([rows, blocks]), shape)
    tensors[parts] = numpy_helper.from_array(np.array([columns, blocks * block - columns]), parts)
    middle = helper.make_tensor("", onnx.TensorProto.UINT8, [1], [2**7])
    steps: tuple[tuple[str, list[str], dict[str, Any]], ...] = (
        ("ConstantOfShape", [shape], {"value": middle}),
        ("DequantizeLinear", [levels, scales, ""], {"axis": 1, "block_size": block}),
        ("Split", ["", parts], {"axis": 1}),  # the last block may be wider than what is left
        ("Transpose", [""], {"perm": (1, 0)}),
        ("MatMul", [node.input[0], ""], {}),
    )
    nodes: list[onnx.NodeProto] = []
    for kind, inputs, attributes in steps:
        taken = [name or nodes[-1].output[0] for name in inputs]
        made = list(node.output) if kind == "MatMul" else [f"{levels}_{kind}"]
        if kind == "Split":
            made.append(f"{levels}_rest")
        nodes.append(helper.make_node(kind, taken, made, name=f"{node.name}_{kind}", **attributes))
    return nodes


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
    files = {}
    names = [f"{part}{form}.onnx" for part in PARTS for form in ("", FLOAT)]
    if (folder / EARLY_RELEVANCE).is_file():
        names.append(EARLY_RELEVANCE)
    for name in names:
        data = (folder / name).read_bytes()
        files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps({**about, "files": files}, indent=1) + "\n", "utf-8")
    return manifest


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
