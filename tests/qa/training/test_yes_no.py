"""The yes/no half: what it is trained on, what is said above a cut, and the command."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from index.models.onnx import open_session
from qa.models.spans import pad
from qa.training import yes_no
from qa.training.batches import first_windows
from qa.training.yes_no import Asked, AskedSteps, Cuts, find_cuts, said
from tests.qa.training import tiny


def test_what_is_said_above_cuts() -> None:
    found = np.array([3.0, 2.0, 0.1, -0.1, -2.0, -3.0], np.float32)
    yes = np.array([1, 0, 1, 1, 0, 0])
    one = said(found, yes, Cuts(0.8, 0.8))
    assert one.share == pytest.approx(4 / 6)
    assert (one.right, one.yes_right, one.no_right, one.no_share) == (0.75, 0.5, 1.0, 0.5)


def test_cuts_hold_what_is_asked_and_say_nothing_where_it_cannot_be() -> None:
    rng = np.random.default_rng(0)
    found = rng.normal(0, 2, 2000).astype(np.float32)
    yes = (rng.random(2000) < 1 / (1 + np.exp(-2 * found))).astype(int)
    one = said(found, yes, find_cuts(found, yes))
    assert one.right >= 0.9
    assert min(one.yes_right, one.no_right) >= 0.85
    assert one.share > 0.5
    coin = said(found, rng.integers(0, 2, 2000), find_cuts(found, rng.integers(0, 2, 2000)))
    assert coin.share == 0


def test_every_question_comes_once_an_epoch_and_the_same_after_a_stop() -> None:
    asked = [Asked(f"is it {n}?", "it is " * n, yes=n % 3 > 0) for n in range(1, 13)]
    steps = AskedSteps(asked, tiny.pieced(), seed=1, size=4)
    epoch = [steps.batch(step, length=200) for step in range(3)]
    assert sum(int(batch.starts.sum()) for batch in epoch) == 8
    assert len({tuple(row) for batch in epoch for row in batch.ids.tolist()}) == 12
    again = AskedSteps(asked, tiny.pieced(), seed=1, size=4).batch(1, length=200)
    assert np.array_equal(again.ids, epoch[1].ids)


def test_the_opposite_of_a_yes_is_a_no() -> None:
    turned = {yes_no._turned(Asked("is it the largest?", "It is.", yes=True), random.Random(n)) for n in range(9)}
    assert turned == {
        Asked("is it the largest?", "It is.", yes=True),
        Asked("is it the smallest?", "It is.", yes=False),
    }
    no = Asked("is it the largest?", "It is not.", yes=False)
    assert yes_no._turned(no, random.Random(0)) is no


def test_the_command_trains_goes_on_and_exports(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, data, out = (tmp_path / name for name in ("files", "data", "out"))
    shutil.copytree(exported, files)
    (data / "boolq").mkdir(parents=True)
    lines = [{"question": f"is it {n}", "passage": f"It is {n}.", "answer": n % 2 == 0} for n in range(12)]
    for part in ("train", "dev"):
        (data / "boolq" / f"{part}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    command = ["--data", str(data), "--weights", str(files), "--out", str(out), "--batch", "4", "--layers", "1"]
    assert yes_no.main([*command, "--steps", "2"]) == 0
    assert "12 questions: right" in capsys.readouterr().out
    assert yes_no.main([*command, "--steps", "3", "--export"]) == 0
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    assert state["step"] == 3
    half = yes_no.YesNo(tiny.SHAPE, 1)
    half.load_state_dict(state["reader"])
    pieced = tiny.pieced()
    ids, types, mask = pad(first_windows("is it 3?", ["It is 3.", "Nothing is."], pieced), marks=pieced.marks)
    with torch.no_grad():
        hidden = yes_no.restore(files).lower(*(torch.from_numpy(a) for a in (ids, types, mask)))
        wanted = half.eval()(hidden, torch.from_numpy(mask)).numpy()
    (got,) = open_session(files / "yes-no.onnx", 1).run(["yes"], {"hidden": hidden.numpy(), "mask": mask})
    assert np.abs(got - wanted).max() < 0.05
