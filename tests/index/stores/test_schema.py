"""Catalogs of other versions: an older one is brought up to date by the next writer, a newer one is left alone."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.errors import IndexDamagedError
from index.stores import derived, schema
from index.stores.catalog import Catalog
from index.types import Article
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

OIL, TROOPS, GAS = "Oil rose on Monday.", "Troops came to the border.", "Gas fell on Friday."


@pytest.fixture
def old(news: News) -> News:
    """An index of version 1: `a` and `b` with the same text, `c` with another, `d` taken out."""
    news.write(a=OIL, b=OIL, c=TROOPS, d=GAS)
    news.index.mkdir()
    with closing(sqlite3.connect(news.index / "catalog.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA application_id = {0x41515631}")
        db.executescript(f"{VERSION_1} PRAGMA user_version = 1;")
        db.execute("INSERT INTO meta VALUES (7, ?, NULL, 0, 0, 0)", (news.embedder.fingerprint,))
        for number, (name, text) in enumerate({"a": OIL, "b": OIL, "c": TROOPS, "d": GAS}.items(), 1):
            article = Article(id=name, text=text, path=f"{name}.txt", title=text)
            row = (number, name, f"{name}.txt", "", None, "utf-8", 1, 2, article.digest(), text, *[None] * 4)
            is_gone = name == "d"
            db.execute(f"INSERT INTO article VALUES ({', '.join('?' * 15)})", (*row, None if is_gone else text))
            if not is_gone:
                vector = news.embedder.encode([text])[0].astype("<f4").tobytes()
                db.execute("INSERT INTO sentence VALUES (?, 0, ?)", (number, len(text)))
                db.execute(
                    "INSERT INTO passage (article, start, end, vector) VALUES (?, 0, ?, ?)", (number, len(text), vector)
                )
    news.embedder.encoded.clear()
    return news


def tables(folder: Path) -> dict[str, object]:
    """The version of a catalog, the columns of its tables, and how many rows they have."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found: dict[str, object] = {
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


def test_an_upgraded_catalog_has_the_tables_of_a_new_one(old: News, tmp_path: Path) -> None:
    for folder in (old.index, tmp_path / "new"):
        with writing(folder, old.embedder):
            pass
    upgraded, new = tables(old.index), tables(tmp_path / "new")
    assert upgraded.keys() == new.keys()
    assert {name: found[0] for name, found in upgraded.items()} == {name: found[0] for name, found in new.items()}  # type: ignore[index]


def test_a_reader_says_which_command_upgrades(old: News) -> None:
    before = (old.index / "catalog.sqlite").read_bytes()
    with pytest.raises(IndexDamagedError, match=r"an earlier article-qa; upgrade it: qa doctor --repair --index"):
        old.open()
    assert (old.index / "catalog.sqlite").read_bytes() == before


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


def test_an_upgrade_that_fails_changes_nothing(old: News, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables(old.index)
    steps = schema._UPGRADES[1]
    monkeypatch.setitem(schema._UPGRADES, 1, f"{steps} INSERT INTO nowhere VALUES (1);")
    with pytest.raises(IndexDamagedError, match="no such table: nowhere"):
        writing(old.index, old.embedder).__enter__()
    assert tables(old.index) == before
    monkeypatch.setitem(schema._UPGRADES, 1, steps)
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
