"""The parts of an answer, joined: what each says, what none of the articles says to, and how sure that is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.language.agreement import same
from qa.language.parts import Part
from qa.reading.findings import Finding, overlap
from qa.reading.say import Said
from qa.types import Refusal, Statement


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a question, or to one part of it. `is_read`: whether there was anything to read.

    `score` and `confidence` are None where nothing was read, or nothing was fitted on what read. `model`: the language
    model that chose, `prompts` what it was sent, `named` the sentences that it named.
    """

    part: Part
    said: Said
    refusal: Refusal | None
    leads: tuple[Finding, ...] = ()
    score: float | None = None
    confidence: float | None = None
    is_read: bool = False
    unanswered: tuple[str, ...] = ()
    model: str | None = None
    prompts: tuple[str, ...] = ()
    named: tuple[Finding, ...] = ()


def joined(replies: Sequence[Reply]) -> Reply:
    """The replies to the parts of a question as one: refused only if all are. It is as sure as its least sure part."""
    if len(replies) == 1:
        return replies[0]
    replies = [_unless_told(reply, replies[:place]) for place, reply in enumerate(replies)]
    answered = [reply for reply in replies if reply.refusal is None]
    counted = answered or list(replies)
    least = min(counted, key=lambda reply: reply.score if reply.score is not None else float("inf"))
    leads = [lead for place in zip(*(_padded(reply.leads) for reply in replies), strict=True) for lead in place if lead]
    return Reply(
        part=replies[0].part,
        said=_together([reply.said for reply in answered]),
        refusal=None if answered else _refusal(replies),
        leads=() if answered else tuple(dict.fromkeys(leads))[:LEADS],
        score=least.score,
        confidence=least.confidence,
        is_read=any(reply.is_read for reply in replies),
        unanswered=tuple(reply.part.said for reply in replies if reply.refusal is not None) if answered else (),
        model=next((reply.model for reply in replies if reply.model), None),
        prompts=tuple(prompt for reply in replies for prompt in reply.prompts),
        named=tuple(finding for reply in answered for finding in reply.named),
    )


MOST_TOLD = 6


def worth_telling(reply: Reply) -> tuple[Finding, ...]:
    """The sentences out of which a language model may make its own: what is said without it, and what it named."""
    if reply.refusal is not None or reply.model is None:
        return ()
    kept: list[Finding] = []
    for finding in (*reply.said.findings, *reply.named):
        article = finding.passage.article_id
        if not any(one.passage.article_id == article and overlap(one.quote, finding.quote) for one in kept):
            kept.append(finding)
    return tuple(kept[:MOST_TOLD])


LEADS = 3
"""How many sentences that come near a refusal shows."""

SURE = 0.5
"""The confidence below which a part does not answer, if all it says is the sentence of a part before it."""


def _unless_told(reply: Reply, before: Sequence[Reply]) -> Reply:
    """The reply; a refusal, where it only says again the sentence of another part and is not sure that it answers."""
    told = [finding for other in before for finding in other.said.findings]
    again = any(
        one.passage.article_id == other.passage.article_id and one.quote == other.quote
        for one in reply.said.findings[:1]
        for other in told
    )
    says_only_that = [statement.kind for statement in reply.said.statements] == ["sentence"]
    if not again or not says_only_that or reply.confidence is None or reply.confidence >= SURE:
        return reply
    return replace(reply, said=Said(), refusal=Refusal("low_confidence"))


def _padded(leads: Sequence[Finding]) -> list[Finding | None]:
    return [*leads, *[None] * LEADS][:LEADS]


def _refusal(replies: Sequence[Reply]) -> Refusal:
    refusals = [reply.refusal for reply in replies if reply.refusal is not None]
    absent = tuple(dict.fromkeys(name for one in refusals for name in one.absent))
    similar = tuple(dict.fromkeys(name for one in refusals for name in one.similar))
    return replace(refusals[0], absent=absent, similar=similar)


def _together(parts: Sequence[Said]) -> Said:
    """What is said to the parts, one after the other; what is said to two of them alike stands once."""
    statements: list[Statement] = []
    findings: list[Finding] = []
    for said in parts:
        markers = {}
        for marker, finding in enumerate(said.findings, 1):
            place = next((at for at, other in enumerate(findings, 1) if _is_same_place(finding, other)), 0)
            if not place:
                findings.append(finding)
                place = len(findings)
            markers[marker] = place
        for statement in said.statements:
            cited = tuple(dict.fromkeys(markers[marker] for marker in statement.citations))
            statements.append(replace(statement, citations=cited))
    kept: list[Statement] = []
    for statement in statements:
        twin = next(
            (at for at, one in enumerate(kept) if one.kind == statement.kind and same(one.text, statement.text)), -1
        )
        if twin < 0:
            kept.append(statement)
        else:
            cited = tuple(dict.fromkeys((*kept[twin].citations, *statement.citations)))
            kept[twin] = replace(kept[twin], citations=cited)
    return Said(tuple(kept), tuple(findings), any(said.more for said in parts))


def _is_same_place(one: Finding, other: Finding) -> bool:
    """Whether both quote the same words, which stand once then; what the first marks in them is marked."""
    return (one.passage.article_id, one.quote) == (other.passage.article_id, other.quote)
