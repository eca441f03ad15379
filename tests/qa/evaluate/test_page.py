from __future__ import annotations

import json
import re
from dataclasses import replace

from qa.evaluate.page import page
from qa.evaluate.predictions import Quoted
from qa.evaluate.results import results
from tests.qa.evaluate.fakes import run_of


def data(text: str) -> list[dict]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_the_page_is_whole_and_loads_nothing() -> None:
    text = page(run_of())
    assert text.count("<svg") == 2  # no calibration: there is no confidence
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?://", text)
    assert "$" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert [question["id"] for question in data(text)] == [f"q{n}" for n in range(8)]
    assert [question["verdict"] for question in data(text)][2:4] == ["right", "wrong"]
    assert data(text)[7]["verdict"] == "failed"


def test_calibration_is_drawn_once_there_is_a_confidence() -> None:
    run = run_of()
    rows = tuple(replace(row, prediction=replace(row.prediction, confidence=0.7)) for row in run.rows)
    text = page(replace(run, rows=rows, results=results(rows)))
    assert text.count("<svg") == 3
    assert "<title>1 answers, confidence 0.70, right 1.00</title>" in text


def test_a_quote_is_marked_in_its_passage() -> None:
    """Cut by characters, as Python counts them: a browser counts an emoji as two."""
    run = run_of()
    around = "😀 Rain. 😀 The Ober rose. It fell."
    start = around.index("The")
    cited = Quoted("art", 100 + start, 100 + start + 14, "The Ober rose.", None, "Art", around, 100)
    rows = (replace(run.rows[2], prediction=replace(run.rows[2].prediction, citations=(cited,))),)
    (question,) = data(page(replace(run, rows=rows)))
    assert question["citations"] == [
        {
            "ref": "art:110-124",
            "title": "Art",
            "before": "😀 Rain. 😀 ",
            "quote": "The Ober rose.",
            "after": " It fell.",
        }
    ]


def test_text_from_anywhere_breaks_nothing() -> None:
    run = run_of()
    nasty = '</script><script>alert(1)</script><!-- "&<b>'
    rows = tuple(replace(row, question=nasty, kind=nasty) for row in run.rows)
    plan = replace(run.plan, settings={**run.plan.settings, "name": nasty})
    text = page(replace(run, rows=rows, plan=plan, results=results(rows)))
    assert data(text)[0]["question"] == nasty
    assert text.count("<script") == 2
    assert "<b>" not in text
