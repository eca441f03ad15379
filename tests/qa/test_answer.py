"""The flow of a question while the index changes, and what is said of findings."""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import IndexBusyError
from index.filters import Filters
from index.models.embed import Embedder
from index.snapshot import Snapshot
from index.update import writing
from qa.answer import Models, stream
from qa.assistant import Assistant
from qa.scope import Ask
from qa.types import Answer
from tests.qa.conftest import SEED

TROOPS = "How many troops were authorized?"


@pytest.fixture
def changing(tmp_path: Path, embedder: Embedder) -> tuple[Path, Embedder]:
    """A folder with an index of the seed article that can be changed."""
    shutil.copy(SEED, tmp_path)
    with writing(tmp_path / ".qa", embedder) as writer:
        list(writer.update([tmp_path / SEED.name]))
    return tmp_path, embedder


def change(folder: Path, embedder: Embedder, words: str) -> None:
    text = SEED.read_text(encoding="utf-8").replace("up to 4,000 troops", f"up to {words} troops")
    (folder / SEED.name).write_text(text, encoding="utf-8")
    with writing(folder / ".qa", embedder) as writer:
        list(writer.update([folder / SEED.name]))


def events(snapshot: Snapshot, models: Models) -> Iterator[object]:
    return stream(TROOPS, snapshot, models, Ask(Filters(), True, dt.date(2020, 1, 1)))


def test_what_changes_meanwhile_is_asked_again(changing: tuple[Path, Embedder], assistant: Assistant) -> None:
    folder, embedder = changing
    with closing(Snapshot(folder / ".qa")) as snapshot:
        running = events(snapshot, assistant._models.get())
        next(running)
        change(folder, embedder, "5,000")
        kinds = [event.kind for event in running]  # type: ignore[attr-defined]
    assert kinds == ["passages", "statement", "done"]


def test_an_answer_is_of_the_text_that_it_cites(changing: tuple[Path, Embedder], assistant: Assistant) -> None:
    folder, embedder = changing
    with closing(Snapshot(folder / ".qa")) as snapshot:
        running = events(snapshot, assistant._models.get())
        next(running)
        change(folder, embedder, "5,000")
        *_, done = running
        answer: Answer = done.value  # type: ignore[attr-defined]
        assert answer.answer == "up to 5,000"
        with snapshot.view() as view:
            article = view.catalog.article(answer.citations[0].article_id)
        assert article is not None
        citation = answer.citations[0]
        assert article.text[citation.start : citation.end] == citation.quote


def test_an_index_that_never_stands_still_is_said(changing: tuple[Path, Embedder], assistant: Assistant) -> None:
    folder, embedder = changing
    with closing(Snapshot(folder / ".qa")) as snapshot:
        running = events(snapshot, assistant._models.get())
        for number in range(3):
            assert next(running).kind == "passages"  # type: ignore[attr-defined]
            change(folder, embedder, f"{number + 5},000")
        with pytest.raises(IndexBusyError, match="ask again"):
            next(running)


def test_a_reader_holds_no_state_while_it_is_looked_at(seed_index: Path, assistant: Assistant) -> None:
    with closing(Snapshot(seed_index)) as snapshot:
        running = events(snapshot, assistant._models.get())
        next(running)
        assert len(snapshot._idle) == 1  # no transaction is open between two events


def test_parts_of_a_question_are_answered_each(assistant: Assistant) -> None:
    both = assistant.ask("How many troops were authorized, and who announced the withdrawal of the moon?")
    assert both.found
    assert both.statements[0].text == "up to 4,000"
    assert both.unanswered == ("who announced the withdrawal of the moon?",)
    assert assistant.ask(TROOPS).unanswered == ()
    neither = assistant.ask("Who painted the moon, and who sold the sea?")
    assert neither.refusal is not None
    assert neither.unanswered == ()
    assert 0 < len(neither.refusal.leads) <= 3
