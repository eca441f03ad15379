"""Who did it to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.roles import turned_round

HIRED = "Arvo Bank has hired Lena Ruus as its auditor."
FINED = "Mayor Otto Brill was sharply fined by Judge Mia Holt on Friday."


@pytest.mark.parametrize(
    ("question", "sentence", "turned"),
    [
        ("Who hired Arvo Bank?", HIRED, True),
        ("Who hired Lena Ruus?", HIRED, False),
        ("Who was hired by Lena Ruus?", HIRED, True),
        ("Which bank was hired by Ruus?", HIRED, True),
        ("Who was hired by Arvo Bank?", HIRED, False),
        ("Who fined Mia Holt?", FINED, True),
        ("Who has fined Otto Brill?", FINED, False),
        ("Which official was fined by Brill?", FINED, True),
        ("Who was fined by Mia Holt?", FINED, False),
        ("Who founded Arvo Bank?", "A clerk at Arvo Bank founded by Lena Ruus was fined.", False),
        # both ways, or more than is beside the verb
        ("Who hired Arvo Bank?", "Arvo Bank hired Lena Ruus, and Lena Ruus hired Arvo Bank.", False),
        ("Who hired Arvo Bank?", "Arvo Bank hired Lena Ruus after Otto Brill had hired it.", False),
        ("Who fined Arvo Bank?", "Arvo Bank hired Lena Ruus.", False),
        # nobody is asked for, or nothing with a name beside the verb
        ("When did Arvo Bank hire Lena Ruus?", HIRED, False),
        ("Did Lena Ruus hire Arvo Bank?", HIRED, False),
        ("Who hired the auditor?", HIRED, False),
        ("Who is Lena Ruus?", "Lena Ruus is an auditor.", False),
        ("Who was Arvo Bank?", "Arvo Bank was a bank.", False),
    ],
)
def test_who_did_it_to_whom(question: str, sentence: str, turned: bool) -> None:
    assert turned_round(question, sentence) is turned


@given(st.text(max_size=80), st.text(max_size=200))
def test_anything_can_be_compared(question: str, sentence: str) -> None:
    assert not turned_round(question, question)
    assert turned_round(f"Who met {question}?", sentence) in (True, False)
