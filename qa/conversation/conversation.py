"""A conversation: what a line wants, and the reply to it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Self

from index.errors import UnknownArticleError
from index.filters import Filters
from qa.assistant import Assistant
from qa.conversation.namesakes import Meant, chosen, may_be_meant, others
from qa.conversation.state import State
from qa.conversation.subject import Subject, points
from qa.language.acts import ARTICLES, TALK, Wanted
from qa.language.browse import content_words, topic_of
from qa.language.followup import (
    begins_a_correction,
    corrected,
    goes_on,
    has_pronoun,
    points_back,
)
from qa.language.places import only_a_place, place_in, tells_what
from qa.llm.rewrite import Rewritten
from qa.scope import searchable
from qa.types import Answer, Choice, Citation, Event, Reason, Refusal, Searched, Statement

_ANY = Filters()

LEANING = 0.5
"""From which probability on a question is taken to need the talk, and tried so first."""

PLAIN = 0.8
"""From which confidence on an answer from other articles than the talk's is not compared with one from these."""

ALONE = 0.9
"""Up to which it is tried by itself where the talk does not answer it."""

SHORT = 5
"""Words of the longest question that is taken to be about the talk for a pronoun alone: in a longer one that may mean
what the question itself names.
"""


class Conversation:
    """One talk with an assistant. `filters` and `constraints` hold for every line, and may be changed between two.

    `last` is the last answer.
    """

    def __init__(self, assistant: Assistant, *, filters: Filters = _ANY, constraints: bool = True) -> None:
        self.assistant = assistant
        self.filters = filters
        self.constraints = constraints
        self.last: Answer | None = None
        self._state = State()
        self._cited: Citation | None = None  # the last answer's first citation: who says so?

    def say(self, line: str) -> Answer:
        """The reply to a line. Raises as `Assistant.ask`."""
        *_, done = self.events(line)
        return _answer_of(done)

    def events(self, line: str) -> Iterator[Event]:
        """The reply to a line as it comes about; the last event is the whole of it. Raises as `Assistant.ask`."""
        line = searchable(line)
        text = self.assistant.respelled(line)
        if (picked := self._chosen(text)) is not None:
            yield from self._about(line, picked)
            return
        wanted, leans = self.assistant.wants(text)
        reply = self._reply(text, wanted)
        if reply is not None:
            yield from self._told(line, reply, text)
        elif self._state.earlier and (wanted.what == "correction" or begins_a_correction(text)):
            before = self._state.earlier[-1][0]
            other = others(text, before, self.last, self.assistant) if self.last is not None else None
            if other is not None:
                yield from self._about(line, other)
                return
            self._state.earlier.pop()  # which was not what was meant
            yield from self._asked(line, corrected(text, before), 1.0)
        elif (whole := self._subject.completed(text)) is not None:
            yield from self._asked(line, whole, 1.0)
        else:
            yield from self._asked(line, text, leans)

    def summary(self, article_id: str) -> Answer:
        """What an article says, as part of the talk. Raises as `Assistant.summary`."""
        *_, done = self._told(article_id, self.assistant.summary(article_id))
        return _answer_of(done)

    def articles(self, words: str) -> Answer:
        """The articles that are about these words, as part of the talk. Raises as `Assistant.articles`."""
        self._state.about = " ".join(words.split())
        reply = self.assistant.articles(
            words, "about", filters=self.filters, constraints=self.constraints, subject=" ".join(words.split())
        )
        *_, done = self._told(words, reply)
        return _answer_of(done)

    @property
    def topic(self) -> tuple[str, ...]:
        """The ids of the articles that the talk is about, the latest first."""
        return tuple(self._state.topic)

    @property
    def questions(self) -> tuple[str, ...]:
        """What was asked about these, the latest last."""
        return tuple(asked for asked, _ in self._state.earlier)

    def drop(self, article_id: str | None = None) -> None:
        """Be no longer about an article; about nothing without one."""
        self._state.drop(article_id)
        if not self._state.topic:
            self._cited = None

    def copy(self) -> Self:
        """The same talk, which can go another way."""
        made = copy.copy(self)
        made._state = copy.deepcopy(self._state)
        return made

    def to_json(self) -> dict[str, Any]:
        """What the talk knows, for `from_json` and `take_up`."""
        return asdict(self._state)

    def take_up(self, held: dict[str, Any], last: Answer | None = None) -> None:
        """Go on from what a talk knew, as `to_json` gave it; `last`: what it was answered last."""
        self._state = State.from_json(held)
        self.last = last
        self._cited = last.citations[0] if last is not None and last.citations else None

    @classmethod
    def from_json(cls, assistant: Assistant, held: dict[str, Any], **how: Any) -> Self:
        """A talk that goes on where another stopped. `how`: as to the constructor."""
        made = cls(assistant, **how)
        made.take_up(held)
        return made

    @property
    def _subject(self) -> Subject:
        return Subject(self.assistant, self._state)

    # ---- what is no question -----------------------------------------------------------------------------------------

    def _reply(self, text: str, wanted: Wanted) -> Answer | None:
        """The reply to a line that is no question; None for one that is."""
        state = self._state
        if wanted.what in TALK:
            return self.assistant.talk(text, wanted.what)
        listed = self.last is not None and self.last.act in ("articles", "summary")
        opens = listed and only_a_place(text)
        if wanted.what in ARTICLES and not opens:
            return self._articles(text, wanted.what)
        if wanted.what == "summary" or opens:
            article_id = self._subject.article_meant(text, self.filters)
            return self._nothing(text) if article_id is None else self._of_article(self.assistant.summary, article_id)
        if wanted.what == "more" and state.topic:
            return self._more()
        if wanted.what == "source" and self._cited is not None and not tells_what(text):
            return self.assistant.source(self._cited)
        return None

    def _articles(self, text: str, want: str) -> Answer:
        """The articles that a line asks for; what it points to is what the talk is about."""
        subject = topic_of(text, want)
        to_the_talk = points(subject) or (bool(subject) and not content_words(subject))
        like = None
        if to_the_talk:
            asked = [question for question, _ in self._state.earlier[:1]]
            subject, like = self._subject.name() or self._state.about, (tuple(self._state.topic), " ".join(asked))
        self._state.about = subject or self._state.about
        return self.assistant.articles(
            text, want, filters=self.filters, constraints=self.constraints, subject=subject, like=like
        )

    def _more(self) -> Answer | None:
        article_id = self._state.topic[0]
        told, near = self._state.told_of(article_id), self._state.near_in(article_id)
        return self._of_article(lambda ref: self.assistant.more(ref, told, near), article_id)

    @staticmethod
    def _of_article(tell: Callable[[str], Answer], article_id: str) -> Answer | None:
        """What is told of an article; None where it is gone."""
        try:
            return tell(article_id)
        except UnknownArticleError:
            return None

    def _nothing(self, text: str) -> Answer:
        """The reply to a line that means an article, where none was shown."""
        with self.assistant.snapshot.view() as view:
            searched = Searched(view.article_count, view.newest, view.article_count)
        reason: Reason = "no_article" if self._state.listed and place_in(text) is not None else "no_subject"
        return Answer(question=text, act="summary", refusal=Refusal(reason), passages=(), searched=searched)

    # ---- questions ---------------------------------------------------------------------------------------------------

    def _asked(self, line: str, text: str, leans: float) -> Iterator[Event]:
        """The answer to a question: as part of the talk, by itself, or one and then the other, until one answers."""
        in_talk = bool(self._state.topic or self._state.earlier)
        sent: tuple[str, ...] = ()  # to a language model, besides what the answer that is shown was made of
        if in_talk and self.assistant.model is not None:  # asked once: a language model takes its time
            if leans < LEANING:
                yield from self._shown(line, text, False, self._put(text, False))
                return
            written = self._rewritten(text)
            sent = written.prompts
            if whole := written.question:
                yield from self._shown(line, whole, True, self._put(whole, True, whole=True), sent)
                return
        ways = self._ways(text, leans) if in_talk else [False]
        if len(ways) == 1:
            yield from self._shown(line, text, ways[0], self._put(text, ways[0]), sent)
            return
        first = list(self._put(text, ways[0]))
        answer = _answer_of(first[-1])
        sure = not answer.unsure or has_pronoun(text)
        strange = not ways[0] and not has_pronoun(text) and _names_what_is_nowhere(answer)
        if strange or (answer.found and (sure if ways[0] else self._is_plain(answer))):
            yield from self._shown(line, text, ways[0], iter(first), sent)
            return
        second = list(self._put(text, ways[1]))
        other = _answer_of(second[-1])
        better = other.found and (not answer.found or (other.confidence or 0) >= (answer.confidence or 0))
        better = better or other.act == "ask_back"
        way, events = (ways[1], second) if better else (ways[0], first)
        sent += (answer if better else other).prompts
        yield from self._shown(line, text, way, iter(events), sent)

    def _ways(self, text: str, leans: float) -> list[bool]:
        """Whether a question is put as part of the talk, or by itself, or one and then the other."""
        if self._subject.says_nothing(text):
            return [False]
        if self._subject.names_another(text):
            return [False, True]
        if leans >= LEANING:
            return [True, False] if leans < ALONE and not points_back(text) else [True]
        if points_back(text) and len(text.split()) <= SHORT:
            return [True]
        return [True, False] if goes_on(text) else [False, True]

    def _about(self, line: str, meant: Meant) -> Iterator[Event]:
        """The answer about whom a line chose; the talk is about the article of that one now."""
        self._state.turn_to(meant.choice.article_id)
        return self._shown(line, meant.question, True, self._put(meant.question, True, whole=True))

    def _chosen(self, text: str) -> Meant | None:
        """Whom a line chooses of those who were asked back; these are forgotten."""
        meant = [Meant(Choice(what, article_id), question) for what, article_id, question in self._state.choices]
        self._state.choices = []
        return chosen(text, meant)

    def _asking_back(self, text: str, events: Iterator[Event]) -> Iterator[Event]:
        """The events; from the first statement on what is asked back, where the question may mean either of two people.

        Not where the answer stands in the talk's articles: they say who is meant.
        """
        held: list[Event] = []
        for event in events:
            if event.kind == "passages":
                yield event
            else:
                held.append(event)
        answer = _answer_of(held[-1])
        meant: tuple[Meant, ...] = ()
        if not {citation.article_id for citation in answer.citations} & set(self._state.topic):
            meant = may_be_meant(text, answer, self.assistant, self.filters)
        if not meant:
            yield from held
            return
        self._state.choices = [(one.choice.text, one.choice.article_id, one.question) for one in meant]
        choices = tuple(one.choice for one in meant)
        asked = Answer(text, answer.passages, answer.searched, act="ask_back", choices=choices, scope=answer.scope)
        yield Event("done", asked)

    def _is_plain(self, answer: Answer) -> bool:
        """Whether a question that was taken by itself need not be tried as part of the talk: its answer stands in the
        talk's articles, or is sure.
        """
        cited = {citation.article_id for citation in answer.citations}
        return bool(cited & set(self._state.topic)) or (answer.confidence or 0) >= PLAIN

    def _rewritten(self, text: str) -> Rewritten:
        """A line as a whole question, in a language model's words, if there is one."""
        cited = self.last.citations if self.last is not None else ()
        seen = [part for one in cited for part in (one.quote, one.title)]
        return self.assistant.rewritten(text, self._state.earlier, seen)

    def _put(self, text: str, in_talk: bool, *, whole: bool = False) -> Iterator[Event]:
        """The answer to a question. `whole`: it can be understood without what was asked before."""
        state = self._state
        events = self.assistant.stream(
            text,
            filters=self.filters,
            constraints=self.constraints,
            topic=tuple(state.topic) if in_talk else (),
            earlier=tuple(state.earlier) if in_talk and not whole else (),
        )
        asks_once = in_talk or self.assistant.model is not None  # which takes its time
        return events if asks_once else self._asking_back(text, events)

    def _shown(
        self, line: str, text: str, in_talk: bool, events: Iterator[Event], sent: tuple[str, ...] = ()
    ) -> Iterator[Event]:
        """The events of a question, after how it was taken; what is to be remembered is. `sent`: what a language model
        was sent before.
        """
        understood = text if text != line else ""
        if in_talk and not understood and (before := self._subject.told()):
            understood = f"{text} ({before})"
        if understood:
            yield Event("understood", understood)
        said: list[Event] = []  # and not yet remembered
        try:
            for event in events:
                if event.kind != "done":
                    said += [event] if event.kind == "statement" else []
                    yield event
                    continue
                answer = _answer_of(event)
                answer = replace(answer, prompts=(*sent, *answer.prompts)) if sent else answer
                if understood:
                    answer = replace(answer, question=line, understood=understood)
                self._remember_question(text, answer, in_talk)
                said = []
                yield Event("done", answer)
        except (GeneratorExit, KeyboardInterrupt):
            if said:
                self._remember_question(text, _as_far_as(line, said), in_talk)
            raise

    def _told(self, line: str, answer: Answer, text: str | None = None) -> Iterator[Event]:
        """The events of a reply that is no question's; `text`: the line as it was taken."""
        text = text or line
        if text != line:
            yield Event("understood", text)
        answer = replace(answer, question=line, understood=text if text != line else None)
        for statement in answer.statements:
            yield Event("statement", statement, answer.citations)
        self.last = answer
        self._state.after_reply(answer)
        if answer.act in ("summary", "more") and answer.found:
            self._cited = answer.citations[0]
        yield Event("done", answer)

    def _remember_question(self, text: str, answer: Answer, in_talk: bool) -> None:
        self.last = answer
        self._state.after_question(text, answer, in_talk)
        if answer.found:
            self._cited = answer.citations[0]


def _names_what_is_nowhere(answer: Answer) -> bool:
    """Whether a question was refused since no article has what it names, or any word of it."""
    return answer.refusal is not None and bool(answer.refusal.absent or answer.refusal.reason == "no_passage")


def _as_far_as(line: str, said: Sequence[Event]) -> Answer:
    """The answer that was stopped, as far as it was said."""
    statements = tuple(event.value for event in said if isinstance(event.value, Statement))
    return Answer(line, (), Searched(0, None, 0), statements, said[-1].citations)


def _answer_of(event: Event) -> Answer:
    answer = event.value
    assert isinstance(answer, Answer)
    return answer
