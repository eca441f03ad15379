"""Reading: which words of the ranked passages answer the question, and whether any do.

Readers are interchangeable: ranked passages in, `Reading` out. `SpanReader` is the trained one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from index.types import Passage, Span
from qa.checks import fits
from qa.quantities import find_quantities
from qa.types import Method, Reason

if TYPE_CHECKING:
    from index.snapshot import Snapshot
    from qa.ranker_reader import Candidate, RankerReader

READ = 5
"""How many of the ranked passages are read for the answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible answer: the sentence to quote (two at most) and the answer in it, as offsets into the article."""

    passage: Passage
    quote: Span
    answer: Span
    score: float

    @property
    def text(self) -> str:
        """The answer's words."""
        return self.passage.text[self.answer[0] - self.passage.start : self.answer[1] - self.passage.start]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found, best first; with a reason to refuse where none of it answers the question."""

    findings: tuple[Finding, ...]
    refused: Reason | None = None


class Reader(Protocol):
    """Reads the best passages for the answer. A failure is an error, never a refusal."""

    method: Method

    def read(self, question: str, candidates: Sequence[Candidate], snapshot: Snapshot) -> Reading:
        """`candidates`: ranked, best first. Call inside `snapshot.view()`."""


# The score of an answer, a logit: how relevant its passage is, and how far the answer lies above "no answer here".
# Fitted by `python -m qa.training.fit`; docs/retrieval.md has the table that the threshold was taken from.
_RELEVANCE, _MARGIN, _BIAS = 0.307, 0.178, -2.105
_THRESHOLD = -2.0
_SPANS = 3


class SpanReader:
    """Answers with words of a passage, marked by the trained model."""

    method: Method = "reader"

    def __init__(self, model: RankerReader) -> None:
        self._model = model

    def read(self, question: str, candidates: Sequence[Candidate], snapshot: Snapshot) -> Reading:
        read = [(candidate, candidate.encoded) for candidate in candidates[:READ] if candidate.encoded]
        found = self._model.spans([encoded for _, encoded in read], _SPANS)
        findings = []
        for (candidate, _), spans in zip(read, found, strict=True):
            sentences = snapshot.sentences(candidate.hit.passage)
            for span in spans:
                score = _BIAS + _RELEVANCE * candidate.relevance + _MARGIN * span.score
                finding = locate(candidate.hit.passage, sentences, (span.start, span.end), score)
                if finding is not None and fits(question, finding.text):
                    findings.append(finding)
        findings.sort(key=lambda finding: (-finding.score, finding.passage.id, finding.answer))
        if not findings:
            return Reading((), "no_span" if read else "no_passage")
        if findings[0].score < _THRESHOLD:
            return Reading(tuple(findings), "low_confidence")
        return Reading(supporting(findings))


def locate(passage: Passage, sentences: Sequence[Span], span: Span, score: float) -> Finding | None:
    """The answer `span` (offsets into the passage) as one says it, in the sentence that holds it.

    None if nothing is left of it, or it is not within one sentence.
    """
    start, end = trim(passage.text, *span)
    quotes = [s for s in sentences if s[0] <= passage.start + start and passage.start + end <= s[1]]
    if start >= end or not quotes:
        return None
    quote = quotes[0]
    sentence = passage.text[quote[0] - passage.start : quote[1] - passage.start]
    shift = quote[0] - passage.start
    for first, last in find_quantities(sentence):
        # "4,000" of "up to 4,000 troops" is another fact: a number keeps what stands with it.
        if first < end - shift and start - shift < last:
            start, end = min(start, shift + first), max(end, shift + last)
    return Finding(passage, quote, (passage.start + start, passage.start + end), score)


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space and marks at its ends; a quotation mark or bracket stays if its partner is inside.

    >>> trim('the “onslaught,” he said', 4, 15)
    (5, 14)
    """
    while start < end and not (text[start].isalnum() or text[start] in "$£€¥#@+-−" or _paired(text[start:end])):
        start += 1
    while start < end and not (text[end - 1].isalnum() or text[end - 1] in "%$£€¥°" or _ends_well(text[start:end])):
        end -= 1
    return start, end


def _paired(span: str) -> bool:
    """Whether the span opens with a mark whose partner stands in it."""
    partner = {"“": "”", "‘": "’", '"': '"', "(": ")", "[": "]"}.get(span[0])
    return partner is not None and partner in span[1:]


def _ends_well(span: str) -> bool:
    """Whether the span ends with a mark whose partner stands in it, or with the point of an abbreviation."""
    partner = {"”": "“", "’": "‘", '"': '"', ")": "(", "]": "["}.get(span[-1])
    return (partner is not None and partner in span[:-1]) or bool(
        re.search(r"(?:\b\w\.){2,}$|\b[A-Z][a-z]{0,3}\.$", span)
    )


def supporting(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The best finding, then those of other sentences that give the same answer."""
    best = findings[0]
    answer = _plain(best.text)
    quotes = {(best.passage.article_id, best.quote)}
    kept = [best]
    for finding in findings[1:]:
        place = (finding.passage.article_id, finding.quote)
        if place not in quotes and _plain(finding.text) == answer and finding.score >= _THRESHOLD:
            quotes.add(place)
            kept.append(finding)
    return tuple(kept)


def _plain(text: str) -> str:
    """An answer as it is compared: words without case, marks and articles."""
    words = re.findall(r"[-−]?[$£€¥]?\w+(?:[.,]\w+)*%?", text.lower())  # "$5", "5%" and "5" are three answers
    return " ".join(word for word in words if word not in ("a", "an", "the"))
