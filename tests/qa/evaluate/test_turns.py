"""Turns of dialogues, from their scores to the run folder, the comparison, the report and the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ArticleQAError
from qa.evaluate.compare import compare
from qa.evaluate.gold import Evidence, GoldQuestion, GoldSet, Place, Relevant, Turn
from qa.evaluate.page import page
from qa.evaluate.predictions import Prediction, Quoted, TextOf
from qa.evaluate.report import comparison_text, run_csv, run_text
from qa.evaluate.results import results
from qa.evaluate.run import Plan, evaluate, read_rows
from qa.evaluate.scores import Row, score
from qa.evaluate.turns import covers

PLAN = Plan({"name": "talks", "format": "test", "limit": None}, {"gold": "abc"})
QUOTE = Quoted("a", 10, 30, "Ole Berg was saved. ")


def question(reply: str, *answers: str, kind: str | None = None, articles: tuple[str, ...] = ("a",)) -> GoldQuestion:
    return GoldQuestion(
        "t/2",
        "And he?",
        () if reply == "refuse" else answers or None,
        tuple(Relevant((name,)) for name in articles),
        (Evidence((Place(("a",), 10, 26),)),) if reply == "answer" else (),
        kind=kind,
        turn=Turn("t", 2, reply),
    )


def said(reply: str, answer: str | None = None, *cited: str, listed: tuple[str, ...] = ()) -> Prediction:
    return Prediction(
        "t/2", answer, tuple(replace(QUOTE, article_id=name) for name in cited), reply=reply, listed=listed
    )


@pytest.mark.parametrize(
    ("gold", "prediction", "expected"),
    [
        (
            question("answer", "Ole Berg"),
            said("answer", "Berg", "a"),
            {"reply_right": 1, "f1_open": 2 / 3, "span_cited@2": 1, "other_article": 0, "refused_answerable": 0},
        ),
        (  # the second citation still counts as seen
            question("answer", "Ole Berg"),
            said("answer", "Oslo", "b", "a"),
            {"reply_right": 1, "f1_open": 0, "span_cited@2": 1, "other_article": 0, "refused_answerable": 0},
        ),
        (
            question("answer", "Ole Berg"),
            said("answer", "Ole Berg", "b", "c", "a"),
            {"reply_right": 1, "f1_open": 1, "span_cited@2": 0, "other_article": 1, "refused_answerable": 0},
        ),
        (
            question("answer", "Ole Berg"),
            said("refuse"),
            {"reply_right": 0, "f1_open": 0, "span_cited@2": 0, "other_article": 0, "refused_answerable": 1},
        ),
        (
            question("answer", "No.", "not at all"),
            said("answer", "No. He was saved.", "a"),
            {"reply_right": 1, "yes_no": 1, "span_cited@2": 1, "other_article": 0, "refused_answerable": 0},
        ),
        (
            question("answer", "yes", kind="yesno"),
            said("answer", "Norway", "a"),
            {"reply_right": 1, "yes_no": 0, "span_cited@2": 1, "other_article": 0, "refused_answerable": 0},
        ),
        (
            question("refuse"),
            said("answer", "Oslo", "b"),
            {"reply_right": 0, "other_article": 1, "no_ans_em": 0, "right": 0},
        ),
        (question("refuse", articles=()), said("refuse"), {"reply_right": 1, "other_article": 0, "right": 1}),
        (question("refuse"), said("ask_back"), {"reply_right": 0, "other_article": 0}),
        (question("talk", articles=()), said("talk", "Hello."), {"reply_right": 1, "right": 1, "other_article": 0}),
        (question("talk", articles=()), said("refuse"), {"reply_right": 0, "right": 0, "other_article": 0}),
        (  # more articles than those of the set may match
            question("articles", articles=("a", "b")),
            said("articles", "3 articles", listed=("b", "c", "a")),
            {"reply_right": 1, "right": 1, "other_article": 0},
        ),
        (
            question("articles", articles=("a", "b")),
            said("articles", "2 articles", listed=("a", "c")),
            {"reply_right": 1, "right": 0, "other_article": 0},
        ),
        (question("summary"), said("summary", "Saved.", "a", "b"), {"reply_right": 1, "right": 0}),
        (question("summary"), said("summary", "Saved.", "a", "a"), {"reply_right": 1, "right": 1}),
        (question("summary"), said("answer", "Saved.", "a"), {"reply_right": 0, "right": 0}),
    ],
)
def test_the_scores_of_a_turn(gold: GoldQuestion, prediction: Prediction, expected: dict[str, float]) -> None:
    row = score(gold, prediction, None, cites=True, ranks=False)
    assert {name: row.scores[name] for name in expected} == pytest.approx(expected)
    of_turns = {"reply_right", "f1_open", "yes_no", "span_cited@2", "other_article", "refused_answerable"}
    if gold.turn is not None and gold.turn.reply == "answer":
        assert set(row.scores) & of_turns == set(expected)
    else:
        assert not set(row.scores) & (of_turns - {"reply_right", "other_article"})


def test_nothing_said_is_no_refusal() -> None:
    missing = Prediction("t/2", None, missing=True)
    row = score(question("refuse"), missing, None, cites=True, ranks=True)
    assert (row.scores["reply_right"], row.scores["right"]) == (0, 0)
    row = score(question("answer", "Ole Berg"), missing, None, cites=True, ranks=True)
    assert (row.scores["f1_open"], row.scores["refused_answerable"]) == (0, 0)


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(10, 20, True), (10, 19, False), (0, 100, True), (25, 40, False), (20, 40, True)]
)
def test_half_of_a_span(start: int, end: int, expected: bool) -> None:
    evidence = [Evidence((Place(("a",), 90, 99), Place(("a",), 10, 30)))]  # annotators differ: any place will do
    assert covers([Quoted("a", start, end, "")], evidence) is expected
    assert not covers([Quoted("b", start, end, "")], evidence)
    assert not covers([Quoted("a", None, None, "Ole Berg")], evidence)


# ---- a run ---------------------------------------------------------------------------------------------------------

KINDS = {1: "open", 2: "open", 3: "small talk"}
GOLD = GoldSet(
    "talks",
    "test",
    "abc",
    tuple(
        GoldQuestion(
            f"{d}/{n}",
            f"What is {n}?",
            (f"{d}{n}",) if n < 3 else None,
            (Relevant(("a",)),) if n < 3 else (),
            kind=KINDS[n],
            turn=Turn(d, n, "answer" if n < 3 else "talk", context=n == 2),
        )
        for d in "xyz"
        for n in (1, 2, 3)
    ),
)


class TalkSystem:
    """Says how many turns of the dialogue it has heard: who continues in the middle of one hears something else."""

    cites = ranks = True
    text_of: TextOf | None = None

    def __init__(self, stop_at: str | None = None, fail_at: str | None = None, wrong: str = "") -> None:
        self.asked: list[str] = []
        self._stop_at, self._fail_at, self._wrong = stop_at, fail_at, wrong

    def own_name(self, article_id: str) -> str | None:
        return article_id

    def predict(self, question: GoldQuestion) -> Prediction | None:
        if question.id == self._stop_at:
            raise KeyboardInterrupt
        self.asked.append(question.id)
        if question.id == self._fail_at:
            raise ArticleQAError("the model is gone")
        dialogue = question.id[0]
        heard = 0
        for name in reversed(self.asked):
            heard += 1
            if name[0] != dialogue or name.endswith("/1"):
                break
        answer = "wrong" if question.id == self._wrong else f"{dialogue}{heard}"
        understood = f"What is {heard} of {dialogue}?" if heard == 2 else None
        return Prediction(question.id, answer, (replace(QUOTE),), (QUOTE,), reply="answer", understood=understood)


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("run.jsonl", "run.json")}


def test_a_row_says_where_it_stands_in_its_talk(tmp_path: Path) -> None:
    run = evaluate(GOLD, TalkSystem(), PLAN, tmp_path)
    line = json.loads((tmp_path / "run.jsonl").read_text().splitlines()[1])
    assert {name: line[name] for name in ("id", "question", "dialogue", "turn", "understood", "reply")} == {
        "id": "x/2",
        "question": "What is 2?",
        "dialogue": "x",
        "turn": 2,
        "understood": "What is 2 of x?",
        "reply": "answer",
    }
    assert (line["gold_reply"], line["context"], line["right"]) == ("answer", True, True)
    assert tuple(read_rows(tmp_path)) == run.rows
    talk = json.loads((tmp_path / "run.jsonl").read_text().splitlines()[2])
    assert (talk["gold"], talk["right"]) == (None, False)  # a search where there was nothing to search for


def test_figures_by_kind_of_turn_and_by_context() -> None:
    found = evaluate(GOLD, TalkSystem(), PLAN, None).results
    assert set(found.kinds) == {"open", "small talk"}
    assert set(found.parts) == {"first turns", "later turns", "need what was said", "stand by themselves"}
    reply = {name: (part["reply_right"].value, part["reply_right"].n) for name, part in found.parts.items()}
    assert reply == {
        "first turns": (1.0, 3),
        "later turns": (0.5, 6),
        "need what was said": (1.0, 3),
        "stand by themselves": (0.5, 6),
    }
    assert "f1_open" in found.kinds["open"]
    assert "f1_open" not in found.kinds["small talk"]
    assert "article_hits@1" in found.metrics
    assert found.metrics["article_hits@1"].n == 6  # nothing is to be found for small talk


def test_intervals_are_over_dialogues() -> None:
    """Two dialogues all right and one all wrong: as drawn together, the mean of three values and not of nine."""
    rows = evaluate(GOLD, TalkSystem(), PLAN, None).rows
    scored = [replace(row, scores={"right": float(row.id[0] != "z")}) for row in rows]
    found = results(scored).metrics["right"]
    assert (found.value, found.low, found.high, found.n) == (pytest.approx(2 / 3), 0.0, 1.0, 9)


@pytest.mark.parametrize(
    ("stop_at", "again"),
    [("y/1", ["y/1", "y/2", "y/3"]), ("y/3", ["y/1", "y/2", "y/3"]), ("z/1", [])],
)
def test_a_dialogue_that_was_broken_off_is_said_again_from_its_first_turn(
    tmp_path: Path, stop_at: str, again: list[str]
) -> None:
    evaluate(GOLD, TalkSystem(), PLAN, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        evaluate(GOLD, TalkSystem(stop_at=stop_at), PLAN, tmp_path / "stopped")
    rest = TalkSystem()
    evaluate(GOLD, rest, PLAN, tmp_path / "stopped", resume=True)
    assert rest.asked == [*again, "z/1", "z/2", "z/3"]
    assert files(tmp_path / "stopped") == files(tmp_path / "whole")


def test_a_dialogue_with_a_turn_that_failed_is_said_again_whole(tmp_path: Path) -> None:
    evaluate(GOLD, TalkSystem(fail_at="y/2"), PLAN, tmp_path / "run")
    rest = TalkSystem()
    mended = evaluate(GOLD, rest, PLAN, tmp_path / "run", resume=True)
    assert rest.asked == ["y/1", "y/2", "y/3"]
    assert not mended.errors


def test_two_runs_are_compared_turn_by_turn(tmp_path: Path) -> None:
    evaluate(GOLD, TalkSystem(), PLAN, tmp_path / "a")
    evaluate(GOLD, TalkSystem(wrong="y/2"), PLAN, tmp_path / "b")
    found = compare(tmp_path / "a", tmp_path / "b")
    assert (found.questions, found.gained) == (9, ())
    assert found.to_json()["lost"] == [
        {
            "id": "y/2",
            "question": "What is 2?",
            "dialogue": "y",
            "turn": 2,
            "gold": ["y2"],
            "first": "y2",
            "second": "wrong",
        }
    ]
    assert found.metrics["f1_open"].difference.value == pytest.approx(-1 / 6)
    assert "right in A, wrong in B: 1\n  y/2: What is 2?" in comparison_text(found, ("a", "b"))


def kept(folder: Path, better: str) -> Path:
    """The run of GOLD with both questions of the named dialogues right and sure, the others wrong."""
    rows = evaluate(GOLD, TalkSystem(), PLAN, folder).rows
    lines = []
    for row in rows:
        right = float(row.id[0] in better)
        said = replace(row.prediction, confidence=right)
        lines.append(replace(row, prediction=said, scores={"right": right, "f1_open": right}).to_json())
    (folder / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_dialogues_are_swapped_and_drawn_as_wholes(tmp_path: Path) -> None:
    """Two of three dialogues got better: 2 of 2^2 swaps; as six turns they would be 2 of 2^6."""
    found = compare(kept(tmp_path / "a", ""), kept(tmp_path / "b", "xy"))
    change = found.metrics["f1_open"]
    assert (change.difference.value, change.p) == (pytest.approx(2 / 3), pytest.approx(2 / 4))
    assert (change.difference.low, change.difference.high) == (0.0, 1.0)
    # small talk has no gold answer, and can be right or wrong all the same
    assert [after.id for _, after in found.gained] == [f"{d}/{n}" for d in "xy" for n in (1, 2, 3)]


def test_figures_of_all_turns_together_are_over_dialogues(tmp_path: Path) -> None:
    """Calibration is bad in one dialogue of three, and some draws have none but it."""
    rows = [
        replace(row, prediction=replace(row.prediction, confidence=1.0), scores={"right": float(row.id[0] != "z")})
        for row in evaluate(GOLD, TalkSystem(), PLAN, None).rows
    ]
    found = results(rows).metrics["ece"]
    assert (found.value, found.low, found.high) == (pytest.approx(1 / 3), 0.0, 1.0)


# ---- what is shown -------------------------------------------------------------------------------------------------


def test_the_table_of_turns() -> None:
    text = run_text(evaluate(GOLD, TalkSystem(wrong="y/2"), PLAN, None))
    assert text.startswith(
        "talks: 9 turns of 3 dialogues. In brackets: 95 % bootstrap intervals, over dialogues.\n\nanswers "
    )
    assert text.endswith(
        """
kinds of turns       right  reply     F1  other  refused  n
-----------------------------------------------------------
open                 0.833  1.000  0.833  0.000    0.000  6
small talk           0.000  0.000      -  0.000        -  3
first turns          1.000  1.000  1.000  0.000    0.000  3
later turns          0.333  0.500  0.667  0.000    0.000  6
need what was said   0.667  1.000  0.667  0.000    0.000  3
stand by themselves  0.500  0.500  1.000  0.000    0.000  6
"""
    )


def test_csv_has_the_turns() -> None:
    assert "\nturns: need what was said,reply_right,mean,1.0,1.0,1.0,3\n" in run_csv(
        evaluate(GOLD, TalkSystem(), PLAN, None)
    )


def test_the_page_shows_a_talk() -> None:
    text = page(evaluate(GOLD, TalkSystem(), PLAN, None))
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    turns = json.loads(found.group(1))
    assert [(turn["dialogue"], turn["turn"]) for turn in turns] == [(d, n) for d in "xyz" for n in (1, 2, 3)]
    assert (turns[1]["understood"], turns[1]["reply"], turns[1]["verdict"]) == ("What is 2 of x?", "answer", "right")
    assert (turns[2]["reply"], turns[2]["verdict"]) == ("answer, wanted: talk", "wrong")
    assert "9 turns of 3 dialogues" in text
    assert "bootstrap intervals over dialogues" in text
    assert "<h2>Dialogues</h2>" in text


def test_a_row_without_a_turn_is_written_as_before() -> None:
    plain = GoldQuestion("q", "Who?", ("Ole Berg",))
    line = score(plain, said("answer", "Ole Berg", "a"), None, cites=True, ranks=False).to_json()
    assert not {"dialogue", "turn", "reply", "understood"} & set(line)
    assert Row.from_json(line).turn is None
