"""Which sentences say yes: those with all words of the question, in order, as a fact."""

from __future__ import annotations

import pytest

from index.text import stems
from qa.assistant import Assistant
from qa.language.yes_no import says_yes, wants_yes_or_no
from qa.terminal.render import answer_text

SENT = "Defense Secretary James Mattis later authorized the National Guard to deploy up to 4,000 troops."


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Did Mattis authorize the National Guard to deploy up to 4,000 troops?", SENT),
        ("Did Secretary Mattis authorize troops?", SENT),
        ("did the mayor of Rome resign?", "The mayor of Rome has resigned, the city hall said."),
        ("Will Mexico pay for the wall?", "Mexico will pay for the wall."),
        ("Did Peru not sign the treaty?", "Peru did not sign the treaty."),
        ("Were more than 300 people hurt?", "More than 310 people were hurt."),
        ("Was Rome’s mayor praised?", "Rome's mayor was praised."),
        ("Wasn’t the bridge closed on Monday?", "The bridge was closed on Monday."),
        ("Was Peru attacked by Chile?", "On Monday Peru was attacked by Chile."),
        ("Did Peru attack Chile?", "Peru attacked Chile over the border."),
    ],
)
def test_yes(question: str, sentence: str) -> None:
    assert wants_yes_or_no(question)
    assert says_yes(question, sentence, stems)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Did Mattis authorize up to 5,000 troops?", SENT),
        ("Did the National Guard deploy up to 4,000 troops?", SENT),  # it was authorized to
        ("Did Mattis authorize 4,000 troops?", SENT),  # up to
        ("Did the National Guard authorize Mattis?", SENT),
        ("Did he authorize the troops?", SENT),  # who?
        ("Did Mattis?", SENT),
        ("Did Mexico pay for the wall?", "Mexico will pay for the wall."),
        ("Did Mexico pay for the wall?", "Mexico would pay for the wall if asked."),
        ("Did Mexico pay for the wall?", "Mexico did not pay for the wall."),
        ("Did Mexico pay for the wall?", "Mexico denied that it had to pay for the wall."),
        ("Did Mexico pay for the wall?", "Mexico threatened to pay for the wall itself."),
        ("Did Mexico pay for the wall?", "Mexico's rival paid for the wall."),
        ("Did Mexico pay for the wall?", "Did Mexico pay for the wall?"),
        ("Was Brogdon the 36th pick?", "Brogdon was the 37th pick."),
        ("Did Peru sign the treaty in May?", "Peru signed the treaty in June, Chile in May."),
        ("Did the talks end after the storm?", "The talks ended before the storm."),
        ("Was Peru attacked by Chile?", "Peru attacked Chile over the border."),
        ("Did Peru attack Chile?", "Peru was attacked by Chile in May."),
        ("Did the mayor back the curfew?", "The mayor backed an end of the curfew."),
        ("Did Acme close the mill?", "Acme closed its canteen but kept the mill open."),
        ("Did Acme buy Apex?", "Acme bought ships from Apex in May."),
        ("Did Peru win the cup?", "Peru won a match and Chile won the cup."),
    ],
)
def test_not_yes(question: str, sentence: str) -> None:
    assert not says_yes(question, sentence, stems)


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("Is it known who did it?", False),
        ("Was it red or blue?", False),
        ("Who did it?", False),
        ("And did Canada?", True),
        ("May the army enter?", True),
    ],
)
def test_what_wants_yes_or_no(question: str, wants: bool) -> None:
    assert wants_yes_or_no(question) is wants


def test_yes_is_answered_with_the_sentence_that_says_so(assistant: Assistant) -> None:
    answer = assistant.ask("Did Mattis authorize the National Guard to deploy up to 4,000 troops?")
    assert answer.answer == "yes"
    assert answer.confidence is not None
    assert answer.confidence > 0.85
    assert answer.citations[0].quote == SENT.replace("troops.", "troops to the U.S.-Mexico border.")
    assert answer.citations[0].span is None
    assert answer_text(answer).startswith("yes\n\n[1] Defense Secretary")
    assert assistant.ask("Did the National Guard deploy up to 4,000 troops?").answer != "yes"
