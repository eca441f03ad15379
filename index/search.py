"""The first stage: candidates by meaning and by words, fused into one ranking."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.snapshot import Scored, Snapshot
from index.text import words_of
from index.types import Hit

if TYPE_CHECKING:
    import numpy as np

CANDIDATES = 50
"""How many passages each of the two searches brings; does not depend on how many are shown."""

LEXICAL_WEIGHT = 0.6

PREFERRED = 0.2
"""What a passage's score gains by each kind of constraint in the question that its article fits: outlet, date."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as both searches need it: its words, and its vector (float32 [dim], unit length).

    Without a vector, where the model is not here that makes it, words alone find the passages. `article_ids`: those
    that may be found, None: all. `preferred`: how many kinds of constraints in the question an article fits.
    """

    text: str
    vector: np.ndarray | None
    article_ids: frozenset[str] | None = None
    preferred: Mapping[str, int] = field(default_factory=dict)


def search(snapshot: Snapshot, query: Query) -> list[Hit]:
    """The ranked passages for a question, best first; empty if nothing is there to search. Call inside `view()`."""
    return fold_near([ranks.hit for ranks in rank(snapshot, query)], snapshot)


@dataclass(frozen=True, slots=True)
class Ranks:
    """How a passage came to its place in the first stage: (rank from 1, score) in each search, None: not found by it.

    `fused` is the score of both; `bonus` what constraints in the question added to it.
    """

    hit: Hit
    bm25: tuple[int, float] | None
    cosine: tuple[int, float] | None
    fused: float
    bonus: float


def rank(snapshot: Snapshot, query: Query) -> list[Ranks]:
    """What `search` finds, with the ranks in each of the two searches."""
    vector = query.vector
    near = [] if vector is None else _find(lambda ids: snapshot.nearest(vector, CANDIDATES, ids), query)
    matching = _find(lambda ids: snapshot.matching(query.text, CANDIDATES, ids), query)
    fused = fuse(matching, near)
    places = [
        {passage_id: (rank, score) for rank, (passage_id, score) in enumerate(found, 1)} for found in (matching, near)
    ]
    passages = snapshot.passages([passage_id for passage_id, _ in fused])
    found = []
    for passage_id, score in fused:
        if passage_id in passages:
            passage = passages[passage_id]
            bonus = PREFERRED * query.preferred.get(passage.article_id, 0)
            bm25, cosine = (place.get(passage_id) for place in places)
            found.append(Ranks(Hit(passage, score + bonus), bm25, cosine, score, bonus))
    return sorted(found, key=lambda ranks: (-ranks.hit.score, ranks.hit.passage.id))


def _find(find: Callable[[Collection[str] | None], Scored], query: Query) -> Scored:
    """What one search finds; of preferred articles as many again, for what is preferred may be far behind."""
    found = dict(find(query.article_ids))
    among = frozenset(query.preferred) if query.article_ids is None else query.article_ids & frozenset(query.preferred)
    if among and among != query.article_ids:
        found.update(find(among))
    return sorted(found.items(), key=lambda hit: (-hit[1], hit[0]))


def fold_near(hits: Sequence[Hit], snapshot: Snapshot) -> list[Hit]:
    """The hits in order, but of near-duplicates' passages that say the same only the first, with the others in `also`.

    So a story that many outlets print takes one of the places. Two passages say the same if more than half of the later
    one is sentences of the first.
    """
    near = snapshot.near({hit.passage.article_id for hit in hits})
    kept: list[Hit] = []
    said: dict[int, dict[str, int]] = {}  # the sentences of a passage, and how long they are
    for hit in hits:
        passage = hit.passage
        if near.get(passage.article_id):
            said[passage.id] = {
                words_of(text): len(text)
                for start, end in snapshot.sentences(passage)
                for text in (passage.text[start - passage.start : end - passage.start],)
            }
        for place, first in enumerate(kept):
            if first.passage.article_id in near.get(passage.article_id, ()):
                sentences = said[passage.id]
                common = sentences.keys() & said[first.passage.id].keys()
                if 2 * sum(sentences[words] for words in common) > sum(sentences.values()):
                    kept[place] = replace(first, also=(*first.also, passage))
                    break
        else:
            kept.append(hit)
    return kept


def fuse(matching: Scored, near: Scored, weight: float = LEXICAL_WEIGHT, *, k: int = CANDIDATES) -> Scored:
    """One ranking of two: a convex combination of BM25 and cosine, each scaled to [0, 1] within the question.

    The scale runs from the best score to the worst, which bounds what was not found; a search that found fewer than
    `k` has found all there is, and its scale begins at 0. Unlike reciprocal ranks it keeps how much better the best
    one is, so it does not fall below its better half where the other half is much worse; unlike a scale from 0 it suits
    models whose cosines all lie close together (Bruch, Gai and Ingber 2022, "An Analysis of Fusion Functions for
    Hybrid Retrieval"). docs/lab/retrieval.md has what else was tried.

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
