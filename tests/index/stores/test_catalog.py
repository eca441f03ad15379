"""The catalog: one consistent truth, and clear words where the file is not what it should be."""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexDamagedError, NoIndexError
from index.readers.noise import find_noise
from index.snapshot import Snapshot
from index.split import Split
from index.stores.catalog import Catalog
from index.stores.catalog_writer import CatalogWriter
from index.types import Article, Place, Span
from index.update import writing
from tests.fakes import HashEmbedder
from tests.index.conftest import News

TEXT = "Oil rose. Gas fell — “so”. 🎉 Done."
SPLIT = Split(((0, 9), (10, 26), (27, 34)), ((0, 26), (27, 34)))
VECTORS = np.eye(2, 32, dtype=np.float32)


def article(name: str = "a", text: str = TEXT, **fields: object) -> Article:
    return Article(id=name, text=text, path=f"{name}.txt", title="T", **fields)  # type: ignore[arg-type]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogWriter]:
    with closing(CatalogWriter.open(tmp_path, "fake@1")) as opened:
        yield opened


def put(catalog: CatalogWriter, *articles: Article) -> list[int]:
    """Add articles, or change those at the same places; the ids of passages that are gone."""
    gone = []
    with catalog.transaction():
        for one in articles:
            entry = catalog.entry(one.path, one.key)
            if entry is None:
                catalog.add(one, SPLIT, VECTORS, "2026-01-01T00:00:00+00:00")
            else:
                gone += catalog.change(entry, one, SPLIT, VECTORS, "2026-01-02T00:00:00+00:00")
    return gone


def test_a_commit_has_reached_the_disk(catalog: CatalogWriter) -> None:
    assert [catalog._one(f"PRAGMA {name}") for name in ("synchronous", "journal_mode")] == [(2,), ("wal",)]  # 2: FULL


def test_what_goes_in_comes_out(catalog: CatalogWriter) -> None:
    place = Place(record=7, message=2, member="a/b")
    known = {"published": "2018-10-18", "outlet": "AP", "author": "A", "url": "http://x/"}
    one = article("a:b c", place=place, key="k", noise=((0, 4), (9, 10)), pages=(0, 10), **known)
    put(catalog, one, article("d", url="http://d/"))
    assert catalog.article("a:b c") == one
    assert catalog.article("x") is None
    assert [(a.id, a.text, length) for a, length in catalog.articles()] == [
        ("a:b c", "", len(TEXT)),
        ("d", "", len(TEXT)),
    ]
    assert (catalog.count_articles(), catalog.count_passages(), catalog.newest()) == (2, 4, "2018-10-18")
    found = catalog.passages([1, 2, 3, 99])
    assert {id_: (p.article_id, p.start, p.end, p.text) for id_, p in found.items()} == {
        1: ("a:b c", 0, 26, TEXT[:26]),
        2: ("a:b c", 27, 34, TEXT[27:34]),
        3: ("d", 0, 26, TEXT[:26]),
    }
    assert found[1].sentences == ((0, 9), (10, 26))
    assert found[1].article is found[2].article  # one object for all passages of an article
    assert catalog.known([2, 3, 99]) == {2, 3}
    assert catalog.passage_ids(["d", "x"]) == [3, 4]
    assert list(catalog.texts(1, 3)) == [(2, "a:b c", "T", TEXT[27:34]), (3, "d", "T", TEXT[:26])]


_POSITIONS = st.lists(st.integers(0, len(TEXT)), unique=True).map(sorted)
_NOISE = _POSITIONS.map(lambda cuts: tuple(zip(cuts[::2], cuts[1::2], strict=False)))
_NUMBER = st.none() | st.integers(1, 2**40)
_PLACE = st.builds(Place, record=_NUMBER, message=_NUMBER, member=st.none() | st.text("a/é"))


@given(_NOISE, _POSITIONS.map(tuple), _PLACE)
def test_noise_pages_and_places_come_back_as_they_were(
    catalog: CatalogWriter, noise: tuple[Span, ...], pages: tuple[int, ...], place: Place
) -> None:
    one = article(noise=noise, pages=pages, place=place)
    put(catalog, one)
    assert catalog.article("a") == one
    assert [location.place for location in catalog.places("a")] == [place]
    assert catalog.entries("a.txt")[""].place == place
    assert [found for found, *_ in catalog.inspect()] == [one]


def test_noise_that_an_older_version_did_not_note_is_found_when_it_is_asked_for(catalog: CatalogWriter) -> None:
    text = "Oil rose. {mosads}Gas fell — “so”."
    put(catalog, article(text=text, noise=((0, 9),)))
    with catalog.transaction():
        catalog._db.execute("UPDATE article SET noise = NULL, pages = NULL")
    found = catalog.article("a")
    assert found is not None
    assert (found.noise, found.pages) == (find_noise(text), ())
    assert catalog.without_signature(5) == [(1, text, ((10, 18),))]


def test_a_former_text_has_the_noise_that_is_found_in_it(catalog: CatalogWriter) -> None:
    put(catalog, article(text="Oil.{mosads}", noise=((0, 3),), pages=(0, 4)))
    put(catalog, article(text="Gas fell.", noise=((1, 2),), pages=(0,)))
    former, now = (revision.article for revision in catalog.revisions("a"))
    assert (former.noise, former.pages) == (((4, 12),), ())
    assert (now.noise, now.pages) == (((1, 2),), (0,))


@pytest.mark.parametrize("garbled", ["[[1, 2", "5", "[1, 2]", "[[1]]", b"\xff"])
def test_noise_that_cannot_be_read_is_damage(catalog: CatalogWriter, garbled: str | bytes) -> None:
    put(catalog, article())
    with catalog.transaction():
        catalog._db.execute("UPDATE article SET noise = ?", (garbled,))
    asked: list[Callable[[], object]] = [
        lambda: catalog.article("a"),
        lambda: list(catalog.inspect()),
        lambda: catalog.without_signature(1),
    ]
    for ask in asked:
        with pytest.raises(IndexDamagedError, match="qa doctor"):
            ask()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("SELECT id FROM article WHERE outlet = 'AP' AND text IS NOT NULL AND under IS NULL", "article_outlet"),
        ("SELECT DISTINCT outlet FROM article WHERE text IS NOT NULL AND under IS NULL", "article_outlet"),
        (
            "SELECT id FROM article WHERE substr(published, 1, 10) >= '2018' AND text IS NOT NULL AND under IS NULL",
            "article_day",
        ),
        ("SELECT max(substr(published, 1, 10)) FROM article WHERE text IS NOT NULL AND under IS NULL", "article_day"),
    ],
)
def test_what_questions_ask_of_all_articles_has_an_index(catalog: CatalogWriter, query: str, name: str) -> None:
    assert name in " ".join(row[-1] for row in catalog._all(f"EXPLAIN QUERY PLAN {query}"))


def test_vectors_come_back_as_they_were(catalog: CatalogWriter) -> None:
    put(catalog, article("a"), article("b", url="http://b/"))
    for options, expected in (
        ({}, [1, 2, 3, 4]),
        ({"after": 2}, [3, 4]),
        ({"only": [4, 1]}, [1, 4]),
        ({"only": []}, []),
    ):
        ids, matrix = catalog.vectors(**options)  # type: ignore[arg-type]
        assert ids.tolist() == expected
        assert [row.tolist() for row in matrix] == [VECTORS[(i - 1) % 2].tolist() for i in expected]


def test_more_ids_than_sqlite_takes_at_once(catalog: CatalogWriter) -> None:
    put(catalog, article())
    many = range(1, 100_000)
    assert set(catalog.passages(many)) == catalog.known(many) == {1, 2}


def test_passage_ids_are_never_used_again(catalog: CatalogWriter) -> None:
    put(catalog, article())
    assert put(catalog, article(text=TEXT + "!")) == [1, 2]
    with catalog.transaction():
        assert catalog.drop_place(catalog.entries("a.txt")[""]) == [3, 4]
    put(catalog, article())
    assert catalog.all_passage_ids().tolist() == [5, 6]


def test_a_tombstone_keeps_identity_and_nothing_else(catalog: CatalogWriter) -> None:
    put(catalog, article(published="2018"))
    with catalog.transaction():
        assert catalog.remove("a") == [1, 2]
    assert (catalog.article("a"), catalog.count_articles(), catalog.newest(), list(catalog.articles())) == (
        None,
        0,
        None,
        [],
    )
    assert catalog.is_taken("a")
    assert catalog.entries("a.txt")[""].article.removed
    put(catalog, article())
    assert not catalog.entries("a.txt")[""].article.removed


def test_a_failed_transaction_changes_nothing(catalog: CatalogWriter) -> None:

    def stopped(error: BaseException) -> None:
        with catalog.transaction():
            catalog.add(article(), SPLIT, VECTORS, "2026-01-01T00:00:00+00:00")
            raise error

    for error in (KeyboardInterrupt(), ValueError("x")):
        with pytest.raises(type(error)):
            stopped(error)
    assert catalog.count_articles() == 0
    put(catalog, article())
    assert catalog.count_articles() == 1


def test_a_reader_sees_one_state_while_a_writer_commits(tmp_path: Path, catalog: CatalogWriter) -> None:
    put(catalog, article("a"))
    with closing(Catalog.open(tmp_path)) as reader:
        with reader.transaction():
            assert reader.count_articles() == 1
            put(catalog, article("b", url="http://b/"))
            assert reader.count_articles() == 1
        assert reader.count_articles() == 2


def test_a_reader_may_move_to_another_thread(tmp_path: Path, catalog: CatalogWriter) -> None:
    put(catalog, article("a"))
    counts: list[int] = []
    with closing(Catalog.open(tmp_path)) as reader:
        thread = threading.Thread(target=lambda: counts.append(reader.count_articles()))
        thread.start()
        thread.join()
    assert counts == [1]


def test_a_reader_cannot_write(tmp_path: Path, catalog: CatalogWriter) -> None:
    with (
        closing(Catalog.open(tmp_path)) as reader,
        pytest.raises(IndexDamagedError, match="may not be written"),
        reader.transaction(),
    ):
        reader._db.execute("DELETE FROM article")


# ---- files that are no catalog ---------------------------------------------------------------------------------------


def both(folder: Path, embedder: HashEmbedder) -> list[str]:
    """What a reader and a writer say of the index in `folder`."""
    said = []
    for open_it in (lambda: Snapshot(folder).close(), lambda: writing(folder, embedder).__enter__()):
        with pytest.raises(IndexDamagedError) as caught:
            open_it()
        said.append(str(caught.value))
    return said


def test_a_file_that_is_no_database(tmp_path: Path, embedder: HashEmbedder) -> None:
    (tmp_path / "catalog.sqlite").write_text("Oil rose on Monday. " * 300)
    for message in both(tmp_path, embedder):
        assert message.endswith(
            "catalog.sqlite: file is not a database; index the articles again into another folder (--index)"
        )


def test_another_programs_database(tmp_path: Path, embedder: HashEmbedder) -> None:
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as db:
        db.execute("CREATE TABLE x (y)")
    before = (tmp_path / "catalog.sqlite").read_bytes()
    for message in both(tmp_path, embedder):
        assert message.endswith("is not a catalog of article-qa; name another folder with --index")
    assert (tmp_path / "catalog.sqlite").read_bytes() == before


def test_another_version(news: News) -> None:
    news.write(a="Oil rose.").update()
    with closing(sqlite3.connect(news.index / "catalog.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    for message in both(news.index, news.embedder):
        assert "has schema version 99, this article-qa reads up to version 5" in message


def test_no_index_and_one_that_was_not_finished(tmp_path: Path, embedder: HashEmbedder) -> None:
    with pytest.raises(NoIndexError, match=r"no index in .*; make one: qa index PATH"):
        Snapshot(tmp_path)
    (tmp_path / "catalog.sqlite").touch()  # what a writer leaves that is killed at once
    with pytest.raises(NoIndexError, match="was not finished"):
        Snapshot(tmp_path)
    with writing(tmp_path, embedder):
        pass
    Snapshot(tmp_path).close()


def test_a_truncated_or_garbled_catalog_is_a_clear_error(news: News) -> None:
    news.write(**{f"a{i}": f"Article {i} says that oil rose. " * 20 for i in range(30)}).update()
    path = news.index / "catalog.sqlite"
    whole = path.read_bytes()
    chance = random.Random(1)
    errors = 0
    for size in [*(len(whole) * part // 10 for part in range(1, 10)), 1, 100, 4096, *[len(whole)] * 10]:
        data = bytearray(whole[:size])
        if size == len(whole):
            for page in chance.sample(range(size // 4096), size // 4096 // 3):
                data[page * 4096 : page * 4096 + 200] = chance.randbytes(200)
        path.write_bytes(data)
        try:
            news.search("oil")
            news.stored()
            news.statuses()
        except (IndexDamagedError, NoIndexError) as error:
            errors += 1
            assert "\n" not in str(error)  # noqa: PT017
        for name in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
            (news.index / name).unlink(missing_ok=True)
    assert errors > 15
    path.write_bytes(whole)
    assert news.statuses() == dict.fromkeys((f"a{i}" for i in range(30)), "unchanged")
