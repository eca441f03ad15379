from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluate.answers import contains, exact_match, f1, normalise, normalise_unicode
from qa.evaluate.scores import RIGHT_F1

RECOMPUTE = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "squad_recompute.py"))


@pytest.mark.parametrize(
    ("text", "ascii_only", "unicode_too"),
    [
        ("The Cat!", "cat", "cat"),
        ("a an the", "", ""),
        ("“Theatre” of\tthe  absurd", "“theatre” of absurd", "theatre of absurd"),
        ("$4,000.50", "400050", "400050"),
        ("U.S.–Mexico", "us–mexico", "usmexico"),
        ("Nu\u0301n\u0303ez", "nu\u0301n\u0303ez", "núñez"),
        ("Tor\u00advendal", "tor\u00advendal", "torvendal"),
        ("ｏﬀice ４０", "ｏﬀice ４０", "office 40"),
        ("£5", "£5", "£5"),  # a symbol, no punctuation
    ],
)
def test_normalisation(text: str, ascii_only: str, unicode_too: str) -> None:
    assert normalise(text) == ascii_only
    assert normalise_unicode(text) == unicode_too


@pytest.mark.parametrize(
    ("answer", "golds", "em", "token_f1"),
    [
        ("The cat.", ["a cat"], 1.0, 1.0),
        ("up to 4,000", ["4,000 troops"], 0.0, 0.4),  # one common of 3 and 2: P 1/3, R 1/2
        ("x x y", ["x y y"], 0.0, 2 / 3),  # each token as often as it stands: 2 common of 3 and 3
        ("dog", ["cat"], 0.0, 0.0),
        ("dog", ["cat", "big dog", "dog"], 1.0, 1.0),  # the best gold answer
        (None, ["cat"], 0.0, 0.0),
        ("", ["cat"], 0.0, 0.0),
        (None, [], 1.0, 1.0),  # SQuAD 2.0: refusing is right where there is no answer
        ("cat", [], 0.0, 0.0),
        ("the", [], 1.0, 1.0),  # normalises to nothing, as in the official script
        ("cat", ["the", "cat"], 1.0, 1.0),
        (None, ["the"], 1.0, 1.0),  # a gold answer that normalises to nothing is none
        ("“cat”", ["cat"], 0.0, 0.0),
    ],
)
def test_exact_match_and_f1(answer: str | None, golds: list[str], em: float, token_f1: float) -> None:
    assert exact_match(answer, golds) == em
    assert f1(answer, golds) == pytest.approx(token_f1)


def test_an_f1_of_just_what_is_right_is_not_rounded_below_it() -> None:
    """9 common tokens of 13 and of 17; as 2PR / (P + R) in floating point that is a little less."""
    answer, gold = " ".join("abcdefghi") + " w" * 4, " ".join("abcdefghi") + " v" * 8
    assert f1(answer.replace("a ", "z "), [gold.replace("a ", "z ")]) == RIGHT_F1


def test_curly_quotes_stick_to_words_only_in_squads_column() -> None:
    assert exact_match("“cat”", ["cat"], normalise_unicode) == 1.0
    assert f1("the “big cat”", ["big cat"]) == 0.0
    assert f1("the “big cat”", ["big cat"], normalise_unicode) == 1.0


@given(st.text(max_size=40) | st.none(), st.lists(st.text(max_size=40), max_size=3))
def test_equal_to_an_independent_recomputation(answer: str | None, golds: list[str]) -> None:
    assert exact_match(answer, golds) == RECOMPUTE["official_exact"](answer or "", golds)
    assert f1(answer, golds) == pytest.approx(RECOMPUTE["official_f1"](answer or "", golds), abs=1e-12)


@given(st.text(alphabet="ab the,.“”", max_size=20), st.text(alphabet="ab the,.“”", max_size=20))
def test_f1_is_symmetric_and_never_below_exact_match(one: str, other: str) -> None:
    if normalise(one) and normalise(other):
        assert f1(one, [other]) == f1(other, [one])
    assert exact_match(one, [other]) <= f1(one, [other]) <= 1.0


@pytest.mark.parametrize(
    ("quotes", "golds", "found"),
    [
        (["He sent “up to 4,000” troops."], ["4,000"], True),
        (["14,000 left."], ["4,000"], False),  # whole words only
        (["The mayor said no."], ["the mayor"], True),
        (["Salo, Ingrid"], ["Ingrid Salo"], False),  # in a row
        (["nothing", "the river Ober"], ["Ober"], True),
        ([], ["Ober"], False),
        (["anything"], ["the"], False),  # nothing is left of the answer: it stands nowhere
    ],
)
def test_contains(quotes: list[str], golds: list[str], found: bool) -> None:
    assert contains(quotes, golds) is found
