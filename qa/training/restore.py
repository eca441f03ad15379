"""Exported halves made torch's again: what is shipped is trained further without its checkpoint.

Weights differ from those that were exported by what rounding took.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from qa.training.model import Lower, Ranker, RankerReader, Reader, Shape

_NAMES: dict[type[nn.Module], str] = {Lower: "lower", Ranker: "ranking", Reader: "reading"}
Arrays = dict[str, np.ndarray]


def restore(folder: Path) -> RankerReader:
    """The ranker-reader whose `lower.onnx`, `ranker.onnx` and `reader.onnx` lie in `folder`.

    Raises ValueError where one of them is no half of the shape that the lower one tells.
    """
    lower, ranker = (onnx.load(folder / f"{part}.onnx").graph for part in ("lower", "ranker"))
    states = [_floats(graph) for graph in (lower, ranker)]
    model = RankerReader(_shape(lower, *states))
    parts: tuple[nn.Module, ...] = (model.lower, model.ranker)
    for part, state in zip(parts, states, strict=True):
        zeros = {name: torch.zeros_like(own) for name, own in part.state_dict().items() if name.endswith(".bias")}
        _load(part, zeros | state, folder)  # the exporter leaves out biases of zero
    load_reader(folder / "reader.onnx", model.reader)
    return model


def load_reader(file: Path, reader: Reader) -> None:
    """Gives `reader` the weights of an exported reading half.

    A file of fewer layers fills the last ones. Raises ValueError where it holds a half of another shape or kind.
    """
    own = reader.state_dict()
    state = {name: tensor for name, tensor in _floats(onnx.load(file).graph).items() if _is_of(name, own)}
    held = _layers(state)
    lacking = len(reader.layers) - held
    upper = {_layers_higher(name, lacking): tensor for name, tensor in state.items()}
    lowest = {name: own[name] for name in own if name.startswith("layers.") and int(name.split(".")[1]) < lacking}
    _load(reader, lowest | upper if held else {}, file)


def _load(part: nn.Module, state: dict[str, Tensor], where: Path) -> None:
    try:
        part.load_state_dict(state)
    except RuntimeError as err:
        raise ValueError(f"{where} is no {_NAMES[type(part)]} half of this shape") from err


def _floats(graph: onnx.GraphProto) -> dict[str, Tensor]:
    """The weights of an exported half by torch's names, in float32."""
    arrays: Arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {name: array for name, array in arrays.items() if name.endswith((".weight", ".bias"))}
    for name in arrays:
        if name.endswith("_quantized"):  # embeddings
            plain = name.removesuffix("_quantized")
            zero, scale = arrays[f"{plain}_zero_point"], arrays[f"{plain}_scale"]
            found[plain] = (arrays[name].astype(np.float32) - zero.astype(np.float32)) * scale
    added_to = {node.input[0]: node.input[1] for node in graph.node if node.op_type == "Add"}
    for node in graph.node:
        if node.op_type != "MatMulNBits":
            continue
        bias = added_to.get(node.output[0], "")
        name = f"{bias.removesuffix('bias')}weight" if bias.endswith(".bias") else node.input[1].split("_")[0]
        columns = next(attribute.i for attribute in node.attribute if attribute.name == "K")
        levels, scales = (arrays[one] for one in node.input[1:3])
        blocks = (levels.astype(np.float32) - 2**7) * scales.reshape(*levels.shape[:2], 1)
        found[name] = blocks.reshape(len(levels), -1)[:, :columns]
    return {name: torch.from_numpy(array.copy()) for name, array in found.items()}


def _shape(graph: onnx.GraphProto, lower: dict[str, Tensor], ranker: dict[str, Tensor]) -> Shape:
    """What the weights say; heads: the first split of queries is into (batch, length, heads, width)."""
    arrays: Arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    sizes = next(made[node.input[1]] for node in graph.node if node.op_type == "Reshape")
    vocabulary, width = lower["embeddings.word.weight"].shape
    inner, split = len(lower["layers.0.up.weight"]), _layers(lower)
    positions, heads = len(lower["embeddings.position.weight"]), int(arrays[sizes.input[2]][0])
    return Shape(vocabulary, positions, width, inner, heads, split + _layers(ranker), split)


def _layers(state: dict[str, Tensor]) -> int:
    return len({name.split(".")[1] for name in state if name.startswith("layers.")})


def _is_of(name: str, own: dict[str, Tensor]) -> bool:
    """Whether these are weights of such a half, of however many layers."""
    return name in own or name.startswith("layers.")


def _layers_higher(name: str, n: int) -> str:
    """The name of the same weights `n` layers further up; of a head, itself."""
    kind, number, *rest = name.split(".")
    return ".".join([kind, str(int(number) + n), *rest]) if kind == "layers" else name
