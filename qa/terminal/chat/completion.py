"""What Tab offers in a chat, out of the index and the log: commands, outlets, authors, titles, talks, files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from index.errors import ArticleQAError
from qa.terminal.chat.filters import KEYS, OFF
from qa.terminal.style import clean, fit

if TYPE_CHECKING:
    from qa.terminal.chat.repl import Chat

_OFFERED = 50
_SHORTEST = 3


class Completed(Completer):
    """Completes slash commands while they are typed, and names of the index in a question on Tab."""

    def __init__(self, chat: Callable[[], Chat]) -> None:
        """`chat` may wait until there is one: this runs in a thread of its own."""
        self._get_chat = chat
        self._paths = PathCompleter(expanduser=True)
        self._served: list[str] | None = None

    @property
    def _chat(self) -> Chat:
        return self._get_chat()

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What may stand at the cursor."""
        text = document.text_before_cursor
        try:
            if not text.startswith("/"):
                if complete_event.completion_requested:
                    yield from self._in_question(text)
                return
            name, space, rest = text[1:].partition(" ")
            if not space:
                yield from self._commands(name)
            elif name == "export":
                yield from self._paths.get_completions(Document(rest, len(rest)), complete_event)
            elif find := self._after.get(name):
                yield from find(self, rest)
        except ArticleQAError:
            return  # an index that is being damaged offers nothing

    def _commands(self, begun: str) -> Iterator[Completion]:
        from qa.terminal.chat.commands import TABLE

        for name, command in TABLE.items():
            if name.startswith(begun) and not command.lacks(self._chat):
                yield Completion(f"/{name}", -len(begun) - 1, display_meta=fit(command.about, 50))

    def _filters(self, rest: str) -> Iterator[Completion]:
        match = re.search(r"(?:^|\s)([\w-]+)=([^=]*)$", rest)
        if match and match[1] in KEYS:
            begun = match[2].rpartition(";")[2].lstrip()
            yield from _offered(begun, self._names(match[1]))
        else:
            begun = rest.rpartition(" ")[2]
            keys = [f"{key}=" for key in KEYS] + [OFF[0]] * (begun == rest)
            yield from (Completion(key, -len(begun)) for key in keys if key.startswith(begun.lower()))

    def _names(self, key: str) -> Sequence[str]:
        with self._chat.assistant.snapshot.view() as view:
            return view.authors if key == "author" else view.outlets if "outlet" in key else ()

    def _titles(self, rest: str) -> Iterator[Completion]:
        yield from _offered(rest, self._chat.titles())

    def _talks(self, rest: str) -> Iterator[Completion]:
        verb, space, begun = rest.partition(" ")
        if not space:
            yield from (Completion(f"{one} ", -len(verb)) for one in ("open", "delete") if one.startswith(verb))
        elif verb in ("open", "delete"):
            yield from _offered(begun, [one.name for one in self._chat.talk.sessions()])

    def _models(self, rest: str) -> Iterator[Completion]:
        """The models that this machine serves and those that were named before; no other machine is asked."""
        if self._served is None:
            from qa.config import setting
            from qa.llm.check import all_measured
            from qa.llm.providers import served

            named = setting("model", index=self._chat.assistant.snapshot.folder)
            self._served = [*served(), *([named] if named else []), *all_measured(), "none"]
        yield from _offered(rest, dict.fromkeys(self._served))

    def _help(self, rest: str) -> Iterator[Completion]:
        from qa.terminal.chat.commands import TABLE

        yield from _offered(rest, list(TABLE))

    _after: ClassVar[dict[str, Callable[[Completed, str], Iterator[Completion]]]] = {
        "filter": _filters,
        "summary": _titles,
        "articles": _titles,
        "sessions": _talks,
        "model": _models,
        "help": _help,
    }

    def _in_question(self, text: str) -> Iterator[Completion]:
        """Outlets, authors and titles that begin with the last words, as many of them as fit one."""
        starts = [0, *(match.end() for match in re.finditer(r"\s+", text))]
        with self._chat.assistant.snapshot.view() as view:
            names = [*view.outlets, *view.authors]
        names += self._chat.titles()
        for start in starts:
            begun = text[start:]
            found = list(_offered(begun, names)) if len(begun) >= _SHORTEST else []
            if found:
                yield from found
                return


def _offered(begun: str, names: Iterable[str]) -> Iterator[Completion]:
    """The names that begin so; then those in which a word does; case does not count."""
    wanted = begun.casefold()
    first, later = [], []
    for name in names:
        folded = name.casefold()
        if folded.startswith(wanted):
            first.append(name)
        elif f" {wanted}" in folded:
            later.append(name)
    for name in [*first, *later][:_OFFERED]:
        shown = clean(name, keep_lines=False)
        yield Completion(shown, -len(begun), display=fit(shown, 60))
