"""Texts -> vectors: passages by the model that indexes, questions without torch where the model has an export."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.errors import ModelError, ignore
from index.models.onnx import Encoder, load_tokenizer, wanted_threads
from index.models.static import WEIGHTS, StaticEncoder
from index.models.weights import Description, Model, torch_folder

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


class QuestionEncoder(Protocol):
    """What asking needs of an embedding model."""

    def encode_questions(self, questions: Sequence[str]) -> np.ndarray:
        """float32 [questions, dim], unit length."""


def open_embedder(model: Model) -> Embedder:
    """What embeds passages with `model`. Nothing is loaded before the first text."""
    return ExportEmbedder(model) if model.source is None else SentenceTransformerEmbedder(model)


def open_encoder(model: Model, notify: Callable[[str], None] = ignore) -> QuestionEncoder:
    """What embeds questions with `model`, loaded; `notify` is told if that takes torch. Raises ModelError."""
    if model.export is not None:
        return load_export(model.export)
    notify(f"{model.name} has no export: asking loads torch, which takes some seconds")
    embedder = SentenceTransformerEmbedder(model)
    embedder.load()
    return embedder


def load_export(folder: Path) -> Encoder | StaticEncoder:
    """The exported model in `folder`. Raises ModelError."""
    return StaticEncoder(folder) if (folder / WEIGHTS).is_file() else Encoder(folder)


class ExportEmbedder:
    """An Embedder that indexes with an exported model."""

    def __init__(self, model: Model) -> None:
        assert model.export is not None
        self.fingerprint = model.fingerprint
        self._folder = model.export

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return load_tokenizer(self._folder / "tokenizer.json")

    @property
    def model_pieces(self) -> int:
        return Description.read(self._folder).max_length - self.tokenizer.num_special_tokens_to_add(False)

    @cached_property
    def _encoder(self) -> Encoder | StaticEncoder:
        return load_export(self._folder)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._encoder.encode(texts)


class SentenceTransformerEmbedder:
    """An Embedder that runs a sentence-transformers model. torch is imported at the first text, not before."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    @cached_property
    def tokenizer(self) -> Tokenizer:
        folder = self._model.export or torch_folder(self._model)
        for place in (folder, folder / "0_Transformer", folder / "0_StaticEmbedding"):
            if (place / "tokenizer.json").is_file():
                return load_tokenizer(place / "tokenizer.json")
        raise ModelError(f"{folder}: it has no tokenizer.json; choose a model with a fast tokenizer")

    @property
    def model_pieces(self) -> int:
        if self._model.export is not None:
            length = Description.read(self._model.export).max_length
        else:
            length = self._transformer.max_seq_length or _LONGEST
        return min(length, _LONGEST) - self.tokenizer.num_special_tokens_to_add(False)

    @cached_property
    def _transformer(self) -> SentenceTransformer:
        return load(torch_folder(self._model))

    def load(self) -> None:
        """Import torch and load the weights now. Raises ModelError."""
        _ = self._transformer

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts, "encode_document")

    def encode_questions(self, questions: Sequence[str]) -> np.ndarray:
        """float32 [questions, dim], unit length, with the model's own prompt for questions."""
        return self._encode(questions, "encode_query")

    def _encode(self, texts: Sequence[str], how: str) -> np.ndarray:
        import numpy as np

        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        with _threads(wanted_threads()), _half_precision(self._transformer.device.type):
            vectors = getattr(self._transformer, how)(
                list(texts),
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


class MissingEmbedder:
    """An Embedder in the place of one that is not on this machine: whatever needs the model raises `error`."""

    def __init__(self, fingerprint: str, error: ModelError) -> None:
        self.fingerprint = fingerprint
        self._error = error

    @property
    def tokenizer(self) -> Tokenizer:
        raise self._error

    @property
    def model_pieces(self) -> int:
        raise self._error

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        if texts:
            raise self._error
        return np.empty((0, 0), dtype=np.float32)


_LONGEST = 8192
"""Some models name no limit, or an absurd one."""

_BATCH = 16
"""Texts embedded together, of one length as far as there are any: small batches have little padding."""


def _half_precision(device: str) -> AbstractContextManager[object]:
    """Has matrix products made in bfloat16 where the machine has instructions for it: nearly twice as fast, and the
    vectors stay what they are (lowest cosine .9999). Without such instructions it would be slower."""
    import torch

    if device == "cuda":
        supported = torch.cuda.is_bf16_supported()
    elif device == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # from torch 2.7
        supported = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    else:
        supported = False
    return torch.autocast(device, torch.bfloat16) if supported else nullcontext()


def load(folder: Path) -> SentenceTransformer:
    """A SentenceTransformer from a local folder; nothing is looked up anywhere else. Raises ModelError."""
    if not (folder / "modules.json").is_file():
        raise ModelError(f"{folder}: it has no modules.json, so it is no embedding model of sentence-transformers")
    with quietly():
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(str(folder), local_files_only=True)
        except Exception as error:  # whatever the model's parts raise
            raise ModelError(f"{folder}: sentence-transformers cannot load it ({error})") from error


@contextmanager
def quietly() -> Iterator[None]:
    """transformers and sentence-transformers say nothing while they load weights; afterwards they are as they were."""
    from transformers.utils import logging as transformers_logging

    logger = logging.getLogger("sentence_transformers")
    level, had_bars = logger.level, transformers_logging.is_progress_bar_enabled()
    logger.setLevel(logging.WARNING)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        logger.setLevel(level)
        if had_bars:
            transformers_logging.enable_progress_bar()


@contextmanager
def _threads(wanted: int | None) -> Iterator[None]:
    """torch uses as many threads as are wanted (None: as it would); afterwards as many as before."""
    import torch

    before = torch.get_num_threads()
    if wanted in (None, before):
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)
