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
    fits: float  # 1 if it holds a number or date of the kind that is asked for, or none is asked for
    named: float  # share of the question's names that stand in its passage; 1 if it names nothing


# Logistic regression on "the sentence holds the gold answer": 1,050 questions about Wikipedia, Reddit and product
# reviews, each asked with its paragraph in the corpus and without it. docs/sentence-reader.md has the figures.
_WEIGHTS = Features(cosine=7.36, coverage=1.06, context=2.89, fits=1.11, named=1.16)
_BIAS = -10.67
_THRESHOLD = -6.5  # no right answer of those questions scored lower: only what is far off is refused by the score


class SentenceReader:
    """Answers with the best sentence: by meaning (embedding), and by words, weighted by rarity.

    The passage's score in the first stage is not used: it says which passage of this index is best, not how good it is.
    """

    method: Method = "sentence"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def read(self, question: str, vector: np.ndarray, hits: Sequence[Hit], snapshot: Snapshot) -> Reading:
        asked = Question(question)
        hits = hits[:READ_PASSAGES]
        texts = [hit.passage.text for hit in hits]
        missing = absent(asked, texts, snapshot.stems, self._is_rare)
        sentences = self.features(asked, vector, hits, snapshot)
        if not sentences:
            return Reading((), Refusal("no_passage", missing))
        sentences.sort(key=lambda found: (-score(found[2]), found[0].id, found[1]))
        # A sentence can say it only if its passage has the question's names, and a number stands there if one is asked.
        able = [
            found
            for found in sentences
            if found[2].named == 1 and (found[2].fits or asked.expected not in _MUST_STAND_THERE)
        ]
        findings = tuple(self._finding(asked, passage, span, score(what)) for passage, span, what in able or sentences)
        if missing or not able:
            return Reading(findings, Refusal("no_span", missing))
        if findings[0].score < _THRESHOLD:
            return Reading(findings, Refusal("low_confidence"))
        return Reading(findings)

    def _is_rare(self, word: str) -> bool:
        """Whether the word is in pieces to the model: it was not among the 30,000 most frequent words it learnt."""
        return self._encoder.count_tokens(word) > 3  # the two special ones, and the word itself

    def features(
        self, asked: Question, vector: np.ndarray, hits: Sequence[Hit], snapshot: Snapshot
    ) -> list[tuple[Passage, Span, Features]]:
        """The sentences of the passages that are worth a look, each with its features."""
        weights = _rarity(asked, snapshot)
        candidates: list[tuple[Passage, Span, str, Features]] = []
        for hit in hits:
            passage = hit.passage
            stems = set(snapshot.stems(passage.text))
            context = _coverage(weights, stems)
            named = _share(not stems.isdisjoint(snapshot.stems(name)) for name in asked.names)
            for start, end in snapshot.sentences(passage):
                text = passage.text[start - passage.start : end - passage.start]
                coverage = _coverage(weights, snapshot.stems(text))
                fits = not asked.expected or bool(fitting(text, asked.expected, asked.counted))
                features = Features(0.0, coverage, context, float(fits), named)
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


def _share(facts: Iterable[bool]) -> float:
    """The share of `facts` that hold; 1 if there are none."""
    held = list(facts)
    return sum(held) / len(held) if held else 1.0


def _coverage(weights: dict[str, float], stems: Iterable[str]) -> float:
    total = sum(weights.values())
    there = set(stems)
    return sum(weight for stem, weight in weights.items() if stem in there) / total if total else 0.0
