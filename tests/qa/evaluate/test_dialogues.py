"""Dialogues as published: the contract's JSONL, CoQA, QuAC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.evaluate.formats import load
from qa.evaluate.gold import Evidence, GoldArticle, GoldQuestion, GoldSet, Place, Relevant, Turn, join, sample

TEXT = "The ferry Marit sank on Monday. Ole Berg, its captain, was saved.\n"
SANK = [TEXT.index("sank"), TEXT.index(". Ole")]


def write(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


# ---- the contract's ------------------------------------------------------------------------------------------------


def test_a_dialogue_with_its_article(tmp_path: Path) -> None:
    turns = [
        {"question": " When did the Marit sink? ", "answers": ["Monday"], "evidence": ["on Monday"], "span": SANK},
        {"say": "Who was its captain?", "answers": ["Ole Berg"], "evidence": ["Ole Berg"], "context": True},
        {"say": "How old is he?", "answers": [], "kind": "age", "note": "not said"},
    ]
    gold = load(write(tmp_path / "gold.jsonl", {"id": "ferry", "text": TEXT, "turns": turns, "source": "x"}))
    assert (gold.format, gold.bad) == ("article-qa dialogues", ())
    assert gold.articles == (GoldArticle("ferry", TEXT),)
    of_article = {"relevant": (Relevant(("ferry",)),), "context": ("ferry",)}
    assert gold.questions == (
        GoldQuestion(
            "ferry/1",
            "When did the Marit sink?",
            ("Monday",),
            evidence=(Evidence((Place(("ferry",), *SANK),)),),  # the span tells more than the words
            turn=Turn("ferry", 1, "answer"),
            **of_article,
        ),
        GoldQuestion(
            "ferry/2",
            "Who was its captain?",
            ("Ole Berg",),
            evidence=(Evidence((Place(("ferry",), text="Ole Berg"),)),),
            turn=Turn("ferry", 2, "answer", context=True),
            **of_article,
        ),
        GoldQuestion(
            "ferry/3",
            "How old is he?",
            (),
            kind="age",
            turn=Turn("ferry", 3, "refuse", extra={"note": "not said"}),
            **of_article,
        ),
    )


def test_a_dialogue_over_a_collection(tmp_path: Path) -> None:
    turns = [
        {"say": "hello", "answers": [], "reply": "talk"},
        {"say": "What do you have on ferries?", "answers": ["2"], "article_ids": ["a", "b"], "reply": "articles"},
        {"say": "Sum up the first", "reply": "summary", "article_ids": ["a"], "evidence": ["It sank."]},
        {"say": "Why did it sink?", "reply": "answer", "answers": [], "evidence": ["It was holed."]},
    ]
    gold = load(write(tmp_path / "gold.jsonl", {"turns": turns}))
    assert gold.articles == ()
    assert [(q.id, q.answers, q.turn.reply if q.turn else None) for q in gold.questions] == [
        ("1/1", None, "talk"),
        ("1/2", None, "articles"),  # nothing there that an answer could be compared with
        ("1/3", None, "summary"),
        ("1/4", None, "answer"),
    ]
    assert {q.context for q in gold.questions} == {("a", "b")}  # all that the dialogue names
    assert [q.relevant for q in gold.questions][2:] == [(Relevant(("a",)),), ()]


@pytest.mark.parametrize(
    ("turn", "why"),
    [
        ("Who?", "turn 2: not a JSON object"),
        ({"answers": []}, 'turn 2: no "question"'),
        ({"say": "Who?", "answers": "Ole"}, 'turn 2: "answers" is not a list of texts'),
        ({"say": "Who?", "reply": "shrug"}, 'turn 2: "reply" is one of answer, refuse, articles, summary, talk'),
        ({"say": "Who?", "context": "yes"}, 'turn 2: "context" is true or false'),
        ({"say": "Who?", "span": [3]}, 'turn 2: a "span" is [start, end)'),
        ({"say": "Who?", "span": [3, 3]}, "turn 2: evidence [3, 3) is no span"),
        ({"say": "Who?", "span": [3, 999]}, "turn 2: the span [3, 999] ends after the text"),
        ({"id": "a/1", "say": "Who?"}, "the id 'a/1' stands twice"),
    ],
)
def test_a_turn_that_cannot_be_read_leaves_out_its_dialogue(tmp_path: Path, turn: Any, why: str) -> None:
    good = {"say": "When?", "answers": ["Monday"]}
    path = write(
        tmp_path / "gold.jsonl",
        {"id": "a", "text": TEXT, "turns": [good, turn, good]},
        {"id": "b", "text": TEXT, "turns": [good]},
        {"id": "c", "turns": []},
    )
    gold = load(path)
    assert [question.id for question in gold.questions] == ["b/1"]
    assert [str(bad) for bad in gold.bad] == [
        f"{path}, line 1: {why}",
        f'{path}, line 3: "turns" is not a list with something in it',
    ]


def test_a_span_without_a_text(tmp_path: Path) -> None:
    turn = {"say": "Who?", "answers": ["Ole"], "span": [0, 3]}
    gold = load(write(tmp_path / "gold.jsonl", {"turns": [turn]}, {"turns": [{"say": "Who?", "answers": ["Ole"]}]}))
    assert [bad.reason for bad in gold.bad] == ['turn 1: a "span" stands in the "text" of its dialogue, which has none']


# ---- CoQA, QuAC ----------------------------------------------------------------------------------------------------


def coqa(start: int, end: int, said: str) -> dict[str, Any]:
    return {"span_start": start, "span_end": end, "span_text": TEXT[start:end], "input_text": said, "turn_id": 0}


def test_coqa(tmp_path: Path) -> None:
    captain = TEXT.index("Ole Berg")
    story = {
        "source": "cnn",
        "id": "3xyz",
        "filename": "ferry.story",
        "story": TEXT,
        "questions": [
            {"input_text": "When did it sink?", "turn_id": 1},
            {"input_text": "Was he saved?", "turn_id": 2},
            {"input_text": "How old is he?", "turn_id": 3},
            {"input_text": "Who?", "turn_id": 4},
        ],
        "answers": [
            coqa(*SANK, "Monday"),
            coqa(captain, len(TEXT) - 1, "yes"),
            coqa(-1, -1, "unknown"),
            coqa(captain, captain + 8, "Ole Berg"),
        ],
        "additional_answers": {
            "0": [
                coqa(*SANK, "on Monday"),
                coqa(captain, len(TEXT) - 1, "yes"),
                coqa(*SANK, "forty"),
                {**coqa(captain, captain + 3, "Ole"), "span_end": 999},  # some that are published are no spans
            ],
            "1": [
                coqa(*SANK, "Monday"),
                coqa(captain, len(TEXT) - 1, "Yes."),
                coqa(-1, -1, "unknown"),
                coqa(-1, -1, "unknown"),
            ],
        },
    }
    uneven = {**story, "id": "4", "additional_answers": {"0": story["answers"][:1]}}
    path = tmp_path / "coqa-dev-v1.0.json"
    path.write_text(json.dumps({"version": "1.0", "data": [story, uneven]}))
    gold = load(path)
    assert (gold.format, gold.articles) == ("CoQA", (GoldArticle("3xyz", TEXT),))
    assert [str(bad) for bad in gold.bad] == [f"{path}, data[1]: as many answers as questions are needed"]
    first, second, third, fourth = gold.questions
    assert first == GoldQuestion(
        "3xyz/1",
        "When did it sink?",
        ("Monday", "on Monday"),
        (Relevant(("3xyz",)),),
        (Evidence((Place(("3xyz",), *SANK),)),),
        ("3xyz",),
        turn=Turn("3xyz", 1, "answer"),
    )
    assert (second.answers, second.kind) == (("yes", "Yes."), "yesno")
    assert (third.answers, third.evidence, third.turn) == ((), (), Turn("3xyz", 3, "refuse"))  # one of three found it
    assert fourth.answers == ("Ole Berg", "Ole")  # one of three did not find it
    assert fourth.evidence == (Evidence((Place(("3xyz",), captain, captain + 8),)),)


def test_quac(tmp_path: Path) -> None:
    captain = TEXT.index("Ole Berg")
    nothing = {"text": "CANNOTANSWER", "answer_start": len(TEXT)}

    def asked(number: int, question: str, yesno: str, *answers: dict[str, Any]) -> dict[str, Any]:
        return {
            "followup": "y",
            "yesno": yesno,
            "question": question,
            "answers": list(answers),
            "id": f"C_1_q#{number}",
            "orig_answer": answers[0],
        }

    saved = {"text": "Ole Berg, its captain, was saved", "answer_start": captain}
    paragraph = {
        "context": TEXT + "CANNOTANSWER",
        "id": "C_1",
        "qas": [
            asked(0, "Who was saved?", "x", {"text": "Ole Berg", "answer_start": captain}, nothing, saved),
            asked(1, "Was he hurt?", "n", saved),
            asked(2, "How old is he?", "x", nothing, saved),
        ],
    }
    article = {"title": "MS Marit", "background": "A ferry.", "section_title": "Loss", "paragraphs": [paragraph]}
    path = tmp_path / "val_v0.2.json"
    path.write_text(json.dumps({"data": [article]}))
    gold = load(path)
    assert (gold.format, gold.bad) == ("QuAC", ())
    assert gold.articles == (GoldArticle("C_1", TEXT.rstrip(), "MS Marit: Loss"),)
    assert [(q.id, q.answers, q.kind) for q in gold.questions] == [
        ("C_1_q#0", ("Ole Berg", saved["text"]), None),
        ("C_1_q#1", ("no", saved["text"]), "yesno"),
        ("C_1_q#2", (), None),  # as many found nothing
    ]
    assert [q.turn.reply for q in gold.questions if q.turn] == ["answer", "answer", "refuse"]
    assert [(p.start, p.end) for p in gold.questions[1].evidence[0].places] == [(captain, captain + len(saved["text"]))]


# ---- sets ----------------------------------------------------------------------------------------------------------


def talks(name: str, dialogues: str, turns: int = 3) -> GoldSet:
    return GoldSet(
        name,
        "test",
        name,
        tuple(
            GoldQuestion(f"{d}/{n}", f"{n}?", ("x",), turn=Turn(d, n, "answer"))
            for d in dialogues
            for n in range(1, turns + 1)
        ),
    )


def test_dialogues_are_drawn_whole() -> None:
    gold = talks("set", "abcdef")
    drawn = [question.id for question in sample(gold, 2, 7).questions]
    assert len(drawn) == 6
    assert [name[2:] for name in drawn] == ["1", "2", "3"] * 2
    assert drawn == [question.id for question in sample(gold, 2, 7).questions]
    assert sample(gold, 6, 7) is gold


def test_dialogues_of_several_sets_stay_apart() -> None:
    joined = join([talks("one", "ab", 2), talks("two", "bc", 3)])
    assert {question.talk for question in joined.questions} == {
        f"dialogue {name}" for name in ("a", "one/b", "two/b", "c")
    }
    assert [question.id for question in joined.questions][2:5] == ["one/b/1", "one/b/2", "two/b/1"]
