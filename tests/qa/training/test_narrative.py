"""NarrativeQA's answers are found in the summary where the question means them, and its parts without one."""

from __future__ import annotations

from qa.training.data import Answer, Example
from qa.training.narrative import AROUND, ELSEWHERE, PLACES, elsewhere, narrative_example

PLOT = (
    "The Duke hires Anna to guard his castle. " + "Nothing of note goes on there. " * AROUND + "In spring Anna, by now "
    "weary, steals the Golden Cup and hides it in a mill. The Duke sends soldiers after Anna."
)


def example_of(question: str, *answers: str, text: str = PLOT) -> Example | None:
    return narrative_example({"id": "n", "question": question, "answers": list(answers)}, text)


def test_an_answer_is_found_with_its_words_folded() -> None:
    found = example_of("What is stolen?", "A golden cup.", "some treasure")
    assert found is not None
    assert found.answers == (Answer("Golden Cup", PLOT.index("Golden")),)


def test_of_several_places_the_questions_words_tell_which() -> None:
    found = example_of("Who steals it and hides it in the mill?", "Anna")
    assert found is not None
    assert found.target == Answer("Anna", PLOT.index("Anna, by now"))
    assert example_of("Whose whereabouts puzzle everybody?", "Anna") is None


def test_what_does_not_stand_there_or_too_often_or_says_nothing_is_left_out() -> None:
    assert example_of("Who guards it?", "Bertha") is None
    assert example_of("Who is it?", "He", text="He was he. He left.") is None
    assert example_of("Who left?", "Tom", text="Tom left. " * (PLACES + 1)) is None
    assert example_of("Who left?", "Tom", text="Tom left. " * PLACES) is not None


def test_elsewhere_is_the_longest_part_without_any_of_the_answers() -> None:
    found = example_of("Who steals it and hides it in the mill?", "Anna")
    assert found is not None
    other = elsewhere(found)
    assert other is not None
    assert other.passage in PLOT
    assert len(other.passage.split()) >= ELSEWHERE
    assert "Anna" not in other.passage
    assert (other.answers, other.kind, other.question) == ((), "elsewhere", found.question)


def test_a_short_summary_has_no_elsewhere() -> None:
    found = example_of("Who left?", "Tom", text="Tom left in a hurry.")
    assert found is not None
    assert elsewhere(found) is None
