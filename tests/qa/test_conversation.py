"""What a line means after the lines before it, over the seed article."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from index.errors import UnknownArticleError
from index.filters import Filters
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.types import Event

TROOPS = "How many troops did James Mattis authorize the National Guard to deploy?"


def test_a_question_that_points_back_is_put_to_what_was_cited(assistant: Assistant) -> None:
    talk = Conversation(assistant)
    first = talk.say(TROOPS)
    assert (first.answer, first.understood) == ("up to 4,000", None)
    again = talk.say("How many troops did he authorize?")
    assert again.answer == "up to 4,000"
    assert again.understood == "How many troops did he authorize? (James Mattis, National Guard)"
    assert again.scope.topic == ("000_957251fa41a97581",)
    assert not again.scope.filters  # the topic is not the user's filter
    assert talk.last is again


def test_what_a_line_means_is_told_before_it_is_answered(assistant: Assistant) -> None:
    talk = Conversation(assistant)
    talk.say(TROOPS)
    events = list(talk.events("How many troops did he authorize?"))
    assert [event.kind for event in events] == ["understood", "passages", "statement", "done"]
    assert [event.kind for event in talk.events("Who is in Tijuana?")] == ["passages", "done"]


def test_every_event_but_the_last_is_part_of_the_answer(assistant: Assistant) -> None:
    events = list(Conversation(assistant).events(TROOPS))
    done = events[-1].value
    assert events[0] == Event("passages", done.passages)  # type: ignore[union-attr]
    assert [event.value for event in events[1:-1]] == list(done.statements)  # type: ignore[union-attr]
    assert all(event.citations == done.citations for event in events[1:-1])  # type: ignore[union-attr]


def test_a_refused_follow_up_leaves_the_talk_about_what_it_was(assistant: Assistant) -> None:
    talk = Conversation(assistant)
    talk.say(TROOPS)
    refused = talk.say("What did he eat for breakfast?")
    assert not refused.found
    assert talk.say("How many troops did he authorize?").answer == "up to 4,000"


def test_two_talks_with_one_assistant_know_nothing_of_each_other(assistant: Assistant) -> None:
    one, other = Conversation(assistant), Conversation(assistant)
    one.say(TROOPS)
    assert other.say("How many troops did he authorize?").understood is None


class Gone:
    """An assistant whose index has lost the article that a conversation is about."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def stream(self, question: str, *, topic: tuple[str, ...] = (), **how: Any) -> Iterator[Event]:
        if topic:
            raise UnknownArticleError("no article of that id")
        yield from self._assistant.stream(question, **how)


def test_an_article_that_was_taken_out_meanwhile_is_passed_over(assistant: Assistant) -> None:
    talk = Conversation(cast(Assistant, Gone(assistant)))
    talk.say(TROOPS)
    again = talk.say("How many troops did he authorize?")
    assert (again.answer, again.scope.topic) == ("up to 4,000", ())
    assert [way.article_ids is None for way in talk.taken] == [False, True]
    talk.filters = Filters(["elsewhere"])
    with pytest.raises(UnknownArticleError):
        talk.say("How many troops did he authorize?")
