"""A question's verb, relation or roles are changed, and what means the same is left alone."""

from __future__ import annotations

import random

import pytest

from qa.training.negatives import Changer, with_changed
from qa.training.relations import Relations
from tests.qa.training import tiny

TEXTS = (
    "sue sued suing attack attacked attacking praise praised praising hire hired hiring marry married marrying",
    "call called calling file filed filing",
)
ASKED = (
    "When did Peru attack Chile?",
    "Who is the mayor of Rome?",
    "Who is the bishop of Lima?",
    "When did Oslo praise Bergen?",
    "When did Oslo hire Bergen?",
)


def relations() -> Relations:
    return Relations.of(ASKED, TEXTS)


@pytest.mark.parametrize(
    ("question", "turned"),
    [
        ("Who was sued by Apple?", {"Who sued Apple?"}),
        ("What did Apple sue?", {"What sued Apple?"}),
        ("Whom did the firm sue?", {"Who sued the firm?"}),
        ("Who sued Apple?", {"Who was sued by Apple?", "Who did Apple sue?"}),
        ("When did Peru attack Chile?", {"When did Chile attack Peru?"}),
        ("Was Nokia sued by Apple?", {"Was Apple sued by Nokia?"}),
        ("Who married Anna?", set()),  # whoever did is married by Anna, too
        ("Who wrote about Anna?", set()),
        ("What did they attack?", set()),
        ("What did the man that left attack?", set()),  # more than a name or a noun
        ("Who did Apple and Nokia sue?", {"Who sued Apple and Nokia?"}),
        ("When did Peru attack a Chile post?", set()),
    ],
)
def test_roles_are_turned_round(question: str, turned: set[str]) -> None:
    found = {relations().turn(question, random.Random(n)) for n in range(20)} - {None}
    assert found == turned


def test_verbs_and_relations_are_found_by_their_place() -> None:
    held = relations()

    def words(question: str) -> list[str]:
        places = (*held.verb_places(question), *held.relation_places(question))
        return [question[place.start : place.end] for place in places]

    assert words("When did Peru attack Chile?") == ["attack"]
    assert words("Who led the attack on Chile?") == ["led"]
    assert words("Who was called the mayor of Rome?") == ["mayor"]  # "called" is vague
    assert words("What is Rome's file?") == ["file"]
    assert words("What is the number of files?") == []


def test_what_stands_in_the_answers_sentence_is_no_stand_in() -> None:
    held = relations()
    sentence = "Peru attacked Chile in 1879 and praised itself."
    made = {held.change("When did Peru attack Chile?", sentence, sentence, random.Random(n)) for n in range(40)}
    assert made == {"When did Chile attack Peru?", "When did Peru hire Chile?"}
    other = {held.change("Who is the mayor of Rome?", "Rome's mayor is Ada.", "", random.Random(n)) for n in range(20)}
    assert other == {"Who is the bishop of Rome?"}


def test_a_changed_example_has_no_answer_and_is_always_the_same() -> None:
    asked = tiny.example("When did Peru attack Chile?", "Peru attacked Chile in 1879. Oslo sued it.", "1879")
    none = tiny.example("When did Peru attack Chile?", "Nobody knows.", None)
    words = [tiny.example(q, text, None) for q, text in zip(ASKED, TEXTS * 3, strict=False)]
    changer = Changer([asked, *words])
    pairs = [list(with_changed([asked, none], changer)) for _ in range(2)]
    assert pairs[0] == pairs[1]
    before, after = pairs[0]
    assert before is asked
    assert (after.answers, after.kind, after.near) == ((), "changed", asked.target)
    assert after.question != asked.question
