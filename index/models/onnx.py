"""Texts -> vectors by onnxruntime and tokenizers alone: what a question needs, without torch.

`index.models.export` makes the files that are loaded here.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import ModelError, UsageError
from index.models.weights import Description

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

_MAX_BATCH_PIECES = 2048
_MAX_PADDING = 0.2
_MIN_BATCH = 4
WEIGHTS_TO_FLOAT = {"session.disable_quant_qdq": "1"}
"""Turn the 8-bit weights into float32 once, when they are loaded. Without it onnxruntime multiplies in 8 bits as well:
a sixth faster, but the lowest cosine to the torch vectors falls from .9993 to .9976."""


_PROCESSOR = Path("/proc/cpuinfo")
_VNNI = frozenset(("avx512_vnni", "avx_vnni"))


class Encoder:
    """An exported embedding model, in memory and ready. One may be used by several threads at a time."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Load `model.onnx`, `tokenizer.json` and `model.json` from `folder`; `threads`: see `default_threads`.

        Raises ModelError if one of them is missing or broken.
        """
        description = Description.read(folder)
        self.dimension = description.embedding_dimension
        self.max_length = description.max_length
        self._pooling = description.pooling
        self._max_batch = description.max_batch
        self._question_prefix = description.question_prefix
        self._tokenizer = load_tokenizer(folder / "tokenizer.json")
        self._tokenizer.enable_truncation(self.max_length)
        self._session = open_session(folder / "model.onnx", threads, WEIGHTS_TO_FLOAT)
        self._inputs = {found.name for found in self._session.get_inputs()}
        # A graph gives a vector a text, or a state a word piece, or both.
        self._output = min(self._session.get_outputs(), key=lambda output: len(output.shape)).name

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [texts, dimension], unit length. Of a text its first `max_length` word pieces count."""
        rows = []
        for encoding in self._tokenizer.encode_batch(list(texts)):
            ids = np.asarray(encoding.ids, np.int64)
            rows.append({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, (vector,) in enumerate(run_padded(self._run, rows, self._max_batch)):
            vectors[row] = vector
        return vectors

    def _run(self, feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        (output,) = self._session.run([self._output], {name: feed[name] for name in self._inputs})
        return [output if output.ndim == 2 else pool(output, feed["attention_mask"], self._pooling)]

    def encode_questions(self, questions: Sequence[str]) -> np.ndarray:
        """As `encode`, for what is looked for: some models have a prefix for it."""
        return self.encode([self._question_prefix + question for question in questions])


def pool(states: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """float32 [texts, dimension], unit length: the first state of each text ("cls"), or the mean of those in `mask`."""
    pooled = states[:, 0] if pooling == "cls" else (states * mask[..., None]).sum(axis=1)  # its length is made 1
    return pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)


def batches(lengths: Sequence[int], max_batch: int | None = None) -> Iterator[list[int]]:
    """Positions in `lengths` grouped to be run together, shortest first, so that little is padded.

    >>> list(batches([9, 200, 8, 9, 9]))
    [[2, 0, 3, 4], [1]]
    """
    batch: list[int] = []
    filled = 0
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        padded = (len(batch) + 1) * lengths[position]
        wasteful = len(batch) >= _MIN_BATCH and filled + lengths[position] < (1 - _MAX_PADDING) * padded
        if batch and (padded > _MAX_BATCH_PIECES or wasteful or len(batch) == max_batch):
            yield batch
            batch, filled = [], 0
        batch.append(position)
        filled += lengths[position]
    if batch:
        yield batch


def stack(rows: Sequence[np.ndarray], filler: int = 0) -> np.ndarray:
    """Arrays [length, ...] of one kind as one, [rows, longest, ...], with `filler` behind the shorter ones.

    >>> stack([np.array([1, 2]), np.array([3])]).tolist()
    [[1, 2], [3, 0]]
    """
    padded = np.full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), filler, rows[0].dtype)
    for row, values in enumerate(rows):
        padded[row, : len(values)] = values
    return padded


def run_padded(
    run: Callable[[dict[str, np.ndarray]], Sequence[np.ndarray]],
    rows: Sequence[Mapping[str, np.ndarray]],
    max_batch: int | None = None,
) -> list[tuple[np.ndarray, ...]]:
    """What `run` makes of each row, in the order of the rows; those of like length are run together (`batches`).

    A row has its inputs by name, [length, ...], all of one length. `run` takes those of a batch, padded with zeros to
    [rows, longest, ...]; of each of its outputs, [rows, ...], a row gets its own, padding and all.
    """
    found: list[tuple[np.ndarray, ...]] = [()] * len(rows)
    for batch in batches([len(next(iter(row.values()))) for row in rows], max_batch):
        outputs = run({name: stack([rows[i][name] for i in batch]) for name in rows[batch[0]]})
        for i, *values in zip(batch, *outputs, strict=True):
            found[i] = tuple(values)
    return found


def default_threads() -> int:
    """$QA_THREADS; else two, or one where this process may use only one core: more gain little on texts this short.

    Raises UsageError.
    """
    if (named := wanted_threads()) is not None:
        return named
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2, cores)


def wanted_threads() -> int | None:
    """$QA_THREADS, how many threads a model may use; None if it is not set. Raises UsageError."""
    named = os.environ.get("QA_THREADS", "")
    if not named:
        return None
    if not (named.isascii() and named.isdecimal() and 1 <= int(named) <= 1024):
        raise UsageError(f"QA_THREADS is {named!r}; set it to a number from 1, or unset it")
    return int(named)


@cache
def multiplies_bytes() -> bool:
    """Whether this processor is known to sum products of bytes in one instruction: Arm, and x86 with VNNI.

    8-bit weights in blocks are then a fifth faster than the same as float32, else half slower. On x86 only Linux tells.
    """
    if platform.machine().lower() in ("arm64", "aarch64"):
        return True
    try:
        flags = _PROCESSOR.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False
    return not _VNNI.isdisjoint(flags)


def open_session(
    path: Path, threads: int | None = None, options: Mapping[str, str] | None = None
) -> onnxruntime.InferenceSession:
    """A CPU session for the model at `path`; `options` are onnxruntime's session options. Raises ModelError."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads or default_threads()
    settings.log_severity_level = 3  # errors; its warnings are not for a reader of news
    # Else its threads keep the cores busy for a while after each run, and a question is many short runs.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for name, value in (options or {}).items():
        settings.add_session_config_entry(name, value)
    try:
        return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own kinds have no public root
        raise ModelError(f"{path}: onnxruntime cannot load it ({error}); qa models says what mends it") from error


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer at `path`, without truncation and padding. Raises ModelError."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exceptions
        raise ModelError(f"{path}: tokenizers cannot load it ({error}); qa models says what mends it") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
