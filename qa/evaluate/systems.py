"""What is measured: the assistant on an index, or the answers that another system gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from index.filters import Filters
from qa.evaluate.gold import GoldQuestion, own_articles
from qa.evaluate.predictions import Prediction, Quoted, TextOf, from_answer

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.conversation import Conversation


class System(Protocol):
    """What is measured. `cites`, `ranks`: whether its citations and its ranked passages are to be scored."""

    @property
    def cites(self) -> bool: ...

    @property
    def ranks(self) -> bool: ...

    def own_name(self, article_id: str) -> str | None:
        """How the system calls an article that a set calls so; None if it knows none of that name."""

    @property
    def text_of(self) -> TextOf | None:
        """The stored texts of articles; None if there are none."""

    def predict(self, question: GoldQuestion) -> Prediction | None:
        """What it says; None leaves the question out. Raises ArticleQAError if it cannot say anything."""


def texts_in(assistant: Assistant) -> TextOf:
    """The stored texts of the assistant's index."""

    def text_of(article_id: str) -> str | None:
        with assistant.snapshot.view() as view:
            article = view.catalog.article(article_id)
        return article.text if article else None

    return text_of


class AssistantSystem:
    """The assistant on an index. `passages`: search everything, or read each question's gold or context articles."""

    cites = True

    def __init__(self, assistant: Assistant, passages: str, *, constraints: bool = True) -> None:
        self._assistant = assistant
        self._constraints = constraints
        self._passages = passages

    @property
    def ranks(self) -> bool:
        return self._passages != "gold"  # what is read was not found

    def own_name(self, article_id: str) -> str | None:
        with self._assistant.snapshot.view() as view:
            return view.catalog.canonical(article_id)

    @property
    def text_of(self) -> TextOf:
        return texts_in(self._assistant)

    def predict(self, question: GoldQuestion) -> Prediction | None:
        filters = Filters.from_json(question.filters or {})
        if self._passages != "search":
            article_ids = own_articles(question, self._passages)
            if not article_ids:
                return None
            filters = Filters(article_ids)
        return from_answer(
            question.id, self._assistant.ask(question.question, filters=filters, constraints=self._constraints)
        )


class ConversationSystem(AssistantSystem):
    """The assistant in conversation: each dialogue is one, its turns are said in order. Other questions are asked.

    `passages` other than "search": the articles that the set shows with a dialogue are all that its conversation has.
    """

    def __init__(self, assistant: Assistant, passages: str, *, constraints: bool = True) -> None:
        super().__init__(assistant, passages, constraints=constraints)
        self._conversation: Conversation | None = None

    def predict(self, question: GoldQuestion) -> Prediction | None:
        if question.turn is None:
            return super().predict(question)
        filters = Filters()
        if self._passages != "search":
            if not question.context:
                return None
            filters = Filters(tuple(question.context))
        if question.turn.number == 1 or self._conversation is None:
            from qa.conversation import Conversation

            self._conversation = Conversation(self._assistant, filters=filters, constraints=self._constraints)
        return from_answer(question.id, self._conversation.say(question.question))


class PredictionsSystem:
    """Answers made elsewhere. `text_of`: stored texts to check quotes against; None if there are none."""

    def __init__(self, predictions: Mapping[str, Prediction], text_of: TextOf | None) -> None:
        self._predictions = predictions
        self.text_of = text_of
        self.cites = any(said.citations for said in predictions.values())
        self.ranks = any(said.passages for said in predictions.values())
        self._named = {
            quoted.article_id for said in predictions.values() for quoted in (*said.citations, *said.passages)
        }

    def own_name(self, article_id: str) -> str | None:
        return article_id if article_id in self._named else None

    def predict(self, question: GoldQuestion) -> Prediction | None:
        said = self._predictions.get(question.id)
        if said is None:
            return Prediction(question.id, None, missing=True)
        return replace(said, citations=self._with_text(said.citations), passages=self._with_text(said.passages))

    def _with_text(self, quoted: Sequence[Quoted]) -> tuple[Quoted, ...]:
        """The words of those that give offsets only."""

        def filled(item: Quoted) -> Quoted:
            if self.text_of is None or item.text or item.article_id is None or item.start is None:
                return item
            text = self.text_of(item.article_id)
            return replace(item, text=text[item.start : item.end]) if text else item

        return tuple(filled(item) for item in quoted)
