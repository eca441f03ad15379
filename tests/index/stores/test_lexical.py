"""tantivy: words in all their forms, BM25, the same on disk and in memory."""

import random
from pathlib import Path

import pytest

from index.errors import StoreError
from index.stores.lexical import Lexical
from index.text import fold

PASSAGES = [
    (1, "a", "Oil", "Oil prices rose on Monday."),
    (2, "a", "Oil", "They fell on Tuesday."),
    (3, "b:1 x", "", "The U.S.–Mexico border — Mexico’s longest."),
    (4, "c", "", "Café owners authorized “4,000 troops”."),
]


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Lexical:
    made = Lexical(tmp_path / "t" if request.param == "disk" else None)
    made.update([], PASSAGES)
    return made


def ids(store: Lexical, question: str, **options: object) -> list[int]:
    return [id_ for id_, _ in store.search(question, 10, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("price of oil", [1, 2]),  # the title counts, less than the text
        ("PRICING", [1]),
        ("mexico", [3]),
        ("Mexico's", [3]),
        ("US-Mexico", [3]),
        ("cafe", [4]),
        ("who authorizes the trooper?", [4, 3]),
        ("nothing", []),
        ("", []),
        ("“?!” AND OR NOT (*) ^2 ~ title:oil", [1, 2]),  # words, never a query language
        ("x" * 70, []),
    ],
)
def test_words(store: Lexical, question: str, found: list[int]) -> None:
    assert ids(store, question) == found


def test_articles(store: Lexical) -> None:
    assert ids(store, "Mexico oil", article_ids=["b:1 x"]) == [3]
    assert ids(store, "Mexico oil", article_ids=["b:1 x", "a"]) == [3, 1, 2]
    assert ids(store, "Mexico oil", article_ids=["b:1"]) == []
    assert ids(store, "Mexico oil", article_ids=[]) == []


def test_k(store: Lexical) -> None:
    assert [len(store.search("on the", k)) for k in (0, 1, 2, 99)] == [0, 1, 2, 3]


def test_updating_twice_is_updating_once(store: Lexical) -> None:
    once = store.search("oil on Monday", 10)
    store.update([], PASSAGES)
    assert len(store) == 4
    assert store.search("oil on Monday", 10) == once


def test_what_is_gone_is_not_found(store: Lexical) -> None:
    store.update([1, 77], [(5, "a", "Oil", "Gas fell.")])
    assert len(store) == 4
    assert ids(store, "prices") == []
    assert ids(store, "gas") == [5]


def test_a_reader_sees_a_commit_after_it_reloads(tmp_path: Path) -> None:
    writer = Lexical(tmp_path)
    writer.update([], PASSAGES[:1])
    reader = Lexical.open(tmp_path)
    writer.update([1], PASSAGES[1:])
    assert (len(reader), len(writer)) == (1, 3)
    reader.reload()
    assert ids(reader, "oil") == [2]


def test_a_reader_makes_no_index(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no word index"):
        Lexical.open(tmp_path / "t")
    assert not (tmp_path / "t").exists()


def test_damage_is_a_store_error_or_harmless(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    Lexical(folder).update([], [(i, "a", f"title {i}", f"words {i} and {i * i}") for i in range(200)])
    whole = {path: path.read_bytes() for path in folder.iterdir()}
    chance = random.Random(1)
    failed = 0
    for path in [path for path, data in whole.items() if data] * 3:
        data = bytearray(whole[path])
        for _ in range(chance.choice([1, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(chance.choice([data, data[: len(data) // 2]]))
        try:
            store = Lexical.open(folder)
            store.search("title words 25", 5)
        except StoreError as error:
            failed += 1
            assert "\n" not in str(error)  # noqa: PT017
        path.write_bytes(whole[path])
    assert failed > 5
    assert len(Lexical.open(folder)) == 200


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Trump’s", "Trump"),
        ("“Go” — ‘now’", "\"Go\" - 'now'"),
        ("U.S.–Mexico", "U.S.-Mexico"),
        ("so\u00adft", "soft"),
        ("its", "its"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
