"""For maintainers: a sentence-transformers folder -> the small ONNX file that embeds questions without torch.

    python -m index.models.export MODEL_DIR OUT_DIR [--name NAME]

writes OUT_DIR/model.onnx, tokenizer.json and model.json (the manifest), and fails if any vector's cosine to the torch
vector is not above .999. Needs packages that users of article-qa do not: onnx, safetensors and sentence-transformers.

The graph is written out operator by operator, not traced, so the same weights give the same bytes and onnxruntime has
nothing left to fuse. Weights of the layers are stored in 8 bits, a scale for each 32 inputs of an output; word
embeddings in 8 bits, a scale a word. Reads BERT encoders with mean or CLS pooling.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import ModelError
from index.models.onnx import Encoder, load_tokenizer
from index.models.weights import file_sha256

if TYPE_CHECKING:
    import onnx

MIN_COSINE = 0.999
_FUSED = "com.microsoft"  # the operators that onnxruntime's own optimizer would put in
_NEEDED = ("onnx", "safetensors", "sentence_transformers")
_EXPECTED = {"model_type": "bert", "hidden_act": "gelu"}

CHECK_TEXTS = (
    "How many troops were authorized?",
    "Who?",
    "?",
    "",
    "4,000",
    "What did the ministry say about the U.S.–Mexico border in its “final” report?",
    "Oil prices rose 3.5 pct to 18.20 dlrs a barrel on Monday, traders said.",
    "café naïve 東京 🙂 Москва",
    "the the the the the the the the",
    "x" * 300,
    "The company said it lost 1.2 mln dlrs, or 15 cts a share, in the fourth quarter, against a profit a year ago.",
    "A spokesman declined to comment. The talks, which began on Tuesday, are expected to go on for three days. " * 3,
    "Rain fell over the northern plains for a fifth day, and the river rose above the mark set in 1953. " * 14,
)


def build(weights: dict[str, np.ndarray], config: dict[str, Any], max_length: int, pooling: str) -> onnx.ModelProto:
    """The encoder as an ONNX model: input_ids, attention_mask int64 [batch, length] -> embedding float32 [batch, d]."""
    from onnx import TensorProto, helper

    from index.models.quantise import BLOCK_OPSET, Graph, to_int8

    g = Graph()
    epsilon = config["layer_norm_eps"]

    def weight(name: str) -> str:
        return g.constant(name, weights[name])

    def add_and_norm(x: str, residual: str, dense: str, norm: str) -> str:
        inputs = [x, residual, weight(f"{norm}.weight"), weight(f"{norm}.bias"), weight(f"{dense}.bias")]
        return g.add("SkipLayerNormalization", inputs, domain=_FUSED, epsilon=epsilon)

    words, scales = to_int8(weights["embeddings.word_embeddings.weight"])
    word = g.add("Gather", [g.constant("words.int8", words), "input_ids"])
    scale = g.add("Gather", [g.constant("words.scale", scales), "input_ids"])
    x = g.add("Mul", [g.add("Cast", [word], to=TensorProto.FLOAT), scale])

    # Every text is one segment, so the first segment's embedding goes into those of the positions.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    stored = g.constant("positions", positions[:max_length].astype(np.float16))
    zero, one = g.constant("zero", np.array([0])), g.constant("one", np.array([1]))
    used = g.add("Slice", [stored, zero, g.add("Shape", ["input_ids"], start=1, end=2), zero])
    x = g.add("Add", [x, g.add("Cast", [used], to=TensorProto.FLOAT)])
    norm = [weight("embeddings.LayerNorm.weight"), weight("embeddings.LayerNorm.bias")]
    x = g.add("LayerNormalization", [x, *norm], axis=-1, epsilon=epsilon)

    mask = g.add("Cast", ["attention_mask"], to=TensorProto.INT32)
    for layer in range(config["num_hidden_layers"]):
        part = f"encoder.layer.{layer}"
        heads = [f"{part}.attention.self.{name}" for name in ("query", "key", "value")]
        joined = g.linear(x, f"{part}.qkv", np.concatenate([weights[f"{name}.weight"] for name in heads]))
        bias = g.constant(f"{part}.qkv.bias", np.concatenate([weights[f"{name}.bias"] for name in heads]))
        g.add("Split", [joined], tuple(heads), axis=-1, num_outputs=3)
        inputs = [*heads, bias, mask]
        a = g.add("MultiHeadAttention", inputs, domain=_FUSED, num_heads=config["num_attention_heads"])
        dense = f"{part}.attention.output.dense"
        a = g.linear(a, dense, weights[f"{dense}.weight"])
        x = add_and_norm(a, x, dense, f"{part}.attention.output.LayerNorm")

        dense = f"{part}.intermediate.dense"
        y = g.linear(x, dense, weights[f"{dense}.weight"])
        y = g.add("BiasGelu", [y, weight(f"{dense}.bias")], domain=_FUSED)
        dense = f"{part}.output.dense"
        y = g.linear(y, dense, weights[f"{dense}.weight"])
        x = add_and_norm(y, x, dense, f"{part}.output.LayerNorm")

    if pooling == "mean":  # the sum will do: its length is made 1
        weighted = g.add("Unsqueeze", [g.add("Cast", ["attention_mask"], to=TensorProto.FLOAT), one])
        pooled = g.add("Squeeze", [g.add("MatMul", [weighted, x]), one])
    else:
        pooled = g.add("Gather", [x, g.constant("first", np.array(0))], axis=1)
    g.add("LpNormalization", [pooled], ("embedding",), axis=-1, p=2)

    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", config["hidden_size"]])
    graph = helper.make_graph(g.nodes, "encoder", inputs, [output], g.constants)
    opsets = [helper.make_opsetid("", BLOCK_OPSET), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="article-qa")


def export(model_dir: Path, out_dir: Path, name: str) -> float:
    """Write the export to `out_dir` and return the lowest cosine. Raises ModelError; nothing is written then."""
    missing = [package for package in _NEEDED if importlib.util.find_spec(package) is None]
    if missing:
        raise ModelError(f"the export needs {', '.join(missing)}; type: pip install {' '.join(missing)}")
    import onnx
    from safetensors.numpy import load_file

    from index.models.quantise import write_manifest

    config = _read_json(model_dir / "config.json")
    for key, value in _EXPECTED.items():
        if config.get(key) != value:
            raise ModelError(f"{model_dir / 'config.json'}: {key} is {config.get(key)!r}; only {value!r} is exported")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise ModelError(f"{model_dir / 'config.json'}: only absolute positions are exported")
    max_length = int(_read_json(model_dir / "sentence_bert_config.json")["max_seq_length"])
    pooling = _pooling(model_dir / "1_Pooling" / "config.json")
    source = model_dir / "model.safetensors"
    weights = load_file(source)

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        onnx.save(build(weights, config, max_length, pooling), folder / "model.onnx")
        tokenizer = load_tokenizer(model_dir / "tokenizer.json")
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        manifest: dict[str, Any] = {
            "name": name,
            "dimension": config["hidden_size"],
            "max_length": max_length,
            "pooling": pooling,
            "source_sha256": file_sha256(source),
            "onnx_sha256": file_sha256(folder / "model.onnx"),
        }
        write_manifest(folder / "model.json", manifest)
        lowest = lowest_cosine(model_dir, folder)
        if not lowest > MIN_COSINE:
            raise ModelError(
                f"{model_dir}: a vector's cosine to the torch vector is {lowest:.5f}, not above {MIN_COSINE}"
            )
        write_manifest(folder / "model.json", manifest | {"min_cosine": round(lowest, 5)})
        out_dir.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            shutil.copyfile(file, out_dir / file.name)
    return lowest


def lowest_cosine(model_dir: Path, exported: Path) -> float:
    """The lowest cosine of CHECK_TEXTS between the vectors of the export and those of sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    torch_model = SentenceTransformer(str(model_dir), device="cpu", local_files_only=True)
    expected = torch_model.encode(list(CHECK_TEXTS), normalize_embeddings=True, show_progress_bar=False)
    return float((Encoder(exported).encode(CHECK_TEXTS) * expected).sum(axis=1).min())


def _pooling(path: Path) -> str:
    config = _read_json(path)
    for key, value in (("pooling_mode_mean_tokens", "mean"), ("pooling_mode_cls_token", "cls")):
        if config.get(key) or config.get("pooling_mode") == value:
            return value
    raise ModelError(f"{path}: only mean and CLS pooling are exported")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); is this a sentence-transformers folder?") from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m index.models.export", description="An embedding model -> ONNX.")
    parser.add_argument("model_dir", type=Path, help="a sentence-transformers folder")
    parser.add_argument("out_dir", type=Path, help="where model.onnx, tokenizer.json and model.json go")
    parser.add_argument("--name", help="the model's name in the manifest; by default the name of OUT_DIR")
    arguments = parser.parse_args()
    try:
        lowest = export(arguments.model_dir, arguments.out_dir, arguments.name or arguments.out_dir.resolve().name)
    except ModelError as error:
        sys.exit(str(error))
    sys.stderr.write(f"{arguments.out_dir}: lowest cosine {lowest:.5f}\n")


if __name__ == "__main__":
    main()
