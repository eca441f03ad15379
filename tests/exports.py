"""Exported models that are small enough to be made in a test; they share the tokenizer of the shipped one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from safetensors.numpy import save_file

from index.models.onnx import load_tokenizer
from index.models.weights import default_model

DIMENSION = 6


def table(dimension: int = DIMENSION) -> np.ndarray:
    """A vector for each word piece, float32 [pieces, dimension]."""
    size = load_tokenizer(default_model().export / "tokenizer.json").get_vocab_size()
    return np.random.default_rng(0).normal(size=(size, dimension)).astype(np.float32)


def write_static(folder: Path, **description: Any) -> Path:
    """A static embedding whose table is `table()`."""
    _describe(folder, description)
    save_file({"embeddings": table()}, folder / "model.safetensors")
    return folder


def write_states(folder: Path, **description: Any) -> Path:
    """An ONNX model whose state of a word piece is its vector in `table()`."""
    _describe(folder, description)
    states = helper.make_tensor_value_info("states", TensorProto.FLOAT, ["batch", "length", DIMENSION])
    _save(folder, [helper.make_node("Gather", ["table", "input_ids"], ["states"])], states, table())
    return folder


def write_ranker(folder: Path, **description: Any) -> Path:
    """An ONNX cross-encoder: a pair's logit is the sum of its passage's numbers in `table(1)`."""
    _describe(folder, {"dimension": None, **description})
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("Squeeze", ["each", "last"], ["numbers"]),
        helper.make_node("Mul", ["token_type_ids", "attention_mask"], ["of_passage"]),
        helper.make_node("Cast", ["of_passage"], ["weights"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["numbers", "weights"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "first"], ["logits"], keepdims=1),
    ]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])
    _save(folder, nodes, logits, table(1), first=np.array([1]), last=np.array([2]))
    return folder


def _describe(folder: Path, description: dict[str, Any]) -> None:
    folder.mkdir()
    described = {"dimension": DIMENSION, "max_length": 8, "source_sha256": "ab" * 32, **description}
    (folder / "model.json").write_text(json.dumps(described))
    (folder / "tokenizer.json").write_bytes((default_model().export / "tokenizer.json").read_bytes())


def _save(folder: Path, nodes: list[Any], output: Any, numbers: np.ndarray, **constants: np.ndarray) -> None:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    stored = [numpy_helper.from_array(value, name) for name, value in {"table": numbers, **constants}.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], stored)
    save(helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)]), folder / "model.onnx")
