"""What the tests of evaluation share: the fixtures' folder, predictions of known worth, an embedder without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.onnx import Encoder
from index.weights import default_model
from qa.evaluate.formats import load
from qa.evaluate.gold import GoldSet


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Small gold sets in the published forms, about texts written for these tests."""
    return Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def squad(fixtures: Path) -> GoldSet:
    """Fifteen questions over four paragraphs, four of them unanswerable."""
    return load(fixtures / "squad.json")


class OnnxEmbedder:
    """The shipped model by onnxruntime: the vectors of the default embedder, without a second of loading torch."""

    def __init__(self) -> None:
        self._encoder = Encoder(default_model().export)

    @property
    def fingerprint(self) -> str:
        return default_model().fingerprint

    @property
    def model_pieces(self) -> int:
        return default_model().max_length - 2

    @property
    def tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(default_model().export / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: Sequence[str]) -> Any:
        return self._encoder.encode(list(texts))


@pytest.fixture(scope="session")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()
