"""qa log, qa replay, --no-log: over whole commands."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.models.embed import Embedder
from index.update import writing
from qa.cli import app
from qa.log import FILE

run = CliRunner().invoke
QUESTION = "How many men came to Dover?"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "article-qa"


def written(text: str, embedder: Embedder) -> None:
    Path("paper.txt").write_text(text)
    with writing(Path(".qa"), embedder) as writer:
        list(writer.update([Path("paper.txt")]))


def test_asked_kept_shown_replayed_cleared(state: Path, embedder: Embedder) -> None:
    written("It rained. Up to 4,000 men came to Dover.\n", embedder)
    assert "nothing is kept" in run(app, ["log"]).stderr
    assert run(app, ["ask", QUESTION, "--since", "2000", "--no-constraints"]).exit_code == 3, "it has no date"
    assert run(app, ["ask", QUESTION]).exit_code == 0
    assert run(app, ["ask", QUESTION, "--no-log"]).exit_code == 0
    assert run(app, ["config", "set", "log", "no", "--here"]).exit_code == 0
    assert run(app, ["ask", QUESTION]).exit_code == 0
    Path(".qa/config.toml").unlink()
    kept = [json.loads(line) for line in run(app, ["log", "--json"]).stdout.splitlines()]
    assert [one["line"] for one in kept] == [QUESTION] * 2
    assert kept[0]["options"] == {"filters": {"since": "2000-01-01"}, "constraints": False}
    assert kept[1]["passages"][0]["sha256"]
    assert run(app, ["log", "dover", "4,000"]).stdout.count("\n") == 1
    number = str(kept[1]["id"])
    assert run(app, ["replay", number]).stdout.endswith("The same as then.\n")
    written("It rained. Up to 400 men came to Dover.\n", embedder)
    again = run(app, ["replay", number]).stdout
    assert "answer: “Up to 4,000” -> “Up to 400”" in again
    assert "it has changed, and the quote no longer stands there" in again
    done = run(app, ["replay", "99"])
    assert (done.exit_code, done.stderr) == (2, "qa: nothing is kept as 99; qa log lists what is\n")
    (state / "history").write_text("typed")
    assert run(app, ["log", "--clear"]).stderr == "qa: 2 deleted, and what was typed in chats\n"
    assert [file.name for file in state.iterdir()] == [FILE]


def test_commands_of_a_chat_are_replayed_as_commands(state: Path, embedder: Embedder) -> None:
    written("It rained. Up to 4,000 men came to Dover.\n", embedder)
    assert run(app, ["chat"], input="/summary paper\n/articles Dover\nthanks\n").exit_code == 0
    kept = [json.loads(line) for line in run(app, ["log", "--json"]).stdout.splitlines()]
    assert [one["answer"]["act"] for one in kept] == ["summary", "articles", "talk"]
    for one in kept:
        assert run(app, ["replay", str(one["id"])]).stdout.endswith("The same as then.\n")


def test_a_broken_log_stops_no_answer(state: Path, embedder: Embedder) -> None:
    written("It rained. Up to 4,000 men came to Dover.\n", embedder)
    state.mkdir(parents=True)
    (state / FILE).write_bytes(b"no database at all" * 99)
    done = run(app, ["ask", QUESTION])
    assert done.exit_code == 0
    assert "4,000" in done.stdout
    assert len([line for line in done.stderr.splitlines() if "qa log --clear" in line]) == 1
    assert run(app, ["log"]).exit_code == 1
    assert run(app, ["log", "--clear"]).exit_code == 0
    assert run(app, ["ask", QUESTION]).stderr == ""
