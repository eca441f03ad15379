"""ONNX files in 8 bits: how graphs are written, weights rounded, and files described.  For maintainers: needs onnx.

Linear weights become int8 with a scale for each `BLOCK` inputs of an output.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from index.files import replace_text
from index.models.weights import file_sha256

BLOCK = 32
BLOCK_OPSET = 21
"""The first of ONNX's operator sets that has scales for blocks."""

_INLINE = 1024  # bytes of the largest tensor that a float form holds itself


class Graph:
    """An ONNX graph that grows a node at a time; values are named by the node that makes them."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: list[str], outputs: tuple[str, ...] = (), **attributes: Any) -> str:
        """Append a node and return the name of its first output."""
        outputs = outputs or (f"{kind}_{len(self.nodes)}",)
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs[0]

    def linear(self, x: str, name: str, weight: np.ndarray) -> str:
        """`x` times `weight` [outputs, inputs], stored in 8 bits; the bias is left to the operator that follows."""
        outputs, inputs = weight.shape
        values, scales = to_int8(weight.reshape(outputs, inputs // BLOCK, BLOCK))
        stored = self.constant(f"{name}.int8", values.reshape(outputs, inputs).T)
        scale = self.constant(f"{name}.scale", scales[:, :, 0].T)
        return self.add("MatMul", [x, self.add("DequantizeLinear", [stored, scale], axis=0, block_size=BLOCK)])


def to_int8(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 values and float32 scales [..., 1], whose product is `values`; a scale for each run of the last axis."""
    scales = np.abs(values).max(axis=-1, keepdims=True).astype(np.float32) / np.float32(127)
    scales[scales == 0] = 1
    return np.rint(values / scales).astype(np.int8), scales


# ---- files that torch's exporter made ------------------------------------------------------------------------------


def quantise(source: Path, target: Path) -> None:
    """Writes the int8 form of a float32 ONNX file."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    with tempfile.TemporaryDirectory() as folder, quiet():
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
        if len(tensor.raw_data) > _INLINE:
            where = {"location": source.name, "offset": data.index(tensor.raw_data), "length": len(tensor.raw_data)}
            onnx.external_data_helper.set_external_data(tensor, **where)
            tensor.ClearField("raw_data")
    for field, found in ((model.graph.node, nodes), (model.graph.initializer, tensors.values())):
        del field[:]
        field.extend(found)
    next(found for found in model.opset_import if not found.domain).version = BLOCK_OPSET
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
def quiet() -> Iterator[None]:
    """Without the exporter's and the quantisers' line for every node."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


# ---- what describes them -------------------------------------------------------------------------------------------


def sums(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The sha256 and the size of files in a folder, by name, as a manifest has them."""
    return {name: {"sha256": file_sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in names}


def write_manifest(path: Path, about: Mapping[str, Any], *, indent: int = 2) -> None:
    """Writes what is to be known of the files beside it."""
    replace_text(path, json.dumps(about, indent=indent) + "\n")
