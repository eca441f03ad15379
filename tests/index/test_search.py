"""Two rankings become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search import fuse
from tests.index.conftest import News

SCORED = st.dictionaries(st.integers(1, 30), st.floats(-1, 50), max_size=12).map(
    lambda scores: sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))
)


@pytest.mark.parametrize(
    ("matching", "near", "fused"),
    [
        ([], [], []),
        ([(1, 4.0)], [], [(1, 0.5)]),
        ([], [(1, 0.3)], [(1, 0.5)]),
        ([(1, 8.0), (2, 4.0)], [(2, 0.5)], [(2, 0.75), (1, 0.5)]),
        ([(3, 1.0), (1, 1.0)], [], [(1, 0.5), (3, 0.5)]),
        ([], [(1, 0.5), (2, -0.5)], [(1, 0.5), (2, 0.0)]),
        ([], [(1, -0.5)], []),
    ],
)
def test_fusion(
    matching: list[tuple[int, float]], near: list[tuple[int, float]], fused: list[tuple[int, float]]
) -> None:
    assert fuse(matching, near, weight=0.5) == fused


def test_a_full_search_is_scaled_from_its_worst_score_so_that_close_cosines_still_differ() -> None:
    near = [(1, 0.90), (2, 0.88), (3, 0.86)]
    assert dict(fuse([], near, weight=0.5, k=3)) == pytest.approx({1: 0.5, 2: 0.25, 3: 0.0})
    assert fuse([], [(1, 0.9), (2, 0.9)], weight=0.5, k=2) == [(1, 0.5), (2, 0.5)]


@given(SCORED, SCORED, st.floats(0.01, 0.99), st.integers(1, 15))
def test_fused_scores_are_in_order_between_0_and_1_and_each_passage_stands_once(matching, near, weight, k) -> None:  # type: ignore[no-untyped-def]
    fused = fuse(matching, near, weight, k=k)
    assert fused == sorted(fused, key=lambda hit: (-hit[1], hit[0]))
    assert len({id_ for id_, _ in fused}) == len(fused)
    assert all(0 <= score <= 1 + 1e-9 for _, score in fused)
    assert {id_ for id_, _ in fused} <= {id_ for id_, _ in [*matching, *near]}


def test_the_whole_first_stage(news: News) -> None:
    news.write(
        oil="Oil prices rose 3.5 pct on Monday.",
        troops="Defense Secretary James Mattis authorized up to 4,000 troops.",
        caravan="A caravan of over 4,000 migrants left Guatemala.",
    ).update()
    assert news.search("How many troops did Mattis authorize?")[0] == "troops"
    assert news.search("migrants of the caravan")[0] == "caravan"
    assert news.search("troops", articles=["oil", "caravan"]) == news.search("troops", articles=["caravan", "oil"])
    assert set(news.search("troops", articles=["oil", "caravan"])) == {"oil", "caravan"}
    assert news.search("troops", articles=[]) == []
    assert news.search("") != []
    assert news.search("¿?") != []
    assert news.search("word " * 10_000 + "troops")[0] == "troops"
