"""How the assistant is asked: questions one by one, each dialogue as one conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from index.filters import Filters
from qa.assistant import Assistant
from qa.evaluate.gold import GoldQuestion, Relevant, Turn
from qa.evaluate.systems import ConversationSystem
from qa.language.acts import Wanted
from qa.types import Answer, Event, Refusal, Searched
from tests.qa.evaluate.test_predictions import answer


class OneArticle:
    """A snapshot of one article, of which nothing is found."""

    @contextmanager
    def view(self) -> Iterator[Any]:
        article = SimpleNamespace(title="A river", text="The Ober rose on Monday.")
        yield SimpleNamespace(
            catalog=SimpleNamespace(article=lambda _: article),
            mentions=lambda _: SimpleNamespace(articles=()),
            candidates=lambda _: SimpleNamespace(hits=()),
            is_written=lambda _: True,
        )


class FakeAssistant:
    """Cites the article "one" in every answer, to a question that it can answer; keeps how it was asked."""

    def __init__(self) -> None:
        self.model = None
        self.snapshot = OneArticle()
        self.asked: list[tuple[str, Filters, bool, tuple[str, ...]]] = []

    def ask(self, question: str, **options: Any) -> Answer:
        *_, done = self.stream(question, **options)
        assert isinstance(done.value, Answer)
        return done.value

    def respelled(self, line: str) -> str:
        return line

    def wants(self, line: str) -> tuple[Wanted, float]:
        return Wanted("question", 1.0), float(" it " in line)

    def stream(
        self,
        question: str,
        *,
        filters: Filters,
        constraints: bool,
        topic: tuple[str, ...] = (),
        earlier: tuple[tuple[str, str | None], ...] = (),
    ) -> Iterator[Event]:
        self.asked.append((question, filters, constraints, tuple(topic)))
        nothing = Answer(question, (), Searched(1, None, 1), refusal=Refusal("no_span"))
        yield Event("done", nothing if "weather" in question else replace(answer(), question=question))


def turn(dialogue: str, number: int, said: str, context: tuple[str, ...] = ("one", "two")) -> GoldQuestion:
    relevant = (Relevant(("one",)),)
    where = Turn(dialogue, number, "answer")
    return GoldQuestion(f"{dialogue}/{number}", said, ("Ober",), relevant, context=context, turn=where)


def system(passages: str, constraints: bool = True) -> tuple[ConversationSystem, FakeAssistant]:
    fake = FakeAssistant()
    return ConversationSystem(cast(Assistant, fake), passages, constraints=constraints), fake


def test_each_dialogue_is_one_conversation() -> None:
    asked, fake = system("search", constraints=False)
    first = asked.predict(turn("a", 1, "Which river rose?"))
    second = asked.predict(turn("a", 2, "When did it do so?"))
    other = asked.predict(turn("b", 1, "When did it do so?"))
    assert [said.understood for said in (first, second, other) if said] == [None, "When did it do so? (Ober)", None]
    assert fake.asked == [
        ("Which river rose?", Filters(), False, ()),
        ("When did it do so?", Filters(), False, ("one",)),
        ("When did it do so?", Filters(), False, ()),  # of another talk it knows nothing
    ]


def test_what_was_really_said_before_counts() -> None:
    asked, fake = system("search")
    asked.predict(turn("a", 1, "How was the weather?"))
    asked.predict(turn("a", 2, "When did it do so?"))
    assert fake.asked[-1][3] == ()  # the refusal cited nothing, whatever the gold answer is


def test_a_dialogue_begins_anew_with_its_first_turn() -> None:
    """A run that is resumed says it again; so does a set that holds one dialogue twice in a row."""
    asked, fake = system("search")
    for _ in range(2):
        asked.predict(turn("a", 1, "When did it do so?"))
        asked.predict(turn("a", 2, "Which river rose?"))
    assert [topic for *_, topic in fake.asked] == [(), (), (), ()]


def test_the_article_of_the_dialogue_is_given() -> None:
    for passages in ("gold", "context"):
        asked, fake = system(passages)
        asked.predict(turn("a", 1, "Which river rose?"))
        asked.predict(turn("a", 2, "Which river fell?"))
        assert [filters for _, filters, *_ in fake.asked] == [Filters(("one", "two"))] * 2
        assert asked.predict(turn("b", 1, "Which river rose?", context=())) is None


def test_a_question_outside_of_dialogues_is_asked() -> None:
    asked, fake = system("gold")
    asked.predict(replace(turn("a", 1, "Which river rose?"), turn=None))
    assert fake.asked == [("Which river rose?", Filters(("one",)), True, ())]
