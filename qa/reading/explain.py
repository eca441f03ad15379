"""Why a passage stands where it stands: its rank and score in each stage, and the words it shares with the question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.search import Candidates, Ranks
from index.text import stems
from qa.language.names import Question
from qa.language.vocabulary import STOP_WORDS
from qa.types import Explanation, Rank, Scope

if TYPE_CHECKING:
    from qa.models.ranker_reader import Candidate


def explain(question: str, scope: Scope, found: Candidates, candidates: Sequence[Candidate]) -> tuple[Explanation, ...]:
    """An explanation for each of `candidates`, in their order, out of what the first stage found."""
    ranks = {one.hit.passage.id: one for one in found.ranks}
    first_stage = {hit.passage.id: rank for rank, hit in enumerate(found.hits, 1)}
    words = {word: set(stems(word)) for word in Question(question).words if word.lower() not in STOP_WORDS}
    ranked = sum(candidate.ranked for candidate in candidates)
    explanations = []
    for place, candidate in enumerate(candidates, 1):
        passage = candidate.hit.passage
        rank, one = first_stage[passage.id], ranks[passage.id]
        there = set(stems(f"{passage.text} {passage.article.title}"))
        explanations.append(
            Explanation(
                bm25=Rank(*one.bm25) if one.bm25 else None,
                vectors=Rank(*one.cosine) if one.cosine else None,
                first_stage=Rank(rank, one.hit.score),
                bonus=one.bonus,
                cross_encoder=Rank(place, candidate.hit.score) if candidate.ranked else None,
                matched=tuple(word for word, forms in words.items() if forms & there),
                missing=tuple(word for word, forms in words.items() if not forms & there),
                fits=tuple(constraint.text for constraint in scope.recognised if constraint.fits(passage.article)),
                why=_why(place, rank, one, candidate, ranked),
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
