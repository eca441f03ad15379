"""Which language model is used: what options and settings name, and what an index of somebody else may not."""

from pathlib import Path

import pytest

from qa.terminal.commands.common import language_in
from qa.terminal.commands.language import Named

HERE, ELSEWHERE = "http://127.0.0.1:8080/v1#x", "https://models.example/v1#x"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / ".qa").mkdir()
    return tmp_path / ".qa"


def test_nothing_named_is_no_model(index: Path) -> None:
    assert language_in(index, Named()) is None
    assert language_in(index, Named("none")) is None


def test_an_option_counts_more_than_what_the_index_says(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (index / "config.toml").write_text(f'model = "{HERE}"\nwindow = 2048\n')
    found = language_in(index, Named())
    assert found is not None
    assert (found.name, found.window, found.sent_to) == (HERE, 2048, None)
    assert language_in(index, Named("none")) is None
    assert capsys.readouterr().err == ""


def test_where_it_is_sent_is_said(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert language_in(index, Named(ELSEWHERE)) is not None
    assert "are sent to models.example" in capsys.readouterr().err


def test_an_index_cannot_have_questions_sent_elsewhere(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (index / "config.toml").write_text(f'model = "{ELSEWHERE}"\n')
    assert language_in(index, Named()) is None
    assert "not used" in capsys.readouterr().err
