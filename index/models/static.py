"""Texts -> vectors by a static embedding (model2vec): a vector a word piece, averaged. No network is run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.errors import ModelError
from index.models.onnx import load_tokenizer
from index.models.weights import Description

WEIGHTS = "model.safetensors"


class StaticEncoder:
    """A static embedding in memory; in its use like `index.models.onnx.Encoder`."""

    def __init__(self, folder: Path) -> None:
        """Load `model.safetensors`, `tokenizer.json` and `model.json` from `folder`. Raises ModelError."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        description = Description.read(folder)
        self.dimension = description.embedding_dimension
        self.max_length = description.max_length
        self._question_prefix = description.question_prefix
        self._tokenizer = load_tokenizer(folder / "tokenizer.json")
        self._tokenizer.enable_truncation(self.max_length)
        path = folder / WEIGHTS
        try:
            (table,) = load_file(path).values()
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(f"{path}: cannot be loaded ({error}); qa models says what mends it") from error
        if table.ndim != 2 or table.shape[1] != self.dimension:
            raise ModelError(f"{path}: {table.shape} is no table of vectors of {self.dimension} numbers")
        self._table = table.astype(np.float32, copy=False)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, dimension], unit length; zero for a text without word pieces."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoding.ids:
                mean = self._table[encoding.ids].mean(axis=0)
                vectors[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return vectors

    def encode_questions(self, questions: Sequence[str]) -> np.ndarray:
        """As `encode`, for what is looked for."""
        return self.encode([self._question_prefix + question for question in questions])
