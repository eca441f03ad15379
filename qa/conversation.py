"""A conversation: what a line means after the lines before it, and the answer to it. Free of any screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from index.errors import UnknownArticleError
from index.filters import Filters
from qa.assistant import Assistant
from qa.language.followup import Way, points_back, ways
from qa.types import Answer, Event

_ANY = Filters()


class Conversation:
    """One talk with an assistant. `filters` and `constraints` hold for every question, and may be changed between two.

    `last` is the last answer; `taken`, how the last line was taken: the ways that were tried, the last of them counts.
    """

    def __init__(self, assistant: Assistant, *, filters: Filters = _ANY, constraints: bool = True) -> None:
        self.assistant = assistant
        self.filters = filters
        self.constraints = constraints
        self.last: Answer | None = None
        self.taken: tuple[Way, ...] = ()
        self._about: Answer | None = None  # what a question that does not stand by itself is about

    def say(self, line: str) -> Answer:
        """The answer to a line. Raises as `Assistant.ask`."""
        *_, done = self.events(line)
        return _answer_of(done)

    def events(self, line: str) -> Iterator[Event]:
        """The answer to a line as it comes about; the last event is the whole of it. Raises as `Assistant.ask`.

        A question that points back ("When did he do so?") is tried as each of the ways that it can be meant, until one
        is answered.
        """
        possible = ways(line, self._about)
        if len(possible) == 1:
            understood = None if possible[0] == Way(line) else possible[0].text
            yield from self._told(line, possible, self._asked(possible[0]), understood)
            return
        events: list[Event] = []
        tried = []
        for way in possible:
            tried.append(way)
            try:
                events = list(self._asked(way))
            except UnknownArticleError:
                if way.article_ids:  # taken out of the index since it was cited
                    continue
                raise
            if _answer_of(events[-1]).found:
                break
        shown = tried[-1] if _answer_of(events[-1]).found else tried[0]
        yield from self._told(line, tried, events, shown.text)

    def _told(
        self, line: str, tried: Sequence[Way], events: Iterable[Event], understood: str | None
    ) -> Iterator[Event]:
        """The events of the way that counts, after how the line was taken; the answer is remembered."""
        if understood is not None:
            yield Event("understood", understood)
        for event in events:
            if event.kind != "done":
                yield event
                continue
            answer = _answer_of(event)
            if understood is not None:
                answer = replace(answer, question=" ".join(line.split()), understood=understood)
            self.last, self.taken = answer, tuple(tried)
            if answer.found or not points_back(line):
                self._about = answer
            yield Event("done", answer)

    def _asked(self, way: Way) -> Iterator[Event]:
        """Raises UnknownArticleError where nothing of what the talk is about passes the filters."""
        topic, given = way.article_ids or (), self.filters.article_ids
        if topic and given is not None:
            topic = tuple(article_id for article_id in topic if article_id in given)
            if not topic:
                raise UnknownArticleError("what the talk is about is not among the articles that may answer")
        return self.assistant.stream(way.text, filters=self.filters, constraints=self.constraints, topic=topic)


def _answer_of(event: Event) -> Answer:
    answer = event.value
    assert isinstance(answer, Answer)
    return answer
