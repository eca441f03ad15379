"""What a command imports, checked in a process of its own: start-up is felt at every call."""

import importlib.util
import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa.cli import app

_HEAVY = ("torch", "transformers", "sentence_transformers", "llama_index", "scipy", "ir_measures", "onnx")


def imported_by(*arguments: str, cwd: Path) -> set[str]:
    """The top-level modules that are loaded when `qa ARGUMENTS` ends."""
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})), file=sys.stderr))\n"
        f"sys.argv = ['qa', *{list(arguments)!r}]\n"
        "from qa.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("command", [[], ["ask"], ["index"], ["chat"], ["eval"], ["doctor"]])
def test_help_imports_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    loaded = imported_by(*command, "--help", cwd=tmp_path)
    assert loaded.isdisjoint({*_HEAVY, "chromadb", "numpy", "onnxruntime", "tokenizers", "tantivy", "sqlite3", "rich"})


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_imports_neither_torch_nor_llama_index(command: str, seed_index: Path) -> None:
    loaded = imported_by(command, "How many troops were authorized?", "--index", str(seed_index), cwd=seed_index)
    assert {"chromadb_rust_bindings", "onnxruntime", "tantivy"} <= loaded
    assert loaded.isdisjoint({*_HEAVY, "chromadb", "rich", "prompt_toolkit"})


ROOT = Path(__file__).parents[2]
OWN = {"qa", "index", "prompts"}


def pins(file: str) -> set[str]:
    """The requirements of a lock file."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def test_an_installation_to_ask_with_has_what_asking_imports(seed_index: Path) -> None:
    listed = pins("requirements-ask.lock")
    assert listed < pins("requirements.lock")
    names = {re.sub(r"[-_.]+", "-", pin.partition("==")[0]).lower() for pin in listed}
    brought = packages_distributions()
    article = "000_957251fa41a97581"
    for command in (("ask", "How many troops were authorized?"), ("search", "troops"), ("show", article), ("doctor",)):
        loaded = imported_by(*command, "--index", str(seed_index), cwd=seed_index) - OWN
        needed = {re.sub(r"[-_.]+", "-", brought[name][0]).lower() for name in loaded if name in brought}
        assert needed <= names | {"article-qa", "setuptools"}, command
    assert {"prompt-toolkit", "wcwidth", "rich"} <= names  # of a chat in a terminal


def test_an_installation_that_can_only_ask_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ("torch", "sentencex") else name)
    (tmp_path / "a.txt").write_text("Lima has five bridges.")
    done = CliRunner().invoke(app, ["index", str(tmp_path / "a.txt"), "--index", str(tmp_path / ".qa")])
    assert done.exit_code == 1
    assert "can only ask (sentencex, torch missing); to index, type: pip install article-qa" in done.stderr
    assert not (tmp_path / ".qa").exists()


def test_listing_articles_loads_no_model(seed_index: Path) -> None:
    loaded = imported_by("articles", "--index", str(seed_index), cwd=seed_index)
    assert loaded.isdisjoint({*_HEAVY, "chromadb", "chromadb_rust_bindings", "onnxruntime", "tokenizers", "tantivy"})
