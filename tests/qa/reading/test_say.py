"""What findings say: words, a list, a sentence, yes or no; and the parts of an answer, joined."""

from dataclasses import replace

from qa.language.parts import Part
from qa.models.shipped import shipped_policy
from qa.reading.findings import Finding
from qa.reading.join import Reply, joined
from qa.reading.reader import Reading
from qa.reading.say import Said, say
from qa.types import Refusal
from tests.fakes import passage

POLICY = replace(shipped_policy(), span=0.7)
FOUND = passage("They came from Peru, Chile and Brazil. Rain fell. Bo Ek stayed in Lima, he said.")
FIRST, SECOND, THIRD = FOUND.sentences


def finding(answer: tuple[int, int], margin: float = 5.0) -> Finding:
    quote = next(s for s in FOUND.sentences if s[0] <= answer[0] and answer[1] <= s[1])
    return Finding(FOUND, quote, answer, margin=margin)


def said(question: str, answer: tuple[int, int], sure: float | None = 0.9, **held: object) -> list[tuple[str, str]]:
    reading = Reading((finding(answer),), sure=sure, **held)  # type: ignore[arg-type]
    return [(one.kind, one.text) for one in say(question, reading, POLICY).statements]


def test_a_fact_is_said_in_its_words_if_they_are_sure() -> None:
    assert said("Where did they come from?", (15, 37)) == [("span", "Peru, Chile and Brazil")]
    assert said("Where did they come from?", (15, 37), sure=None) == [("span", "Peru, Chile and Brazil")]
    assert said("Where did they come from?", (15, 37), sure=0.6) == [("sentence", FOUND.words(FIRST))]


def test_what_words_alone_do_not_tell_is_said_by_their_sentence() -> None:
    assert said("Why did they leave Lima?", (15, 37)) == [("sentence", FOUND.words(FIRST))]
    assert said("What was the weather?", (39, 48)) == [("sentence", "Rain fell.")]
    assert said("Who is Bo Ek?", (50, 55)) == [("sentence", FOUND.words(THIRD))]  # only repeats the question


def test_a_list_has_the_items_of_other_sentences_each_cited_where_it_stands() -> None:
    question = "Which places did they come from?"
    items = [("list", "Peru"), ("list", "Chile"), ("list", "Brazil")]
    assert said(question, (15, 37)) == items
    reading = Reading((finding((15, 37)),), sure=0.9, items=(finding((66, 70)),))
    listed = say(question, reading, POLICY)
    assert [(one.kind, one.text) for one in listed.statements] == [*items, ("list", "Lima")]
    assert [one.citations for one in listed.statements] == [(1,), (1,), (1,), (2,)]
    assert listed.more


def test_yes_and_no() -> None:
    assert said("Did it rain?", SECOND, says="yes") == [("yes", "yes")]
    assert said("Did it snow?", SECOND, says="no") == [("no", "no")]
    assert said("Did it rain?", SECOND) == [("sentence", "Rain fell.")]


def test_a_refusal_says_nothing() -> None:
    assert say("Who?", Reading((), "no_span"), POLICY) == Said()
    assert say("Who?", Reading((finding(SECOND),), "low_confidence"), POLICY) == Said()


def reply(name: str, answer: tuple[int, int] | None, score: float = 1.0) -> Reply:
    if answer is None:
        return Reply(Part(name, name), Said(), Refusal("low_confidence"), (finding(SECOND),), score, 0.1, True)
    spoken = say("Where?", Reading((finding(answer),), sure=0.9), POLICY)
    return Reply(Part(name, name), spoken, None, (), score, 0.8, True)


def test_parts_are_joined_and_what_is_not_answered_is_told() -> None:
    both = joined([reply("one", (15, 19), 2.0), reply("two", (66, 70), 1.0)])
    assert [(one.text, one.citations) for one in both.said.statements] == [("Peru", (1,)), ("Lima", (2,))]
    assert (both.score, both.unanswered, both.refusal) == (1.0, (), None)
    half = joined([reply("one", None), reply("two", (66, 70))])
    assert [(one.text, one.citations) for one in half.said.statements] == [("Lima", (1,))]
    assert (half.unanswered, half.leads) == (("one",), ())
    neither = joined([reply("one", None), reply("two", None)])
    assert neither.refusal == Refusal("low_confidence")
    assert neither.leads == (finding(SECOND),)  # once
    assert neither.unanswered == ()


def test_what_two_parts_say_alike_stands_once() -> None:
    same = joined([reply("one", (15, 19)), reply("two", (15, 19))])
    assert [(one.text, one.citations) for one in same.said.statements] == [("Peru", (1,))]
