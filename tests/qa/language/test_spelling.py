"""What was typed wrong, and what was not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.spelling import respelled

WRITTEN = frozenset("kentucky derby hospitals gas fda shumlin cre trial".split())


def is_written(word: str) -> bool:
    return word in WRITTEN


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wich hospitals clean them with gas now", "which hospitals clean them with gas now"),
        ("whos riding in the kentuky derby", "who's riding in the kentucky derby"),
        ("why wont the fda recomend it", "why won't the fda recommend it"),
        ("teh trial of the presidnet", "the trial of the president"),
        ("did he win agianst shumlim", "did he win against shumlin"),  # a name that only the articles have
        ("hwo many had cre", "how many had cre"),
    ],
)
def test_a_wrong_letter_is_mended(typed: str, meant: str) -> None:
    assert respelled(typed, is_written) == meant


@pytest.mark.parametrize(
    "line",
    [
        "Who met Geisenhiemer and Bosh?",  # names are as they are typed
        "which articles mention “recomend”",
        "ok thx",
        "the iihf study",
        "a jobless rate of 5.2pct in the u.s.",
        "wieviele soldaten wurden dorthin geschickt",
        "did the unions picket the dockyards",
        "",
    ],
)
def test_what_is_right_or_unknown_stays(line: str) -> None:
    assert respelled(line, is_written) == line


@given(st.text(alphabet="abcdeinorst' ?WH", max_size=40))
def test_what_was_mended_is_right(line: str) -> None:
    once = respelled(line, is_written)
    assert respelled(once, is_written) == once


@given(st.lists(st.sampled_from(sorted(WRITTEN)), max_size=8))
def test_what_the_articles_have_stays(words: list[str]) -> None:
    assert respelled(" ".join(words), is_written) == " ".join(words)


def test_accents_that_are_characters_of_their_own_cut_no_word() -> None:
    line = unicodedata.normalize("NFD", "who bought the vineyard of Élodie Müller, a châlet?")
    assert respelled(line, is_written) == line
