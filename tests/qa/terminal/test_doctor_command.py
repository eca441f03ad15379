"""qa doctor as a user runs it, on an index of the seed article."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index.models.embed import Embedder
from index.update import writing
from tests.qa.terminal.test_cli import TROOPS, qa


@pytest.fixture
def index(seed_index: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seed_index, tmp_path / ".qa"))


def test_a_whole_index(index: Path) -> None:
    status, out, errors = qa("doctor", cwd=index.parent)
    assert (status, errors) == (0, "")
    *lines, empty, summary = out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("ok")] == [
        ["ok", name] for name in ("catalog", "vectors", "words", "folder", "articles", "weights")
    ]
    assert [line.split()[1] for line in lines if not line.startswith("ok")] == ["1", "1"]  # undated, untitled
    assert (empty, summary) == ("", "Everything is whole.")
    assert "in chroma 5 · in the tail 0 · deleted since 0 · compared 5 · recall@10 1.0" in out


def test_what_is_wrong_is_said_and_mended(index: Path) -> None:
    shutil.rmtree(index / "chroma")
    status, out, errors = qa("doctor", cwd=index.parent)
    assert (status, errors) == (1, "")
    assert "FAULT  vectors" in out
    assert out.endswith("\n1 fault.\n")
    assert "! .qa/chroma/000001: no Chroma store; qa doctor --repair makes it again" in out
    status, out, _ = qa("doctor", "--json", cwd=index.parent)
    report = json.loads(out)
    assert status == 1
    assert (report["ok"], [check["name"] for check in report["checks"] if not check["ok"]]) == (False, ["vectors"])
    assert not (index / "chroma").exists()
    status, out, errors = qa("doctor", "--repair", cwd=index.parent)
    assert status == 0
    assert "FAULT" not in out
    assert "qa: repaired: Chroma was made again from the catalog's vectors" in errors
    assert qa("ask", TROOPS, cwd=index.parent)[1].startswith("up to 4,000")
    assert json.loads(qa("doctor", "--json", "--repair", cwd=index.parent)[1])["repaired"] == []


def test_a_broken_catalog(index: Path) -> None:
    (index / "catalog.sqlite").write_bytes(b"no database" * 1000)
    for options in ([], ["--repair"]):
        status, out, errors = qa("doctor", *options, cwd=index.parent)
        assert status == 1
        assert "not a database" in out + errors


def test_no_index(tmp_path: Path) -> None:
    status, out, errors = qa("doctor", cwd=tmp_path)
    assert (status, out) == (1, "")
    assert "qa index PATH" in errors


def test_a_chat_sees_what_another_process_indexed(index: Path, embedder: Embedder) -> None:
    """The question is asked again after it was answered, in the same session."""
    command = [sys.executable, "-m", "qa", "chat"]
    question = "Where do lemurs live?\n"
    with subprocess.Popen(
        command, cwd=index.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as chat:
        assert chat.stdin is not None
        assert chat.stdout is not None
        chat.stdin.write(question)
        chat.stdin.flush()
        assert chat.stdout.readline().startswith("Not found")
        (index.parent / "lemurs.txt").write_text("Lemurs live on Madagascar, an island near Africa.")
        with writing(index, embedder) as writer:
            assert [event.status for event in writer.update([index.parent / "lemurs.txt"])] == ["added"]
        out, _ = chat.communicate(question)
    assert "Madagascar" in out
