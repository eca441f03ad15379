"""An index made with another embedding: remembered, asked with the same one, and usable without it."""

import shutil
from pathlib import Path

import pytest

from tests.exports import write_static
from tests.qa.conftest import SEED
from tests.qa.terminal.test_cli import TROOPS, qa


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the seed article and a small model, and an index of the one made with the other."""
    shutil.copy(SEED, tmp_path)
    write_static(tmp_path / "tiny", max_length=512)
    status, _, errors = qa("index", SEED.name, "--embedding", "./tiny", cwd=tmp_path)
    assert (status, errors) == (0, "qa: 1 added\n")
    return tmp_path


def test_questions_and_updates_use_the_model_of_the_index(folder: Path) -> None:
    assert qa("ask", TROOPS, cwd=folder)[0] == 0
    (folder / "more.txt").write_text("Oil rose on Monday.")
    assert qa("index", "more.txt", cwd=folder)[2] == "qa: 1 added\n"
    status, out, _ = qa("models", cwd=folder)
    assert status == 0
    assert f"{folder / 'tiny'} (export): embeds this index; here, in use" in out


def test_another_embedding_stops_with_the_command_that_mends_it(folder: Path) -> None:
    status, _, errors = qa("index", SEED.name, "--embedding", "all-MiniLM-L6-v2", cwd=folder)
    assert status == 1
    assert errors.endswith("qa index PATH --index DIR --embedding all-MiniLM-L6-v2\n")
    assert qa("index", SEED.name, "--embedding", "tiny/", cwd=folder)[2] == "qa: 1 unchanged\n"


def test_other_weights_in_its_place_stop(folder: Path) -> None:
    shutil.rmtree(folder / "tiny")
    write_static(folder / "tiny", source_sha256="cd" * 32)
    for command in (["ask", TROOPS], ["index", SEED.name]):
        status, out, errors = qa(*command, cwd=folder)
        assert (status, out) == (1, "")
        assert "the index was made with the embedding" in errors
        assert len(errors.splitlines()) == 1


def test_without_the_model_words_find_the_passages(folder: Path) -> None:
    shutil.rmtree(folder / "tiny")
    status, out, errors = qa("ask", "--batch", "-", cwd=folder, stdin=f"{TROOPS}\n{TROOPS}\n")
    assert status == 0
    assert out.count('"found": true') == 2
    assert len(errors.splitlines()) == 1, "said once"
    assert "there is no such folder" in errors
    assert errors.endswith("(meanwhile passages are found by their words alone)\n")
    assert qa("articles", cwd=folder)[0] == 0
    assert qa("index", SEED.name, cwd=folder)[2] == "qa: 1 unchanged\n"
    assert qa("remove", SEED.stem, cwd=folder)[2] == "qa: 1 removed\n"
    status, _, errors = qa("index", SEED.name, "--restore", cwd=folder)
    assert (status, len(errors.splitlines())) == (1, 1)
    assert qa("eval", str(SEED.parent / "questions.jsonl"), cwd=folder)[0] == 1
    assert qa("models", cwd=folder)[0] == 1
