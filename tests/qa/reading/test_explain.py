"""Why a passage stands where it stands, in a sentence."""

import pytest

from index.search import Ranks
from index.types import Hit
from qa.models.ranker_reader import Candidate
from qa.reading.explain import _why
from tests.fakes import passage

HIT = Hit(passage("Rain"), 0.5)


@pytest.mark.parametrize(
    ("place", "rank", "candidate", "expected"),
    [
        (2, 2, Candidate(HIT, 1.0), "ranking left it there."),
        (1, 3, Candidate(HIT, 1.0), "ranking moved it up to 1st."),
        (4, 3, Candidate(HIT, 1.0), "ranking moved it down to 4th."),
        (12, 9, Candidate(HIT, ranked=False, expected=-8.0), "halfway, the cross-encoder found others more promising"),
        (
            20,
            20,
            Candidate(HIT, ranked=False),
            "the cross-encoder did not look at it, so it stays behind the 8 ranked.",
        ),
    ],
)
def test_what_ranking_did(place: int, rank: int, candidate: Candidate, expected: str) -> None:
    why = _why(place, rank, Ranks(HIT, (1, 5.0), (2, 0.7), 0.5, 0.0), candidate, 8)
    assert why.startswith("Found by words and by meaning, ")
    assert expected in why


@pytest.mark.parametrize(
    ("bm25", "cosine", "bonus", "expected"),
    [
        ((1, 5.0), None, 0.0, "Found by words alone, 1st of the first stage; "),
        (None, (3, 0.7), 0.0, "Found by meaning alone, 1st of the first stage; "),
        ((1, 5.0), (3, 0.7), 0.2, "Found by words and by meaning, 1st of the first stage, raised by what the question"),
    ],
)
def test_what_found_it(
    bm25: tuple[int, float] | None, cosine: tuple[int, float] | None, bonus: float, expected: str
) -> None:
    assert _why(1, 1, Ranks(HIT, bm25, cosine, 0.5, bonus), Candidate(HIT, 1.0), 1).startswith(expected)
