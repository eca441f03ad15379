"""Saying: what is found, as statements: words of a quote, a list, the sentence itself, yes or no. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.language.agreement import plain
from qa.language.quantities import find_quantities
from qa.language.wording import asks_for_several, list_items, wants_fact
from qa.models.shipped import Policy
from qa.reading.findings import Finding, in_context
from qa.reading.reader import Reading
from qa.types import Kind, Statement

MAX_CITATIONS = 3
"""How many sentences one answer is cited with; each item of a list beyond its first sentence has one of its own."""

MAX_ITEMS = 12


@dataclass(frozen=True, slots=True)
class Said:
    """Statements, and the findings that they cite: marker 1 is the first. `more`: a list may go on."""

    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = ()
    more: bool = False


def say(question: str, reading: Reading, policy: Policy) -> Said:
    """What a reading says to the question; nothing if it is refused."""
    if reading.refused or not reading.findings:
        return Said()
    found = in_context(reading.findings[:MAX_CITATIONS])
    best, markers = found[0], tuple(range(1, len(found) + 1))
    if reading.says:
        return Said((Statement(reading.says, reading.says, markers),), tuple(found))
    if asks_for_several(question):
        return _listed(question, reading, found)
    if _shown_alone(question, reading, policy):
        return Said((Statement(best.text, "span", markers),), tuple(found))
    return Said((_sentence(best, markers),), tuple(found))


def _sentence(best: Finding, markers: tuple[int, ...]) -> Statement:
    return Statement(best.sentence, "sentence", markers)


def _shown_alone(question: str, reading: Reading, policy: Policy) -> bool:
    """Whether the words that were marked are said without their sentence: they are a fact, sure, and no sentence."""
    best = reading.findings[0]
    asked = set(plain(question))
    if best.whole_sentence or all(word in asked for word in plain(best.text)):
        return False
    is_cell = "\t" in best.sentence and "\t" not in best.text  # a row of a table is no sentence
    return wants_fact(question) and (is_cell or reading.sure is None or reading.sure >= policy.span)


def _listed(question: str, reading: Reading, found: Sequence[Finding]) -> Said:
    """The items of a list, those of other sentences too, each cited where it stands.

    Where values are asked for, whose they are their sentence tells, so it is said.
    """
    best, markers = found[0], tuple(range(1, len(found) + 1))
    if find_quantities(best.text) or best.whole_sentence:
        return Said((_sentence(best, markers),), tuple(found))
    statements = [(item, markers) for item in list_items(question, best.text)]
    cited = list(found)
    for finding in reading.items:
        for item in list_items(question, finding.text):
            if len(statements) < MAX_ITEMS:
                marker = _marker(finding, cited)
                statements.append((item, (marker,)))
    kind: Kind = "list" if len(statements) > 1 else "span"
    return Said(
        tuple(Statement(text, kind, cites) for text, cites in statements),
        tuple(cited),
        more=bool(reading.items),
    )


def _marker(finding: Finding, cited: list[Finding]) -> int:
    """The marker of the citation that a finding's item has: that of its sentence, or a new one."""
    for marker, other in enumerate(cited, 1):
        inside = other.quote[0] <= finding.quote[0] and finding.quote[1] <= other.quote[1]
        if other.passage.article_id == finding.passage.article_id and inside:
            return marker
    cited.append(finding)
    return len(cited)
