"""What a command imports, checked in a process of its own: start-up is felt at every call."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_HEAVY = ("torch", "transformers", "sentence_transformers", "llama_index", "scipy", "ir_measures", "onnx")


def imported_by(*arguments: str, cwd: Path) -> set[str]:
    """The top-level modules that are loaded when `qa ARGUMENTS` ends."""
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})), file=sys.stderr))\n"
        f"sys.argv = ['qa', *{list(arguments)!r}]\n"
        "from qa.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("command", [[], ["ask"], ["index"], ["chat"], ["eval"], ["doctor"]])
def test_help_imports_nothing_heavy(command: list[str], tmp_path: Path) -> None:
    loaded = imported_by(*command, "--help", cwd=tmp_path)
    assert loaded.isdisjoint({*_HEAVY, "chromadb", "numpy", "onnxruntime", "tokenizers", "tantivy", "sqlite3"})


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_imports_neither_torch_nor_llama_index(command: str, seed_index: Path) -> None:
    loaded = imported_by(command, "How many troops were authorized?", "--index", str(seed_index), cwd=seed_index)
    assert {"chromadb_rust_bindings", "onnxruntime", "tantivy"} <= loaded
    assert loaded.isdisjoint({*_HEAVY, "chromadb", "rich", "prompt_toolkit"})


def test_listing_articles_loads_no_model(seed_index: Path) -> None:
    loaded = imported_by("articles", "--index", str(seed_index), cwd=seed_index)
    assert loaded.isdisjoint({*_HEAVY, "chromadb", "chromadb_rust_bindings", "onnxruntime", "tokenizers", "tantivy"})
