"""Passages -> vectors by sentence-transformers, when articles are indexed. Questions go through `index.onnx`."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.onnx import load_tokenizer
from index.weights import Model, torch_folder

if TYPE_CHECKING:
    import numpy as np
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer


class Embedder(Protocol):
    """What the writer needs of an embedding model."""

    @property
    def fingerprint(self) -> str:
        """Names the model and its weights; an index is searched with the one that made it."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Counts a text's word pieces: neither truncates nor pads."""

    @property
    def model_pieces(self) -> int:
        """Word pieces read of a text, special tokens not counted."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, dim], unit length. No texts cost nothing."""


class SentenceTransformerEmbedder:
    """The default Embedder. torch is imported and the weights are loaded at the first text, not before."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    @property
    def model_pieces(self) -> int:
        return self._model.max_length - 2

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return load_tokenizer(self._model.export / "tokenizer.json")

    @cached_property
    def _transformer(self) -> SentenceTransformer:
        return load(torch_folder(self._model))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        if not texts:
            return np.empty((0, self._model.dimension), dtype=np.float32)
        vectors = self._transformer.encode(
            list(texts), batch_size=32, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load(folder: Path) -> SentenceTransformer:
    """A SentenceTransformer from a local folder; nothing is looked up anywhere else."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    transformers_logging.disable_progress_bar()
    return SentenceTransformer(str(folder), local_files_only=True)
