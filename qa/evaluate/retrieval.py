"""Retrieval metrics by ir-measures: Hits@k, Recall@k, MRR@k, nDCG@k, MAP. A question without a result scores 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

HITS_AT, RECALL_AT, DEPTH = (1, 3, 5, 10), (1, 5, 10), 10
NAMES = (
    *(f"hits@{k}" for k in HITS_AT),
    *(f"recall@{k}" for k in RECALL_AT),
    f"mrr@{DEPTH}",
    f"ndcg@{DEPTH}",
    "map",
)


@cache
def _measures() -> dict[Any, str]:
    """ir-measures' measure -> our name, in the order of NAMES.

    hits@k: whether a relevant one is among the first k. recall@k: the share of the relevant ones among the first k.
    mrr@k: 1 / rank of the first relevant one, 0 below k (Voorhees 1999). ndcg@k: gains discounted by log2(rank + 1),
    over the ideal order's (Järvelin and Kekäläinen 2002). map: the mean of the precision at each relevant one's rank,
    over all relevant ones (trec_eval).
    """
    from ir_measures import AP, RR, R, Success, nDCG

    measures = (*(Success @ k for k in HITS_AT), *(R @ k for k in RECALL_AT), RR @ DEPTH, nDCG @ DEPTH, AP)
    return dict(zip(measures, NAMES, strict=True))


def score_ranking(ranked: Sequence[str], relevant: Mapping[str, int]) -> dict[str, float]:
    """The metrics of one ranking: ids best first (a repeated id counts where it first stands), grade by relevant id.

    >>> score_ranking(["x", "b", "a"], {"a": 1})["mrr@10"]
    0.3333333333333333
    """
    import ir_measures

    scores = dict.fromkeys(NAMES, 0.0)
    order = list(dict.fromkeys(ranked))
    run = {"q": {name: float(len(order) - rank) for rank, name in enumerate(order)}}
    if order:
        names = _measures()
        for found in ir_measures.iter_calc(list(names), {"q": dict(relevant)}, run):
            scores[names[found.measure]] = float(found.value)
    return scores
