"""A tokenizer of letters and a random 2 + 2 layer model: enough to train on in a test."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from qa.training.batches import Mix, Pieced, Schedule
from qa.training.data import Answer, Example
from qa.training.model import RankerReader, Shape
from qa.training.negatives import Maker

LETTERS = string.ascii_lowercase + string.digits + string.punctuation
SHAPE = Shape(vocabulary=200, positions=256, width=16, inner=32, heads=2, layers=4, split=2)


def tokenizer() -> Tokenizer:
    """WordPiece that knows letters only: every word falls into its letters."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *("##" + c for c in LETTERS)]
    made = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def pieced() -> Pieced:
    return Pieced(tokenizer())


def model(seed: int = 3) -> RankerReader:
    """Random weights; the reader begins as a copy of the ranking half."""
    torch.manual_seed(seed)
    made = RankerReader(SHAPE)
    made.restart_reader(seed)
    return made


def example(question: str, passage: str, answer: str | None, *, name: str = "q", source: str = "squad") -> Example:
    """An example whose answer is the first place where the passage has that text."""
    answers = (Answer(answer, passage.index(answer)),) if answer else ()
    return Example(name, source, question, passage, answers, "given" if answers else "squad2")


TEXTS = (
    ("How many troops did Canada send to Mali in 2018?", "In 2018 Canada sent 250 troops to Mali.", "250 troops"),
    ("Who won the Tour de France in 1989?", "Greg LeMond won the Tour de France in 1989 by 8 seconds.", "Greg LeMond"),
    ("What did Norway export to Japan?", "Much of the salmon of Norway goes to Japan, which likes it raw.", "salmon"),
    ("When did Boston host the marathon?", "The marathon of Boston was held in April, in the rain.", "April"),
    ("Where did Peru play?", "Peru played in Moscow, and lost 2-1.", "Moscow"),
    ("Who leads Chile?", "Bolivia has a president. Nothing is said of others.", None),
)


def examples() -> list[Example]:
    return [example(q, p, a, name=f"q{i}") for i, (q, p, a) in enumerate(TEXTS)]


def schedule(seed: int = 5, size: int = 4, mix: Mix | None = None) -> Schedule:
    own = examples()
    mined = {"q0": (TEXTS[4][1],), "q1": (TEXTS[3][1],)}
    return Schedule(own, mined, Maker(own), mix or Mix(), pieced(), seed=seed, size=size)


def squad_file(paragraphs: list[dict[str, Any]], title: str = "T") -> dict[str, Any]:
    return {"version": "v", "data": [{"title": title, "paragraphs": paragraphs}]}


def base_folder(folder: Path, shape: Shape = SHAPE) -> dict[str, torch.Tensor]:
    """Writes a random cross-encoder in Hugging Face's names; returns its tensors."""
    config = {
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "hidden_size": shape.width,
        "intermediate_size": shape.inner,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
    }
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    w = shape.width
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (shape.vocabulary, w),
        "embeddings.position_embeddings.weight": (shape.positions, w),
        "embeddings.token_type_embeddings.weight": (2, w),
        "pooler.dense.weight": (w, w),
        "pooler.dense.bias": (w,),
    }
    linear = {"attention.self.query": (w, w), "attention.self.key": (w, w), "attention.self.value": (w, w)}
    linear |= {
        "attention.output.dense": (w, w),
        "intermediate.dense": (shape.inner, w),
        "output.dense": (w, shape.inner),
    }
    for i in range(shape.layers):
        for name, size in linear.items():
            sizes[f"encoder.layer.{i}.{name}.weight"] = size
            sizes[f"encoder.layer.{i}.{name}.bias"] = size[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            sizes[f"encoder.layer.{i}.{name}.weight"] = sizes[f"encoder.layer.{i}.{name}.bias"] = (w,)
    sizes["embeddings.LayerNorm.weight"] = sizes["embeddings.LayerNorm.bias"] = (w,)
    tensors = {f"bert.{name}": torch.randn(size) * 0.3 for name, size in sizes.items()}
    tensors |= {"classifier.weight": torch.randn(1, w), "classifier.bias": torch.randn(1)}
    save_file(tensors, str(folder / "model.safetensors"))
    return tensors
