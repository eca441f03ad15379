"""What a talk knows: the articles that it is about, what was asked about these, and what was shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from qa.types import Answer

TOPIC = 4
"""How many articles a talk is about at most, the latest first."""

EARLIER = 6
"""How many questions are remembered of a topic."""

TOLD = 200
"""How many places that were quoted are remembered."""


@dataclass(slots=True)
class State:
    """It can be kept as JSON (`asdict`) and taken up again.

    `topic`: the articles that it is about, the latest first; `earlier`: the questions about these and their answers;
    `listed`: the articles that were shown last, in their order; `told`: what was quoted, as (article, start, end);
    `near`: what came near the last answer, likewise; `about`: what articles were asked for last; `choices`: who may be
    meant, where that was asked back, as (text, article, question).
    """

    topic: list[str] = field(default_factory=list)
    earlier: list[tuple[str, str | None]] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    told: list[tuple[str, int, int]] = field(default_factory=list)
    near: list[tuple[str, int, int]] = field(default_factory=list)
    about: str = ""
    choices: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Self:
        """As `asdict` gave it."""
        return cls(
            topic=list(held["topic"]),
            earlier=[(asked, said) for asked, said in held["earlier"]],
            listed=list(held["listed"]),
            told=[(article_id, start, end) for article_id, start, end in held["told"]],
            near=[(article_id, start, end) for article_id, start, end in held["near"]],
            about=held["about"],
            choices=[(text, article_id, question) for text, article_id, question in held.get("choices", ())],
        )

    def turn_to(self, article_id: str) -> None:
        """Be about this article and nothing else."""
        self.topic, self.earlier = [article_id], []

    def drop(self, article_id: str | None) -> None:
        """Be no longer about an article; about nothing without one."""
        self.topic = [one for one in self.topic if one != article_id] if article_id else []
        self.listed = [one for one in self.listed if one in self.topic]
        if not self.topic:
            self.earlier, self.near, self.about = [], [], ""

    def told_of(self, article_id: str) -> list[tuple[int, int]]:
        """What was quoted of an article."""
        return [(start, end) for of, start, end in self.told if of == article_id]

    def near_in(self, article_id: str) -> list[tuple[int, int]]:
        """What of an article came near the last answer."""
        return [(start, end) for of, start, end in self.near if of == article_id]

    def after_question(self, text: str, answer: Answer, in_talk: bool) -> None:
        """Remember a question and its answer. `in_talk`: whether it was put to the talk's articles."""
        self.choices = self.choices if answer.act == "ask_back" else []
        said = " ".join(one.answering for one in answer.citations[:1]) if answer.found else None
        if answer.statements and answer.statements[0].kind in ("span", "list", "yes", "no"):
            said = answer.answer
        cited = list(dict.fromkeys(citation.article_id for citation in answer.citations))
        if answer.found and not in_talk and not set(cited) & set(self.topic):
            self.earlier, self.topic = [], []
        if answer.found:
            self._be_about(cited)
            self.listed = cited
            self.near = list(answer.near)
        if answer.found or in_talk or not self.topic:
            self.earlier = [*self.earlier, (text, said)][-EARLIER:]
        self._quoted(answer)

    def after_reply(self, answer: Answer) -> None:
        """Remember a reply that is no question's: a list of articles, or what one says."""
        if answer.act == "articles" and answer.found:
            self.listed = [listed.id for listed in answer.articles]
            known = set(self.listed) & set(self.topic)
            self.earlier = self.earlier if known else []
            self.topic = self.listed[:TOPIC]
            if self.about and not known:
                self.earlier = [(self.about, None)]
            self.near = []
        elif answer.act in ("summary", "more") and answer.found:
            article_id = answer.citations[0].article_id
            if article_id not in self.topic:
                self.earlier = []
            self._be_about([article_id])
            self.near = []
        self._quoted(answer)

    def _be_about(self, article_ids: list[str]) -> None:
        self.topic = list(dict.fromkeys([*article_ids, *self.topic]))[:TOPIC]

    def _quoted(self, answer: Answer) -> None:
        told = [(one.article_id, one.start, one.end) for one in answer.citations]
        self.told = list(dict.fromkeys([*self.told, *told]))[-TOLD:]
