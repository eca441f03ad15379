"""The shipped model, on the processor."""

from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from index.types import Hit
from qa.models.ranker_reader import EARLY_RELEVANCE, FIRST, PROMISING, RANKED, Candidate, RankerReader
from qa.models.shipped import WEIGHTS, shipped_policy
from tests.fakes import passage

TEXTS = [
    "The bakery on Mill Lane sells rye bread on weekdays.",
    "Defense Secretary James Mattis authorized the National Guard to deploy up to 4,000 troops to the border.",
    "A caravan of over 4,000 migrants made its way north.",
]
QUESTION = "How many troops did Mattis authorize?"


def hits(texts: list[str]) -> list[Hit]:
    return [Hit(passage(text, number), 1.0 / (number + 1)) for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def model() -> RankerReader:
    return RankerReader()


def test_the_passage_that_answers_comes_first(model: RankerReader) -> None:
    ranked = model.rank(QUESTION, hits(TEXTS))
    assert ranked[0].hit.passage.text == TEXTS[1]
    assert ranked[0].relevance > 3 > ranked[1].relevance
    assert sorted(candidate.hit.passage.id for candidate in ranked) == [0, 1, 2]


def test_a_long_question_leaves_first_what_the_first_stage_found_far_better(model: RankerReader) -> None:
    long = QUESTION[:-1] + ", and which shops of the same town, reported to sell bread on weekdays by both papers," * 3
    short = model.rank("Which caravan made its way north?", hits(TEXTS))
    assert short[0].hit.passage.id == 2
    ranked = model.rank(long + " made its way north?", hits(TEXTS))
    assert ranked[0].hit.passage.id == 0
    assert ranked[0].relevance < ranked[1].relevance
    scores = [candidate.hit.score for candidate in ranked]
    assert scores == sorted(scores, reverse=True)
    level = [Hit(hit.passage, 0.5) for hit in hits(TEXTS)]
    assert model.rank(long + " made its way north?", level)[0].hit.passage.id != 0


def test_what_goes_along_with_a_question_makes_it_no_longer(model: RankerReader) -> None:
    said_before = f" ({TEXTS[2] * 5})"
    own = model.rank(QUESTION + said_before, hits(TEXTS), own=QUESTION)
    assert own[0].hit.passage.id == 1
    assert model.rank(QUESTION + said_before, hits(TEXTS))[0].hit.passage.id == 0  # as the first stage has it


def test_yes_and_no(model: RankerReader) -> None:
    def says(question: str) -> float:
        (found,) = model.rank(question, hits(TEXTS[1:2]))
        assert found.encoded is not None
        return model.says_yes(found.encoded)

    assert says("Did James Mattis authorize the National Guard to deploy troops?") > 1.5
    assert says("Did James Mattis authorize the National Guard to deploy 9,000 sailors?") < 0


def test_its_best_span_is_the_number(model: RankerReader) -> None:
    ranked = model.rank(QUESTION, hits(TEXTS))
    spans = model.spans([candidate.encoded for candidate in ranked if candidate.encoded], 3)
    best = spans[0][0]
    assert "4,000" in TEXTS[1][best.start : best.end]
    assert best.score > spans[1][0].score


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many desks did the ORB of Tarn buy?", "The O.R.B. of Tarn bought 35 desks; its clerk sold two."),
        ("How much does the T34 of the school weigh?", "The T-34 of the school weighs 26 tonnes; two men sold it."),
        ("How many desks did the TSRB buy?", "The Tarn School Repair Board bought 35 desks; its clerk sold two."),
    ],
)
def test_one_name_in_two_forms_is_read_as_one(model: RankerReader, question: str, text: str) -> None:
    (found,) = model.rank(question, hits([text]))
    assert found.encoded is not None
    ((best, *_),) = model.spans([found.encoded], 3)
    assert best.score > 5


def test_passages_that_are_not_ranked_follow_in_order(model: RankerReader) -> None:
    many = hits([f"{TEXTS[number % 3]} It is note {number}." for number in range(RANKED + 5)])
    for asked, early, count in ((QUESTION, True, FIRST), ("Which minister resigned?", False, RANKED)):
        ranked = model.rank(asked, many, early=early)
        assert (max(candidate.relevance for candidate in ranked) >= shipped_policy().sure) == (count == FIRST)
        assert [candidate.ranked for candidate in ranked] == [place < count for place in range(RANKED + 5)]
        assert [candidate.hit.passage.id for candidate in ranked[count:]] == list(range(count, RANKED + 5))
        falls(ranked)


def falls(candidates: list[Candidate]) -> None:
    """Scores are probabilities, and none is above the one before."""
    scores = [candidate.hit.score for candidate in candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_what_halfway_looks_worse_than_others_is_not_ranked(
    model: RankerReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (FIRST, PROMISING, RANKED) == (6, 8, 16)
    many = [Hit(hit.passage, 0.5) for hit in hits([TEXTS[0]] * (RANKED + 2))]
    expected = iter([-float(number % 10) for number in range(RANKED)])
    monkeypatch.setattr(model, "early_relevance", lambda encoded: next(expected))
    ranked = model.rank("Which minister resigned?", many)
    weighed = {*range(FIRST), 0, 10, 1, 11, 2, 12, 3, 13}
    assert {candidate.hit.passage.id for candidate in ranked if candidate.ranked} == weighed
    behind = ranked[len(weighed) :]
    assert [candidate.hit.passage.id for candidate in behind] == [14, 15, 6, 7, 8, 9, 16, 17]
    assert [candidate.expected for candidate in behind] == [-4, -5, -6, -7, -8, -9, None, None]
    assert all(candidate.encoded is None for candidate in behind)
    falls(ranked)


@pytest.mark.parametrize("place", [PROMISING, RANKED - 1])
@pytest.mark.parametrize("filler", ["", "The committee met again in the afternoon and adjourned. " * 40])
def test_a_passage_that_answers_is_found_promising_wherever_it_stands(
    model: RankerReader, place: int, filler: str
) -> None:
    texts = [f"{TEXTS[0]} Its note {number} says so." for number in range(RANKED)]
    texts[place] = filler + TEXTS[1]
    ranked = model.rank(QUESTION, hits(texts))
    assert ranked[0].hit.passage.id == place
    assert FIRST < sum(candidate.ranked for candidate in ranked) < RANKED


def test_all_are_ranked_where_the_first_may_be_of_no_use(model: RankerReader) -> None:
    many = hits([TEXTS[1]] + [f"{TEXTS[0]} It is note {number}." for number in range(RANKED)])
    assert sum(candidate.ranked for candidate in model.rank(QUESTION, many)) == FIRST
    assert sum(candidate.ranked for candidate in model.rank(QUESTION, many, early=False)) == RANKED


def test_a_long_passage_is_read_to_its_end(model: RankerReader) -> None:
    filler = "The committee met again in the afternoon and adjourned. " * 40
    ranked = model.rank(QUESTION, hits([filler + TEXTS[1]]))
    encoded = ranked[0].encoded
    assert encoded is not None
    assert len(encoded.windows) > 1
    best = model.spans([encoded], 1)[0][0]
    assert "4,000" in (filler + TEXTS[1])[best.start : best.end]


def test_scores_do_not_depend_on_the_company(model: RankerReader) -> None:
    alone = model.rank(QUESTION, hits(TEXTS[1:2]))[0].relevance
    together = model.rank(QUESTION, hits(TEXTS))[0].relevance
    assert alone == pytest.approx(together, abs=0.3)  # activations are quantised by batch


def test_nothing_to_rank(model: RankerReader) -> None:
    assert model.rank(QUESTION, []) == []
    assert model.spans([], 3) == []


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        RankerReader(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"no array", np.zeros(9, np.float32), np.zeros(769)])
def test_a_missing_or_broken_regression_is_an_error(tmp_path: Path, content: bytes | np.ndarray | None) -> None:
    for file in WEIGHTS.iterdir():
        if file.name != EARLY_RELEVANCE:
            (tmp_path / file.name).symlink_to(file)
    if isinstance(content, bytes):
        (tmp_path / EARLY_RELEVANCE).write_bytes(content)
    elif content is not None:
        np.save(tmp_path / EARLY_RELEVANCE, content)
    with pytest.raises(ModelError, match=EARLY_RELEVANCE):
        RankerReader(tmp_path)
