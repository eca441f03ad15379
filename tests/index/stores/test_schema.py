"""Catalogs of other versions: an older one is brought up to date by the next writer, a newer one is left alone."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import doctor
from index.errors import IndexDamagedError
from index.readers import state_of
from index.stores import derived, schema
from index.stores.catalog import Catalog
from index.types import WHOLE_FILE, Article, Location, Place
from index.update import writing
from tests.index.conftest import News

VERSION_1 = """
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    record INTEGER,
    encoding TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    url TEXT,
    text TEXT,
    UNIQUE (path, key)
);
CREATE TABLE sentence (
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (article, start)
) WITHOUT ROWID;
CREATE TABLE passage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX passage_article ON passage (article);
CREATE TABLE meta (
    generation INTEGER NOT NULL,
    embedding TEXT NOT NULL,
    chroma_dir TEXT,
    chroma_upto INTEGER NOT NULL,
    chroma_count INTEGER NOT NULL,
    tantivy_upto INTEGER NOT NULL
);
"""

VERSION_2 = """
CREATE TABLE article (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL UNIQUE,
    encoding TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    url TEXT,
    text TEXT,
    seen TEXT
);
CREATE TABLE sentence (
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (article, start)
) WITHOUT ROWID;
CREATE TABLE passage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX passage_article ON passage (article);
CREATE TABLE meta (
    generation INTEGER NOT NULL,
    embedding TEXT NOT NULL,
    chroma_dir TEXT,
    chroma_upto INTEGER NOT NULL,
    chroma_count INTEGER NOT NULL,
    tantivy_upto INTEGER NOT NULL
);
CREATE TABLE place (
    number INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    record INTEGER,
    UNIQUE (path, key)
);
CREATE INDEX place_article ON place (article);
CREATE TABLE file (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    read_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE revision (
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    number INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    title TEXT NOT NULL,
    outlet TEXT,
    author TEXT,
    published TEXT,
    url TEXT,
    text TEXT NOT NULL,
    seen TEXT,
    PRIMARY KEY (article, number)
);
CREATE TABLE signature (
    article INTEGER PRIMARY KEY REFERENCES article ON DELETE CASCADE,
    minhash BLOB NOT NULL
);
CREATE TABLE band (
    hash INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX band_article ON band (article);
CREATE TABLE near (
    article INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES article ON DELETE CASCADE,
    similarity REAL NOT NULL,
    PRIMARY KEY (article, other)
) WITHOUT ROWID;
CREATE INDEX near_other ON near (other);
"""

OIL, TROOPS, GAS = "Oil rose on Monday.", "Troops came to the border.", "Gas fell on Friday."


@contextmanager
def making(news: News, script: str, version: int) -> Iterator[sqlite3.Connection]:
    """The catalog of an index of an earlier version, with no row but its meta."""
    news.index.mkdir()
    with closing(sqlite3.connect(news.index / "catalog.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA application_id = {0x41515631}")
        db.executescript(f"{script} PRAGMA user_version = {version};")
        db.execute("INSERT INTO meta VALUES (7, ?, NULL, 0, 0, 0)", (news.embedder.fingerprint,))
        yield db
    news.embedder.encoded.clear()


def fill(db: sqlite3.Connection, number: int, text: str, spans: list[tuple[int, int]], news: News) -> None:
    """Sentences and passages at `spans`."""
    for start, end in spans:
        vector = news.embedder.encode([text[start:end]])[0].astype("<f4").tobytes()
        db.execute("INSERT INTO sentence VALUES (?, ?, ?)", (number, start, end))
        db.execute(
            "INSERT INTO passage (article, start, end, vector) VALUES (?, ?, ?, ?)", (number, start, end, vector)
        )


@pytest.fixture
def old(news: News) -> News:
    """An index of version 1: `a` and `b` with the same text, `c` with another, `d` taken out."""
    news.write(a=OIL, b=OIL, c=TROOPS, d=GAS)
    with making(news, VERSION_1, 1) as db:
        for number, (name, text) in enumerate({"a": OIL, "b": OIL, "c": TROOPS, "d": GAS}.items(), 1):
            article = Article(id=name, text=text, path=f"{name}.txt", title=text)
            row = (number, name, f"{name}.txt", "", None, "utf-8", 1, 2, article.digest(), text, *[None] * 4)
            is_gone = name == "d"
            db.execute(f"INSERT INTO article VALUES ({', '.join('?' * 15)})", (*row, None if is_gone else text))
            if not is_gone:
                fill(db, number, text, [(0, len(text))], news)
    return news


NOISY = "Troops came to the border.\n{mosads}They stayed."


@pytest.fixture
def second(news: News) -> News:
    """An index of version 2: `a` in two files, `c` with noise and a former text, a record, `d` taken out."""
    news.write(a=OIL, b=OIL, c=NOISY, d=GAS)
    record = {"id": "r", "title": "R", "text": "Nobody came to Dover.", "outlet": "AP", "published": "2018-10-18"}
    (news.folder / "n.jsonl").write_text("\n" + json.dumps(record))
    spans = {OIL: [(0, len(OIL))], NOISY: [(0, 26), (35, 47)], record["text"]: [(0, 21)], GAS: []}
    articles = [
        Article("a", OIL, "a.txt", title=OIL),
        Article("c", NOISY, "c.txt", title=TROOPS),
        Article("d", GAS, "d.txt", title=GAS),
        Article("r", record["text"], "n.jsonl", "r", title="R", outlet="AP", published="2018-10-18"),
    ]
    with making(news, VERSION_2, 2) as db:
        for number, one in enumerate(articles, 1):
            text = one.text if one.id != "d" else None
            row = (number, one.id, one.digest(), one.encoding, one.title, one.outlet, None, one.published, None, text)
            db.execute(f"INSERT INTO article VALUES ({', '.join('?' * 11)})", (*row, "2026-01-01T00:00:00+00:00"))
            place = (number, number, one.id, one.path, one.key, 2 if one.id == "r" else None)
            db.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?)", place)
            fill(db, number, one.text, spans[one.text], news)
        db.execute("INSERT INTO place VALUES (9, 1, 'b', 'b.txt', '', NULL)")
        db.execute("INSERT INTO revision VALUES (2, 1, 'utf-8', 'C', NULL, NULL, NULL, NULL, 'Before.', NULL)")
        for name in ("a.txt", "b.txt", "c.txt", "d.txt", "n.jsonl"):
            state = state_of(news.folder / name)
            assert state is not None
            db.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?)", (name, *state, max(state) + 10**10))
    return news


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """What an upgrade must not change."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db:
        kept = ("passage", "sentence", "revision")
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in kept}


def seen(news: News) -> dict[str, Any]:
    """What a reader finds out about every article, and by searching."""
    with closing(news.open()) as snapshot:
        found = {question: news.search(question, snapshot) for question in ("oil", "Who came to the border?")}
        with snapshot.view() as view:
            articles = {article.id: view.catalog.article(article.id) for article, _ in view.catalog.articles()}
            return {
                **found,
                "articles": articles,
                "places": {id_: view.catalog.places(id_) for id_ in articles},
                "other places": view.catalog.other_places(),
                "revisions": {id_: view.catalog.revisions(id_) for id_ in articles},
                "notes": {path: view.catalog.file_note(path) for path in ("a.txt", "n.jsonl", "other.txt")},
            }


def tables(folder: Path) -> dict[str, object]:
    """The version of a catalog, the columns of its tables, and how many rows they have."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        made = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
        found: dict[str, object] = {"indexes": (made.fetchall(),)} | {
            name: (
                db.execute(f"PRAGMA table_info({name})").fetchall(),
                db.execute(f"SELECT count(*) FROM {name}").fetchone(),
            )
            for name in names
        }
        return {**found, "version": db.execute("PRAGMA user_version").fetchone()}


def test_the_next_writer_brings_version_1_up_to_date(old: News) -> None:
    with writing(old.index, old.embedder) as writer:
        writer.sync()
    assert old.embedder.encoded == []
    assert old.stored() == {"a": OIL, "c": TROOPS}
    assert old.search("oil") == ["a", "c"]
    assert old.state() == {"catalog": 2, "tantivy": 2, "chroma": 2}
    with closing(old.catalog()) as catalog:
        assert [place.path for place in catalog.places("b")] == ["a.txt", "b.txt"]
        assert [(revision.number, revision.seen) for revision in catalog.revisions("b")] == [(1, None)]
    with closing(sqlite3.connect(old.index / "catalog.sqlite")) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    events = {event.path: (event.status, event.id) for event in old.update()}
    assert events == {
        "a.txt": ("unchanged", "a"), "b.txt": ("unchanged", "a"), "c.txt": ("unchanged", "c"),
        "d.txt": ("skipped", "d"),
    }  # fmt: skip
    assert old.embedder.encoded == ["oil"]


@pytest.mark.parametrize("made", ["old", "second"])
def test_an_upgraded_catalog_has_the_tables_of_a_new_one(
    made: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    earlier: News = request.getfixturevalue(made)
    for folder in (earlier.index, tmp_path / "new"):
        with writing(folder, earlier.embedder):
            pass
    upgraded, new = tables(earlier.index), tables(tmp_path / "new")
    assert upgraded.keys() == new.keys()
    assert {name: found[0] for name, found in upgraded.items()} == {name: found[0] for name, found in new.items()}  # type: ignore[index]


def test_a_reader_says_which_command_upgrades(old: News) -> None:
    before = (old.index / "catalog.sqlite").read_bytes()
    with pytest.raises(IndexDamagedError, match=r"an earlier article-qa; upgrade it: qa doctor --repair --index"):
        old.open()
    assert (old.index / "catalog.sqlite").read_bytes() == before


def test_a_reader_takes_version_2_as_it_is(second: News) -> None:
    before = (second.index / "catalog.sqlite").read_bytes()
    found = seen(second)
    assert second.embedder.encoded == ["oil", "Who came to the border?"]
    assert (second.index / "catalog.sqlite").read_bytes() == before
    assert not (second.index / "catalog.sqlite-wal").stat().st_size  # SQLite makes it for every reader
    assert {id_: (one.place, one.noise, one.pages) for id_, one in found["articles"].items()} == {
        "a": (WHOLE_FILE, (), ()), "c": (WHOLE_FILE, ((27, 35),), ()), "r": (Place(record=2), (), ()),
    }  # fmt: skip
    assert found["other places"] == {"a": [Location("b", "b.txt", "", WHOLE_FILE)]}
    assert (found["oil"][0], found["Who came to the border?"][0]) == ("a", "c")
    for check in doctor.examine(second.index):
        assert check.is_whole, check.findings


def test_the_next_writer_brings_version_2_up_to_date(second: News) -> None:
    before, found = rows(second.index), seen(second)
    second.embedder.encoded.clear()
    assert {event.path: event.status for event in second.update()} == {
        "a.txt": "unchanged", "b.txt": "unchanged", "c.txt": "unchanged", "n.jsonl": "unchanged", "d.txt": "skipped",
    }  # fmt: skip
    assert second.embedder.encoded == []
    assert rows(second.index) == before
    assert seen(second) == found
    with closing(Catalog.open(second.index)) as catalog:
        assert catalog.schema_version() == 5
        note = catalog.file_note("a.txt")
    assert note is not None
    assert (note.digest, note.is_whole) == (None, True)  # it was not read again
    assert [check.name for check in doctor.examine(second.index) if not check.is_whole] == []


def test_a_reader_of_version_2_follows_an_upgrade(second: News) -> None:
    with closing(second.open()) as snapshot:
        with snapshot.view() as view:
            assert view.catalog.places("r") == [Location("r", "n.jsonl", "r", Place(record=2))]
        second.write(e="Something new.").update()
        with closing(sqlite3.connect(second.index / "catalog.sqlite")) as db, db:
            db.execute("UPDATE place SET message = 4, member = 'm' WHERE id = 'r'")
        with snapshot.view() as view:
            assert view.catalog.places("r") == [Location("r", "n.jsonl", "r", Place(record=2, message=4, member="m"))]
            note = view.catalog.file_note("e.txt")
            assert note is not None
            assert note.digest is not None
        assert second.search("new", snapshot)[0] == "e"


def test_a_newer_version_is_refused_untouched(news: News) -> None:
    news.write(a=OIL).update()
    with closing(sqlite3.connect(news.index / "catalog.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = (news.index / "catalog.sqlite").read_bytes()

    def write() -> None:
        with writing(news.index, news.embedder):
            pass

    opened: list[Callable[[], object]] = [news.open, write]
    for open_it in opened:
        with pytest.raises(IndexDamagedError, match=f"has schema version {schema.VERSION + 1}"):
            open_it()
    assert (news.index / "catalog.sqlite").read_bytes() == before


@pytest.mark.parametrize("step", [1, 2])
def test_an_upgrade_that_fails_changes_nothing(old: News, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables(old.index)
    steps = schema._UPGRADES[step]
    monkeypatch.setitem(schema._UPGRADES, step, f"{steps} INSERT INTO nowhere VALUES (1);")
    with pytest.raises(IndexDamagedError, match="no such table: nowhere"):
        writing(old.index, old.embedder).__enter__()
    assert tables(old.index) == before
    monkeypatch.setitem(schema._UPGRADES, step, steps)
    with writing(old.index, old.embedder):
        pass
    assert old.stored() == {"a": OIL, "c": TROOPS}


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from index.stores import schema
from index.stores.catalog_writer import CatalogWriter

class Connection(sqlite3.Connection):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA cache_size = 1")  # what is half done reaches the disk
        self.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))

connect = sqlite3.connect
sqlite3.connect = lambda *args, **kwargs: connect(*args, **kwargs, factory=Connection)
schema._UPGRADES[1] += " SELECT die();"
CatalogWriter.open(Path(sys.argv[1]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process")
def test_a_killed_upgrade_changes_nothing(old: News) -> None:
    before = tables(old.index)
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(old.index)], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert done.returncode == -signal.SIGKILL
    assert tables(old.index) == before
    with writing(old.index, old.embedder):
        pass
    assert old.stored() == {"a": OIL, "c": TROOPS}


def test_what_was_merged_leaves_the_derived_stores(old: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_CHROMA_TAIL", 0)
    old.write(e="Something new.").update()
    assert old.state() == {"catalog": 3, "tantivy": 3, "chroma": 3}
    with closing(Catalog.open(old.index)) as catalog:
        ids, matrix = catalog.vectors()
    assert len(ids) == 3
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, rtol=1e-5)
