"""Reading: which words of the ranked passages answer the question, and whether any do.

Readers are interchangeable: ranked passages in, `Reading` out. `SpanReader` is the trained one: its model marks spans,
`findings` makes possible answers of them, `answers` brings together those that say the same, `Confidence` judges the
best of these: whether its sentence answers, and whether its words alone do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from index.text import stems
from qa.language.agreement import plain, same
from qa.language.forms import as_written_in
from qa.language.names import Question, swapped
from qa.language.roles import turned_round
from qa.language.vocabulary import STOP_WORDS, UNKNOWN
from qa.language.wording import asks_for_several, asks_why, wants_yes_or_no
from qa.models.ranker_reader import READ, Candidate, sigmoid
from qa.models.shipped import Policy
from qa.reading.confidence import Confidence, Features, SpanFeatures
from qa.reading.findings import (
    Finding,
    MarkedPassage,
    answers,
    by_sentence,
    findings,
    supporting,
    with_neighbour,
)
from qa.reading.selected import NOT_ASKED, Selection, Selector, fused, support, support_of, with_model
from qa.types import Reason

if TYPE_CHECKING:
    from qa.models.ranker_reader import RankerReader

SPANS = 10
"""How many spans of a passage are looked at; most of them overlap."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found, best first; with a reason to refuse where none of it answers the question.

    `findings` give one answer, each from another sentence. `score` and `confidence` are of the best one: a logit, and
    the probability that its quote answers the question. `sure`: the probability that its words alone do, if the quote
    does. `says`: what the quote says to a question that wants a yes or no, where that is sure. `items`: what else
    answers a question that asks for several things, each another thing. `leads`: what comes nearest, one finding a
    sentence, whatever it says. `selection`: what a language model made of it, if one was asked.
    """

    findings: tuple[Finding, ...]
    refused: Reason | None = None
    score: float | None = None
    confidence: float | None = None
    sure: float | None = None
    says: Literal["yes", "no"] | None = None
    items: tuple[Finding, ...] = ()
    leads: tuple[Finding, ...] = ()
    selection: Selection = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put to passages. `own`: its own words, where it goes with what was said before it.

    `missing`: its names and numbers that stand nowhere in what was found. `given`: it is put to articles that are known
    to be what it is about. `said`: what the question before it was answered with.
    """

    text: str
    own: str = ""
    missing: tuple[str, ...] = ()
    given: bool = False
    said: str = ""

    @property
    def words(self) -> str:
        """What is asked, without what was said before."""
        return self.own or self.text


class Reader(Protocol):
    """Reads the best passages for the answer. A failure is an error, never a refusal."""

    @property
    def reads_twice(self) -> bool:
        """Whether a question of a talk may be put to it in two ways."""

    def read(self, asked: Asked, candidates: Sequence[Candidate]) -> Reading:
        """`candidates`: ranked, best first."""


class SpanReader:
    """Answers with words of a passage, marked by the trained model; with a `selector` that too says which sentences."""

    def __init__(
        self, model: RankerReader, confidence: Confidence, policy: Policy, selector: Selector | None = None
    ) -> None:
        self._model = model
        self._confidence = confidence
        self._policy = policy
        self._selector = selector

    @property
    def reads_twice(self) -> bool:
        """With a language model it takes too long."""
        return self._selector is None

    def read(self, asked: Asked, candidates: Sequence[Candidate]) -> Reading:
        policy, judge = self._policy, self._confidence
        passages = mark(self._model, candidates[:READ])
        every = findings(asked.words, passages, policy)
        if asked.said:
            every = after(asked.said, every, policy)
        turned = [one for one in every if turned_round(asked.words, one.sentence)]
        possible_ones = [one for one in every if one not in turned]
        found = answers(possible_ones, policy)
        if not passages:
            return Reading((), "no_passage")
        score = judge.score(features(asked, found, passages, policy)) if found else None
        selection, speaks = NOT_ASKED, None
        if self._selector is not None and (score is None or judge.probability(score) >= policy.floor):
            selection = self._selector.select(asked.text, [marked.passage for marked in passages])
        if selection.model is not None:
            supported = support(asked.text, selection, [marked.passage for marked in passages])
            possible_ones = fused(possible_ones, passages, supported, policy)
            found = answers(possible_ones, policy)
            speaks = support_of(found[0][0], supported) if found else None
        if not found:
            return Reading((), "no_span", leads=by_sentence(every), selection=selection)
        sentences = by_sentence(possible_ones)
        score = judge.score(features(asked, found, passages, policy)) + with_model(speaks, policy)
        confidence = judge.probability(score)
        best, *others = supporting(found[0], policy)
        quoted = with_neighbour(best, sentences, policy)
        return Reading(
            findings=(quoted, *others),
            refused="low_confidence" if confidence < judge.threshold else None,
            score=score,
            confidence=confidence,
            sure=sigmoid(judge.span.score(span_features(asked.words, best, found))),
            says=None if _UNKNOWN.search(quoted.sentence) else self._says(asked.words, best, candidates),
            items=several(asked.words, best, possible_ones, policy),
            leads=by_sentence(sorted([*possible_ones, *turned], key=lambda one: -one.evidence)),
            selection=selection,
        )

    def _says(self, question: str, best: Finding, candidates: Sequence[Candidate]) -> Literal["yes", "no"] | None:
        """Yes or no, where the model is sure enough of it in the passage of the best finding."""
        candidate = next((one for one in candidates if one.hit.passage.id == best.passage.id), None)
        if candidate is None or candidate.encoded is None or not wants_yes_or_no(question):
            return None
        yes = sigmoid(self._model.says_yes(candidate.encoded))
        if yes >= self._policy.yes:
            turned = swapped(question)  # who says yes to both does not know who did it to whom
            blind = turned and sigmoid(self._model.says_yes(self._model.beside(turned, candidate.hit))) > 0.5
            return None if blind else "yes"
        return "no" if 1 - yes >= self._policy.no else None


def mark(model: RankerReader, candidates: Sequence[Candidate]) -> list[MarkedPassage]:
    """The candidates that were ranked, read."""
    read = [(candidate, candidate.encoded) for candidate in candidates if candidate.encoded]
    spans = model.spans([encoded for _, encoded in read], SPANS)
    return [
        MarkedPassage(candidate.hit.passage, candidate.relevance, tuple(found))
        for (candidate, _), found in zip(read, spans, strict=True)
    ]


def after(said: str, found: Sequence[Finding], policy: Policy) -> list[Finding]:
    """The findings, best first; what was said just before is hardly ever the answer to what is asked then."""
    again = [replace(one, evidence=one.evidence - policy.repeated) if same(one.text, said) else one for one in found]
    return sorted(again, key=lambda one: -one.evidence)


def several(question: str, best: Finding, found: Sequence[Finding], policy: Policy) -> tuple[Finding, ...]:
    """The findings that say other things than the best one, if the question asks for several and they come near it."""
    if not asks_for_several(question):
        return ()
    kept = [best]
    for finding in found:
        near = best.evidence - finding.evidence <= policy.item and finding.margin > 0
        if near and not any(same(finding.text, other.text) or finding.text in other.text for other in kept):
            kept.append(finding)
    return tuple(kept[1:])


# ---- what is judged by ---------------------------------------------------------------------------------------------


def features(
    asked: Asked, found: Sequence[Sequence[Finding]], passages: Sequence[MarkedPassage], policy: Policy
) -> Features:
    """What tells whether the quote of the best of `found`, the different answers, answers the question."""
    best = found[0][0]
    return Features(
        relevance=best.relevance,
        margin=best.margin,
        gap=min(policy.gap, best.evidence - found[1][0].evidence) if len(found) > 1 else policy.gap,
        behind=max(marked.relevance for marked in passages) - best.relevance,
        echo=_echo(asked.words, best.text),
        met=_met(asked.words, best),
        missing=float(bool(asked.missing)),
        why=float(asks_why(asked.words)),
        yes_no=float(wants_yes_or_no(asked.words)),
        given=float(asked.given),
    )


def span_features(question: str, best: Finding, found: Sequence[Sequence[Finding]]) -> SpanFeatures:
    """What tells whether the words of the best finding are the answer, its sentence given."""
    others = [finding for group in found[1:] for finding in group if finding.quote == best.quote]
    gap = min((best.evidence - other.evidence for other in others), default=_ALONE)
    return SpanFeatures(
        margin=best.margin,
        gap=min(_ALONE, gap),
        echo=_echo(question, best.text),
        words=float(len(plain(best.text))),
    )


_UNKNOWN = re.compile(rf"\b(?:{'|'.join(UNKNOWN)})\b", re.IGNORECASE)

_ALONE = 3.0
"""The gap of words to which no others of their sentence come near."""


def _echo(question: str, answer: str) -> float:
    asked, words = set(plain(question)), plain(answer)
    return sum(word in asked for word in words) / len(words) if words else 0.0


def _met(question: str, best: Finding) -> float:
    """The share of the question's content words that stand in the quote, beside it, or in the title."""
    passage = best.passage
    place = next((i for i, sentence in enumerate(passage.sentences) if sentence == best.quote), 0)
    around = " ".join(map(passage.words, passage.sentences[max(0, place - 1) : place + 2]))
    text = f"{around} {passage.article.title}"
    there = set(stems(text))
    asked = Question(as_written_in(text, question))
    words = [set(stems(word)) for word in asked.words if word.lower() not in STOP_WORDS]
    counted = [word for word in words if word]
    return sum(bool(word & there) for word in counted) / len(counted) if counted else 1.0
