"""Reading: which words of the ranked passages answer the question, and whether any do.

Readers are interchangeable: ranked passages in, `Reading` out. `SpanReader` is the trained one: its model marks spans,
`findings` makes possible answers of them, `answers` brings together those that say the same, `Confidence` judges the
best of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from index.types import Passage, Span
from qa.language.agreement import comparable, plain, same
from qa.language.checks import fits, of_another_number, unsupported
from qa.language.wording import worded
from qa.language.yes_no import says_yes, wants_yes_or_no
from qa.models.ranker_reader import READ
from qa.models.spans import ScoredSpan
from qa.reading.confidence import GAP, Confidence, Features
from qa.types import Method, Reason

if TYPE_CHECKING:
    from index.snapshot import Snapshot
    from qa.models.ranker_reader import Candidate, RankerReader

SPANS = 10
"""How many spans of a passage are looked at; most of them overlap."""

# How relevance and margin count as evidence for one answer against another; `python -m qa.training.fit` says what it
# would fit.
RELEVANCE, MARGIN = 0.3, 0.18

SUPPORT = 0.0
"""The evidence from which on a passage supports an answer that a better one gives."""

HEADING = 1.0
"""How much evidence the body may lack and still be cited rather than a heading."""

DIFFERING = 0.5
"""How probable a different answer of another article must be, taken by itself, to be told beside the best one."""

AFFIRMED = 2.2
"""The score of a "yes" (sentences that say so are right in .92 of VitaminC's claims, docs/lab/confidence.md)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible answer: the sentence to quote (two at most) and the answer in it, as offsets into the article.

    `relevance` of the passage and `margin` of the span over "no answer here" are the model's logits. `affirms`: the
    answer is "yes", which all of the quote says.
    """

    passage: Passage
    quote: Span
    answer: Span
    relevance: float = 0.0
    margin: float = 0.0
    affirms: bool = False

    @property
    def text(self) -> str:
        """The answer's words."""
        return "yes" if self.affirms else self._words(self.answer)

    @property
    def sentence(self) -> str:
        """The quote's words."""
        return self._words(self.quote)

    @property
    def evidence(self) -> float:
        """How much speaks for it; comparable within a question."""
        return RELEVANCE * self.relevance + MARGIN * self.margin

    def _words(self, span: Span) -> str:
        return self.passage.text[span[0] - self.passage.start : span[1] - self.passage.start]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found, best first; with a reason to refuse where none of it answers the question.

    `score` and `confidence` are of the best finding: a logit, and the probability that it is right. `differing` is what
    another article answers, if that would be an answer by itself.
    """

    findings: tuple[Finding, ...]
    refused: Reason | None = None
    score: float | None = None
    confidence: float | None = None
    differing: Finding | None = None


class Reader(Protocol):
    """Reads the best passages for the answer. A failure is an error, never a refusal."""

    method: Method

    def read(self, question: str, candidates: Sequence[Candidate], snapshot: Snapshot) -> Reading:
        """`candidates`: ranked, best first. Call inside `snapshot.view()`."""


class SpanReader:
    """Answers with words of a passage, marked by the trained model."""

    method: Method = "reader"

    def __init__(self, model: RankerReader, confidence: Confidence) -> None:
        self._model = model
        self._confidence = confidence

    def read(self, question: str, candidates: Sequence[Candidate], snapshot: Snapshot) -> Reading:
        if said := affirming(question, candidates[:READ], snapshot):
            return self._judged(said, AFFIRMED)
        passages = mark(self._model, candidates[:READ], snapshot)
        found = answers(findings(question, passages))
        if not found:
            return Reading((), "no_span" if passages else "no_passage")
        reading = self._judged(found[0], self._confidence.score(features(question, found, passages)))
        differing = None if reading.refused else self._differing(question, found, passages)
        return replace(reading, findings=supporting(found[0], differing), differing=differing)

    def _judged(self, said: Sequence[Finding], score: float) -> Reading:
        """What says the best answer, refused if that is not probable enough."""
        confidence = self._confidence.probability(score)
        refused: Reason | None = "low_confidence" if confidence < self._confidence.threshold else None
        return Reading(tuple(said), refused, score, confidence)

    def _differing(
        self, question: str, found: Sequence[Sequence[Finding]], passages: Sequence[MarkedPassage]
    ) -> Finding | None:
        """The best of the other answers that another article gives, if it is probable without the ones before it."""
        cited = found[0][0].passage.article_id
        others = (place for place, said in enumerate(found) if said[0].passage.article_id != cited)
        place = next((place for place in others if comparable(found[0][0].text, found[place][0].text)), None)
        if place is None:
            return None
        alone = self._confidence.score(features(question, found[place:], passages))
        enough = max(DIFFERING, self._confidence.threshold)
        return found[place][0] if self._confidence.probability(alone) >= enough else None


def affirming(question: str, candidates: Sequence[Candidate], snapshot: Snapshot) -> list[Finding]:
    """The sentences that say yes to the question, if it wants a yes or no. Call inside `snapshot.view()`."""
    if not wants_yes_or_no(question):
        return []
    stems = cache(snapshot.stems)  # of single words, which sentences share
    said = (
        Finding(candidate.hit.passage, sentence, sentence, candidate.relevance, affirms=True)
        for candidate in candidates
        for sentence in snapshot.sentences(candidate.hit.passage)
    )
    return [finding for finding in said if says_yes(question, finding.sentence, stems)]


# ---- from marks to answers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A passage as the model read it: its sentences (offsets into the article), relevance and best spans."""

    passage: Passage
    sentences: tuple[Span, ...]
    relevance: float
    spans: tuple[ScoredSpan, ...]


def mark(model: RankerReader, candidates: Sequence[Candidate], snapshot: Snapshot) -> list[MarkedPassage]:
    """The candidates that were ranked, read. Call inside `snapshot.view()`."""
    read = [(candidate, candidate.encoded) for candidate in candidates if candidate.encoded]
    spans = model.spans([encoded for _, encoded in read], SPANS)
    return [
        MarkedPassage(
            candidate.hit.passage,
            tuple(snapshot.sentences(candidate.hit.passage)),
            candidate.relevance,
            tuple(found),
        )
        for (candidate, _), found in zip(read, spans, strict=True)
    ]


def findings(question: str, passages: Sequence[MarkedPassage]) -> list[Finding]:
    """The possible answers, best first; of those that overlap the best one."""
    found: list[Finding] = []
    for marked in passages:
        kept: list[Finding] = []
        shift = marked.passage.start
        for span in marked.spans:
            if any(_overlap((span.start + shift, span.end + shift), other.answer) for other in kept):
                continue  # as most do; what follows takes time
            place = (span.start, span.end)
            finding = possible(question, marked.passage, marked.sentences, place, marked.relevance, span.score)
            if finding is not None and not any(_overlap(finding.answer, other.answer) for other in kept):
                kept.append(finding)
        found += kept
    return sorted(found, key=lambda finding: (-finding.evidence, finding.passage.id, finding.answer))


def possible(
    question: str,
    passage: Passage,
    sentences: Sequence[Span],
    span: Span,
    relevance: float = 0.0,
    margin: float = 0.0,
) -> Finding | None:
    """The words at `span` (offsets into the passage) as an answer.

    None if they are not within one of `sentences`, are of another kind than the question asks for, say more than their
    sentence, or are said of another "Flight 17" than the question's.
    """
    shift = passage.start
    place = worded(question, passage.text, [(start - shift, end - shift) for start, end in sentences], span)
    if place is None:
        return None
    quote, answer = ((start + shift, end + shift) for start, end in place)
    finding = Finding(passage, quote, answer, relevance, margin)
    if not fits(question, finding.text) or unsupported(finding.text, finding.sentence):
        return None
    if of_another_number(question, finding.sentence, passage.text):
        return None
    return finding


def answers(found: Sequence[Finding]) -> list[list[Finding]]:
    """The findings, those that say the same together; the best answer first, and of each what says it best.

    More of the same does not move an answer up: tried, and it cost more than it gained (docs/lab/confidence.md).
    """
    different: list[list[Finding]] = []
    for finding in found:
        alike = next((said for said in different if same(said[0].text, finding.text)), None)
        if alike is None:
            different.append([finding])
        else:
            alike.append(finding)
    for said in different:
        enough = said[0].evidence - HEADING
        said.sort(key=lambda finding: _is_heading(finding) or finding.evidence < enough)
    return different


def supporting(said: Sequence[Finding], differing: Finding | None = None) -> tuple[Finding, ...]:
    """The best finding, then those of other sentences that support the same answer.

    The sentence that gives a `differing` answer supports nothing: "$91 million, up from $84 million last week".
    """
    quotes: set[tuple[str, Span]] = set() if differing is None else {_place(differing)}
    kept: list[Finding] = []
    for finding in said:
        place = _place(finding)
        if place not in quotes and (not kept or finding.evidence >= SUPPORT):
            quotes.add(place)
            kept.append(finding)
    return tuple(kept)


def features(question: str, found: Sequence[Sequence[Finding]], passages: Sequence[MarkedPassage]) -> Features:
    """What tells whether the best of `found`, the different answers, is right."""
    best = found[0][0]
    asked = set(plain(question))
    words = plain(best.text)
    return Features(
        relevance=best.relevance,
        margin=best.margin,
        gap=min(GAP, best.evidence - found[1][0].evidence) if len(found) > 1 else GAP,
        behind=max(marked.relevance for marked in passages) - best.relevance,
        echo=sum(word in asked for word in words) / len(words) if words else 0.0,
        yes_no=float(wants_yes_or_no(question)),
    )


def _place(finding: Finding) -> tuple[str, Span]:
    """Where its quote stands."""
    return finding.passage.article_id, finding.quote


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _is_heading(finding: Finding) -> bool:
    """Whether the quote begins the article and does not end as a sentence does."""
    return finding.quote[0] == 0 and not finding.sentence.rstrip("\"'”’) ").endswith((".", "!", "?"))
