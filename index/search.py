"""The first stage: candidates by meaning and by words, fused into one ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.snapshot import Scored, Snapshot
from index.types import Hit

if TYPE_CHECKING:
    import numpy as np

CANDIDATES = 50
"""How many passages each of the two searches brings; does not depend on how many are shown."""

LEXICAL_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Query:
    """A question as both searches need it: its words, and its vector (float32 [dim], unit length).

    Without a vector, where the model is not here that makes it, words alone find the passages.
    """

    text: str
    vector: np.ndarray | None
    article_ids: frozenset[str] | None = None


def search(snapshot: Snapshot, query: Query) -> list[Hit]:
    """The ranked passages for a question, best first; empty if nothing is there to search. Call inside `view()`."""
    near = [] if query.vector is None else snapshot.nearest(query.vector, CANDIDATES, query.article_ids)
    matching = snapshot.matching(query.text, CANDIDATES, query.article_ids)
    fused = fuse(matching, near)
    passages = snapshot.passages([passage_id for passage_id, _ in fused])
    return [Hit(passages[passage_id], score) for passage_id, score in fused if passage_id in passages]


def fuse(matching: Scored, near: Scored, weight: float = LEXICAL_WEIGHT, *, k: int = CANDIDATES) -> Scored:
    """One ranking of two: a convex combination of BM25 and cosine, each scaled to [0, 1] within the question.

    The scale runs from the best score to the worst, which bounds what was not found; a search that found fewer than
    `k` has found all there is, and its scale begins at 0. Unlike reciprocal ranks it keeps how much better the best
    one is, so it does not fall below its better half where the other half is much worse; unlike a scale from 0 it suits
    models whose cosines all lie close together (Bruch, Gai and Ingber 2022, "An Analysis of Fusion Functions for
    Hybrid Retrieval"). docs/retrieval.md has what else was tried.

    >>> fuse([(1, 8.0), (2, 4.0)], [(2, 0.5)], weight=0.5)
    [(2, 0.75), (1, 0.5)]
    """
    scores: dict[int, float] = {}
    for found, share in ((matching, weight), (near, 1 - weight)):
        top = max((score for _, score in found), default=0.0)
        low = min(score for _, score in found) if len(found) >= k else 0.0
        for passage_id, score in found:
            if top > 0:
                scaled = max(score - low, 0.0) / (top - low) if top > low else 1.0
                scores[passage_id] = scores.get(passage_id, 0.0) + share * scaled
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))
