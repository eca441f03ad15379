"""The REPL: a line in, what the conversation says or a command does out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from index.errors import ArticleQAError, UsageError
from index.types import Span
from qa.terminal.chat import commands
from qa.terminal.chat.input import Lines
from qa.terminal.chat.start import bottom_line
from qa.terminal.chat.stopping import Keys, Spinner, waited, watching
from qa.terminal.chat.talk import Talk
from qa.terminal.interrupts import droppable
from qa.terminal.links import links_of
from qa.terminal.render import answer_text, scope_text, statement_text, taken_text
from qa.terminal.replay import answers_line
from qa.terminal.style import Style, clean, fit, lines_of, short_title
from qa.types import Answer, Event, Scope, Statement

T = TypeVar("T")
_NO_QUESTION = "That is no question; /help lists what can be typed."


class Chat:
    """What is on the screen of a talk. `keys`: those of a terminal, to stop an answer; None: nobody presses any."""

    def __init__(self, talk: Talk, style_of: Callable[[], Style], keys: Keys | None) -> None:
        self.talk = talk
        self.assistant = talk.assistant
        self.exported: set[Path] = set()
        """The files that this chat has written."""
        self._style_of = style_of  # asked each time: a terminal changes its width
        self._keys = keys
        self._titles: tuple[object, dict[str, str]] = (None, {})

    @property
    def style(self) -> Style:
        """How the terminal shows text now."""
        return self._style_of()

    @property
    def _model(self) -> str | None:
        """The name of the language model, if there is one."""
        return self.assistant.model.name if self.assistant.model is not None else None

    @property
    def is_screen(self) -> bool:
        """Whether somebody sits before it."""
        return self._keys is not None

    @property
    def last(self) -> Answer | None:
        """The last answer."""
        return self.talk.conversation.last

    # ---- lines -----------------------------------------------------------------------------------------------------

    def run(self, lines: Lines) -> None:
        """Answer until the input ends or /quit."""
        for line in lines:
            if not line:
                continue
            try:
                with droppable():
                    self._respond(line)
            except commands.Left:
                return
            except UsageError as error:
                said = clean(str(error)) if line.startswith("/") else _NO_QUESTION
                print(lines_of(said if said.endswith((".", "?")) else f"{said}.", self.style), flush=True)
            except ArticleQAError as error:
                print(lines_of(f"qa: {clean(str(error), keep_lines=False)}", self.style), file=sys.stderr, flush=True)
            except KeyboardInterrupt:
                left = lines.drop()
                more = f"; {left:,} pasted line{'s' * (left != 1)} not asked" if left else ""
                print(self.style.dim(f"(stopped{more})"), flush=True)
            print(flush=True)

    def _respond(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if line.lower() in commands.WORDS:
            name, rest = f"/{commands.WORDS[line.lower()]}", ""
        if not name.startswith("/"):
            self.answer(line)
            return
        command = commands.find(name[1:].lower())
        if reason := command.lacks(self):
            raise UsageError(f"/{command.name}: {reason}")
        if shown := command.run(self, rest.strip()):
            is_laid_out = "\n" in shown or "\x1b" in shown
            print(shown if is_laid_out else lines_of(shown, self.style), flush=True)

    def answer(self, line: str) -> None:
        """Answer a line on the screen: each statement as it comes, then where it stands."""
        gone_on = self.talk.conversation.copy()
        spinner = Spinner(self.is_screen)
        spinner.about = "loading the models" if not self.assistant.loaded.is_set() else self._model or "looking"
        waiting: list[Statement] = []
        told = 0
        for event in self._watching(lambda: gone_on.events(line), spinner):
            if event is None:
                for statement in waiting:
                    print(statement_text(statement, self.style), flush=True)
                told += len(waiting)
                waiting = []
                continue
            if isinstance(event.value, Answer):
                answer = event.value
                break
            if event.kind == "understood":
                spinner.clear()
                print(taken_text(str(event.value), self.style), flush=True)
            elif isinstance(event.value, Statement):
                waiting.append(event.value)
            else:
                spinner.about = self._model or "reading"
        spinner.clear()
        print(answer_text(answer, self.style, links=self.links(answer), told=told), flush=True)
        self.talk.adopt(line, gone_on)

    def _watching(self, produce: Callable[[], Iterator[Event]], spinner: Spinner) -> Iterator[Event | None]:
        return watching(produce, self._keys, spinner)

    def wait_for(self, work: Callable[[], T]) -> T:
        """What `work` returns, while a key may stop it. Raises KeyboardInterrupt, and what it raises."""
        return waited(work, self._keys)

    def links(self, answer: Answer) -> dict[str, str]:
        """Where the files of an answer's quotes lead; nothing where none can be followed."""
        return links_of(answer, self.assistant.snapshot) if self.style.linked else {}

    # ---- what is shown, by its number ------------------------------------------------------------------------------

    def numbered(self) -> list[tuple[str, Span | None]]:
        """What stands on the screen with a number: quotes, leads or articles of the last answer."""
        answer = self.last
        if answer is None:
            return []
        if answer.articles:
            return [(one.id, None) for one in answer.articles]
        quotes = answer.citations or (answer.refusal.leads if answer.refusal else ())
        return [(one.article_id, (one.start, one.end)) for one in quotes]

    def shown(self, text: str) -> tuple[str, Span | None]:
        """The article, and the place in it, that a number means; the first without one. Raises UsageError."""
        found = self.numbered()
        return found[self.number(text, len(found)) - 1]

    @staticmethod
    def number(text: str, largest: int) -> int:
        """A number that was typed, from 1; 1 where none was. Raises UsageError."""
        typed = text.strip().strip("[]") or "1"
        if not largest:
            raise UsageError("the last answer has no source with a number")
        if not typed.isdecimal() or len(typed) > 9 or not 1 <= int(typed) <= largest:
            raise UsageError(f"there is no number {text.strip()}; it goes from 1 to {largest}")
        return int(typed)

    def titles(self) -> list[str]:
        """The titles of all articles, the newest first."""
        return list(self._titled())

    def article_titled(self, title: str) -> str | None:
        """The id of the article with exactly this title."""
        return self._titled().get(" ".join(title.split()))

    def _titled(self) -> dict[str, str]:
        with self.assistant.snapshot.view() as view:
            state = view.catalog.meta()
            if self._titles[0] != state:
                found: dict[str, str] = {}
                for one in view.newest_first():
                    found.setdefault(" ".join(one.title.split()), one.id)
                self._titles = state, found
        return self._titles[1]

    # ---- the talk --------------------------------------------------------------------------------------------------

    def reopen(self, name: str) -> str:
        """Go on with a talk that was kept: what was said last, and which of its articles have changed since."""
        changed = self.talk.take_up(name)
        turns = [one.turn for one in self.talk.said]
        count = f"{len(turns)} question{'s' * (len(turns) != 1)}"
        head = f"Going on with “{name}”: {count}, the last of {turns[-1].asked[:10]}."
        lines = [lines_of(clean(head), self.style, self.style.bold)]
        for turn in turns[-_RECALLED:]:
            lines.append(lines_of(clean(turn.line, keep_lines=False), self.style, str, "  ", "› "))
            said = clean(answers_line(turn.answer), keep_lines=False)
            lines.append(f"  {self.style.dim(fit(said, (self.style.width or 110) - 2))}")
        if changed:
            lines.append(lines_of("Changed since then:", self.style, self.style.bold))
            lines += [lines_of(clean(one, keep_lines=False), self.style, str, "  ", "- ") for one in changed]
        return "\n".join(lines)

    def about(self) -> str:
        """The line at the bottom: index, articles, model, filters, what the talk is about."""
        conversation = self.talk.conversation
        with self.assistant.snapshot.view() as view:
            count = view.article_count
            topic = next(view.catalog.facts(conversation.topic[:1]), None) if conversation.topic else None
        parts = [scope_text(Scope(conversation.filters))] if conversation.filters else []
        parts += ["private"] if self.talk.private else [] if self.talk.is_kept else ["not kept"]
        parts += [f"about: {short_title(topic.title)}"] if topic else []
        return bottom_line(self.assistant.snapshot.folder, self.style.width, count, self._model, *parts)


_RECALLED = 3
