"""What was typed is kept in the user's own folder, or in memory; it never stops a chat."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from prompt_toolkit.history import FileHistory, InMemoryHistory

from qa.terminal.chat.history import typed_before


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_it_is_kept_for_the_user_alone(state: Path) -> None:
    typed_before().append_string("Who won?")
    again = typed_before()
    assert isinstance(again, FileHistory)
    assert list(again.load_history_strings()) == ["Who won?"]
    assert Path(again.filename) == state / "article-qa" / "history"
    assert os.stat(again.filename).st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("no_home")
def test_in_memory_for_a_user_without_a_home() -> None:
    assert isinstance(typed_before(), InMemoryHistory)


@pytest.mark.parametrize("blocked", ["state", "state/article-qa", "state/article-qa/history"])
def test_in_memory_where_nothing_can_be_written(state: Path, blocked: str) -> None:
    path = state.parent / blocked
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if path.name == "history" else path.write_text("a file")  # not even root can write there
    assert isinstance(typed_before(), InMemoryHistory)
