"""An Answer that contradicts itself cannot be made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.types import Answer, Citation, Differing, Refusal, Searched


def citation(marker: int = 1, start: int = 10, quote: str = "up to 4,000 troops", **fields: object) -> Citation:
    values = {
        "article_id": "a", "title": "T", "outlet": None, "published": None, "path": "a.txt", "record": None,
        "encoding": "utf-8", "changed": False, "url": None, "end": start + len(quote),
    }  # fmt: skip
    return Citation(marker=marker, start=start, quote=quote, **{**values, **fields})  # type: ignore[arg-type]


@given(
    answer=st.one_of(st.none(), st.text(max_size=5)),
    citations=st.integers(0, 3),
    refused=st.booleans(),
)
def test_an_answer_has_citations_and_a_refusal_has_none(answer: str | None, citations: int, refused: bool) -> None:
    def make() -> Answer:
        return Answer(
            question="q",
            answer=answer,
            method="reader",
            citations=tuple(citation(marker) for marker in range(1, citations + 1)),
            passages=(),
            searched=Searched(1, None),
            refusal=Refusal("no_span") if refused else None,
        )

    is_answer = answer is not None and answer.strip() != "" and citations > 0 and not refused
    is_refusal = answer is None and citations == 0 and refused
    if is_answer or is_refusal:
        assert make().found is is_answer
    else:
        with pytest.raises(ValueError, match=r"answer|refusal"):
            make()


def test_markers_count_from_one() -> None:
    with pytest.raises(ValueError, match="markers"):
        Answer("q", "a", "reader", (citation(2),), (), Searched(1, None))


def test_what_differs_comes_after_the_answers_citations() -> None:
    def make(**fields: object) -> Answer:
        values = {"question": "q", "answer": "a", "method": "reader", "citations": (citation(1),), "passages": ()}
        return Answer(**{**values, "searched": Searched(1, None), **fields})  # type: ignore[arg-type]

    answer = make(differing=Differing("b", citation(2, article_id="b")))
    assert [source.ref for source in answer.sources] == ["a:10-28", "b:10-28"]
    assert answer.to_json()["differing"]["citation"]["article_id"] == "b"
    assert make().to_json()["differing"] is None
    with pytest.raises(ValueError, match="markers"):
        make(differing=Differing("b", citation(1)))
    with pytest.raises(ValueError, match="refusal"):
        make(answer=None, citations=(), refusal=Refusal("no_span"), differing=Differing("b", citation(1)))


@pytest.mark.parametrize(
    "wrong",
    [{"quote": ""}, {"end": 11}, {"start": -1}, {"span": (9, 12)}, {"span": (12, 12)}, {"span": (10, 99)}],
)
def test_a_citation_fits_its_offsets(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="citation 1"):
        citation(**wrong)  # type: ignore[arg-type]


def test_ref_is_id_and_place() -> None:
    assert citation(start=7, quote="four").ref == "a:7-11"
