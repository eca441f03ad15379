"""Fakes that many tests share. They do what the real things promise, without weights."""

import re
import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from index.models.onnx import load_tokenizer
from index.models.weights import default_model
from index.types import Facts, Passage


class HashEmbedder:
    """An `Embedder`: a bag of words, hashed to 32 numbers. Texts with common words are near each other.

    Its tokenizer is the real one.
    """

    dimension = 32
    model_pieces = 254

    def __init__(self, fingerprint: str = "fake@1") -> None:
        self.fingerprint = fingerprint
        self.encoded: list[str] = []
        """Every text it was ever given: what indexing cost."""

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return load_tokenizer(default_model().export / "tokenizer.json")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, 32], unit length."""
        self.encoded += texts
        matrix = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            matrix[row, 0] = 0.1  # a text without words has a direction too
            for word in re.findall(r"\w+", text.lower()):
                digest = zlib.crc32(word.encode("utf-8", "surrogatepass"))
                matrix[row, digest % self.dimension] += 1 if digest & 0x10000 else -1
            if not matrix[row].any():
                matrix[row, 0] = 1
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)

    def encode_questions(self, questions: Sequence[str]) -> np.ndarray:
        """As `encode`."""
        return self.encode(questions)


def passage(text: str, number: int = 1, article: str = "a", start: int = 0, **facts: Any) -> Passage:
    """A passage whose sentences end at ". "."""
    sentences = tuple((start + m.start(), start + m.end()) for m in re.finditer(r"\S.*?(?:[.!?]”?(?=\s|$)|$)", text))
    return Passage(number, Facts(article, **facts), start, start + len(text), text, sentences)
