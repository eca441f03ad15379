"""From a marked span to what a person would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.wording import asks_for_several, list_items, trim, whole_list, within_cell, worded

TEXT = "Mattis sent up to 4,000 troops. “The assault,” he said, “is over.” It cost $3.5 billion on Oct. 18."
SENTENCES = [(0, 31), (32, 66), (67, 99)]


@pytest.mark.parametrize(
    ("text", "span", "kept"),
    [
        (" troops, ", (0, 9), "troops"),
        ("the “onslaught,” he", (4, 15), "onslaught"),
        ("“zero tolerance policy,”", (0, 24), "“zero tolerance policy,”"),  # both marks are inside
        ("stop the “onslaught” now", (0, 19), "stop the “onslaught”"),  # what was opened is closed
        ("(NATO)", (0, 6), "(NATO)"),
        ("(NATO", (0, 5), "NATO"),
        ("the U.S.", (0, 8), "the U.S."),  # the point of an abbreviation
        ("the end.", (0, 8), "the end"),
        ("$5 or 7%", (0, 8), "$5 or 7%"),
        ("—", (0, 1), ""),
    ],
)
def test_trim(text: str, span: tuple[int, int], kept: str) -> None:
    start, end = trim(text, *span)
    assert text[start:end] == kept


@given(st.text(alphabet='ab “”"().,$%-', max_size=20), st.data())
def test_trim_stays_inside_but_for_a_closing_mark(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = trim(text, start, end)
    assert start <= first <= last <= end + 1
    assert last <= end or text[end] in "”)]"
    assert trim(text, first, last) == (first, last)


@pytest.mark.parametrize(
    ("words", "answer", "sentence"),
    [
        ("4,000", "up to 4,000", 0),  # another fact without "up to"
        ("4,000 troops", "up to 4,000 troops", 0),
        ("3.5", "$3.5 billion", 2),
        ("18", "Oct. 18", 2),
        ("The assault,”", "The assault", 1),
        ("Mattis", "Mattis", 0),
    ],
)
def test_worded(words: str, answer: str, sentence: int) -> None:
    start = TEXT.index(words)
    found = worded("What?", TEXT, SENTENCES, (start, start + len(words)))
    assert found is not None
    assert found[0] == SENTENCES[sentence]
    assert TEXT[slice(*found[1])] == answer


@pytest.mark.parametrize("words", ["troops. “The assault", ",”"])
def test_what_is_no_answer(words: str) -> None:
    start = TEXT.index(words)
    assert worded("What?", TEXT, SENTENCES, (start, start + len(words))) is None


ROW = "Ana Ruiz\tBo Ek, Al Moor and Jo Sand\t1,204\t51.2\tmillion"


@pytest.mark.parametrize(
    ("question", "words", "answer"),
    [
        ("How many votes did Ana Ruiz get?", "1,204\t51.2", "1,204"),
        ("How many votes did Ana Ruiz get?", ROW[:-8], "Bo Ek, Al Moor and Jo Sand"),
        ("What share, with 1,204?", "1,204\t51.2", "51.2"),  # what is asked about is no answer
        ("Which candidates lost?", "Jo Sand", "Bo Ek, Al Moor and Jo Sand"),
        ("How many?", "51.2", "51.2"),
        ("Who is Ana Ruiz?", "Ana Ruiz", "Ana Ruiz"),
    ],
)
def test_an_answer_stays_in_its_cell(question: str, words: str, answer: str) -> None:
    start = ROW.index(words)
    span = within_cell(question, ROW, (start, start + len(words)))
    found = worded(question, ROW, [(0, len(ROW))], span)
    assert found is not None
    assert found[0] == (0, len(ROW))  # the quote is the row
    assert ROW[slice(*found[1])] == answer


def test_an_age_is_whole() -> None:
    text = "A 71-year-old man was hurt."
    found = worded("How old was he?", text, [(0, len(text))], (2, 4))
    assert found is not None
    assert text[slice(*found[1])] == "71-year-old"


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which countries did the caravan set out from?", True),
        ("Which country did it set out from?", False),
        ("What two cities were hit?", True),
        ("Who were the founders?", True),
        ("Who was the founder?", False),
        ("What was it?", False),
        ("What does he want?", False),
        ("What process is used?", False),
        ("What crime are these organizations dedicated to?", False),
        ("Name the members.", True),
    ],
)
def test_asks_for_several(question: str, several: bool) -> None:
    assert asks_for_several(question) is several


@pytest.mark.parametrize(
    ("text", "marked", "whole"),
    [
        ("From Guatemala, Honduras and El Salvador.", "Honduras", "Guatemala, Honduras and El Salvador"),
        ("He met Ann Lee, Bo and the U.S. senator.", "Bo", "Ann Lee, Bo and the U.S."),
        ("It rained in Paris. Rome and Oslo were dry.", "Paris", "Paris"),  # no list goes over a sentence's end
        ("They left Rome for Oslo and Bern.", "Rome", "Rome"),
        ("Mattis spoke.", "Mattis", "Mattis"),
    ],
)
def test_whole_list(text: str, marked: str, whole: str) -> None:
    start = text.index(marked)
    assert text[slice(*whole_list(text, (start, start + len(marked))))] == whole


def test_a_list_is_completed_only_where_several_are_asked_for() -> None:
    text = "They came from Guatemala, Honduras and El Salvador."
    start = text.index("Honduras")
    for question, answer in (
        ("Which countries did they leave?", "Guatemala, Honduras and El Salvador"),
        ("Which country did they leave?", "Honduras"),
    ):
        found = worded(question, text, [(0, len(text))], (start, start + 8))
        assert found is not None
        assert text[slice(*found[1])] == answer


@pytest.mark.parametrize(
    ("sentence", "marked", "items"),
    [
        (
            "The Phoenicians, Romans, a European lay order and the British all tried to rule Malta.",
            "Phoenicians",
            ["The Phoenicians", "Romans", "a European lay order", "the British"],
        ),
        (
            "Among the hurt were four people from Hong Kong, one from Japan and one from Macau, he said.",
            "Hong Kong",
            ["Hong Kong", "one from Japan", "one from Macau"],
        ),
        (
            "He played for the Philadelphia 76ers, New Jersey Nets and Utah Jazz.",
            "New Jersey Nets",
            ["the Philadelphia 76ers", "New Jersey Nets", "Utah Jazz"],
        ),
        (
            "There were scenes, crushing his opponents, Ann Roe, Bo Ek and Liz Hall.",
            "Bo Ek",
            ["Ann Roe", "Bo Ek", "Liz Hall"],
        ),
        ("He said, however, that Mattis, who left, and Tillerson agreed.", "Mattis", ["Mattis"]),
    ],
)
def test_a_list_of_things_that_are_not_all_names(sentence: str, marked: str, items: list[str]) -> None:
    at = sentence.index(marked)
    start, end = whole_list(sentence, (at, at + len(marked)))
    assert list_items("Which ones were there?", sentence[start:end]) == items
