"""The fit of confidence, on cases that are made up."""

from __future__ import annotations

import json
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError, UsageError
from qa.models.ranker_reader import EARLY_RELEVANCE
from qa.models.shipped import POLICY, WEIGHTS, Policy, shipped_policy
from qa.models.spans import ScoredSpan
from qa.reading.confidence import Features, SpanFeatures, fingerprint, load
from qa.reading.findings import MarkedPassage
from qa.training.cases import Case, How, read_cases, write_cases
from qa.training.fit import ANSWERED, Row, fit, main, row, threshold_of, weigh
from tests.fakes import passage

TEXT = "Mattis sent up to 4,000 troops."


def case(number: int, how: How, margin: float) -> Case:
    """A passage in which the model marks the troops."""
    marked = MarkedPassage(passage(TEXT, number, f"p{number}"), 1.0, (ScoredSpan(margin, 12, 23),))
    gold = ("up to 4,000",) if how == "as it is" else ()
    return Case("How many troops were sent?", how, "news", f"p{number}", gold, (marked,))


def cases(n: int) -> list[Case]:
    """Right ones with a higher margin, mostly."""
    rng = random.Random(0)
    return [
        case(i, how, rng.gauss(3 if how == "as it is" else -3, 4)) for i in range(n) for how in ("as it is", "absent")
    ]


def test_cases_come_back_from_a_file(tmp_path: Path) -> None:
    written = cases(3)
    write_cases(written, tmp_path / "cases.jsonl", {"reader.onnx": "abc"})
    assert read_cases(tmp_path / "cases.jsonl", {"reader.onnx": "abc"}) == written
    with pytest.raises(UsageError, match="asked with other weights"):
        read_cases(tmp_path / "cases.jsonl", {"reader.onnx": "abd"})


def test_what_becomes_of_a_case() -> None:
    found = row(case(1, "as it is", 2.0), shipped_policy())
    assert found is not None
    assert (found.right, found.how) == (True, "as it is")
    assert (found.features.margin, found.features.yes_no) == (2.0, 0.0)
    missed = row(case(1, "absent", 2.0), shipped_policy())
    assert missed is not None
    assert not missed.right  # the same words, where nothing answers
    assert row(Case("Who?", "as it is", "news", "p", ("x",), ()), shipped_policy()) is None
    beside = row(replace(case(1, "given", 2.0), gold=("many",), place=(0, 6)), shipped_policy())
    assert beside is not None
    assert (beside.right, beside.span_right, beside.features.given) == (True, False, 1.0)  # its quote has the evidence


def test_the_fit_finds_what_the_rows_were_drawn_from() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 2)) * [1.0, 5.0]
    right = (rng.random(4000) < 1 / (1 + np.exp(-(values @ [2.0, 0.3] - 1)))).astype(float)
    found = fit(values, right, np.ones(4000))
    assert found.coefficients == pytest.approx([2.0, 0.3], abs=0.15)
    assert found.bias == pytest.approx(-1.0, abs=0.15)


def test_a_way_of_asking_that_is_rare_weighs_more() -> None:
    features = Features(*([0.0] * len(Features.__slots__)))
    span = SpanFeatures(*([0.0] * len(SpanFeatures.__slots__)))
    hows: list[How] = ["as it is", "as it is", "absent", "as it is"]
    rows = [Row(features, span, False, False, "news", how, 0) for how in hows]
    assert (weigh(rows) ** 2).tolist() == pytest.approx([1.0, 1.0, 3.0, 1.0])
    both = weigh([*rows, replace(rows[0], source="shifts")])
    assert (both**2).tolist() == pytest.approx([1.0, 1.0, 3.0, 1.0, 3.0])


def test_the_threshold_lets_so_many_be_answered() -> None:
    scores = np.arange(200.0)
    assert (scores >= threshold_of(scores)).mean() == ANSWERED


def test_the_command_writes_what_the_assistant_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cases(cases(60), tmp_path / "cases.jsonl", {"reader.onnx": "abc"})
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {"reader.onnx": {"sha256": "abc"}}}))
    command = ["fit", "--data", str(tmp_path), "--weights", str(tmp_path), "--cases", str(tmp_path / "cases.jsonl")]
    monkeypatch.setattr(sys, "argv", [*command, "--write"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "qa.training.cascade makes it" in capsys.readouterr().err
    (tmp_path / EARLY_RELEVANCE).touch()
    with pytest.raises(ModelError, match=r"policy\.json cannot be read"):
        main()
    shutil.copy(WEIGHTS / POLICY, tmp_path)
    assert main() == 0
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {"reader.onnx": {"sha256": "abd"}}}))
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "cases.jsonl was asked with other weights" in capsys.readouterr().err
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {"reader.onnx": {"sha256": "abc"}}}))
    assert main() == 0
    confidence = load(tmp_path)
    assert Policy.load(tmp_path) == shipped_policy()
    assert fingerprint(tmp_path) != fingerprint(WEIGHTS)
    assert confidence.answers.coefficients["margin"] > 0
    shown = capsys.readouterr().out
    assert f"threshold {confidence.threshold}" in shown
    assert "news, absent" in shown
