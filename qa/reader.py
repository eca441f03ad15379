"""Reading: which sentence of the passages answers the question, and whether any does.

`SentenceReader` answers with the best sentence, or the number or date in it that was asked for. Readers are
interchangeable: passages in, `Reading` out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from index.types import Hit, Passage, Span
from qa.checks import absent
from qa.quantities import fitting
from qa.question import Expected, Question
from qa.types import Method, Refusal

if TYPE_CHECKING:
    import numpy as np

    from index.onnx import Encoder
    from index.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible answer: the sentence to quote and the answer in it, as offsets into the passage's article."""

    passage: Passage
    quote: Span
    answer: Span
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found, best first; with a refusal where none of it answers the question."""

    findings: tuple[Finding, ...]
    refusal: Refusal | None = None


class Reader(Protocol):
    """Reads the best passages for the answer. A failure is an error, never a refusal."""

    method: Method

    def read(self, question: str, vector: np.ndarray, hits: Sequence[Hit], snapshot: Snapshot) -> Reading:
        """`vector`: of the question, float32 [dim]; `hits`: ranked, best first; call inside `snapshot.view()`."""


READ_PASSAGES = 8

EMBEDDED_SENTENCES = 16

_MUST_STAND_THERE = frozenset(
    {Expected.COUNT, Expected.MONEY, Expected.PERCENT, Expected.YEAR, Expected.MONTH, Expected.DAY}
)


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for a sentence; each in about [0, 1]."""

    cosine: float  # of its embedding to the question's
    coverage: float  # share of the question's words that stand in it, weighted by rarity
    context: float  # the same for its whole passage
    passage: float  # the passage's score in the first stage
    fits: float  # 1 if it holds a number or date of the kind that is asked for, or none is asked for


# Logistic regression on "the sentence holds the gold answer", over Wikipedia, Reddit and product reviews.
_WEIGHTS = Features(cosine=4.0, coverage=3.0, context=0.5, passage=1.5, fits=1.0)
_BIAS = -5.0
_THRESHOLD = -2.0


class SentenceReader:
    """Answers with the best sentence, by meaning (embedding), by words (weighted by rarity), and by its passage."""

    method: Method = "sentence"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def read(self, question: str, vector: np.ndarray, hits: Sequence[Hit], snapshot: Snapshot) -> Reading:
        asked = Question(question)
        hits = hits[:READ_PASSAGES]
        texts = [hit.passage.text for hit in hits]
        missing = absent(asked, texts, snapshot.stems)
        sentences = self.features(asked, vector, hits, snapshot)
        if not sentences:
            return Reading((), Refusal("no_passage", missing))
        findings = tuple(
            sorted(
                (self._finding(asked, passage, span, score(features)) for passage, span, features in sentences),
                key=lambda finding: (-finding.score, finding.passage.id, finding.quote),
            )
        )
        if missing:
            return Reading(findings, Refusal("no_span", missing))
        if asked.expected in _MUST_STAND_THERE and not any(features.fits for *_, features in sentences):
            return Reading(findings, Refusal("no_span"))
        if findings[0].score < _THRESHOLD:
            return Reading(findings, Refusal("low_confidence"))
        return Reading(findings)

    def features(
        self, asked: Question, vector: np.ndarray, hits: Sequence[Hit], snapshot: Snapshot
    ) -> list[tuple[Passage, Span, Features]]:
        """The sentences of the passages that are worth a look, each with its features."""
        weights = _rarity(asked, snapshot)
        candidates: list[tuple[Passage, Span, str, Features]] = []
        for hit in hits:
            passage = hit.passage
            context = _coverage(weights, snapshot.stems(passage.text))
            for start, end in snapshot.sentences(passage):
                text = passage.text[start - passage.start : end - passage.start]
                coverage = _coverage(weights, snapshot.stems(text))
                fits = not asked.expected or bool(fitting(text, asked.expected, asked.counted))
                features = Features(0.0, coverage, context, hit.score, float(fits))
                candidates.append((passage, (start, end), text, features))
        # Embedding costs most: only sentences that the cheap features favour are embedded.
        candidates.sort(key=lambda candidate: -score(candidate[3]))
        candidates = candidates[:EMBEDDED_SENTENCES]
        cosines = self._encoder.encode([text for _, _, text, _ in candidates]) @ vector if candidates else []
        return [
            (passage, span, replace(features, cosine=float(cosine)))
            for (passage, span, _, features), cosine in zip(candidates, cosines, strict=True)
        ]

    def _finding(self, asked: Question, passage: Passage, quote: Span, value: float) -> Finding:
        """The whole sentence, or the one number or date in it that fits the question."""
        text = passage.text[quote[0] - passage.start : quote[1] - passage.start]
        spans = fitting(text, asked.expected, asked.counted) if asked.expected else []
        answer = (quote[0] + spans[0].start, quote[0] + spans[0].end) if len(spans) == 1 else quote
        return Finding(passage, quote, answer, value)


def score(features: Features) -> float:
    """The logit that the sentence answers the question."""
    return _BIAS + sum(getattr(_WEIGHTS, name) * getattr(features, name) for name in Features.__slots__)


def _rarity(asked: Question, snapshot: Snapshot) -> dict[str, float]:
    """The stems of the question's words, each with its weight: BM25's inverse document frequency."""
    count = snapshot.count_passages()
    weights: dict[str, float] = {}
    for word, frequency in snapshot.frequencies(asked.words).items():
        weight = math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
        for stem in snapshot.stems(word):
            weights[stem] = max(weights.get(stem, 0.0), weight)
    return weights


def _coverage(weights: dict[str, float], stems: Iterable[str]) -> float:
    total = sum(weights.values())
    there = set(stems)
    return sum(weight for stem, weight in weights.items() if stem in there) / total if total else 0.0
