"""An Answer that contradicts itself cannot be made."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.filters import Filters
from index.types import WHOLE_FILE, Place
from qa.types import Answer, Choice, Citation, Constraint, Earlier, Event, Listed, Refusal, Scope, Searched, Statement


def citation(marker: int = 1, start: int = 10, quote: str = "up to 4,000 troops", **fields: Any) -> Citation:
    values = {
        "article_id": "a", "title": "T", "outlet": None, "author": None, "published": None, "path": "a.txt",
        "place": WHOLE_FILE, "encoding": "utf-8", "changed": False, "url": None, "end": start + len(quote),
    }  # fmt: skip
    return Citation(marker=marker, start=start, quote=quote, **{**values, **fields})


def answer(**fields: Any) -> Answer:
    return Answer(**{"question": "q", "passages": (), "searched": Searched(1, None, 1), **fields})


SPAN = Statement("4,000", "span", (1,))
MARKERS = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(statements=st.lists(MARKERS, max_size=3), citations=st.integers(0, 3), refused=st.booleans())
def test_an_answer_is_cited_and_a_refusal_states_nothing(
    statements: list[tuple[int, ...]], citations: int, refused: bool
) -> None:
    def make() -> Answer:
        return answer(
            statements=tuple(Statement("4,000", "span", markers) for markers in statements),
            citations=tuple(citation(marker) for marker in range(1, citations + 1)),
            refusal=Refusal("no_span") if refused else None,
        )

    cited = {marker for markers in statements for marker in markers}
    whole = all(statements) and cited == set(range(1, citations + 1))
    if whole and bool(statements) != refused:
        assert make().found is not refused
        assert (make().answer is None) is refused
    else:
        with pytest.raises(ValueError, match=r"statement|citation|refusal"):
            make()


def test_what_is_said_is_the_statements_joined() -> None:
    def said(*statements: tuple[str, str]) -> str | None:
        made = tuple(Statement(text, kind, (1,)) for text, kind in statements)  # type: ignore[arg-type]
        return answer(statements=made, citations=(citation(),)).answer

    assert said(("4,000", "span")) == "4,000"
    assert said(("Lima", "list"), ("Oslo", "list")) == "Lima; Oslo"
    assert said(("yes", "yes"), ("It rained.", "sentence")) == "yes It rained."


@pytest.mark.parametrize(
    "fields",
    [
        {"statements": (SPAN,), "citations": (citation(2),)},  # markers count from 1
        {"statements": (SPAN,), "citations": (citation(), citation(2))},  # nothing rests on the second
        {"statements": (SPAN,), "citations": (citation(),), "refusal": Refusal("no_span")},
        {"statements": (SPAN,), "citations": (citation(),), "reply": "Hello."},
        {"statements": (SPAN,), "citations": (citation(),), "count": 1},
        {"statements": (SPAN,), "citations": (citation(),), "choices": (Choice("the judge", "a"),)},
        {"statements": (SPAN,), "citations": (citation(),), "unsure": True},
        {"act": "talk"},
        {"act": "talk", "reply": "Hello.", "statements": (SPAN,), "citations": (citation(),)},
        {"act": "articles", "count": 0, "reply": "None."},
        {"act": "articles", "count": 1},
        {"act": "articles", "reply": "One."},
        {"act": "ask_back"},
        {"act": "ask_back", "choices": (Choice("the judge", "a"),), "refusal": Refusal("no_span")},
    ],
)
def test_what_cannot_be_made(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        answer(**fields)


def test_acts_that_state_nothing() -> None:
    talk = answer(act="talk", reply="Hello.")
    assert (talk.found, talk.answer) == (True, "Hello.")
    listed = answer(
        act="articles", reply="2 articles.", count=2, citations=(citation(),),
        articles=(Listed("a", "T", None, None, None, 1), Listed("b", "U", None, None, None)),
    )  # fmt: skip
    assert (listed.found, listed.answer) == (True, "2 articles.")
    assert answer(act="articles", count=0, refusal=Refusal("no_article")).found is False
    asked = answer(act="ask_back", choices=(Choice("the judge", "a"), Choice("the senator", "b")))
    assert (asked.found, asked.answer) == (False, None)


def test_what_an_older_version_said_is_cited_too() -> None:
    both = answer(statements=(SPAN,), citations=(citation(), citation(2)), earlier=(Earlier("61", (2,)),))
    assert both.to_json()["earlier"] == [{"text": "61", "citations": (2,)}]


def test_the_object_of_schema_2_has_its_fields() -> None:
    printed = answer(statements=(SPAN,), citations=(citation(place=Place(record=3), span=(16, 21)),)).to_json("x", 5)
    assert list(printed) == [
        "schema", "id", "question", "understood", "act", "found", "answer", "method", "model", "confidence", "score",
        "statements", "struck", "unanswered", "more", "outside", "earlier", "citations", "articles", "count", "choices",
        "passages", "searched", "constraints", "refusal", "timings_ms",
    ]  # fmt: skip
    assert printed["statements"] == [{"text": "4,000", "kind": "span", "citations": (1,), "check": "verbatim"}]
    (cited,) = printed["citations"]
    assert cited["place"] == {"record": 3}
    assert {"author", "span", "url", "changed"} <= set(cited)
    assert "record" not in cited
    assert printed["searched"] == {"articles": 1, "newest": None, "indexed": 1}
    refused = answer(refusal=Refusal("no_span", ("Canada",), leads=(citation(),))).to_json()
    assert (refused["answer"], refused["refusal"]["leads"][0]["marker"]) == (None, 1)


def test_events_print_as_lines() -> None:
    assert Event("understood", "Who?").to_json() == {"event": "understood", "understood": "Who?"}
    line = Event("statement", SPAN, (citation(),)).to_json()
    assert (line["statement"]["text"], line["citations"][0]["marker"]) == ("4,000", 1)
    done = Event("done", answer(refusal=Refusal("no_span"))).to_json("x")
    assert (done["event"], done["answer"]["id"]) == ("done", "x")


@pytest.mark.parametrize(
    "wrong",
    [{"quote": ""}, {"end": 11}, {"start": -1}, {"span": (9, 12)}, {"span": (12, 12)}, {"span": (10, 99)}],
)
def test_a_citation_fits_its_offsets(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="citation 1"):
        citation(**wrong)


def test_ref_is_id_and_place() -> None:
    assert citation(start=7, quote="four").ref == "a:7-11"


def test_the_words_that_answer() -> None:
    assert citation(span=(16, 21)).answering == "4,000"
    assert citation().answering == "up to 4,000 troops"


def test_to_what_it_was_put_is_printed_where_that_is_not_everything() -> None:
    assert Scope(Filters()).to_json() is None
    assert Scope(Filters(), topic=("a",)).to_json() is None  # the conversation's, not the user's
    printed = Scope(Filters(outlets=["X"]), 1, (Constraint("outlet", 3, "Y", "preferred", ("Y",)),)).to_json()
    assert printed is not None
    assert printed["filters"]["outlets"] == ["X"]
    assert printed["recognised"][0]["effect"] == "preferred"
