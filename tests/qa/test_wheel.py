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
        "qa/prompts/answer.txt",
        "index/models/data/all-MiniLM-L6-v2/model.onnx",
        "index/models/data/all-MiniLM-L6-v2/NOTICE",
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
