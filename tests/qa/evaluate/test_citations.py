from __future__ import annotations

import pytest

from qa.evaluate.citations import alce, overlap, relevant_passages, touches, verbatim
from qa.evaluate.gold import Evidence, GoldQuestion, Place, Relevant
from qa.evaluate.predictions import Quoted

FIRST = Evidence((Place(("one",), 10, 20), Place(("one",), 40, 45)))
SECOND = Evidence((Place(("two",), 0, 8),))


def quoted(article_id: str | None, start: int | None, end: int | None, text: str = "") -> Quoted:
    return Quoted(article_id, start, end, text)


AT_FIRST, AT_SECOND, ELSEWHERE = quoted("one", 15, 30), quoted("two", 7, 9), quoted("one", 20, 40)


@pytest.mark.parametrize(
    ("citation", "found"),
    [
        (AT_FIRST, True),
        (quoted("one", 44, 60), True),  # its other place
        (ELSEWHERE, False),  # [20, 40) touches neither [10, 20) nor [40, 45)
        (quoted("two", 15, 30), False),
        (quoted(None, 15, 30), False),
    ],
)
def test_touching_by_offsets(citation: Quoted, found: bool) -> None:
    assert touches(citation, FIRST) is found


@pytest.mark.parametrize(
    ("citation", "found"),
    [
        (quoted("a", 0, 60, "He said: “the river Ober” rose. Then it fell."), True),
        (quoted("a", 0, 10, "Ober rose"), True),  # a part of the evidence
        (quoted(None, None, None, "the river Ober rose"), True),
        (quoted("b", 0, 60, "the river Ober rose"), False),  # another article
        (quoted("a", 0, 60, "the river fell"), False),
        (quoted("a", None, None, "..."), False),
    ],
)
def test_touching_by_words(citation: Quoted, found: bool) -> None:
    assert touches(citation, Evidence((Place(("a",), text="River Ober rose."),))) is found


@pytest.mark.parametrize(
    ("citations", "evidence", "recall", "precision"),
    [
        # both pieces are needed; the third citation supports nothing and is not missed
        ([AT_FIRST, AT_SECOND, ELSEWHERE], [FIRST, SECOND], 1.0, 2 / 3),
        # each supports alone: neither is irrelevant
        ([AT_FIRST, quoted("one", 41, 44)], [FIRST], 1.0, 1.0),
        # half of what is needed supports nothing
        ([AT_FIRST], [FIRST, SECOND], 0.0, 0.0),
        ([], [FIRST], 0.0, None),
    ],
)
def test_alce(citations: list[Quoted], evidence: list[Evidence], recall: float, precision: float | None) -> None:
    assert alce(citations, evidence) == (recall, pytest.approx(precision))


@pytest.mark.parametrize(
    ("citations", "recall", "precision"),
    [([AT_FIRST, AT_SECOND, ELSEWHERE], 1.0, 2 / 3), ([AT_FIRST], 0.5, 1.0), ([ELSEWHERE], 0.0, 0.0), ([], 0.0, None)],
)
def test_overlap(citations: list[Quoted], recall: float, precision: float | None) -> None:
    assert overlap(citations, [FIRST, SECOND]) == (recall, pytest.approx(precision))


def test_verbatim() -> None:
    texts = {"one": "Rain fell. The Ober rose."}.get
    good, bad = quoted("one", 11, 25, "The Ober rose."), quoted("one", 11, 25, "The Ober fell.")
    assert verbatim([good], texts) == 1.0
    assert verbatim([good, bad], texts) == 0.5
    assert verbatim([quoted("none", 0, 4, "Rain")], texts) == 0.0
    assert verbatim([quoted("one", None, None, "Rain")], texts) is None  # claims no place
    assert verbatim([good, quoted("one", None, None, "Snow")], texts) == 1.0


def question(**fields: object) -> GoldQuestion:
    return GoldQuestion(id="q", question="?", **fields)  # type: ignore[arg-type]


def test_relevant_passages_by_evidence() -> None:
    gold = question(answers=("x",), evidence=(FIRST, SECOND, Evidence((Place(("three",), 0, 5),))))
    passages = [quoted("one", 0, 12), quoted("one", 12, 50), quoted("four", 0, 9), quoted("two", 0, 9)]
    # the second passage brings nothing that is not there; the piece in "three" is never found
    assert relevant_passages(gold, passages) == (["evidence 0", "", "", "evidence 1"], 3)


def test_pieces_that_come_together_are_one() -> None:
    gold = question(answers=("x",), evidence=(FIRST, Evidence((Place(("one",), 25, 28),))))
    assert relevant_passages(gold, [quoted("one", 0, 50)]) == (["evidence 0"], 1)


def test_relevant_passages_by_answer() -> None:
    gold = question(answers=("Ober",), relevant=(Relevant(("one",)),))
    passages = [quoted("two", 0, 8, "the Ober"), quoted("one", 0, 4, "Rain"), quoted("one", 5, 13, "the Ober")]
    assert relevant_passages(gold, passages) == (["", "", "evidence"], 1)
    assert relevant_passages(gold, []) == ([], 1)
    assert relevant_passages(question(answers=()), passages) is None
