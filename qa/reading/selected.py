"""What a language model says answers a question, beside what the reader found: both together choose the sentence.

A model names sentences, and says in a few words what they answer. Small ones are better at the second: they take the
id of the sentence beside the right one. So a sentence counts by whether it is named and by whether it has the words.
Neither is shown; what is shown is the stored sentence. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.text import stems
from index.types import Passage, Span
from qa.language.vocabulary import STOP_WORDS
from qa.models.shipped import Policy
from qa.reading.findings import Finding, MarkedPassage

Place = tuple[str, Span]
"""An article's id, and where in its text a sentence stands."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a model made of the sentences that it was shown.

    `named`: those that it named, best first; `words`: its answer in its own few words; both empty: it says that none
    answers. `prompts`: what it was sent. `model`: None if it failed, or said nothing that could be used.
    """

    model: str | None = None
    named: tuple[Place, ...] = ()
    words: str = ""
    prompts: tuple[str, ...] = ()


NOT_ASKED = Selection()


class Selector(Protocol):
    """Chooses sentences of passages."""

    def select(self, question: str, passages: Sequence[Passage]) -> Selection:
        """`passages`: best first. Failures are no errors: then `model` is None."""


@dataclass(frozen=True, slots=True)
class Support:
    """How a model's selection speaks for a sentence. `named`: 1 for the first that it named, a half for the second,
    a third for the third; 0: not named. `said`: the share of its answer's words that stand in the sentence.
    """

    named: float = 0.0
    said: float = 0.0


def support(question: str, selection: Selection, passages: Sequence[Passage]) -> dict[Place, Support]:
    """How the selection speaks for each of the passages' sentences, where it does."""
    asked = set(stems(question))
    words = {stem for stem in _content(selection.words) if stem not in asked}
    found = {}
    for passage in passages:
        for span in passage.sentences:
            place = passage.article_id, span
            if place in found:
                continue
            named = 1 / (1 + selection.named.index(place)) if place in selection.named else 0.0
            there = set(stems(passage.words(span))) if words else set()
            said = len(words & there) / len(words) if words else 0.0
            if named or said:
                found[place] = Support(named, said)
    return found


def _content(text: str) -> list[str]:
    return [stem for word in text.split() if word.strip(".,;:").lower() not in STOP_WORDS for stem in stems(word)]


def fused(
    found: Sequence[Finding],
    passages: Sequence[MarkedPassage],
    supported: dict[Place, Support],
    policy: Policy,
) -> list[Finding]:
    """The findings in one order out of both, best first.

    A sentence that the model chose and in which the reader marked nothing comes as a whole.
    """
    marked = {(one.passage.article_id, one.quote) for one in found}
    every = [*found]
    for of in passages:
        lowest = min((span.score for span in of.spans), default=0.0)
        for span in of.passage.sentences:
            place = of.passage.article_id, span
            if place in supported and place not in marked:
                marked.add(place)
                evidence = policy.relevance * of.relevance + policy.margin * lowest
                whole = Finding(of.passage, span, span, of.relevance, lowest, evidence)
                every.append(whole)
    weighed = [replace(one, evidence=one.evidence + _weight(support_of(one, supported), policy)) for one in every]
    return sorted(weighed, key=lambda one: (-one.evidence, one.passage.id, one.answer))


def support_of(finding: Finding, supported: dict[Place, Support]) -> Support:
    """How the selection speaks for a finding's quote, by the best of its sentences."""
    article, (start, end) = finding.passage.article_id, finding.quote
    inside = [
        speaks for (of, span), speaks in supported.items() if of == article and start <= span[0] and span[1] <= end
    ]
    return Support(max((one.named for one in inside), default=0.0), max((one.said for one in inside), default=0.0))


def named(selection: Selection, sentences: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those of the findings, one a sentence, whose sentence the model named, best first."""
    found = {(one.passage.article_id, one.quote): one for one in sentences}
    return tuple(found[place] for place in selection.named if place in found)


def _weight(speaks: Support, policy: Policy) -> float:
    return policy.named * speaks.named + policy.said * speaks.said


def with_model(speaks: Support | None, policy: Policy) -> float:
    """What a model's support for the best finding adds to the logit that its quote answers; None: no model chose."""
    if speaks is None:
        return 0.0
    return policy.chosen_bias + policy.chosen_named * speaks.named + policy.chosen_said * speaks.said
