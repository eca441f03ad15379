"""Confidence and threshold, fitted to a user's own questions."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from qa.cli import app
from qa.evaluate.calibration import CALIBRATION, CalibrationError, Fitted, Outcome, figures, fit, keep
from qa.evaluate.predictions import Prediction
from qa.evaluate.scores import Row
from qa.models.ranker_reader import sigmoid
from qa.models.shipped import WEIGHTS
from qa.reading.confidence import Calibration, Confidence, Features, Regression, in_use, load

NOTHING = Regression(dict.fromkeys(Features.__slots__, 0.0), 0.0)
SHIPPED = Confidence(NOTHING, 0.2, NOTHING)


def outcomes(n: int, slope: float = 2.0, shift: float = -1.0, seed: int = 0) -> list[Outcome]:
    """Questions that are right with probability sigmoid(slope * score + shift); half of the wrong have no answer."""
    rng = random.Random(seed)
    found = []
    for number in range(n):
        score = rng.uniform(-3, 3)
        right = rng.random() < sigmoid(slope * score + shift)
        found.append(Outcome(f"q{number}", score, right, right or rng.random() < 0.5))
    return found


def test_it_finds_what_the_scores_were_drawn_from() -> None:
    fitted = fit(outcomes(2000), SHIPPED)
    assert fitted.calibration.slope == pytest.approx(2.0, abs=0.25)
    assert fitted.calibration.shift == pytest.approx(-1.0, abs=0.25)
    assert fitted.after.ece < 0.05 < fitted.before.ece
    assert fitted.after.right >= fitted.before.right


def test_the_figures_are_of_questions_that_fitted_nothing() -> None:
    """A score that says nothing about the questions left out cannot look good."""
    rng = random.Random(1)
    noise = [replace(one, score=rng.uniform(-3, 3)) for one in outcomes(60)]
    try:
        fitted = fit(noise, SHIPPED)
    except CalibrationError:
        return
    assert fitted.after.right <= 0.75


def test_a_refusal_is_right_where_nothing_answers() -> None:
    found = [
        Outcome("a", 2.0, True, True),
        Outcome("b", 1.0, False, True),
        Outcome("c", -5.0, False, False),
        Outcome("d", None, False, False),
        Outcome("e", None, False, True),
    ]
    shown = figures(found, [SHIPPED] * 5)
    assert (shown.right, shown.answered, shown.wrong) == (0.6, 0.4, 0.2)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (outcomes(19), "too little"),
        ([replace(one, right=True, answerable=True) for one in outcomes(50)], "0 wrong"),
        ([replace(one, score=None) for one in outcomes(50)], "0 questions"),
        ([replace(one, score=-(one.score or 0.0)) for one in outcomes(100)], "no threshold separates"),
    ],
)
def test_what_cannot_be_fitted_is_said(given: list[Outcome], why: str) -> None:
    with pytest.raises(CalibrationError, match=why):
        fit(given, SHIPPED)


def test_a_calibration_is_kept_and_used_for_its_weights_only(tmp_path: Path) -> None:
    said: list[str] = []
    assert in_use(tmp_path, WEIGHTS, said.append) == load(WEIGHTS)
    found = figures(outcomes(5), [SHIPPED] * 5)
    keep(Fitted(Calibration(1.5, 0.25), 0.4, found, found, 0.9), tmp_path, WEIGHTS, 30)
    used = in_use(tmp_path, WEIGHTS, said.append)
    assert (used.threshold, used.calibration) == (0.4, Calibration(1.5, 0.25))
    assert used.probability(1.0) == sigmoid(1.75)
    assert said == []
    held = json.loads((tmp_path / CALIBRATION).read_text())
    for content, notice in ((json.dumps({**held, "weights": "other"}), "other weights"), ("{", "cannot be read")):
        (tmp_path / CALIBRATION).write_text(content)
        assert in_use(tmp_path, WEIGHTS, said.append) == load(WEIGHTS)
        assert notice in said[-1]
        assert "--reset" in said[-1]


# ---- the command ---------------------------------------------------------------------------------------------------


def rows(given: list[Outcome]) -> list[Row]:
    """What a run over these questions would hold."""
    return [
        Row(
            id=one.id,
            question=f"What of {one.id}?",
            kind="what",
            gold=("gold",) if one.answerable else (),
            gold_articles=(),
            prediction=Prediction(one.id, "gold" if one.right else "lead", score=one.score),
            scores={"right": float(one.right)},
        )
        for one in given
    ]


@pytest.fixture
def index(seed_index: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seed_index, tmp_path / ".qa"))


def calibrate(index: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["calibrate", "--index", str(index), *arguments])


def test_the_command_fits_shows_and_keeps(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # asking takes models and minutes
    monkeypatch.setattr("qa.terminal.commands.calibrate._ask", lambda *_: rows(outcomes(60)))
    done = calibrate(index, "gold.jsonl")
    assert done.exit_code == 0, done.output
    assert "60 questions, cross-validated" in done.stdout
    assert "<- fitted threshold" in done.stdout
    assert "Not right as fitted:" in done.stdout
    assert (index / CALIBRATION).is_file()
    again = json.loads(calibrate(index, "gold.jsonl", "--json").stdout)
    assert again["n"] == 60
    assert again["threshold"]["after"] == json.loads((index / CALIBRATION).read_text())["threshold"]
    assert calibrate(index, "--reset").exit_code == 0
    assert not (index / CALIBRATION).exists()
    assert calibrate(index, "--reset").exit_code == 0


def test_the_command_says_what_cannot_be_fitted(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.terminal.commands.calibrate._ask", lambda *_: rows(outcomes(5)))
    done = calibrate(index, "gold.jsonl")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "too little to fit on" in done.stderr
    assert not (index / CALIBRATION).exists()


def test_usage(index: Path) -> None:
    assert calibrate(index).exit_code == 2
    assert calibrate(index, "gold.jsonl", "--reset").exit_code == 2
