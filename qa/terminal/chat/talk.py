"""A talk as the chat holds it: a conversation that can be taken back line by line, is kept, and can be taken up."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import ArticleQAError, LogError, UsageError
from qa.conversation import Conversation
from qa.log import Log, Session, Turn, answer_of, turn_of
from qa.terminal.replay import changed_since
from qa.types import Answer


@dataclass(frozen=True, slots=True)
class Said:
    """A line that was answered, and the conversation before it; `turn.id` is its number in the log, if it is kept."""

    turn: Turn
    before: Conversation


class Talk:
    """A conversation with what was said in it. `file`: of the log; None: nothing is kept.

    `private`: what is said meanwhile is not kept. `notify` is told, once, that the log fails.
    """

    def __init__(
        self,
        conversation: Conversation,
        version: str,
        file: Path | None,
        notify: Callable[[str], None],
        session: str | None = None,
    ) -> None:
        self.conversation = conversation
        self.assistant = conversation.assistant
        self.private = False
        self.said: list[Said] = []
        self.session = session
        self._version = version
        self._file = file
        self._notify = notify
        self._log: Log | None = None

    @property
    def folder(self) -> str:
        """The index's, as the log has it."""
        return str(self.assistant.snapshot.folder.resolve())

    @property
    def is_kept(self) -> bool:
        """Whether the next line will be kept."""
        return self._file is not None and not self.private

    @property
    def log(self) -> Log | None:
        """The log, opened; None where none is kept. Raises LogError."""
        if self._log is None and self._file is not None:
            self._log = Log(self._file)
        return self._log

    def close(self) -> None:
        """Let go of the log."""
        if self._log is not None:
            self._log.close()

    def adopt(self, line: str, gone_on: Conversation) -> None:
        """Go on as `gone_on`, a copy of the conversation that answered `line`, and keep that."""
        before, answer = self.conversation, gone_on.last
        assert answer is not None, "it has answered"
        turn = turn_of(
            line, answer, self.assistant.snapshot.folder, gone_on.filters, gone_on.constraints,
            version=self._version, session=self.session, before=before.to_json(), after=gone_on.to_json(),
        )  # fmt: skip
        self.conversation = gone_on
        self.said.append(Said(self._kept(turn), before))

    def _kept(self, turn: Turn) -> Turn:
        if not self.is_kept:
            return turn
        try:
            assert self.log is not None
            if self.session is None:
                number, self.session = self.log.begin(turn)
            else:
                number = self.log.add(turn)
        except LogError as error:
            self._file = None
            self._notify(str(error))
            return turn
        return replace(turn, session=self.session, id=number)

    def undo(self) -> str | None:
        """Take back the last line, which is returned; None where there is none. Filters stay as they are."""
        if not self.said:
            return None
        last = self.said.pop()
        now = self.conversation
        self.conversation = last.before
        self.conversation.filters, self.conversation.constraints = now.filters, now.constraints
        if last.turn.id is not None and self.log is not None:
            self.log.undo(last.turn.id)
        return last.turn.line

    # ---- sessions --------------------------------------------------------------------------------------------------

    def sessions(self, words: Sequence[str] = ()) -> list[Session]:
        """The talks that were kept about this index, the latest first. Raises LogError."""
        return self.log.sessions(self.folder, words) if self.log is not None else []

    def begin(self, name: str) -> None:
        """Be a new talk of this name. Raises UsageError where there is one, about another index; LogError."""
        held = self.log.session(name) if self.log is not None else []
        if held:
            raise UsageError(f"the talk {name!r} is about another index, {held[0].folder}; name this one otherwise")
        self.session = name

    def take_up(self, name: str) -> list[str]:
        """Go on with a talk that was kept; which cited articles have changed since, a line each.

        Raises UsageError where there is none of that name, LogError.
        """
        turns = self.log.session(name) if self.log is not None else []
        if not turns or turns[0].folder != self.folder:
            names = [one.name for one in self.sessions()]
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
            raise UsageError(
                f"no talk {name!r} about this index is kept{f'; did you mean {near[0]!r}?' if near else ''}"
            )
        conversation, said, last = self.conversation.copy(), [], None
        for turn in turns:
            before = conversation.copy()
            if turn.before is not None:
                before.take_up(turn.before, last)
            said.append(Said(turn, before))
            last = _answer(turn)
        if turns[-1].after is not None:
            conversation.take_up(turns[-1].after, last)
        self.conversation, self.said, self.session = conversation, said, name
        with self.assistant.snapshot.view() as view:
            changed = {
                title: what
                for turn in turns
                for title, what in changed_since(turn.answer["citations"], turn.asked, view)
            }
            gone = [one for one in conversation.topic if view.catalog.canonical(one) is None]
        for article_id in gone:
            conversation.drop(article_id)
        return [f"{title}: {what}" for title, what in changed.items()]

    def delete(self, name: str) -> int:
        """Delete a talk that was kept; how many lines it had. Raises UsageError where there is none, LogError."""
        count = self.log.delete(name) if self.log is not None else 0
        if not count:
            raise UsageError(f"no talk {name!r} is kept")
        if name == self.session:
            self.session = None
            self.said = [Said(replace(one.turn, id=None, session=None), one.before) for one in self.said]
        return count


def _answer(turn: Turn) -> Answer | None:
    """The answer of a turn; None where another version of this program wrote what this one cannot read."""
    try:
        return answer_of(turn.answer)
    except (KeyError, TypeError, ValueError, ArticleQAError):
        return None
