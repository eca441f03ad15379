"""Findings: what the model marked, made possible answers, and those that say the same brought together. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.types import Passage, Span
from qa.language.agreement import same
from qa.language.checks import fits, unsupported
from qa.language.names import find_names
from qa.language.vocabulary import AUXILIARIES
from qa.language.wording import trim, within_cell, worded
from qa.models.shipped import Policy
from qa.models.spans import ScoredSpan


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible answer: the sentence to quote (two at most) and the answer in it, as offsets into the article.

    `relevance` of the passage and `margin` of the span over "no answer here" are the model's logits, `evidence` is how
    much both speak for it, comparable within a question.
    """

    passage: Passage
    quote: Span
    answer: Span
    relevance: float = 0.0
    margin: float = 0.0
    evidence: float = 0.0

    @property
    def text(self) -> str:
        """The answer's words."""
        return self.passage.words(self.answer)

    @property
    def whole_sentence(self) -> str | None:
        """The sentence that the answer is, but for marks at its ends; None if it is not one."""
        text, shift = self.passage.text, self.passage.start
        answer = trim(text, self.answer[0] - shift, self.answer[1] - shift)
        same = (s for s in self.passage.sentences if trim(text, s[0] - shift, s[1] - shift) == answer)
        return next(map(self.passage.words, same), None)

    @property
    def sentence(self) -> str:
        """The quote's words."""
        return self.passage.words(self.quote)


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A passage as the model read it: its relevance and best spans."""

    passage: Passage
    relevance: float
    spans: tuple[ScoredSpan, ...]


def findings(question: str, passages: Sequence[MarkedPassage], policy: Policy) -> list[Finding]:
    """The possible answers, best first; of those that overlap the best one."""
    found: list[Finding] = []
    for marked in passages:
        kept: list[Finding] = []
        shift = marked.passage.start
        for span in marked.spans:
            if any(overlap((span.start + shift, span.end + shift), other.answer) for other in kept):
                continue  # as most do; what follows takes time
            place = (span.start, span.end)
            finding = possible(question, marked.passage, marked.passage.sentences, place)
            if finding is not None and not any(overlap(finding.answer, other.answer) for other in kept):
                evidence = policy.relevance * marked.relevance + policy.margin * span.score
                kept.append(replace(finding, relevance=marked.relevance, margin=span.score, evidence=evidence))
        found += kept
    return sorted(found, key=lambda finding: (-finding.evidence, finding.passage.id, finding.answer))


def possible(question: str, passage: Passage, sentences: Sequence[Span], span: Span) -> Finding | None:
    """The words at `span` (offsets into the passage) as an answer.

    None if they are not within one of `sentences`, are of another kind than the question asks for, or say more than
    their sentence.
    """
    shift = passage.start
    span = within_cell(question, passage.text, span)
    place = worded(question, passage.text, [(start - shift, end - shift) for start, end in sentences], span)
    if place is None:
        return None
    quote, answer = ((start + shift, end + shift) for start, end in place)
    finding = Finding(passage, quote, answer)
    return finding if fits(question, finding.text) and not unsupported(finding.text, finding.sentence) else None


def answers(found: Sequence[Finding], policy: Policy) -> list[list[Finding]]:
    """The findings, those that say the same together; the best answer first, and of each what says it best.

    More of the same does not move an answer up: tried, and it cost more than it gained (docs/lab/confidence.md).
    """
    different: list[list[Finding]] = []
    for finding in found:
        alike = next((group for group in different if same(group[0].text, finding.text)), None)
        if alike is None:
            different.append([finding])
        else:
            alike.append(finding)
    for group in different:
        enough = group[0].evidence - policy.heading
        group.sort(key=lambda finding: _is_heading(finding) or finding.evidence < enough)
    return different


def supporting(findings: Sequence[Finding], policy: Policy) -> tuple[Finding, ...]:
    """The best finding, then those of other sentences that support the same answer."""
    quotes: set[tuple[str, Span]] = set()
    kept: list[Finding] = []
    for finding in findings:
        place = finding.passage.article_id, finding.quote
        if place not in quotes and (not kept or finding.evidence >= policy.support):
            quotes.add(place)
            kept.append(finding)
    return tuple(kept)


def by_sentence(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """The best finding of each sentence, in the order in which they are."""
    best: dict[tuple[str, Span], Finding] = {}
    for finding in found:
        best.setdefault((finding.passage.article_id, finding.quote), finding)
    return tuple(best.values())


def with_neighbour(best: Finding, sentences: Sequence[Finding], policy: Policy) -> Finding:
    """`best`, quoted with the sentence beside it if that comes near it: what two sentences say is often one thing.

    `sentences`: the best finding of each sentence, best first.
    """
    article, (start, end) = best.passage.article_id, best.quote
    for other in sentences:
        if best.evidence - other.evidence > policy.neighbour:
            break
        beside = other.quote[0] >= end or other.quote[1] <= start
        first, second = min(best.quote, other.quote), max(best.quote, other.quote)
        between = best.passage.words((first[1], second[0])) if other.passage.id == best.passage.id else "x"
        if other.passage.article_id == article and beside and not between.strip():
            return replace(best, quote=(first[0], second[1]))
    return best


def in_context(findings: Sequence[Finding]) -> list[Finding]:
    """The findings; a quote that begins with a pronoun goes with the sentence before it, if that names somebody.

    Of quotes that overlap then, the first stays.

    >>> from index.types import Facts
    >>> text = "Mattis resigned. He was 68."
    >>> passage = Passage(1, Facts("a"), 0, len(text), text, ((0, 16), (17, 27)))
    >>> [found.sentence for found in in_context([Finding(passage, (17, 27), (24, 26))])]
    ['Mattis resigned. He was 68.']
    """
    kept: list[Finding] = []
    for finding in findings:
        wider = _with_named(finding)
        article = wider.passage.article_id
        if not any(other.passage.article_id == article and overlap(other.quote, wider.quote) for other in kept):
            kept.append(wider)
    return kept


def _with_named(finding: Finding) -> Finding:
    passage = finding.passage
    place = next((i for i, sentence in enumerate(passage.sentences) if sentence == finding.quote), 0)
    if not place or not _PRONOUN.match(finding.sentence):
        return finding
    before = passage.sentences[place - 1]
    if not find_names(f"so {passage.words(before)}"):  # the first word of a sentence may be a name too
        return finding
    return replace(finding, quote=(before[0], finding.quote[1]))


_PRONOUN = re.compile(
    r"[“\"'‘(]*(?:(?:he|she|they|it|his|her|hers|their|theirs|its)\b"
    rf"|(?:this|that|these|those)\s+(?:{'|'.join(AUXILIARIES)}|means?)\b)",
    re.IGNORECASE,
)


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans of one text have a character in common."""
    return one[0] < other[1] and other[0] < one[1]


def _is_heading(finding: Finding) -> bool:
    """Whether the quote begins the article and does not end as a sentence does."""
    return finding.quote[0] == 0 and not finding.sentence.rstrip("\"'”’) ").endswith((".", "!", "?"))
