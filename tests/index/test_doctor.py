"""The doctor finds what is wrong, leaves alone what is normal, and makes again what is derived."""

import json
import os
import random
import re
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from index import update
from index.doctor import Check, examine, examine_articles, examine_weights, repair
from index.errors import IndexDamagedError, NoIndexError
from index.stores import derived, vectors
from index.stores.chroma import open_client
from index.stores.lexical import Lexical
from tests.fakes import HashEmbedder
from tests.index.conftest import News
from tests.index.test_snapshot import ARTICLES, finds_all


@pytest.fixture
def filled(news: News) -> News:
    news.write(**ARTICLES).update()
    return news


def findings(checks: list[Check]) -> dict[str, list[str]]:
    """What was found, faults and notes, by the name of the check."""
    return {check.name: [f.message for f in check.findings] for check in checks if check.findings}


def is_whole(news: News) -> bool:
    return all(check.is_whole for check in examine(news.index))


def mended(news: News) -> list[str]:
    checks = examine(news.index)
    with update.writing(news.index, news.embedder, notify=news.notes.append) as writer:
        return list(repair(writer, checks))


def generation(news: News) -> Path:
    return news.index / "chroma" / news.generations()[-1]


# ---- what is normal --------------------------------------------------------------------------------------------------


def test_a_whole_index(filled: News) -> None:
    checks = examine(filled.index)
    assert findings(checks) == {}
    counts = {check.name: check.counts for check in checks}
    assert counts["catalog"].items() >= {"articles": 3, "passages": 3}.items()
    expected = {"in_chroma": 3, "in_the_tail": 0, "deleted_since": 0, "compared": 3, "recall@10": 1}
    assert counts["vectors"] == expected
    assert counts["words"] == {"in_tantivy": 3, "in_the_tail": 0, "deleted_since": 0, "searched_for": 3}


def test_a_tail_and_what_was_deleted_since_are_no_faults(filled: News) -> None:
    filled.write(new="Something new.").update()
    filled.remove("oil")
    checks = examine(filled.index)
    assert findings(checks) == {}
    expected = {"in_chroma": 3, "in_the_tail": 1, "deleted_since": 1, "compared": 2, "recall@10": 1}
    assert checks[1].counts == expected


def test_an_index_without_articles(news: News) -> None:
    news.update()
    assert findings(examine(news.index)) == {}


def test_very_many_equal_texts_are_no_fault(news: News) -> None:
    news.write(**{f"a{i}": "All say the same." for i in range(40)}).update()
    assert findings(examine(news.index)) == {}


def test_texts_without_words_are_no_fault(news: News) -> None:
    news.write(a="!!! ???", b="谁授权了军队？").update()
    assert findings(examine(news.index)) == {}


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="qa index PATH"):
        examine(tmp_path)


# ---- what a writer that was stopped leaves behind --------------------------------------------------------------------


def test_what_a_killed_writer_left_is_named_and_cleared_away(filled: News) -> None:
    dead = {"pid": 2**22 + 1, "host": socket.gethostname(), "since": "2026-01-01T00:00:00"}
    (filled.index / "writer.json").write_text(json.dumps(dead))
    (filled.index / "chroma" / "000002").mkdir()
    found = findings(examine(filled.index))
    assert list(found) == ["folder"]
    assert [("was stopped" in line, "000002" in line) for line in found["folder"]] == [(True, False), (False, True)]
    assert is_whole(filled)
    assert len(mended(filled)) == 1
    assert findings(examine(filled.index)) == {}
    assert filled.generations() == ["000001"]


def test_passages_that_tantivy_still_has_are_no_fault(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(update.Writer, "sync", lambda self: None)  # killed right after the catalog's commit
        filled.remove("oil")
    assert findings(examine(filled.index)) == {}
    monkeypatch.setattr(derived.Derived, "_new_tantivy", None)  # what is too much is taken out, nothing is made again
    filled.update()
    assert filled.state()["tantivy"] == 2


def test_a_writer_at_work_is_named_and_nothing_of_its_work_is_a_fault(filled: News) -> None:
    filled.write(new="Something new.", oil="Gas fell.")
    with update.writing(filled.index, filled.embedder) as writer:
        for _ in writer.update([filled.folder]):
            (filled.index / "chroma" / "000002").mkdir(exist_ok=True)
            found = findings(examine(filled.index))
            assert list(found) == ["folder"]
            assert f"process {os.getpid()}" in found["folder"][0]
            assert is_whole(filled)


def test_what_changes_while_it_looks_is_looked_at_again(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_files = derived.lexical.damaged_files

    def and_a_writer_commits(folder: Path) -> list[str]:
        monkeypatch.setattr("index.stores.lexical.damaged_files", damaged_files)
        filled.remove("oil")  # gone from tantivy, still in what the doctor holds still
        return damaged_files(folder)

    monkeypatch.setattr("index.stores.lexical.damaged_files", and_a_writer_commits)
    assert is_whole(filled)


# ---- faults of what is derived ---------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    """One bit in the middle of a file is wrong."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lose_a_vector(news: News, put: str | None = None) -> None:
    """Chroma without the first passage's vector, as if it had been made so; or (`put`) with that of another text."""
    folder = generation(news)
    client = open_client(folder)
    collection = client.get_collection("passages", embedding_function=None)
    collection.delete(ids=["1"])
    if put is not None:
        collection.add(ids=["1"], embeddings=news.embedder.encode([put]))
    client.close()
    (folder / "checksums.json").write_text(json.dumps(vectors._checksums(folder)))


def a_segment(news: News, suffix: str) -> Path:
    return next((news.index / "tantivy").glob(f"*.{suffix}"))


FAULTS: dict[str, tuple[Callable[[News], object], str, str]] = {
    "Chroma's folder is gone": (lambda news: shutil.rmtree(generation(news)), "vectors", "no Chroma store"),
    "a file of its index is damaged": (
        lambda news: flip(next(generation(news).rglob("data_level0.bin"))),
        "vectors",
        "data_level0.bin is not as it was made",
    ),
    "a file of its index is gone": (
        lambda news: next(generation(news).rglob("header.bin")).unlink(),
        "vectors",
        "header.bin is missing",
    ),
    "its checksums are gone": (
        lambda news: (generation(news) / "checksums.json").unlink(),
        "vectors",
        "checksums.json",
    ),
    "its database is no database": (
        lambda news: (generation(news) / "chroma.sqlite3").write_bytes(os.urandom(50_000)),
        "vectors",
        "not a database",
    ),
    "a vector is missing": (lose_a_vector, "vectors", "1 passage (1) not in Chroma"),
    "a vector is another one": (
        lambda news: lose_a_vector(news, "No word in common."),
        "vectors",
        "1 passage (1) in Chroma with another vector",
    ),
    "tantivy's folder is gone": (lambda news: shutil.rmtree(news.index / "tantivy"), "words", "meta.json not as"),
    "a file of its words is damaged": (lambda news: flip(a_segment(news, "term")), "words", ".term not as written"),
    "a file of its words is gone": (lambda news: a_segment(news, "idx").unlink(), "words", "word index cannot be used"),
    "words are missing": (
        lambda news: Lexical.open(news.index / "tantivy").update([1], []),
        "words",
        "1 passage (1) not in the word index",
    ),
    "words are others": (
        lambda news: Lexical.open(news.index / "tantivy").update([], [(1, "x", "", "other")]),
        "words",
        "1 passage (1) not found by their own words",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_of_a_derived_store_is_named_in_one_line_and_mended(filled: News, what: str) -> None:
    spoil, where, says = FAULTS[what]
    spoil(filled)
    checks = examine(filled.index)
    assert [check.name for check in checks if not check.is_whole] == [where]
    (line,) = findings(checks)[where]
    assert says in line
    assert line.endswith("qa doctor --repair makes it again")
    assert str(filled.index) in line
    assert "\n" not in line
    encoded = len(filled.embedder.encoded)
    assert mended(filled)
    assert findings(examine(filled.index)) == {}
    assert filled.notes == []
    assert finds_all(filled)
    assert len(filled.embedder.encoded) == encoded + 4  # the questions of `finds_all`, nothing else


def test_a_graph_that_finds_too_little_is_a_fault_and_made_again(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    news.write(**{f"a{i}": " ".join(f"word{chance.randrange(60)}" for _ in range(8)) for i in range(150)})
    with monkeypatch.context() as patched:
        links = {"space": "cosine", "sync_threshold": 1, "ef_search": 1, "ef_construction": 10, "max_neighbors": 4}
        patched.setattr(vectors, "_HNSW", links)
        news.update()
    (line,) = findings(examine(news.index))["vectors"]
    assert re.search(r"000001: recall@10 0\.\d+ against exact search, less than 0\.9; qa doctor --repair makes", line)
    assert mended(news)
    checks = examine(news.index)
    assert findings(checks) == {}
    assert checks[1].counts["recall@10"] > 0.99


@pytest.mark.parametrize(("recall", "faults"), [(0.9, 0), (0.8999, 1)])
def test_how_low_a_recall_may_be(filled: News, recall: float, faults: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors.Vectors, "recall", lambda _: recall)
    assert len(findings(examine(filled.index)).get("vectors", [])) == faults


def test_a_damaged_store_of_an_empty_index(filled: News) -> None:
    filled.remove(*ARTICLES)
    shutil.rmtree(generation(filled))
    assert findings(examine(filled.index)) == {}
    assert mended(filled) == []


def test_a_lost_folder_that_nobody_needs_is_not_missed_later(filled: News, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = generation(filled)
    filled.remove(*ARTICLES)
    shutil.rmtree(lost)
    mended(filled)
    filled.write(new="A bridge was opened in Lima on Monday.")
    with monkeypatch.context() as patched:
        patched.setattr(vectors, "make_generation", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            filled.update()
    assert [finding.message for check in examine(filled.index) for finding in check.findings if finding.is_fault] == []
    with closing(filled.open()) as reader, reader.view() as view:
        assert len(view.nearest(filled.embedder.encode(["A bridge in Lima"])[0], 10)) == 1
    assert filled.notes == []
    filled.update()
    assert generation(filled).name > lost.name


# ---- faults of the catalog -------------------------------------------------------------------------------------------


def change(news: News, statement: str) -> None:
    with closing(sqlite3.connect(news.index / "catalog.sqlite")) as database, database:
        database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE article SET text = 'Gas' || substr(text, 4) WHERE id = 'oil'", "not what was indexed"),
        ("UPDATE article SET text = '' WHERE id = 'oil'", "a passage lies outside of its text"),
        ("UPDATE passage SET end = 900 WHERE id = 1", "a passage lies outside of its text"),
        ("UPDATE passage SET start = 2 WHERE id = 1", "does not begin or end where a sentence does"),
        ("DELETE FROM passage WHERE id = 1", "it has no passage"),
        ("UPDATE sentence SET end = 900", "a sentence lies outside of its text"),
        ("INSERT INTO passage SELECT 9, article, start, end, vector FROM passage WHERE id = 1", "passages overlap"),
        ("UPDATE passage SET vector = zeroblob(128) WHERE id = 1", "1 passage (1) no vector of unit length"),
        ("UPDATE passage SET vector = x'00' WHERE id = 1", "vectors of 1, 128 bytes"),
        ("DELETE FROM article WHERE id = 'oil'", "rows of passage belong to no article"),
    ],
)
def test_a_fault_of_the_catalog_is_named(filled: News, statement: str, says: str) -> None:
    change(filled, statement)
    assert any(says in line for line in findings(examine(filled.index))["catalog"])


def test_an_index_of_the_catalog_is_made_again(filled: News) -> None:
    with closing(sqlite3.connect(filled.index / "catalog.sqlite")) as database:
        database.execute("PRAGMA writable_schema = ON")
        ((sql,),) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'passage_article'").fetchall()
        for index in (f"{sql} WHERE 0", sql):  # made again for no row at all, then taken for what it was
            database.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'passage_article'", (index,))
            database.execute("PRAGMA writable_schema = RESET")
            database.execute("PRAGMA writable_schema = ON")
            if index != sql:
                database.execute("REINDEX")
        database.commit()
    assert "index passage_article" in findings(examine(filled.index))["catalog"][0]
    mended(filled)
    assert findings(examine(filled.index)) == {}
    assert finds_all(filled)


@pytest.mark.parametrize("kept", [0, 100, 5000, -4096])
def test_a_catalog_that_was_cut_off_is_refused_in_one_line(filled: News, kept: int) -> None:
    file = filled.index / "catalog.sqlite"
    content = file.read_bytes()
    file.write_bytes(content[:kept])
    with pytest.raises(IndexDamagedError, match=r"catalog\.sqlite") as refused:
        filled.update()
    assert "\n" not in str(refused.value)
    if kept:
        (line,) = findings(examine(filled.index))["catalog"]
        assert "catalog.sqlite" in line
    file.write_bytes(content)  # the last good state, put back: nothing was done to the rest meanwhile
    assert findings(examine(filled.index)) == {}
    assert finds_all(filled)


# ---- it only looks ---------------------------------------------------------------------------------------------------


def test_it_works_where_nothing_can_be_written_and_writes_nothing(unprivileged: Path, embedder: HashEmbedder) -> None:
    news = News(unprivileged, embedder)
    news.write(**ARTICLES).update()
    before = {path: path.read_bytes() for path in news.index.rglob("*") if path.is_file()}
    assert findings(examine(news.index)) == {}
    after = {path: path.read_bytes() for path in news.index.rglob("*") if path.is_file()}
    for path in ("catalog.sqlite-shm", "catalog.sqlite-wal"):  # by which SQLite's readers know of a writer
        after.pop(news.index / path, None)
    assert after == before
    folders = [news.index, *(path for path in news.index.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert findings(examine(news.index)) == {}
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_weights_are_checked_by_their_sums(filled: News, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"a")
    change(filled, "UPDATE meta SET embedding = 'sentence-transformers/all-MiniLM-L6-v2@53aa51172d142c89'")
    check = examine_weights(filled.index, {tmp_path / "a.onnx": "0" * 64, tmp_path / "b.onnx": "0" * 64})
    assert [("a.onnx: its sha256" in f.message, "b.onnx" in f.message) for f in check.findings] == [
        (True, False),
        (False, True),
    ]
    assert check.counts == {"files": 3}


# ---- the articles ----------------------------------------------------------------------------------------------------


def test_articles_that_are_worth_a_look_are_named(news: News) -> None:
    words = "The ferry resumed on Monday after a storm had closed the harbor for nine days. " * 5
    italian = "Il traghetto ha ripreso il servizio dopo la tempesta che aveva chiuso il porto per nove giorni. " * 6
    news.write(
        good=f"Ferry resumes\n\nOct. 18, 2018\n\n{words}", short="Oil rose.", italian=f"Traghetto\n\n{italian}"
    ).update()
    check = examine_articles(news.index)
    assert check.is_whole
    assert check.counts == {"undated": 2, "untitled": 1, "short": 1, "doubtful": 1}
    assert "2 articles without a date" in check.findings[0].message
    assert check.findings[-1].message.endswith("(italian)")


def test_files_that_older_rules_read_are_counted_and_read_again(news: News) -> None:
    news.write(a="Oil rose on Monday.\n\nShare this article\n\nGas fell.").update()
    with closing(sqlite3.connect(news.index / "catalog.sqlite")) as db, db:
        db.execute("UPDATE file SET noise_version = 1")
        db.execute("UPDATE article SET noise = '[]'")
    messages = [finding.message for finding in examine_articles(news.index).findings]
    assert messages[-1] == "1 file was read before today's rules for leftovers of pages; qa index --reread PATH"
    assert news.statuses() == {"a": "unchanged"}
    assert news.statuses(clean=True) == {"a": "changed"}
    assert news.statuses(clean=True) == {"a": "unchanged"}
    with closing(news.catalog()) as catalog:
        article = catalog.article("a")
        assert article is not None
        assert [article.text[start:end] for start, end in article.noise] == ["Share this article"]
        assert len(catalog.revisions("a")) == 1
    assert not any("older" in one.message for one in examine_articles(news.index).findings)
