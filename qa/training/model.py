"""The ranker-reader in torch: a shared lower half, an upper half that ranks and one that reads.

The lower half (embeddings and the first layers) and the ranking half are the cross-encoder's, untouched. The reading
half starts as a copy of the ranking one and is what is trained. Plain BERT layers with fused query, key and value: on a
CPU in bfloat16 they train about twice as fast as a framework's layers in float32.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a BERT encoder; `split` is how many layers the lower half has."""

    vocabulary: int = 30522
    positions: int = 512
    width: int = 384
    inner: int = 1536
    heads: int = 12
    layers: int = 12
    split: int = 6

    @classmethod
    def of(cls, config: Path, *, split: int | None = None) -> Shape:
        """The shape that a Hugging Face `config.json` describes, split in the middle unless told otherwise."""
        c = json.loads(config.read_text("utf-8"))
        layers = c["num_hidden_layers"]
        return cls(
            c["vocab_size"],
            c["max_position_embeddings"],
            c["hidden_size"],
            c["intermediate_size"],
            c["num_attention_heads"],
            layers,
            layers // 2 if split is None else split,
        )


class Dropout(nn.Module):
    """Inverted dropout, of nothing until a rate in [0, 1) is set; in steps of 1/256.

    Each element costs a byte of randomness: on a CPU torch's own takes a fifth of a training step.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rate = 0.0

    def forward(self, x: Tensor) -> Tensor:
        levels = round(256 * self.rate)
        if not self.training or not levels:
            return x
        eights = torch.empty(-(-x.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        drawn = eights.view(torch.uint8)[: x.numel()].view(x.shape)
        return x.masked_fill(drawn < levels, 0.0) * (256 / (256 - levels))


class Layer(nn.Module):
    """One BERT encoder layer: post-norm, exact GELU."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.dropout = Dropout()
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.norm1 = nn.LayerNorm(shape.width, eps=1e-12)
        self.up = nn.Linear(shape.width, shape.inner)
        self.down = nn.Linear(shape.inner, shape.width)
        self.norm2 = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(x).split(width, dim=-1)
        )
        weights = torch.matmul(q * (width // self.heads) ** -0.5, k.transpose(-1, -2)) + bias
        mixed = torch.matmul(self.dropout(weights.softmax(-1)), v).transpose(1, 2).reshape(batch, length, width)
        x = self.norm1(x + self.dropout(self.out(mixed)))
        return cast(Tensor, self.norm2(x + self.dropout(self.down(_gelu(self.up(x))))))


def _gelu(x: Tensor) -> Tensor:
    """Exact GELU, in an ONNX export written out in the order in which onnxruntime finds and fuses it."""
    if torch.compiler.is_exporting():
        return x * (torch.erf(x / 2**0.5) + 1.0) * 0.5
    return F.gelu(x)


class Embeddings(nn.Module):
    """Word, position and type embeddings, summed and normalised."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.word = nn.Embedding(shape.vocabulary, shape.width)
        self.position = nn.Embedding(shape.positions, shape.width)
        self.segment = nn.Embedding(2, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        place = torch.arange(ids.shape[1], device=ids.device)
        return cast(Tensor, self.norm(self.word(ids) + self.position(place) + self.segment(types)))


def attention_bias(mask: Tensor, like: torch.dtype) -> Tensor:
    """(batch, 1, 1, length): 0 on real positions, a large negative number on padding."""
    return ((1 - mask[:, None, None, :]).to(torch.float32) * -1e4).to(like)


class Lower(nn.Module):
    """(ids, types, mask) -> hidden states (batch, length, width)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embeddings = Embeddings(shape)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.split))

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        x = self.embeddings(ids, types)
        bias = attention_bias(mask, x.dtype)
        for layer in self.layers:
            x = layer(x, bias)
        return x


class Ranker(nn.Module):
    """(hidden, mask) -> relevance (batch,): the cross-encoder's upper half, pooler and classifier."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers - shape.split))
        self.pooler = nn.Linear(shape.width, shape.width)
        self.classifier = nn.Linear(shape.width, 1)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        bias = attention_bias(mask, hidden.dtype)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        return cast(Tensor, self.classifier(torch.tanh(self.pooler(hidden[:, 0])))[:, 0])


class Reader(nn.Module):
    """(hidden, mask) -> start and end scores (batch, length) and answerability (batch,), a logit.

    Position 0 of start and end is "no answer"; padding scores -1e4.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers - shape.split))
        self.span = nn.Linear(shape.width, 2)
        self.answerable = nn.Linear(shape.width, 1)

    def drop(self, rate: float) -> None:
        """Sets the rate of dropout, which acts in training mode only."""
        for layer in self.layers:
            cast(Layer, layer).dropout.rate = rate

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        bias = attention_bias(mask, hidden.dtype)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        scores = self.span(hidden).float() - (1 - mask[:, :, None]).float() * 1e4
        return scores[..., 0], scores[..., 1], self.answerable(hidden[:, 0])[:, 0].float()


class YesNo(nn.Module):
    """(hidden, mask) -> yes (batch,), a logit: upper layers, and a head on the first state and the mean of all."""

    def __init__(self, shape: Shape, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(shape) for _ in range(layers))
        self.yes = nn.Linear(2 * shape.width, 1)

    @classmethod
    def below(cls, reader: Reader, shape: Shape, layers: int, *, seed: int) -> YesNo:
        """Begins from the reader's lowest layers, with a small random head."""
        made = cls(shape, layers)
        made.layers.load_state_dict(reader.layers[:layers].state_dict())
        with torch.no_grad():
            made.yes.weight.normal_(0.0, 0.02, generator=torch.Generator().manual_seed(seed))
            made.yes.bias.zero_()
        return made

    def drop(self, rate: float) -> None:
        """Sets the rate of dropout, which acts in training mode only."""
        for layer in self.layers:
            cast(Layer, layer).dropout.rate = rate

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        bias = attention_bias(mask, hidden.dtype)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        real = mask[:, :, None].to(hidden.dtype)
        mean = (hidden * real).sum(1) / real.sum(1)
        return cast(Tensor, self.yes(torch.cat([hidden[:, 0], mean], dim=-1))[:, 0].float())


class RankerReader(nn.Module):
    """All three parts."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.lower = Lower(shape)
        self.ranker = Ranker(shape)
        self.reader = Reader(shape)

    @torch.no_grad()
    def restart_reader(self, seed: int) -> None:
        """Gives the reader the ranking half's layers and small random heads."""
        self.reader.layers.load_state_dict(self.ranker.layers.state_dict())
        random = torch.Generator().manual_seed(seed)
        for head in (self.reader.span, self.reader.answerable):
            head.weight.normal_(0.0, 0.02, generator=random)
            head.bias.zero_()


def load_base(folder: Path, *, seed: int, split: int | None = None) -> RankerReader:
    """The ranker-reader that begins from a cross-encoder, a BERT with one label: `config.json`, `model.safetensors`.

    Raises KeyError when a tensor is missing.
    """
    from safetensors.torch import load_file

    shape = Shape.of(folder / "config.json", split=split)
    weights = {k.removeprefix("bert."): v.float() for k, v in load_file(str(folder / "model.safetensors")).items()}
    model = RankerReader(shape)
    state: dict[str, Tensor] = {}
    for ours, theirs in (("word", "word"), ("position", "position"), ("segment", "token_type")):
        state[f"lower.embeddings.{ours}.weight"] = weights[f"embeddings.{theirs}_embeddings.weight"]
    for part in ("weight", "bias"):
        state[f"lower.embeddings.norm.{part}"] = weights[f"embeddings.LayerNorm.{part}"]
        state[f"ranker.pooler.{part}"] = weights[f"pooler.dense.{part}"]
        state[f"ranker.classifier.{part}"] = weights[f"classifier.{part}"]
    for number in range(shape.layers):
        high = number >= shape.split
        ours = f"ranker.layers.{number - shape.split}" if high else f"lower.layers.{number}"
        theirs = f"encoder.layer.{number}"
        for part in ("weight", "bias"):
            qkv = [weights[f"{theirs}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            state[f"{ours}.qkv.{part}"] = torch.cat(qkv)
            for mine, other in _LAYER.items():
                state[f"{ours}.{mine}.{part}"] = weights[f"{theirs}.{other}.{part}"]
    missing = model.load_state_dict(state, strict=False).missing_keys
    if wrong := [name for name in missing if not name.startswith("reader.")]:
        raise KeyError(f"{folder / 'model.safetensors'} lacks what {wrong} needs")
    model.restart_reader(seed)
    return model


_LAYER = {
    "out": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm2": "output.LayerNorm",
}
