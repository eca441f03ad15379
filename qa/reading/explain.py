"""Why a passage stands where it stands: its rank and score in each stage, and the words it shares with the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.search import Ranks
from qa.language.names import Question
from qa.language.vocabulary import STOP_WORDS
from qa.types import Explanation, Place, Scope

if TYPE_CHECKING:
    from index.snapshot import Snapshot
    from index.types import Hit
    from qa.models.ranker_reader import Candidate


def explain(
    question: str,
    scope: Scope,
    ranks: Sequence[Ranks],
    hits: Sequence[Hit],
    candidates: Sequence[Candidate],
    snapshot: Snapshot,
) -> tuple[Explanation, ...]:
    """An explanation for each of `candidates`, in their order; `hits`, in theirs, are what was left to be ranked."""
    found_by = {found.hit.passage.id: found for found in ranks}
    first_stage = {hit.passage.id: (rank, found_by[hit.passage.id]) for rank, hit in enumerate(hits, 1)}
    facts = {facts.id: facts for facts in snapshot.facts()} if scope.recognised else {}
    words = {word: set(snapshot.stems(word)) for word in Question(question).words if word.lower() not in STOP_WORDS}
    ranked = sum(candidate.ranked for candidate in candidates)
    explanations = []
    for place, candidate in enumerate(candidates, 1):
        passage = candidate.hit.passage
        rank, found = first_stage[passage.id]
        cross_encoder = Place(place, candidate.hit.score) if candidate.ranked else None
        article = snapshot.article(passage.article_id)
        there = set(snapshot.stems(f"{passage.text} {article.title if article else ''}"))
        about = facts.get(passage.article_id)
        explanations.append(
            Explanation(
                bm25=Place(*found.bm25) if found.bm25 else None,
                vectors=Place(*found.cosine) if found.cosine else None,
                first_stage=Place(rank, found.hit.score),
                bonus=found.bonus,
                cross_encoder=cross_encoder,
                matched=tuple(word for word, stems in words.items() if stems & there),
                missing=tuple(word for word, stems in words.items() if not stems & there),
                fits=tuple(one.text for one in scope.recognised if about is not None and one.fits(about)),
                why=_why(place, rank, found, candidate, ranked),
            )
        )
    return tuple(explanations)


def _why(place: int, rank: int, found: Ranks, candidate: Candidate, ranked: int) -> str:
    """One sentence; `ranked`: how many were."""
    by = "by words and by meaning" if found.bm25 and found.cosine else "by words" if found.bm25 else "by meaning"
    only = "" if found.bm25 and found.cosine else " alone"
    constraint = ", raised by what the question says of its article" if found.bonus else ""
    start = f"Found {by}{only}, {ordinal(rank)} of the first stage{constraint}"
    if candidate.expected is not None:
        return (
            f"{start}; halfway, the cross-encoder found others more promising, so it stays behind the {ranked} ranked."
        )
    if not candidate.ranked:
        return f"{start}; the cross-encoder did not look at it, so it stays behind the {ranked} ranked."
    if place == rank:
        return f"{start}; ranking left it there."
    return f"{start}; ranking moved it {'up' if place < rank else 'down'} to {ordinal(place)}."


def ordinal(number: int) -> str:
    """
    >>> [ordinal(number) for number in (1, 2, 3, 4, 11, 22, 113)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd', '113th']
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
