"""One chat from its beginning to its end: the index, the talk, the screen or the pipe that it is held over."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from index.errors import NoIndexError, UsageError
from index.filters import Filters
from qa import __version__
from qa.config import find_index, setting
from qa.terminal.chat.input import Plain, is_terminal
from qa.terminal.commands.common import assistant_in, language_in, named_index, note, style
from qa.terminal.commands.language import Named
from qa.terminal.interrupts import droppable, leave_if_busy, staying

if TYPE_CHECKING:
    from qa.llm.providers import LanguageModel
    from qa.terminal.chat.input import Edited
    from qa.terminal.chat.repl import Chat
    from qa.terminal.chat.stopping import Keys
    from qa.terminal.style import Style


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a chat is to be held. `go_on`: with the last talk about the index; `name`: with this one, or one called so;
    `keeps`: in the log.
    """

    folder: Path
    ranker: str | None
    model: LanguageModel | None
    filters: Filters
    constraints: bool
    go_on: bool
    name: str | None
    keeps: bool


def converse(
    index: Path | None,
    ranker: str | None,
    named: Named,
    filters: Filters,
    constraints: bool,
    *,
    go_on: bool = False,
    name: str | None = None,
    keeps: bool = True,
) -> None:
    """Hold a chat; what the arguments are: `Wanted`.

    Raises ArticleQAError: NoIndexError where there is no index, and none is made.
    """
    if go_on and name:
        raise UsageError("either --continue or --session NAME")
    keys = _keys() if is_terminal() else None
    is_new = keys is not None and _offer_index(index, keys)
    folder = named_index(index)
    keeps = keeps and setting("log", index=folder)
    if (go_on or name) and not keeps:
        raise UsageError("nothing is kept here, so no talk can be gone on with; leave out --no-log, or set log to true")
    models = setting("ranker", ranker, folder), language_in(folder, named)
    wanted = Wanted(folder, *models, filters, constraints, go_on, name, keeps)
    with staying():
        if keys is None:
            _over_a_pipe(wanted)
        else:
            _on_a_screen(wanted, keys, is_new)


def _keys() -> Keys:
    from qa.terminal.chat.stopping import Keys

    return Keys()


def _offer_index(index: Path | None, keys: Keys) -> bool:
    """Offer to make the index where there is none; whether one was made. Raises NoIndexError where none is wanted."""
    try:
        find_index(index)
    except NoIndexError:
        from qa.terminal.chat.start import offer
        from qa.terminal.commands.collection import take_in

        if index is not None or not offer(keys, lambda: take_in([Path()]), style()):
            raise
        return True
    return False


# ---- over a pipe -----------------------------------------------------------------------------------------------------


def _over_a_pipe(wanted: Wanted) -> None:
    from qa.terminal.chat.start import greeting

    with _opened(wanted, None, note) as chat:
        chat.assistant.warm_up()
        print(greeting(wanted.folder, chat.style), file=sys.stderr)
        _take_up(chat, wanted)
        chat.run(Plain())


# ---- on a screen -----------------------------------------------------------------------------------------------------


def _on_a_screen(wanted: Wanted, keys: Keys, is_new: bool) -> None:
    """The first prompt comes before what is slow to load; a talk that is gone on with comes before it."""
    from index.folders import state_folder
    from qa.terminal.chat.completion import Completed
    from qa.terminal.chat.history import Typed
    from qa.terminal.chat.input import Edited
    from qa.terminal.chat.start import bottom_line, greeting
    from qa.terminal.chat.stopping import ANSWERING

    with ExitStack() as stack:

        def open_chat() -> Chat:
            chat = stack.enter_context(_opened(wanted, keys, lines.note))
            chat.assistant.warm_up()
            return chat

        opening = _Later(open_chat)
        shown = style(wanted.folder, in_chat=True)
        lines = Edited(
            Typed(lambda: opening.get().talk.is_kept if opening.is_there else wanted.keeps),
            Completed(opening.get),
            lambda: (
                opening.get().about()
                if opening.is_there
                else bottom_line(wanted.folder, shown.width, model=_name(wanted))
            ),
            vi=setting("editing", index=wanted.folder) == "vi",
        )
        state = state_folder()
        is_new = is_new or state is None or not state.exists()
        print(greeting(wanted.folder, shown, is_new), file=sys.stderr)
        if wanted.go_on or wanted.name or wanted.ranker or wanted.model:  # what is wrong with these is said at once
            _take_up(opening.get(), wanted)
        lines.ready = opening.start
        with keys.kept():
            _held(lines, opening, keys, shown)
        answering = any(thread.name == ANSWERING for thread in threading.enumerate())
        leave_if_busy(answering or not opening.is_there or not opening.get().assistant.loaded.is_set())
        opening.get()


def _held(lines: Edited, opening: _Later[Chat], keys: Keys, shown: Style) -> None:
    """Ask for lines, and have them answered once there is a chat."""
    from qa.terminal.chat.stopping import waited

    for line in lines:
        try:
            with droppable():
                chat = waited(opening.get, keys)
        except KeyboardInterrupt:
            print(shown.dim("(stopped)"))
            continue
        lines.put_back(line)
        chat.run(lines)
        return


class _Later(Generic[T]):
    """Something that is made in a thread of its own; who needs it waits, and gets what making it raised."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._begun = False
        self._done = threading.Event()
        self._value: T
        self._error: BaseException | None = None

    @property
    def is_there(self) -> bool:
        """Whether it was made."""
        return self._done.is_set() and self._error is None

    def start(self) -> None:
        """Begin to make it."""
        with self._lock:
            if not self._begun:
                self._begun = True
                threading.Thread(target=self._run, daemon=True).start()

    def get(self) -> T:
        """What was made. Raises what making it raised."""
        self.start()
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._make()
        except BaseException as error:  # noqa: BLE001  raised again where it is needed
            self._error = error
        finally:
            self._done.set()


# ---- both ------------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(wanted: Wanted, keys: Keys | None, notify: Callable[[str], None]) -> Iterator[Chat]:
    from qa.conversation import Conversation
    from qa.log import log_file
    from qa.terminal.chat.repl import Chat
    from qa.terminal.chat.talk import Talk

    with assistant_in(wanted.folder, wanted.ranker, wanted.model, notify) as assistant:
        conversation = Conversation(assistant, filters=wanted.filters, constraints=wanted.constraints)
        talk = Talk(conversation, __version__, log_file() if wanted.keeps else None, notify)
        with closing(talk):
            yield Chat(talk, lambda: style(wanted.folder, in_chat=True), keys)


def _name(wanted: Wanted) -> str | None:
    return wanted.model.name if wanted.model is not None else None


def _take_up(chat: Chat, wanted: Wanted) -> None:
    """Go on with the talk that is wanted, if one is."""
    name = wanted.name
    if wanted.go_on:
        last = next(iter(chat.talk.sessions()), None)
        name = last.name if last else None
        if last is None:
            note("no talk about this index is kept; this is the first")
    if name is not None:
        if any(one.name == name for one in chat.talk.sessions()):
            print(chat.reopen(name), flush=True)
        else:
            chat.talk.begin(name)
