"""The built wheel answers outside the checkout: prompts and weights are in it."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.qa.conftest import SEED

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what is in it."""
    source = tmp_path_factory.mktemp("source")
    for name in ("qa", "index", "prompts"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    return next(out.glob("*.whl"))


def test_what_is_in_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"qa", "index", "article_qa"}
    for needed in (
        "qa/prompts/select.txt",
        "qa/llm/dozen.json",
        "index/models/data/all-MiniLM-L6-v2/model.onnx",
        "index/models/data/all-MiniLM-L6-v2/NOTICE",
        "qa/py.typed",
        "index/py.typed",
    ):
        assert needed in names
    assert not [name for name in names if "seed" in name or "test" in name]


def test_it_answers_outside_the_checkout(wheel: Path, seed_index: Path, tmp_path: Path) -> None:
    # Without its dependencies, beside the environment that has them.
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet",
         "--target", str(tmp_path / "site"), str(wheel)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    folder = tmp_path / "elsewhere"
    shutil.copytree(seed_index, folder / ".qa")
    shutil.copy(SEED, folder)
    code = "import qa.__main__, index; print(qa.__file__, index.__file__); qa.__main__.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "ask", "How many troops were authorized?"],
        cwd=folder, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files, answer, *_ = done.stdout.splitlines()
    assert all(file.startswith(str(tmp_path / "site")) for file in files.split())
    assert answer == "up to 4,000"
    assert done.stderr == ""


_PROGRAM = """
import qa

def answered(question: str) -> str | None:
    events = qa.index(["articles"], ".qa")
    reveal_type(events[0].status)
    with qa.open(notify=print) as assistant:
        answer: qa.Answer = qa.Conversation(assistant, filters=qa.Filters(since="2018")).say(question)
        reveal_type(answer.citations[0].quote)
        reveal_type(answer.refusal)
        return answer.refusal.reason if answer.refusal else answer.statements[0].text

try:
    answered(1)
except (qa.NoIndexError, qa.ArticleQAError) as error:
    print(error)
"""


def test_a_program_that_uses_it_finds_its_types(wheel: Path, tmp_path: Path) -> None:
    # An environment that has it alone: mypy reads the types of what is installed only where there is a py.typed.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True, timeout=120)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    (tmp_path / "program.py").write_text(_PROGRAM, encoding="utf-8")
    python = str(tmp_path / "venv" / "bin" / "python")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "program.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={name: value for name, value in os.environ.items() if name != "MYPYPATH"},
    )  # fmt: skip
    shown = [line.partition(": ")[2] for line in done.stdout.splitlines()]
    assert [line for line in shown if line.startswith("note: Revealed")] == [
        'note: Revealed type is "str"',
        'note: Revealed type is "str"',
        'note: Revealed type is "qa.types.Refusal | None"',
    ]
    (error,) = (line for line in shown if line.startswith("error"))
    assert error == 'error: Argument 1 to "answered" has incompatible type "int"; expected "str"  [arg-type]'
