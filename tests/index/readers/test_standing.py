"""Whether a file still says what was indexed: by its state, by its digest, and only then by reading the record."""

import json
import os
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from index.readers import FileNote, standing, state
from index.types import Article, Place
from tests.index.conftest import News

OIL, TROOPS, GAS = "Oil rose on Monday.", "Troops came to the border.", "Gas fell on Friday."


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are as if they were old: any change of them shows in their state."""
    monkeypatch.setattr(state, "_SETTLED_NS", -(10**18))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a file was read for its digest, and for a record of it."""
    counted: Counter[str] = Counter()
    sha256_of, reread = standing.sha256_of, standing.reread
    monkeypatch.setattr(standing, "sha256_of", lambda file: counted.update(["digest"]) or sha256_of(file))
    monkeypatch.setattr(standing, "reread", lambda file, *rest: counted.update(["record"]) or reread(file, *rest))
    return counted


def changed(news: News, *article_ids: str) -> list[bool]:
    """Whether the files of articles no longer say what was indexed."""
    with closing(news.open()) as snapshot, snapshot.view() as view:
        found = []
        for article_id in article_ids:
            article = view.catalog.article(article_id)
            assert article is not None
            places = view.catalog.places(article_id)
            found.append(standing.standing(news.index, article, places, view.catalog.file_note)[1])
        return found


def records(news: News, **texts: str) -> Path:
    path = news.folder / "n.jsonl"
    path.write_text("\n".join(json.dumps({"id": name, "text": text}) for name, text in texts.items()))
    return path


@pytest.mark.usefixtures("settled")
def test_a_file_in_the_state_in_which_it_was_read_is_not_read(news: News, read: Counter[str]) -> None:
    news.write(a=OIL).update()
    assert changed(news, "a") == [False]
    assert not read


@pytest.mark.usefixtures("settled")
def test_a_file_in_another_state_is_read_once_for_all_that_is_cited_from_it(news: News, read: Counter[str]) -> None:
    path = records(news, r=OIL, s=TROOPS, t=GAS)
    news.update()
    os.utime(path, ns=(1, 1))
    assert changed(news, "r", "s", "t") == changed(news, "t", "s", "r") == [False] * 3
    assert read == {"digest": 1}


@pytest.mark.usefixtures("settled")
def test_of_a_file_that_says_something_else_each_record_is_read_once(news: News, read: Counter[str]) -> None:
    records(news, r=OIL, s=TROOPS)
    news.update()
    path = records(news, r=OIL, s=GAS)
    assert changed(news, "r", "s") == changed(news, "r", "s") == [False, True]
    assert read == {"digest": 1, "record": 2}
    path.write_text("")
    assert changed(news, "r", "s") == [True, True]
    records(news, r=OIL, s=TROOPS)
    read.clear()
    assert changed(news, "r", "s") == [False, False]
    assert read == {"digest": 1}


@pytest.mark.usefixtures("settled")
def test_without_a_digest_the_record_is_read_once(news: News, read: Counter[str]) -> None:
    path = news.write(a=OIL).folder / "a.txt"
    article = Article("a", OIL, "a.txt", title=OIL)
    note = FileNote.of(path)
    assert note is not None
    os.utime(path, ns=(1, 1))
    for noted in (None, FileNote(note.state, note.read_ns)):
        assert standing.still_says(path, article, noted)
    assert read == {"record": 1}


def test_a_state_that_may_stay_as_it_is_says_nothing(news: News, read: Counter[str]) -> None:
    path = news.write(a=OIL).folder / "a.txt"
    article = Article("a", OIL, "a.txt", title=OIL)
    note = FileNote.of(path)
    for count in (1, 2):
        assert standing.still_says(path, article, note)
        assert read == {"digest": count}
    news.write(a=OIL.replace("Monday", "Sunday"))
    assert not standing.still_says(path, article, note)


@pytest.mark.usefixtures("settled")
def test_what_is_gone_or_unreadable_says_nothing(news: News) -> None:
    path = news.folder / "a.txt"
    article = Article("a", OIL, "a.txt", title=OIL)
    assert not standing.still_says(path, article, None)
    path.mkdir()
    assert not standing.still_says(path, article, None)
    path.rmdir()
    path.write_bytes(b"\0")
    assert not standing.still_says(path, article, None)
    record = Article("a", OIL, "a.jsonl", "r", Place(record=3))
    (news.folder / "a.jsonl").write_text("{}")
    assert not standing.still_says(news.folder / "a.jsonl", record, None)


def test_an_article_stands_where_a_file_still_says_it(news: News) -> None:
    news.write(a=OIL, b=OIL).update()

    def stands() -> tuple[str, bool]:
        with closing(news.open()) as snapshot, snapshot.view() as view:
            article = view.catalog.article("a")
            assert article is not None
            places = view.catalog.places("a")
            found, is_changed = standing.standing(news.index, article, places, view.catalog.file_note)
            return found.path, is_changed

    assert stands() == ("a.txt", False)
    news.write(a=GAS)
    assert stands() == ("b.txt", False)
    (news.folder / "a.txt").unlink()
    news.write(b=GAS)
    assert stands() == ("b.txt", True)
    (news.folder / "b.txt").unlink()
    assert stands() == ("a.txt", True)


@pytest.mark.usefixtures("settled")
def test_threads_read_a_file_once(news: News, read: Counter[str]) -> None:
    path = news.write(a=OIL).folder / "a.txt"
    note = FileNote.of(path)
    os.utime(path, ns=(1, 1))
    said: list[bool] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        said.append(standing.still_says(path, Article("a", OIL, "a.txt", title=OIL), note))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [True] * 8
    assert read == {"digest": 1}
