"""Windows over a passage, and answer spans out of a reader's start and end scores.  Pure numpy.

A window is `[CLS] question [SEP] stretch of the passage [SEP]`; position 0 stands for "no answer here".
The caller brings the tokenizer: a text is given as `Pieces`, its word-piece ids and where each lies in the text.
A span's characters come from those offsets, never from a search in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.models.onnx import stack
from index.text import joined

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

WINDOW = 192  # word pieces, question and marks included
STRIDE = 64  # word pieces that neighbouring windows share
QUESTION = 64  # word pieces of the question that are kept
ANSWER = 30  # word pieces of the longest answer


@dataclass(frozen=True, slots=True)
class Pieces:
    """A tokenized text: word-piece ids and an (n, 2) array of character offsets."""

    ids: Ints
    offsets: Ints

    @classmethod
    def of(cls, tokenizer: Tokenizer, text: str) -> Pieces:
        """Those of a text, without special ones; the tokenizer neither truncates nor pads.

        A word that is broken over lines is read whole; its offsets, as all, are of the text as it stands.
        """
        whole = joined(text)
        encoding = tokenizer.encode(whole.text, add_special_tokens=False)
        offsets = [whole.stored(*span) for span in encoding.offsets] if whole.cuts else encoding.offsets
        return cls(np.asarray(encoding.ids, np.int64), np.asarray(offsets, np.int64).reshape(-1, 2))


@dataclass(frozen=True, slots=True)
class Window:
    """One reader input: ids, type ids (1 from the passage on), and the passage's place in it.

    `offsets[i]` are the passage characters of position `first + i`.
    """

    ids: Ints
    types: Ints
    first: int
    offsets: Ints

    @property
    def last(self) -> int:
        """The position after the passage's last word piece."""
        return self.first + len(self.offsets)

    def feed(self) -> dict[str, Ints]:
        """What a model is fed of it, by the names of its inputs: every position is a real one."""
        return {"ids": self.ids, "types": self.types, "mask": np.ones_like(self.ids)}


@dataclass(frozen=True, slots=True, order=True)
class ScoredSpan:
    """`passage[start:end]` as an answer; `score` is its margin over "no answer" in the same window."""

    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Marks:
    """The ids of the tokenizer's [CLS], [SEP] and [PAD]."""

    cls: int = 101
    sep: int = 102
    pad: int = 0


BERT = Marks()


def window_at(question: Pieces, passage: Pieces, begin: int, *, length: int = WINDOW, marks: Marks = BERT) -> Window:
    """The window whose stretch begins at word piece `begin` of the passage."""
    asked = question.ids[:QUESTION]
    room = stretch_length(question, length=length)
    ids = passage.ids[begin : begin + room]
    whole = np.concatenate(([marks.cls], asked, [marks.sep], ids, [marks.sep])).astype(np.int64)
    first = len(asked) + 2
    types = (np.arange(len(whole)) >= first).astype(np.int64)
    return Window(whole, types, first, passage.offsets[begin : begin + room])


def stretch_length(question: Pieces, *, length: int = WINDOW) -> int:
    """How many word pieces of a passage fit beside the question."""
    room = length - 3 - min(len(question.ids), QUESTION)
    if room < 1:
        raise ValueError(f"no room for a passage in a window of {length} word pieces")
    return room


def windows(
    question: Pieces, passage: Pieces, *, length: int = WINDOW, stride: int = STRIDE, marks: Marks = BERT
) -> list[Window]:
    """Windows that cover the passage; neighbours share `stride` word pieces.  An empty passage has none."""
    room = stretch_length(question, length=length)
    step = max(1, room - stride)
    found = []
    for begin in range(0, len(passage.ids), step):
        found.append(window_at(question, passage, begin, length=length, marks=marks))
        if begin + room >= len(passage.ids):
            break
    return found


def pad(batch: Sequence[Window], *, marks: Marks = BERT) -> tuple[Ints, Ints, Ints]:
    """(ids, types, mask), each (windows, longest), padded on the right; mask is 1 on real positions."""
    ids, types, mask = zip(*(window.feed().values() for window in batch), strict=True)
    return stack(ids, marks.pad), stack(types), stack(mask)


def best_spans(window: Window, start: Floats, end: Floats, *, n: int = 1, longest: int = ANSWER) -> list[ScoredSpan]:
    """The window's n best spans, best first.

    `start` and `end` are scores per position of the window (padding beyond it is ignored). A span lies wholly in the
    passage, ends no earlier than it starts and has at most `longest` word pieces.
    """
    size = len(window.offsets)
    if not size or n < 1:
        return []
    begin, finish = (np.asarray(s[window.first : window.last], np.float64) for s in (start, end))
    none = float(start[0]) + float(end[0])
    total = begin[:, None] + finish[None, :]
    steps = np.arange(size)[None, :] - np.arange(size)[:, None]
    total[(steps < 0) | (steps >= longest)] = -np.inf
    flat = total.ravel()
    order = np.argsort(-flat, kind="stable")[:n]
    return [
        ScoredSpan(float(flat[i]) - none, int(window.offsets[i // size, 0]), int(window.offsets[i % size, 1]))
        for i in order
        if np.isfinite(flat[i])
    ]


def merge(spans: Iterable[ScoredSpan], n: int = 1) -> list[ScoredSpan]:
    """The n best spans of all windows of one passage; of equal places the best score stays."""
    best: dict[tuple[int, int], ScoredSpan] = {}
    for span in spans:
        kept = best.get((span.start, span.end))
        if kept is None or span.score > kept.score:
            best[span.start, span.end] = span
    return sorted(best.values(), key=lambda s: (-s.score, s.start, s.end))[:n]
