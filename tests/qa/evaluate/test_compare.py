from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ArticleQAError
from qa.evaluate.compare import compare
from qa.evaluate.gold import GoldQuestion, GoldSet
from qa.evaluate.predictions import Prediction
from qa.evaluate.report import comparison_text
from qa.evaluate.run import Plan, evaluate
from qa.evaluate.statistics import Interval
from qa.evaluate.systems import PredictionsSystem

PLAN = Plan({"name": "set", "format": "test"}, {})


def kept(folder: Path, right: str, questions: int = 10, scores: bool = True) -> Path:
    """A run folder over q0..q9 (the last two without an answer) with the named ones right."""
    asked = tuple(GoldQuestion(f"q{n}", f"Who is {n}?", (f"name{n}",) if n < 8 else ()) for n in range(questions))
    said = {}
    for number, question in enumerate(asked):
        is_right = str(number) in right
        answer = (question.answers[0] if question.answers else None) if is_right else "pterodactyl"
        said[question.id] = Prediction(question.id, answer, score=float(is_right) if scores else None)
    evaluate(GoldSet("set", "test", "x", asked), PredictionsSystem(said, None), PLAN, folder)
    return folder


def test_difference_interval_and_p(tmp_path: Path) -> None:
    """Six flips one way: p is 2 of 2^6."""
    found = compare(kept(tmp_path / "a", "07"), kept(tmp_path / "b", "01234567"))
    em = found.metrics["em"]
    assert (em.first, em.second, em.difference.value, em.difference.n) == (0.2, 0.8, pytest.approx(0.6), 10)
    assert em.p == pytest.approx(2 / 64)
    assert em.difference.low is not None
    assert em.difference.high is not None
    assert 0.2 <= em.difference.low < 0.6 < em.difference.high <= 0.9
    assert found.metrics["no_ans_em"].p == 1.0
    assert found.metrics["has_ans_em"].difference.n == 8
    back = compare(tmp_path / "b", tmp_path / "a").metrics["em"]
    assert (back.difference.value, back.p) == (pytest.approx(-0.6), em.p)


def test_flips_both_ways(tmp_path: Path) -> None:
    found = compare(kept(tmp_path / "a", "0128"), kept(tmp_path / "b", "0239"))
    assert [a.id for a, _ in found.gained] == ["q3", "q9"]
    assert [a.id for a, _ in found.lost] == ["q1", "q8"]
    assert found.to_json()["gained"][0] == {
        "id": "q3",
        "question": "Who is 3?",
        "gold": ["name3"],
        "first": "pterodactyl",
        "second": "name3",
    }


def test_a_run_against_itself_differs_in_nothing(tmp_path: Path) -> None:
    folder = kept(tmp_path / "a", "0138")
    found = compare(folder, folder)
    intervals = [found.metrics[name].difference for name in found.metrics if name != "refusal_precision"]
    assert {(one.value, one.low, one.high) for one in intervals} == {(0.0, 0.0, 0.0)}
    assert found.metrics["refusal_precision"].difference == Interval(0.0, None, None, 1)  # one refusal: no interval
    assert {d.p for d in found.metrics.values()} == {1.0, None}
    assert (found.gained, found.lost) == ((), ())


def test_metrics_of_all_questions_together(tmp_path: Path) -> None:
    """AUROC by score: in the first run 3 of 8 answerable above both others, 5 tied; in the second all tied."""
    found = compare(kept(tmp_path / "a", "012"), kept(tmp_path / "b", ""))
    auroc = found.metrics["auroc"]
    assert (auroc.first, auroc.second, auroc.p) == (pytest.approx((6 + 10 / 2) / 16), 0.5, None)
    assert auroc.difference.value == pytest.approx(0.5 - 11 / 16)
    without = compare(kept(tmp_path / "c", "012"), kept(tmp_path / "d", "", scores=False))
    assert "auroc" not in without.metrics


def test_only_questions_in_both_are_compared(tmp_path: Path) -> None:
    found = compare(kept(tmp_path / "a", "0"), kept(tmp_path / "b", "0", questions=6))
    assert (found.questions, found.only_first, found.only_second) == (6, 4, 0)


def test_runs_without_a_common_question(tmp_path: Path) -> None:
    other = GoldSet("set", "test", "x", (GoldQuestion("q0", "Another question?", ("x",)),))
    evaluate(other, PredictionsSystem({}, None), PLAN, tmp_path / "b")
    with pytest.raises(ArticleQAError, match="no question in common"):
        compare(kept(tmp_path / "a", ""), tmp_path / "b")
    with pytest.raises(ArticleQAError, match="no run in it"):
        compare(tmp_path / "a", tmp_path / "none")


def test_the_text(tmp_path: Path) -> None:
    found = compare(kept(tmp_path / "a", "07", scores=False), kept(tmp_path / "b", "012345678", scores=False))
    lost = replace(found, lost=found.gained[:1], gained=found.gained[-1:])
    lines = comparison_text(lost, ("runs/a", "runs/b")).splitlines()
    assert lines[:3] == ["A runs/a", "B runs/b", "10 questions in both."]
    assert lines[4].split() == ["metric", "A", "B", "B", "-", "A", "95", "%", "interval", "p", "n"]
    em = next(line for line in lines if line.startswith("em "))
    assert em.split()[:4] == ["em", "0.200", "0.900", "+0.700"]
    assert em.split()[-2:] == ["0.016", "10"]
    assert lines[-6:] == [
        "  q8: Who is 8?",
        "      A: pterodactyl   B: (refused)   gold: no answer",
        "",
        "right in A, wrong in B: 1",
        "  q1: Who is 1?",
        "      A: pterodactyl   B: name1   gold: name1",
    ]
