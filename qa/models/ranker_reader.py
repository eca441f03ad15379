"""The ranker-reader: one small model that says how well a passage answers a question, and with which words.

A lower half reads question and passage together; one upper half ranks, another reads the best few, both on what the
lower half made. `qa.training` makes the three ONNX files in `qa/weights`, and a regression that says from the lower
half alone which passages the ranking half can leave out.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import ModelError
from index.models.onnx import WEIGHTS_TO_FLOAT, load_tokenizer, multiplies_bytes, open_session, run_padded
from index.types import Hit
from qa.language.forms import as_written_in
from qa.models.shipped import WEIGHTS, Policy
from qa.models.spans import QUESTION, Floats, Pieces, ScoredSpan, Window, best_spans, merge, windows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

PARTS = ("lower", "ranker", "reader")
YES_NO = "yes-no"
"""A part that only questions that want a yes or no go through; loaded for the first of them."""
FLOAT = "-float"
"""In the name of a part's other form: the same weights, but multiplied as float32."""
EARLY_RELEVANCE = "early-relevance.npy"
"""The regression: float32 [2 x width + 1], for `expected`."""
RANKED = 16
"""How many of the first stage's passages are looked at; the others follow in its order."""
PROMISING = 8
"""Beside the FIRST, the ranking half gets what is among the best so many by what the lower half expects.

Not fewer than anything reads.
"""
FIRST = 6
"""Ranking ends after so many passages if the best of them is sure: what follows would hardly come before it."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A passage beside a question, halfway: its windows and the states of each, float32 [length, width]."""

    windows: tuple[Window, ...]
    states: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage in its place. `relevance` is the shipped ranker's logit; -inf, with nothing encoded, if it has none.

    `ranked`: by all of a cross-encoder, or left behind those that were; `expected` is then the logit that the lower
    half expects, if that looked at it.
    """

    hit: Hit
    relevance: float = -math.inf
    encoded: Encoded | None = None
    ranked: bool = True
    expected: float | None = None


Halfway = tuple[Hit, Encoded]


class RankerReader:
    """The three parts of a trained model, in memory and ready."""

    def __init__(self, folder: Path = WEIGHTS, threads: int | None = None) -> None:
        """Raises ModelError if a file is missing or broken."""
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._yes_no: InferenceSession | None = None
        self._tokenizer = load_tokenizer(folder / "tokenizer.json")
        self._lower, self._ranker, self._reader = (open_part(folder, part, threads) for part in PARTS)
        self._policy = Policy.load(folder)
        self._regression = load_early_relevance(folder, self._lower.get_outputs()[0].shape[-1])

    def rank(
        self, question: str, hits: Sequence[Hit], *, early: bool = True, own: str | None = None
    ) -> list[Candidate]:
        """The hits, best first, with a score in [0, 1]: the probability to be relevant, lower by what the first stage
        found better, if the question is long.

        Hits that are not ranked follow, with scores below those. `early`: whether ranking may end when one is sure to
        answer, and leave out what halfway looks worse than others; not where those may be of no use. `own`: the
        question's own words, where it goes with what was said before it.
        """
        # The cross-encoder learned from short queries. Of a long question that joins several, it takes the passage that
        # answers one part well, and often tells nothing at all apart; the first stage, which gains by every word, has
        # those right. docs/lab/retrieval.md has the table.
        length = len(self.pieces(question if own is None else own).ids)
        weight = (min(length, QUESTION) / self._policy.long_question) ** 2
        halfway = self._encode(question, hits[:FIRST])
        chosen = self._weigh(halfway)
        left: list[Candidate] = []
        if not early or max((found.relevance for found in chosen), default=0.0) < self._policy.sure:
            halfway += self._encode(question, hits[FIRST:RANKED])
            promising = halfway[FIRST:]
            if early and promising:
                promising, left = self._sift(halfway, weight)
            chosen += self._weigh(promising)
        candidates = in_order([(found.relevance, found) for found in chosen], weight)
        candidates += behind(candidates, left)
        return candidates + behind(candidates, [Candidate(hit, ranked=False) for hit in hits[len(candidates) :]])

    def spans(self, encoded: Sequence[Encoded], n: int) -> list[list[ScoredSpan]]:
        """The `n` best answers in each passage, best first; a score is the margin over "no answer here"."""
        outputs = iter(self._run(self._reader, ["start", "end"], encoded))
        return [
            merge((span for window in passage.windows for span in best_spans(window, *next(outputs), n=n)), n)
            for passage in encoded
        ]

    def says_yes(self, encoded: Encoded) -> float:
        """The logit that yes is the answer to the question, by the window that says most."""
        with self._lock:
            if self._yes_no is None:
                self._yes_no = open_part(self._folder, YES_NO, self._threads)
        found = [float(yes[0]) for yes in self._run(self._yes_no, ["yes"], [encoded])]
        return max(found, key=abs)

    def beside(self, question: str, hit: Hit) -> Encoded:
        """A hit's passage beside a question, halfway."""
        return self._encode(question, [hit])[0][1]

    def pieces(self, text: str) -> Pieces:
        """The text's word pieces."""
        return Pieces.of(self._tokenizer, text)

    def early_relevance(self, encoded: Encoded) -> float:
        """The relevance that the lower half alone lets expect, by the best window."""
        found = (float(expected(summary(states), self._regression)) for states in encoded.states)
        return max(found, default=-math.inf)

    def _encode(self, question: str, hits: Sequence[Hit]) -> list[Halfway]:
        """Each hit's passage beside the question through the lower half; a long passage in several windows."""
        texts = [hit.passage.text for hit in hits]
        cut = [windows(self.pieces(as_written_in(text, question)), self.pieces(text)) for text in texts]
        rows = [window.feed() for found in cut for window in found]
        states = iter(run_padded(lambda feed: self._lower.run(["hidden"], feed), rows))
        return [
            (hit, Encoded(tuple(found), tuple(next(states)[0][: len(window.ids)] for window in found)))
            for hit, found in zip(hits, cut, strict=True)
        ]

    def _weigh(self, halfway: Sequence[Halfway]) -> list[Candidate]:
        """With their relevance: how well each passage answers the question, by its best window."""
        scores = iter(self._run(self._ranker, ["relevance"], [encoded for _, encoded in halfway]))
        return [
            Candidate(hit, max((float(next(scores)[0]) for _ in encoded.windows), default=-math.inf), encoded)
            for hit, encoded in halfway
        ]

    def _sift(self, halfway: Sequence[Halfway], weight: float) -> tuple[list[Halfway], list[Candidate]]:
        """What lies beyond the first few: what is promising of it; the rest, best first."""
        logits = [(self.early_relevance(encoded), hit) for hit, encoded in halfway]
        ordered = in_order([(logit, Candidate(hit, ranked=False, expected=logit)) for logit, hit in logits], weight)
        promising = {found.hit.passage.id for found in ordered[:PROMISING]}
        others = {hit.passage.id for hit, _ in halfway[FIRST:]} - promising
        return (
            [(hit, encoded) for hit, encoded in halfway[FIRST:] if hit.passage.id in promising],
            [found for found in ordered if found.hit.passage.id in others],
        )

    @staticmethod
    def _run(session: InferenceSession, outputs: list[str], encoded: Sequence[Encoded]) -> list[tuple[Floats, ...]]:
        """An upper half's outputs for every window, in order."""
        states = [state for passage in encoded for state in passage.states]
        rows: list[dict[str, np.ndarray]] = [
            {"hidden": state, "mask": np.ones(len(state), np.int64)} for state in states
        ]
        return run_padded(lambda feed: session.run(outputs, feed), rows)


def open_part(folder: Path, part: str, threads: int | None = None, *, floats: bool | None = None) -> InferenceSession:
    """A session for one of the `PARTS`. `floats`: multiply as float32; unless told, where 8 bits would be slower.

    Raises ModelError.
    """
    floats = not multiplies_bytes() if floats is None else floats
    if floats:
        return open_session(folder / f"{part}{FLOAT}.onnx", threads, WEIGHTS_TO_FLOAT)
    return open_session(folder / f"{part}.onnx", threads)


def summary(states: Floats) -> Floats:
    """What early relevance is told from, [2 x width]: the first of the states [length, width] and the mean of all."""
    return np.concatenate([states[0], states.mean(axis=0)])


def expected(summaries: Floats, regression: Floats) -> Floats:
    """Logits [...] of summaries [..., k] by a regression [k + 1]: a weight for each number, then the constant."""
    return np.asarray(summaries @ regression[:-1] + regression[-1])


def load_early_relevance(folder: Path, width: int) -> Floats:
    """The regression beside the weights in `folder`, for states of this width. Raises ModelError."""
    path = folder / EARLY_RELEVANCE
    try:
        weights: Floats = np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}); install article-qa again") from error
    if weights.shape != (2 * width + 1,) or weights.dtype != np.float32:
        raise ModelError(f"{path} holds {weights.dtype} {weights.shape}, for another model; install article-qa again")
    return weights


def in_order(scored: Sequence[tuple[float, Candidate]], weight: float) -> list[Candidate]:
    """Candidates with a logit each, best first, their hits' scores made probabilities.

    `weight`: how many logits the first stage's score counts.
    """
    top = max((found.hit.score for _, found in scored), default=0.0)
    both = [(logit - weight * (top - found.hit.score), found) for logit, found in scored]
    both.sort(key=lambda pair: (-pair[0], pair[1].hit.passage.id))
    return [replace(found, hit=replace(found.hit, score=sigmoid(score))) for score, found in both]


def behind(ranked: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
    """The others in their order, with scores below those that were ranked."""
    lowest = ranked[-1].hit.score if ranked else 1.0
    top = max((found.hit.score for found in others), default=1.0) or 1.0
    return [replace(found, hit=replace(found.hit, score=0.99 * lowest * found.hit.score / top)) for found in others]


def sigmoid(logit: float) -> float:
    """The probability of a logit, without overflow."""
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


READ = 5
"""How many of the ranked passages are read for the answer."""
