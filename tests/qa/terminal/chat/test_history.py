"""What was typed is kept in the user's own folder, or in memory; it never stops a chat."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa.terminal.chat.history import Typed


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def lines() -> list[str]:
    return list(Typed(lambda: True).load_history_strings())


def test_it_is_kept_for_the_user_alone(state: Path) -> None:
    Typed(lambda: True).append_string("Who won?\nAnd when?")
    assert lines() == ["Who won?\nAnd when?"]
    assert os.stat(state / "article-qa" / "history").st_mode & 0o777 == 0o600


def test_not_while_nothing_is_to_be_kept(state: Path) -> None:
    kept = True
    typed = Typed(lambda: kept)
    typed.append_string("Who won?")
    kept = False
    typed.append_string("a confidential source")
    assert lines() == ["Who won?"]
    assert "a confidential source" in typed.get_strings(), "the arrow keys of this chat have it"


@pytest.mark.usefixtures("no_home")
def test_in_memory_for_a_user_without_a_home() -> None:
    Typed(lambda: True).append_string("Who won?")
    assert lines() == []


@pytest.mark.parametrize("blocked", ["state", "state/article-qa", "state/article-qa/history"])
def test_in_memory_where_nothing_can_be_written(state: Path, blocked: str) -> None:
    path = state.parent / blocked
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if path.name == "history" else path.write_text("a file")  # not even root can write there
    Typed(lambda: True).append_string("Who won?")
    assert lines() == []
