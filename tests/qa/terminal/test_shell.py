"""qa alone, completion in a shell, and the examples under a command's help."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from index.models.embed import Embedder
from index.update import writing
from qa.cli import app
from tests.terminals import ROOT
from tests.test_docs import COMMANDS, options_of


def test_alone_without_a_terminal_says_how_to_begin(seed_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(seed_index.parent)
    done = CliRunner().invoke(app, [])
    assert (done.exit_code, done.stdout) == (2, "")
    assert [line.split("  ")[1] for line in done.stderr.splitlines()[1:3]] == ["qa index PATH", "qa chat"]


@pytest.mark.parametrize("name", [name for name in COMMANDS if " " not in name])
def test_every_command_has_examples_that_can_be_typed(name: str) -> None:
    epilog = get_command(app).commands[name].epilog  # type: ignore[attr-defined]
    lines = [line.strip() for line in (epilog or "").split("\n")[2:]]
    assert lines
    for line in lines:
        words = line.split()
        command = " ".join(words[1:3]) if " ".join(words[1:3]) in COMMANDS else words[1]
        assert words[0] == "qa"
        assert command.split()[0] == name
        assert {word for word in words if word.startswith("--")} <= options_of(COMMANDS[command])
        assert line in CliRunner().invoke(app, [name, "--help"]).stdout, "it stands on a line of its own"


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("shell")
    (folder / "news.jsonl").write_text(
        '{"id": "port", "outlet": "The Hill", "author": "Jane Doe", "text": "Sam Smith closed the port."}\n'
    )
    with writing(folder / ".qa", embedder) as writer:
        list(writer.update([folder]))
    return folder


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("qa ask --outlet Th", "The\\ Hill"),
        ("qa chat --author J", "Jane\\ Doe"),
        ("qa show p", "port"),
        ("qa ask --article p", "port"),
        ("qa rep", "replay"),
        ("qa show x", ""),
    ],
)
def test_what_a_shell_completes(typed: str, offered: str, news: Path) -> None:
    env = {"_QA_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    code = "import sys; sys.argv = ['qa']; from qa.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=news, capture_output=True, text=True, timeout=60,
        env={**os.environ, **env, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == offered
    assert done.stderr == ""
