"""Negatives have no answer, and made ones differ from their example in one thing."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from qa.training.data import Answer, Example
from qa.training.names import OPPOSITE, Pool, find_names, find_numbers, names_something, negate
from qa.training.negatives import BLANKED, Maker, blanked, bm25_negative, mine, mined, with_blanked
from tests.qa.training import tiny


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("How many troops did Canada send?", ["Canada"]),
        ("Who met Barack Obama in New York City?", ["Barack Obama", "New York City"]),
        ("What did the Senate say?", ["Senate"]),
        ("Where is it?", []),
        ("Bananas are what colour?", []),
        ("When did NASA's probe land?", ["NASA"]),
    ],
)
def test_find_names(text: str, names: list[str]) -> None:
    found = find_names(text)
    assert [n.text for n in found] == names
    assert all(text[n.start : n.end] == n.text for n in found)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4,000 troops in 2017", ["4,000", "2017"]),
        ("3.5 percent of 12", ["3.5", "12"]),
        ("the F-16 and COVID-19", []),
    ],
)
def test_find_numbers(text: str, numbers: list[str]) -> None:
    found = find_numbers(text)
    assert [n.text for n in found] == numbers
    assert all(text[n.start : n.end] == n.text for n in found)


def test_shapes_tell_places_years_and_counts_apart() -> None:
    place, other = find_names("Who in Canada met Obama?")
    assert place.shape != other.shape
    year, count, grouped = find_numbers("1999 and 4000000 and 4,000")
    assert len({year.shape, count.shape, grouped.shape}) == 3


def test_a_stand_in_has_the_shape_and_is_absent() -> None:
    pool = Pool(["They live in Norway", "They live in Chile", "They met in Peru", "Born in 1990", "Born in 1991"])
    (name,) = find_names("Who lives in Canada?")
    drawn = {pool.stand_in(name, "All about Chile", random.Random(i)) for i in range(50)}
    assert drawn == {"Norway", "Peru"}
    (year,) = find_numbers("Who was born in 1990?")
    assert {pool.stand_in(year, "", random.Random(i)) for i in range(20)} == {"1991"}
    assert pool.stand_in(year, "in 1991", random.Random(1)) is None


@pytest.mark.parametrize(
    ("question", "negated"),
    [
        ("What did Canada send?", "What didn't Canada send?"),
        ("Which is the largest lake?", "Which is the smallest lake?"),
        ("Did Canada send troops?", None),
        ("What didn't Canada send?", None),
        ("For what reason?", None),
    ],
)
def test_negate(question: str, negated: str | None) -> None:
    assert negate(question, random.Random(0)) == negated


def changed(before: str, after: str) -> tuple[str, str]:
    """The words between what the two begin and end with alike."""
    a, b = (re.findall(r"[\w,.'-]+|\W", text) for text in (before, after))
    while a and b and a[0] == b[0]:
        del a[0], b[0]
    while a and b and a[-1] == b[-1]:
        del a[-1], b[-1]
    return "".join(a), "".join(b)


def test_made_negatives_change_one_thing() -> None:
    own = tiny.examples()
    maker = Maker(own)
    questions = passages = 0
    for seed in range(60):
        for one in own:
            made = maker.make(one, random.Random(seed))
            if made is None:
                continue
            assert made.answers == ()
            assert made.kind == "made"
            assert (made.question != one.question) != (made.passage != one.passage)
            assert made.near is not None
            assert made.passage[made.near.start : made.near.end] == made.near.text == one.target.text  # type: ignore[union-attr]
            if made.question != one.question:
                questions += 1
                old, new = changed(one.question, made.question)
                named = [n.text for n in (*find_names(one.question), *find_numbers(one.question))]
                assert any(old in name for name in named) or OPPOSITE.get(old) == new or new == old + "n't"
            else:
                passages += 1
                gone = [n.text for n in find_names(one.question) if n.text not in made.passage]
                assert gone
    assert questions > 50
    assert passages > 10


def test_nothing_is_made_of_an_unanswerable_question() -> None:
    own = tiny.examples()
    assert Maker(own).make(own[-1], random.Random(0)) is None


def bm25_set() -> list[Example]:
    return [
        tiny.example("How many troops did Canada send?", "Canada sent 250 troops abroad.", "250", name="a"),
        tiny.example("Who leads Canada?", "Canada is led by a minister; it sent troops.", "a minister", name="b"),
        tiny.example("What did Canada buy?", "Canada has 250 troops in boats.", "boats", name="c"),
        tiny.example("is it worth it?", "Canada sent nobody. Yes, worth it.", "Yes", name="d"),
        tiny.example("Who sent troops from Canada?", "A letter from Canada.", "A letter", name="e", source="other"),
    ]


def test_bm25_finds_like_passages_without_the_answer() -> None:
    own = bm25_set()
    found = mine(own)
    assert own[1].passage in found["a"]
    assert own[0].passage not in found["a"], "its own passage"
    assert own[2].passage not in found["a"], "it holds the answer"
    assert own[4].passage not in found["a"], "another source"
    assert "d" not in found, "a question that names nothing"
    made = bm25_negative(own[0], found["a"], random.Random(0))
    assert (made.question, made.answers, made.kind) == (own[0].question, (), "bm25")
    assert made.passage in found["a"]


def test_mined_passages_are_kept(tmp_path: Path) -> None:
    cache = tmp_path / "run" / "bm25.json"
    found = mined(bm25_set(), cache)
    assert cache.is_file()
    assert mined([], cache) == found


def test_names_something() -> None:
    assert names_something("Who leads Canada?")
    assert names_something("who won in 1999?")
    assert not names_something("Is it worth the price?")


def test_what_answers_is_taken_out_and_the_rest_stays() -> None:
    rest = [f"It rained for {n} days on the hills and the old fields behind the mill." for n in ("two", "six", "ten")]
    text = f"{rest[0]} Anna stole the bread. {rest[1]} They say Anna did it. {rest[2]}"
    asked = Example("a", "news", "Who stole it?", text, (Answer("Anna", text.index("Anna")),))
    made = blanked(asked)
    assert made is not None
    assert (made.passage, made.question, made.answers, made.kind) == (" ".join(rest), asked.question, (), "blanked")
    assert made.near is not None
    assert made.passage[made.near.start : made.near.end] == made.near.text
    assert list(with_blanked([asked])) == [asked, made]


def test_little_text_or_no_answer_leaves_nothing_to_blank() -> None:
    text = "Anna stole it. It rained."
    assert blanked(Example("a", "news", "Who?", text, (Answer("Anna", 0),))) is None
    assert blanked(Example("a", "news", "Who?", "It rained. " * BLANKED)) is None
