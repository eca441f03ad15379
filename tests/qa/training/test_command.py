"""The documented command, from data folder to checkpoint to exported files, on a tiny base."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
from pathlib import Path

import pytest
import torch

from qa.evaluate.gold import kept_apart
from qa.models.ranker_reader import EARLY_RELEVANCE, load_early_relevance
from qa.models.shipped import POLICY
from qa.training import cascade
from qa.training.__main__ import main
from qa.training.data import shift_kept_apart
from qa.training.model import RankerReader
from qa.training.restore import load_reader
from tests.qa.training import tiny

SHAPE = dataclasses.replace(tiny.SHAPE, positions=256)


def write_data(folder: Path) -> None:
    """A few articles for every source, some of them kept apart."""
    paragraphs = []
    for i in range(30):
        passage = f"Canada sent {100 + i} troops to Mali."
        answers = [{"text": f"{100 + i} troops", "answer_start": 12}]
        qas = [
            {"id": f"{i}a", "question": "How many troops did Canada send?", "answers": answers},
            {"id": f"{i}b", "question": "Who sent boats to Mali?", "answers": [], "is_impossible": True},
        ]
        paragraphs.append({"context": passage, "qas": qas})
    assert any(shift_kept_apart(p["context"]) for p in paragraphs)
    (folder / "squadshifts").mkdir(parents=True)
    for name in ("new_wiki", "reddit", "amazon_reviews"):
        answered = [{**p, "qas": p["qas"][:1]} for p in paragraphs]  # type: ignore[index]
        (folder / "squadshifts" / f"{name}_v1.0.json").write_text(json.dumps(tiny.squad_file(answered)))
    titles = [next(t for t in map(str, range(99)) if kept_apart(t) != trains) for trains in (True, False)]
    squad = {"data": [tiny.squad_file(paragraphs[:3], title)["data"][0] for title in titles]}
    (folder / "squad").mkdir()
    (folder / "squad" / "dev-v2.0.json").write_text(json.dumps(squad))
    (folder / "quac").mkdir()
    (folder / "quac" / "train_pairs.jsonl").write_text("")
    (folder / "narrativeqa").mkdir()
    plots = [{"document": i, "text": f"A plot. Tom hid the box of {i} coins in a cave."} for i in range(20)]
    asked = [{"id": i, "document": i, "question": "How did Tom hide it?", "answers": ["In a cave"]} for i in range(20)]
    for name, lines in (("summaries", plots), ("questions", asked)):
        (folder / "narrativeqa" / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_train_resume_and_export(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data, base, out = (tmp_path / name for name in ("data", "base", "out"))
    write_data(data)
    base.mkdir()
    tiny.base_folder(base, SHAPE)
    tiny.tokenizer().save(str(base / "tokenizer.json"))
    command = ["--data", str(data), "--base", str(base), "--out", str(out), "--batch", "4", "--length", "80"]
    with caplog.at_level(logging.INFO):
        assert main([*command, "--steps", "2"]) == 0
        assert main([*command, "--steps", "3"]) == 0
    assert "continuing at step 2" in caplog.text
    assert "stopped at step 3 of 3" in caplog.text
    assert (out / "bm25.json").is_file()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        assert main([*command, "--no-train"]) == 0
    assert "squad: n=6 answerable=3" in caplog.text
    caplog.clear()
    files = tmp_path / "files"
    with caplog.at_level(logging.INFO):
        assert main([*command, "--no-train", "--export", str(files), "--final-sample", "2"]) == 0
    assert "step 3, int8: squad: n=2" in caplog.text
    manifest = json.loads((files / "manifest.json").read_text())
    assert (manifest["step"], manifest["scores"]["shifts"]["n"]) == (3, 2)
    assert cascade.main(["--data", str(data), "--weights", str(files), "--questions", "3"]) == 0
    described = json.loads((files / "manifest.json").read_text())
    assert described["scores"] == manifest["scores"]
    assert set(described["files"]) == {*manifest["files"], EARLY_RELEVANCE}
    assert load_early_relevance(files, SHAPE.width).any()
    further, averaged = tmp_path / "further", tmp_path / "averaged"
    command[command.index(str(out))] = str(further)
    command += ["--reader", str(files / "reader.onnx"), "--average", "--rate", "1e-2", "--float32"]
    assert main([*command, "--steps", "3", "--export", str(averaged), "--final-sample", "2"]) == 0
    first, mean = (RankerReader(SHAPE).reader for _ in range(2))
    load_reader(files / "reader.onnx", first)
    load_reader(averaged / "reader.onnx", mean)
    trained = torch.load(further / "checkpoint.pt", weights_only=True)["reader"]
    began = first.state_dict()
    for name, weights in mean.state_dict().items():
        wanted = (began[name] + trained[name]) / 2
        assert torch.allclose(weights, wanted, atol=wanted.abs().max() / 100), name
    assert not torch.allclose(mean.state_dict()["span.weight"], began["span.weight"], atol=1e-4)


def test_files_are_trained_further_and_all_but_the_reader_stays(
    exported: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data, files, out, further = (tmp_path / name for name in ("data", "files", "out", "further"))
    write_data(data)
    shutil.copytree(exported, files)
    (files / EARLY_RELEVANCE).write_bytes(b"of this lower half")
    (files / POLICY).write_bytes(b"of these weights")
    command = ["--data", str(data), "--base", str(files), "--out", str(out), "--batch", "4", "--length", "80"]
    command += ["--steps", "3", "--share", "0.5", "--rate", "1e-2", "--average", "--export", str(further)]
    with caplog.at_level(logging.INFO):
        assert main([*command, "--final-sample", "2"]) == 0
    assert "narrative: n=1" in caplog.text
    assert "changed: n=2 answerable=1" in caplog.text
    for name in ("lower.onnx", "lower-float.onnx", "ranker.onnx", "ranker-float.onnx", EARLY_RELEVANCE, POLICY):
        assert (further / name).read_bytes() == (files / name).read_bytes()
    assert (further / "reader.onnx").read_bytes() != (files / "reader.onnx").read_bytes()


def test_an_average_needs_what_to_average_with(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--data", "x", "--base", "x", "--out", str(tmp_path / "out"), "--average"]) == 2
    assert not (tmp_path / "out").exists()
    assert "--average needs --reader" in capsys.readouterr().err


def test_weights_that_are_not_exported_yet_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cascade.main(["--data", str(tmp_path), "--weights", str(tmp_path)]) == 1
    assert "manifest.json" in capsys.readouterr().err


def test_a_missing_data_set_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = tmp_path / "base"
    base.mkdir()
    tiny.base_folder(base, SHAPE)
    assert main(["--data", str(tmp_path), "--base", str(base), "--out", str(tmp_path / "out")]) == 1
    assert "new_wiki_v1.0.json" in capsys.readouterr().err
