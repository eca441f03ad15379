"""The one reader: what it finds is what the catalog has, whatever state the derived stores are in."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index import update
from index.errors import IndexDamagedError
from index.snapshot import Snapshot
from index.stores import derived, lexical
from index.update import writing
from tests.fakes import HashEmbedder
from tests.index.conftest import News

ARTICLES = {
    "oil": "Oil rose on Monday.",
    "troops": "Troops came to the border.",
    "caravan": "A caravan left Guatemala.",
}


@pytest.fixture
def filled(news: News) -> News:
    news.write(**ARTICLES).update()
    return news


def finds_all(news: News, snapshot: Snapshot | None = None, articles: dict[str, str] = ARTICLES) -> bool:
    """Whether each article is found by its own text, by meaning and by words, and no other article is there."""
    with closing(news.open()) as own:
        reader = snapshot or own
        for name, text in articles.items():
            with reader.view() as view:
                ids = view.nearest(news.embedder.encode([text])[0], 1), view.matches(text, 1)
                passages = [view.catalog.passages([id_ for id_, _ in scored]) for scored in ids]
                found = [passage.article_id for each in passages for passage in each.values()]
            if found != [name, name]:
                return False
        with reader.view() as view:
            everything = [id_ for id_, _ in view.nearest(news.embedder.encode(["x"])[0], 1000)]
            return view.article_count == len(articles) and len(everything) == view.catalog.count_passages()


# ---- derived stores that are broken ----------------------------------------------------------------------------------


def spoil(path: Path, how: str) -> None:
    if how == "gone":
        shutil.rmtree(path)
        return
    for file in [p for p in path.rglob("*") if p.is_file()]:
        file.write_bytes(b"" if how == "empty" else os.urandom(file.stat().st_size))


@pytest.mark.parametrize("how", ["gone", "empty", "garbled"])
@pytest.mark.parametrize("store", ["chroma", "tantivy"])
def test_a_broken_store_costs_nothing_but_time_and_the_writer_makes_it_again(
    filled: News, store: str, how: str
) -> None:
    spoil(filled.index / store, how)
    with closing(filled.open()) as snapshot:
        assert finds_all(filled, snapshot)
        assert len(filled.notes) == 1
        assert "from the catalog instead" in filled.notes[0] or "the catalog's vectors instead" in filled.notes[0]
        assert "\n" not in filled.notes[0]
        filled.notes.clear()
        assert set(filled.statuses().values()) == {"unchanged"}
        assert filled.state() == {"catalog": 3, "tantivy": 3, "chroma": 3}
        assert finds_all(filled, snapshot)
    assert finds_all(filled)
    assert filled.notes == []


def test_a_store_that_breaks_while_it_is_open(filled: News) -> None:
    with closing(filled.open()) as snapshot:
        assert finds_all(filled, snapshot)
        shutil.rmtree(filled.index / "tantivy")
        shutil.rmtree(filled.index / "chroma")
        assert finds_all(filled, snapshot)
        filled.write(new="Something new.").update()
        assert finds_all(filled, snapshot, {**ARTICLES, "new": "Something new."})


def test_a_store_that_fails_when_it_is_asked(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    class Panic(BaseException):
        """What a panic in Rust is in Python: no Exception."""

    def broken(*args: object, **options: object) -> None:
        raise Panic("index out of bounds")

    with closing(filled.open()) as snapshot:
        assert finds_all(filled, snapshot)
        monkeypatch.setattr(snapshot._state._lexical, "_searcher", type("Searcher", (), {"search": broken}))
        monkeypatch.setattr(snapshot._state._vectors.opened._store, "query", broken)
        assert finds_all(filled, snapshot)
    assert filled.notes == [
        "Chroma cannot be asked (index out of bounds); searching the catalog's vectors instead",
        "the word index cannot be searched (index out of bounds); matching words from the catalog instead",
    ]


def test_words_of_an_older_folding_are_found_as_they_were_until_a_writer_comes(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived, "FOLDING", 1)
    monkeypatch.setattr(lexical.Lexical.__init__, "__defaults__", (1,))
    news.write(army="The U.S. Army left.", oil="Oil rose.").update()
    with writing(news.index, news.embedder) as writer:
        monkeypatch.setattr(derived.Derived, "sync", lambda _: None)
        (news.folder / "late.txt").write_text("The U.N. came.")
        list(writer.update([news.folder]))
    monkeypatch.undo()
    folding = news.index / "tantivy" / lexical.FOLDING_FILE
    folding.unlink()  # as version 0.1.0 left it

    def matches(words: str) -> int:
        with closing(news.open()) as snapshot, snapshot.view() as view:
            return len(view.matches(words, 9))

    assert [matches(words) for words in ("U.S.", "US", "U.N.", "UN", "oil")] == [2, 0, 2, 0, 1]  # "U" is in both
    assert not folding.exists()
    news.embedder.encoded.clear()
    news.update()
    assert news.embedder.encoded == []
    assert [matches(words) for words in ("U.S.", "US", "U.N.", "UN", "oil")] == [1, 1, 1, 1, 1]
    assert folding.read_text() == "2\n"
    assert news.notes == []


# ---- a folder that cannot be written ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["closed", "read before"])
def test_a_folder_that_cannot_be_written(unprivileged: Path, embedder: HashEmbedder, state: str) -> None:
    news = News(unprivileged, embedder)
    news.write(**ARTICLES).update()
    if state == "read before":  # by someone who may write: SQLite leaves its files beside the catalog
        assert finds_all(news)
    folders = [news.index, *(path for path in news.index.rglob("*") if path.is_dir())]
    for path in news.index.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    for folder in folders:
        folder.chmod(0o555)
    before = {path: path.read_bytes() for path in news.index.rglob("*") if path.is_file()}
    try:
        assert finds_all(news)
        assert set(news.search("troops")) == set(ARTICLES)
        assert {path: path.read_bytes() for path in news.index.rglob("*") if path.is_file()} == before
    finally:
        for folder in folders:
            folder.chmod(0o755)


# ---- readers and a writer at the same time ---------------------------------------------------------------------------


def test_a_reader_follows_the_writer_over_generations(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_CHROMA_TAIL", 0)  # a new generation for each change
    monkeypatch.setattr(derived, "_CHROMA_SHARE", 0)
    articles = dict(ARTICLES)
    with closing(filled.open()) as snapshot, closing(filled.open()) as sleeper:
        for number in range(4):
            articles[f"a{number}"] = f"Article {number} says so."
            articles["oil"] = f"Oil fell {number} times."
            filled.write(**articles)
            assert [event.status for event in filled.update()].count("added") == 1
            assert finds_all(filled, snapshot, articles)
        assert filled.generations() == ["000004", "000005"]
        assert finds_all(filled, sleeper, articles)
    assert filled.state() == {"catalog": 7, "tantivy": 7, "chroma": 7}
    assert filled.notes == []


def test_a_view_holds_still_while_the_writer_commits(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_CHROMA_TAIL", 0)
    monkeypatch.setattr(derived, "_CHROMA_SHARE", 0)
    with closing(filled.open()) as snapshot:
        with snapshot.view() as view:
            assert view.catalog.count_passages() == 3
            filled.write(oil="Gas fell.", new="Something new.").update()
            filled.write(new="Something newer.").update()  # the generation of this view is gone now
            assert (view.catalog.count_passages(), view.catalog.article("new")) == (3, None)
            found = view.nearest(filled.embedder.encode([ARTICLES["oil"]])[0], 1)
            assert view.catalog.passages([id_ for id_, _ in found]).popitem()[1].text == ARTICLES["oil"]
        assert finds_all(filled, snapshot, {**ARTICLES, "oil": "Gas fell.", "new": "Something newer."})


def test_what_is_committed_is_found_before_the_stores_have_it(filled: News) -> None:
    filled.write(new="Something new.", oil="Gas fell.")
    articles = {**ARTICLES, "oil": "Gas fell.", "new": "Something new."}
    with closing(filled.open()) as snapshot, update.writing(filled.index, filled.embedder) as writer:
        assert finds_all(filled, snapshot)
        for event in writer.update([filled.folder]):
            if event.status == "added":
                assert finds_all(filled, snapshot, articles)
                assert finds_all(filled, None, articles)


# ---- filters and limits ----------------------------------------------------------------------------------------------


def test_few_and_many_filtered_articles(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = filled.embedder.encode(["Troops at the border"])[0]
    with closing(filled.open()) as snapshot, snapshot.view() as view:
        exact = view.nearest(vector, 2, ["oil", "caravan"])
        monkeypatch.setattr("index.snapshot._EXACT_UPTO", 0)
        fetched = view.nearest(vector, 2, ["oil", "caravan"])
        assert [id_ for id_, _ in fetched] == [id_ for id_, _ in exact]
        np.testing.assert_allclose([s for _, s in fetched], [s for _, s in exact], atol=1e-5)
        everything = view.nearest(vector, 3)
        for limit in (0, 100):  # nothing may be fetched, or all: as many come
            monkeypatch.setattr("index.snapshot._FETCH_UPTO", limit)
            far = [article for article in ARTICLES if article != "troops"]
            assert len(view.nearest(vector, 2, far)) == 2
            assert view.nearest(vector, 1, list(ARTICLES))[0][0] == everything[0][0]
        assert view.nearest(vector, 1, []) == view.matches("troops", 1, []) == []
        assert len(view.nearest(vector, 2)) == len(view.matches("the on a troops", 2)) == 2


def test_what_was_closed_opens_nothing_again(filled: News) -> None:
    snapshot = filled.open()
    with snapshot.view() as view:
        assert len(view.nearest(filled.embedder.encode(["Troops"])[0], 2)) == 2
        snapshot.close()
        assert len(view.nearest(filled.embedder.encode(["Troops"])[0], 2)) == 2  # a view that is open holds
    with pytest.raises(IndexDamagedError, match="closed"), snapshot.view():
        pass
    assert snapshot._state is None


def test_the_model_that_made_the_vectors_is_remembered(filled: News) -> None:
    with closing(filled.open()) as snapshot:
        assert snapshot.embedding == filled.embedder.fingerprint


# ---- kill -9 ---------------------------------------------------------------------------------------------------------

KILLED = """
import os, shutil, signal, sys
from pathlib import Path
import chromadb, llama_index.core.node_parser, sentencex, tantivy
from index import update
from index.stores import derived
from index.stores import lexical
from index.stores import vectors
from index.stores.catalog_writer import CatalogWriter
from tests.fakes import HashEmbedder

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(function):
    def call(*args, **kwargs):
        function(*args, **kwargs)
        die()
    return call

PLACES = {
    "while it embeds": (HashEmbedder, "encode", die),
    "inside the catalog's transaction": (CatalogWriter, "_fill", then_die(CatalogWriter._fill)),
    "after the catalog's commit": (derived.Derived, "_sync_tantivy", die),
    "inside tantivy's commit": (lexical.Lexical, "_with_id", die),
    "after tantivy's commit": (derived.Derived, "_note_tantivy", die),
    "before Chroma": (derived.Derived, "_sync_chroma", die),
    "inside Chroma": (vectors, "_fill", then_die(vectors._fill)),
    "before Chroma is named": (CatalogWriter, "set_chroma", die),
    "after Chroma is named": (vectors, "drop_leftovers", die),
}
derived._CHROMA_TAIL = derived._CHROMA_SHARE = 0
root = Path(sys.argv[1])
embedder = HashEmbedder()
embedder.tokenizer
for place, (owner, name, replacement) in PLACES.items():
    folder = root / place
    shutil.copytree(root / "news", folder)
    (folder / "oil.txt").write_text("Gas fell.")
    (folder / "new.txt").write_text("Something new.")
    child = os.fork()
    if child == 0:
        if place in ("while it embeds", "inside the catalog's transaction"):
            setattr(owner, name, replacement)
        else:  # at the end of the run, not at its beginning, where a writer mends what was left undone

            def fill(self, *args, fill=CatalogWriter._fill):
                setattr(owner, name, replacement)
                return fill(self, *args)

            CatalogWriter._fill = fill
        with update.writing(folder / ".qa", embedder) as writer:
            list(writer.update([folder]))
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, place
    print(place)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks writers to kill them")
def test_a_killed_writer_loses_nothing_that_it_acknowledged(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_CHROMA_TAIL", 0)
    monkeypatch.setattr(derived, "_CHROMA_SHARE", 0)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(filled.folder.parent)]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    places = done.stdout.splitlines()
    assert len(places) == 9
    after = {**ARTICLES, "oil": "Gas fell.", "new": "Something new."}
    for place in places:
        news = News(filled.folder.parent / place, filled.embedder)
        committed = place not in places[:2]
        assert json.loads((news.index / "writer.json").read_text())["pid"] > 0
        assert finds_all(news, None, after if committed else ARTICLES), place
        assert news.notes == [], place
        expected = {"caravan": "unchanged", "new": "unchanged", "oil": "unchanged", "troops": "unchanged"}
        assert news.statuses() == ({**expected, "new": "added", "oil": "changed"} if not committed else expected), place
        assert finds_all(news, None, after), place
        assert news.state() == {"catalog": 4, "tantivy": 4, "chroma": 4}, place
        assert len(news.generations()) <= 2
        assert news.notes == [], place
