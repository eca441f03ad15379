from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ArticleQAError
from index.types import WHOLE_FILE
from qa.evaluate.predictions import Prediction, Quoted, Said, from_answer, read_predictions
from qa.types import Answer, Citation, RankedPassage, Refusal, Searched, Statement

TEXT = "Rain fell on Friday. The Ober rose by 2 metres."
QUOTE = TEXT[21:]


def answer(found: bool = True) -> Answer:
    citation = Citation(
        marker=1,
        article_id="one",
        title="Rain",
        outlet=None,
        author=None,
        published=None,
        path="one.txt",
        place=WHOLE_FILE,
        encoding="utf-8",
        changed=False,
        url=None,
        start=121,
        end=121 + len(QUOTE),
        quote=QUOTE,
        span=(125, 129),
    )
    return Answer(
        question="Which river rose?",
        statements=(Statement("Ober", "span", (1,)),) if found else (),
        method="reader",
        citations=(citation,) if found else (),
        passages=(RankedPassage(1, 0.123456789, 7, "one", 100, 100 + len(TEXT), TEXT),),
        searched=Searched(1, None, 1),
        refusal=None if found else Refusal("no_span"),
        score=1.5,
        timings_ms={"total": 3.0},
    )


def test_from_an_answer() -> None:
    said = from_answer("q", answer())
    assert said == Prediction(
        id="q",
        answer="Ober",
        citations=(Quoted("one", 121, 121 + len(QUOTE), QUOTE, None, "Rain", TEXT, 100),),
        passages=(Quoted("one", 100, 100 + len(TEXT), TEXT, 0.123457),),
        score=1.5,
        method="reader",
        reply="answer",
        said=(Said("span", "Ober", "Ober"),),
        timings_ms={"total": 3.0},
    )
    refused = from_answer("q", answer(found=False))
    assert (refused.answer, refused.citations, refused.refusal, refused.reply) == (None, (), "no_span", "refuse")


def test_what_qa_ask_prints_is_a_predictions_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    lines = [answer().to_json("q1"), answer(found=False).to_json(2), {"id": None, "line": 3, "error": "empty"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found, bad = read_predictions(path)
    assert [(one.where, one.reason) for one in bad] == [("line 3", "no id")]
    assert found["q1"].citations == (Quoted("one", 121, 121 + len(QUOTE), QUOTE, title="Rain"),)
    assert found["q1"].passages == (Quoted("one", 100, 100 + len(TEXT), "", 0.123457),)
    assert (found["2"].answer, found["2"].refusal, found["2"].score) == (None, "no_span", 1.5)


def test_of_a_sentence_the_words_that_answer_count(tmp_path: Path) -> None:
    sentence = replace(answer(), statements=(Statement(QUOTE, "sentence", (1,)),))
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps(sentence.to_json("q")) + "\n")
    for said in (from_answer("q", sentence), read_predictions(path)[0]["q"]):
        assert (said.answer, said.counted) == (QUOTE, "Ober")
        assert said.said == (Said("sentence", QUOTE, "Ober"),)
    whole = replace(sentence, citations=(replace(sentence.citations[0], span=None),))
    assert from_answer("q", whole).counted == QUOTE


def test_other_systems(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    lines = [
        {"id": "a", "answer": " Ober ", "citations": ["The Ober rose.", {"quote": "Rain."}], "confidence": 0.5},
        {"id": "b", "answer": ""},
        {"id": "c"},
        {"id": "d", "answer": 4000},
        {"id": "e", "answer": "x", "confidence": "high"},
        {"id": "f", "answer": "x", "citations": [{"start": 3}]},
        {"id": "a", "answer": "again"},
        {"id": "g", "error": "timed out"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "no JSON\n")
    found, bad = read_predictions(path)
    assert found["a"].answer == "Ober"
    assert [quoted.text for quoted in found["a"].citations] == ["The Ober rose.", "Rain."]
    assert (found["b"].answer, found["b"].missing) == (None, False)  # refused
    assert (found["g"].missing, found["g"].error) == (True, "timed out")
    assert set(found) == {"a", "b", "g"}
    assert sorted(one.where for one in bad) == ["line 3", "line 4", "line 5", "line 6", "line 7", "line 9"]


def test_squads_own_form(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"q1": "Ober", "q2": ""}')
    found, bad = read_predictions(path)
    assert (found["q1"].answer, found["q2"].answer, bad) == ("Ober", None, [])


def test_a_file_without_a_prediction_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"no": 1}\n')
    with pytest.raises(ArticleQAError, match="no prediction could be read"):
        read_predictions(path)


def test_what_a_chat_prints_of_its_replies(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "act": "question", "found": True, "answer": "Ober", "understood": "Which river rose? (Ober)"},
        {"id": "2", "act": "articles", "found": True, "answer": "2 articles", "articles": [{"id": "a"}, {"id": "b"}]},
        {"id": "3", "act": "summary", "found": False, "answer": None},
        {"id": "4", "act": "ask_back", "found": False, "answer": None},
        {"id": "5", "answer": "Ober"},
    ]
    (tmp_path / "said.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found, bad = read_predictions(tmp_path / "said.jsonl")
    assert bad == []
    assert [said.reply for said in found.values()] == ["answer", "articles", "refuse", "ask_back", "answer"]
    assert (found["1"].understood, found["2"].listed) == ("Which river rose? (Ober)", ("a", "b"))
