"""tantivy: words in all their forms, BM25, the same on disk and in memory."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreError
from index.stores.lexical import FOLDING_FILE, Lexical
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
        ("the U.S.", [3]),
        ("4000", [4]),
        ("cafe\u0301", [4]),
        ("autho\u00adri\u200bzed", [4]),
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
        ("U.S.–Mexico", "US-Mexico"),
        ("the U.S.’s 5 p.m.", "the US 5 pm"),
        ("J. K. Rowling, F.B.I, M.P.s", "JK Rowling, FBI, MPs"),
        ("He has a plan B. Then he went.", "He has a plan B. Then he went."),
        ("G-20, F-16s, AK-47, COVID-19, U.N.-led", "G20, F16s, AK47, COVID-19, UN-led"),
        ("$4,000 and 1,234,567.5, not 12,5 or 1,23,456", "$4000 and 1234567.5, not 12,5 or 1,23,456"),
        ("1\u202f234\u00a0567 people in 2018\u00a0300", "1234567 people in 2018 300"),
        ("E\u0301lodie", "Élodie"),
        ("ﬁve ４０ ＦＢＩ", "five 40 FBI"),
        ("so\u00adft", "soft"),
        ("\ufeffzero\u200b-\u2060width\u200d", "zero-width"),
        ("its", "its"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


_PIECES = ["U.S.", "'s", "\u00ad", "\u200d", "\u0301", "\u00a0", *"aAbS.,'’- 1234é０．ﬁ–´ŉ"]


@given(st.lists(st.sampled_from(_PIECES) | st.characters(), max_size=12).map("".join))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(
    st.lists(st.sampled_from(["the", "Mexico", "don't", "it's", '"so"', "plan-B", "(x)", "end.", "?"])).map(" ".join)
)
def test_plain_text_is_folded_as_ever(text: str) -> None:
    assert fold(text) == fold(text, 1)


def made_before(folder: Path) -> Lexical:
    """An index as version 0.1.0 made it: of folding 1, without a note that says so."""
    store = Lexical(folder, folding=1)
    store.update([], PASSAGES)
    (folder / FOLDING_FILE).unlink()
    return Lexical.open(folder)


def test_an_index_is_asked_in_the_folding_it_was_made_with(tmp_path: Path) -> None:
    old = made_before(tmp_path / "old")
    new = Lexical(tmp_path / "new")
    new.update([], PASSAGES)
    assert (old.folding, new.folding, Lexical.open(tmp_path / "new").folding) == (1, 2, 2)
    assert (ids(old, "U.S."), ids(new, "U.S.")) == ([3], [3])
    assert (ids(old, "US"), ids(new, "US")) == ([], [3])
    old.update([], [(5, "d", "", "The U.S. left.")])
    assert (ids(old, "U.S."), ids(old, "US")) == ([5, 3], [])
    assert old.finds(5, "d", "The U.S. left.")


def test_a_reader_of_an_index_made_again_folds_as_that_does(tmp_path: Path) -> None:
    reader = made_before(tmp_path)
    shutil.rmtree(tmp_path)
    Lexical(tmp_path).update([], PASSAGES)
    reader.reload()
    assert (reader.folding, ids(reader, "US")) == (2, [3])


@pytest.mark.parametrize("note", ["3", "", "two", "²", "1 "])
def test_a_folding_that_is_not_known_is_a_store_error(tmp_path: Path, note: str) -> None:
    Lexical(tmp_path).update([], PASSAGES)
    (tmp_path / FOLDING_FILE).write_text(note, encoding="utf-8")
    if note == "1 ":
        assert Lexical.open(tmp_path).folding == 1
    else:
        with pytest.raises(StoreError, match="folding"):
            Lexical.open(tmp_path)
