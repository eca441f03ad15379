"""The log: what is kept, for whom, and what comes out again."""

import json
import os
import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import LogError
from index.filters import Filters
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.log import FILE, Log, Turn, answer_of, turn_of

TURN = Turn(
    folder="/news/.qa", asked="2026-11-28T10:00:00+00:00", line="Who?", options={"filters": {}, "constraints": True},
    answer={"answer": "Mattis"}, passages=[], version="0",
)  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Any:
    with Log(tmp_path / "state" / FILE) as opened:
        yield opened


def test_only_its_user_can_read_it(log: Log, tmp_path: Path) -> None:
    log.add(TURN)
    assert os.listdir(tmp_path / "state") == [FILE]
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.file.parent.stat().st_mode) == 0o700
    log.file.chmod(0o644)
    Log(log.file).close()
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600


def test_a_session_is_its_rows(log: Log) -> None:
    first, name = log.begin(TURN)
    assert name == "who"
    log.add(TURN)
    second = log.add(replace(TURN, session=name, line="And when?"))
    assert [turn.id for turn in log.session(name)] == [first, second]
    assert log.begin(TURN)[1] == "who-2"
    assert [(one.name, one.turns, one.first_line) for one in log.sessions()] == [
        ("who-2", 1, "Who?"),
        ("who", 2, "Who?"),
    ]
    assert [one.name for one in log.sessions(words=["when"])] == ["who"]
    assert log.sessions("/elsewhere") == []
    log.undo(second)
    assert [turn.id for turn in log.session(name)] == [first]
    assert [turn.undone for turn in log.recent(9)] == [False, False, True, False]
    assert log.delete(name) == 2
    assert [one.name for one in log.sessions()] == ["who-2"]


def test_two_talks_that_begin_at_once_are_two(log: Log) -> None:
    names: list[str] = []

    def begin() -> None:
        with Log(log.file) as other:
            names.append(other.begin(TURN)[1])

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 8


def test_what_is_cleared_is_not_in_the_file(log: Log) -> None:
    log.add(replace(TURN, line="a confidential source"))
    assert b"confidential" in log.file.read_bytes()
    assert log.clear() == 1
    assert b"confidential" not in log.file.read_bytes()
    assert log.add(TURN) > 1, "a number means one line for ever"


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_line_comes_out_as_it_went_in(line: str, word: str) -> None:
    import tempfile

    line = line.encode("utf-8", "replace").decode()
    with tempfile.TemporaryDirectory() as folder, Log(Path(folder) / FILE) as log:
        kept = log.turn(log.add(replace(TURN, line=line, before={"word": line})))
        assert kept is not None
        assert (kept.line, kept.before) == (line, {"word": line})
        found = [turn.line for turn in log.recent(9, [word])]
        if word and word.isascii() and "\0" not in line + word:
            answer = json.dumps(TURN.answer, separators=(",", ":"))
            assert bool(found) == (word.lower() in line.lower() or word.lower() in answer.lower())


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(b"no database at all" * 99)
    with pytest.raises(LogError, match="qa log --clear begins it anew"):
        Log(file)
    file.unlink()
    Log(file).close()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(LogError, match="a newer article-qa"):
        Log(file)


def test_answers_are_taken_out_as_they_were(assistant: Assistant) -> None:
    talk = Conversation(assistant, filters=Filters(since="2000"), constraints=False)
    lines = ["How many troops were authorized?", "Who was arrested in Tijuana?", "summarize that", "thanks"]
    lines += ["any articles on the caravan?", "any articles on golf?", "Who said so, and where are the five bridges?"]
    talk.filters = Filters()
    for line in lines:
        answer = talk.say(line)
        turn = turn_of(line, answer, assistant.snapshot.folder, talk.filters, False, version="0")
        again = answer_of(json.loads(json.dumps(turn.answer)))
        without = {"passages": [], "constraints": None}
        assert {**again.to_json(), **without} == {**turn.answer, **without}
        assert len(turn.passages) == len(answer.passages)


def test_a_talk_goes_on_where_it_stopped(assistant: Assistant) -> None:
    talk = Conversation(assistant)
    first = talk.say("Who authorized the National Guard to deploy?")
    held = json.loads(json.dumps(talk.to_json()))
    follow_up, source = talk.say("How many troops did he authorize?"), talk.say("who says so?")
    again = Conversation(assistant)
    again.take_up(held, answer_of(json.loads(json.dumps(first.to_json()))))
    assert again.last is not None
    assert again.say("How many troops did he authorize?").answer == follow_up.answer
    assert again.say("who says so?").answer == source.answer
