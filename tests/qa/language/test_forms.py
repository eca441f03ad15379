"""One thing in several forms is one thing; two things are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.forms import Forms, as_written_in, canonical, counted, one_acronym, shortened, stands
from tests.qa.language.test_numerals import in_words


@pytest.mark.parametrize(
    "forms",
    [
        ["the F.B.I.", "FBI", "F.B.I", "ＦＢＩ"],
        ["G-20", "G20", "G‑20"],
        ["Élodie Müller", unicodedata.normalize("NFD", "Élodie Müller"), "Elodie Muller"],
        ["office", "oﬀice", "of\u00adfice", "of\u200bfice"],
        ["World War II", "World War 2", "World War Two"],
        ["ninety-nine", "99", "９９", "ninety nine"],
        ["one hundred and twelve", "112", "a hundred and twelve"],
        ["the third", "3rd", "Third"],
        ["$3bn", "$3 billion", "US$3 billion", "3 billion dollars", "$3,000,000,000"],
        ["4 thousand", "4,000", "4000", "four thousand", "4 000".replace(" ", "\u202f")],
        ["12 percent", "12%", "12 per cent", "twelve percent"],
        ["Sept. 4, 2018", "September 4 2018", "4 September 2018", "4th of September, 2018", "Sept 4, 2018"],
        ["the fourth of July", "July 4", "July 4th", "4 July", "the Fourth of July"],
        ["the 1990s", "the ’90s", "the nineties", "the 90s"],
        ["Procter & Gamble", "Procter and Gamble"],
        ["Straße", "STRASSE", "Strasse"],
        ["Łódź", "Lodz"],
        ["Diyarbakır", "Diyarbakir", "DİYARBAKIR"],
        ["J. K. Rowling’s", "J.K. Rowling", "JK Rowling"],
    ],
)
def test_one_thing(forms: list[str]) -> None:
    assert {canonical(form) for form in forms} == {canonical(forms[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("World War I", "World War II"),
        ("Olav IV", "Olav VI"),
        ("three", "third"),
        ("$3 billion", "3 billion"),
        ("3 billion", "3 million"),
        ("May 3", "March 3"),
        ("-5", "5"),
        ("12%", "12"),
        ("I", "1"),
    ],
)
def test_two_things(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.integers(0, 10**9))
def test_a_number_is_there_in_words_and_in_digits(number: int) -> None:
    assert canonical(in_words(number)) == canonical(f"{number:,}")
    assert counted(str(number), Forms([f"some {in_words(number)} men"]))
    assert counted(f"{number:,}", Forms([f"some {number} men"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UN", "United Nations"),
        ("U.S.", "the United States"),
        ("U.S.A.", "US"),
        ("USA", "United States"),
        ("WHO", "World Health Organization"),
        ("FBI", "Federal Bureau of Investigation"),
        ("DOJ", "Department of Justice"),
        ("USMCA", "United States-Mexico-Canada Agreement"),
        ("F.B.I.", "FBI"),
        ("G-20", "G20"),
        ("F16", "F-16s"),
        ("COVID19", "Covid-19"),
        ("Walmart", "Wal-Mart"),
        ("Núñez", "Nunez"),
        ("MPs", "M.P."),
        ("O’Leary", "OLeary"),
        ("Straße", "Strasse"),
        ("Łódź", "Lodz"),
    ],
)
def test_either_form_stands_where_the_other_is(one: str, other: str) -> None:
    assert stands(one, Forms(["nothing", f"It was {other} that came."]))
    assert stands(other, Forms(["nothing", f"It was {one} that came."]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("FBI", "the Federal Court of Iowa"),
        ("UN", "united we stand, nations said"),
        ("Canada", "Mexico"),
        ("G20", "the G7, for 20 years"),
        ("F16", "F-160 jets"),
        ("OPEC", ""),
    ],
)
def test_what_is_not_there_does_not_stand(name: str, text: str) -> None:
    assert not stands(name, Forms([text]))


_LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=5)


@given(_LETTERS)
def test_an_acronym_and_its_name_stand_for_each_other(letters: str) -> None:
    name = " ".join(f"{letter}zqj" for letter in letters)
    assert shortened(name, Forms([".".join(letters) + "."])) == name
    assert stands(letters, Forms([f"the {name}"])) and stands(name, Forms([f"the {letters}"]))  # noqa: PT018
    assert one_acronym(f"the {name} said", letters) == f"the {letters} said"
    assert not shortened(name, Forms([letters + "Q"]))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_asked(name: str, text: str) -> None:
    assert canonical(name) == canonical(f" {name}\n")
    assert stands(name, Forms([text, name]))
    counted(name, Forms([text]))


@pytest.mark.parametrize(
    ("number", "text", "there"),
    [
        ("4 thousand", "4,000 men", True),
        ("4,000", "four thousand men", True),
        ("21", "the twenty-first session", True),
        ("3", "the third", True),
        ("2", "World War II", True),
        ("1990", "the ’90s", True),
        ("1990", "the nineties", True),
        ("3 billion", "$3bn", True),
        ("2.50", "2.5", True),
        ("1.2.3", "version 1.2.3", True),
        ("7", "seventy, seventeen and 77", False),
        ("99", "ninety men and nine women", False),
        ("1", "And I said", False),
        ("40", "", False),
    ],
)
def test_numbers(number: str, text: str, there: bool) -> None:
    assert counted(number, Forms([text])) is there


@pytest.mark.parametrize(
    ("text", "question", "written"),
    [
        ("The K.M.P.G. hired 12 auditors.", "Who did KMPG hire?", "Who did K.M.P.G. hire?"),
        ("KMPG hired 12 auditors.", "Who did K.M.P.G. hire?", "Who did KMPG hire?"),
        ("The museum’s B-52 weighs 83 tonnes.", "What does the B52 weigh?", "What does the B-52 weigh?"),
        (
            "The Northern Timber Safety Board met.",
            "When did the NTSB meet?",
            "When did the Northern Timber Safety Board meet?",
        ),
        ("The TSRB met.", "When did the Tarn School Repair Board meet?", "When did the TSRB meet?"),
        (
            "The TSRB (Tarn School Repair Board) met.",
            "When did the Tarn School Repair Board meet?",
            "When did the Tarn School Repair Board meet?",
        ),
        ("The NTSB and the N.T.S.B. met.", "When did the NTSB meet?", "When did the NTSB meet?"),
        ("Uta Saar met us.", "When did the US meet?", "When did the US meet?"),
        ("The board met.", "When did the NTSB meet?", "When did the NTSB meet?"),
        ("The B-52 flew.", "Did the B-17 fly?", "Did the B-17 fly?"),
        ("He met the F.B.I.", "Did he meet the man?", "Did he meet the man?"),
    ],
)
def test_a_question_is_written_as_the_text_is(text: str, question: str, written: str) -> None:
    assert as_written_in(text, question) == written


@given(st.text(), st.text())
def test_what_is_written_otherwise_says_the_same(text: str, question: str) -> None:
    assert as_written_in(question, question) == question
    assert as_written_in("", question) == question
    once = as_written_in(text, question)
    assert as_written_in(text, once) == once
