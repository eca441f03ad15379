from __future__ import annotations

from math import log2

import pytest

from qa.evaluate.retrieval import NAMES, score_ranking


def test_by_hand() -> None:
    """x, b, a, c with a and b relevant, b of grade 2."""
    found = score_ranking(["x", "b", "a", "c"], {"a": 1, "b": 2})
    gain, ideal = 2 / log2(3) + 1 / log2(4), 2 / log2(2) + 1 / log2(3)
    assert found == pytest.approx(
        {
            "hits@1": 0,
            "hits@3": 1,
            "hits@5": 1,
            "hits@10": 1,
            "recall@1": 0,
            "recall@5": 1,
            "recall@10": 1,
            "mrr@10": 1 / 2,
            "ndcg@10": gain / ideal,
            "map": (1 / 2 + 2 / 3) / 2,
        }
    )
    assert tuple(found) == NAMES


def test_what_is_not_found_lowers_recall_and_map() -> None:
    found = score_ranking(["a", "x"], {"a": 1, "b": 1})
    assert (found["hits@1"], found["recall@10"], found["map"]) == (1.0, 0.5, 0.5)


def test_below_ten_counts_for_map_only() -> None:
    found = score_ranking([*(f"x{n}" for n in range(10)), "a"], {"a": 1})
    assert (found["hits@10"], found["mrr@10"], found["ndcg@10"]) == (0, 0, 0)
    assert found["map"] == pytest.approx(1 / 11)


def test_a_question_without_a_result_scores_0() -> None:
    assert score_ranking([], {"a": 1}) == dict.fromkeys(NAMES, 0.0)


def test_a_repeated_article_counts_where_it_first_stands() -> None:
    assert score_ranking(["x", "x", "x", "a"], {"a": 1})["mrr@10"] == pytest.approx(1 / 2)
