"""The first stage, pure: what two searches find, by meaning and by words, fused into one ranking."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.text import words_of
from index.types import Hit, Passage, Scored

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


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the first stage found, best first: `ranks` are all of it.

    `hits` are what is left to be ranked: of near-duplicates' passages that say the same, the first.
    """

    ranks: tuple[Ranks, ...]
    hits: tuple[Hit, ...]


def candidates(
    query: Query,
    matches: Scored,
    near: Scored,
    passages: Mapping[int, Passage],
    near_articles: Mapping[str, Collection[str]],
) -> Candidates:
    """What words (`matches`) and meaning (`near`) found, in one ranking.

    `passages` that are not there are gone. `near_articles`: the near-duplicates of an article, if it has any.
    """
    by_words, by_meaning = (
        {passage_id: (rank, score) for rank, (passage_id, score) in enumerate(found, 1)} for found in (matches, near)
    )
    ranks = []
    for passage_id, score in fuse(matches, near):
        if passage_id in passages:
            passage = passages[passage_id]
            bonus = PREFERRED * query.preferred.get(passage.article_id, 0)
            places = by_words.get(passage_id), by_meaning.get(passage_id)
            ranks.append(Ranks(Hit(passage, score + bonus), *places, score, bonus))
    ranks.sort(key=lambda found: (-found.hit.score, found.hit.passage.id))
    hits = fold_near([found.hit for found in ranks], near_articles, query.preferred)
    return Candidates(tuple(ranks), tuple(hits))


def fold_near(
    hits: Sequence[Hit], near: Mapping[str, Collection[str]], preferred: Mapping[str, int] | None = None
) -> list[Hit]:
    """The hits in order, but of near-duplicates' passages that say the same only one, with the others in `also`.

    So a story that many outlets print takes one of the places. One whose article is `preferred` more stands for all
    of them, else the newest, which may have another figure than those before it. Two passages say the same if more than
    half of the later one is sentences of the first. `near`: the near-duplicates of each article that has any.
    """

    liked = preferred or {}
    kept: list[Hit] = []
    said: dict[int, dict[str, int]] = {}  # the sentences of a passage, and how long they are
    for hit in hits:
        passage = hit.passage
        if near.get(passage.article_id):
            texts = map(passage.words, passage.sentences)
            said[passage.id] = {words_of(text): len(text) for text in texts}
        for place, first in enumerate(kept):
            if first.passage.article_id in near.get(passage.article_id, ()):
                sentences = said[passage.id]
                common = sentences.keys() & said[first.passage.id].keys()
                if 2 * sum(sentences[words] for words in common) > sum(sentences.values()):
                    newest_first = sorted((first.passage, passage), key=_published, reverse=True)
                    leads, follows = sorted(newest_first, key=lambda one: -liked.get(one.article_id, 0))
                    kept[place] = replace(first, passage=leads, also=(*first.also, follows))
                    break
        else:
            kept.append(hit)
    return kept


def _published(passage: Passage) -> str:
    return passage.article.published or ""


def fuse(matches: Scored, near: Scored, weight: float = LEXICAL_WEIGHT, *, k: int = CANDIDATES) -> Scored:
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
    for found, share in ((matches, weight), (near, 1 - weight)):
        top = max((score for _, score in found), default=0.0)
        low = min(score for _, score in found) if len(found) >= k else 0.0
        for passage_id, score in found:
            if top > 0:
                scaled = max(score - low, 0.0) / (top - low) if top > low else 1.0
                scores[passage_id] = scores.get(passage_id, 0.0) + share * scaled
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))
