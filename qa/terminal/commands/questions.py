"""The commands that ask: ask, search, chat."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from index.errors import ArticleQAError, UsageError
from index.filters import Filters
from qa.terminal.commands.common import (
    NOT_FOUND,
    IndexOption,
    JsonOption,
    NoConstraintsOption,
    RankerOption,
    TopOption,
    emit,
    errors,
    filtered,
    open_assistant,
    style,
)

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.types import Answer, Found

T = TypeVar("T", "Answer", "Found")
QuestionArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUESTION", show_default=False, help="The question, in quotes; - to read it from stdin."),
]
BatchOption = Annotated[
    str | None,
    typer.Option("--batch", metavar="FILE", help="Questions, one a line or JSONL; - for stdin. Prints JSONL."),
]

_EXAMPLE = '"How many troops were authorized?"'


@filtered
def ask(
    filters: Filters,
    question: QuestionArgument = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    ranker: RankerOption = None,
    k: TopOption = 3,
    no_constraints: NoConstraintsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the articles, with the sentences that say so."""
    from qa.terminal.render import answer_text

    def respond(assistant: Assistant, text: str) -> Answer:
        return assistant.ask(text, filters=filters, constraints=not no_constraints)

    with errors():
        answer = _put("ask", question, batch, (index, ranker), k, respond)
        if answer is None:
            return
        if as_json:
            emit(answer.to_json(k=k))
        else:
            print(answer_text(answer, style(), k))
        if not answer.found:
            raise typer.Exit(NOT_FOUND)


@filtered
def search(
    filters: Filters,
    question: QuestionArgument = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    ranker: RankerOption = None,
    k: TopOption = 10,
    no_constraints: NoConstraintsOption = False,
    explained: Annotated[bool, typer.Option("--explain", help="Say why each passage stands where it stands.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the passages that come nearest to a question, without an answer."""
    from qa.terminal.render import found_text

    def respond(assistant: Assistant, text: str) -> Found:
        return assistant.search(text, filters=filters, constraints=not no_constraints, explained=explained)

    with errors():
        found = _put("search", question, batch, (index, ranker), k, respond)
        if found is None:
            return
        if as_json:
            emit(found.to_json(k=k))
        else:
            print(found_text(found, style(), k))
        if not found.passages:
            raise typer.Exit(NOT_FOUND)


@filtered
def chat(
    filters: Filters,
    index: IndexOption = None,
    ranker: RankerOption = None,
    no_constraints: NoConstraintsOption = False,
) -> None:
    """Ask one question after the other."""
    with errors(), open_assistant(index, ranker) as assistant:
        from qa.conversation import Conversation
        from qa.terminal.chat.repl import Chat

        Chat(Conversation(assistant, filters=filters, constraints=not no_constraints), style).run()


def _put(
    command: str,
    question: list[str] | None,
    batch: str | None,
    opened: tuple[Path | None, str | None],
    k: int,
    respond: Callable[[Assistant, str], T],
) -> T | None:
    """What comes of the one question; None for a batch, which is printed as it goes. `opened`: index and ranker."""
    if bool(question) == (batch is not None):
        raise UsageError(f"one question or --batch FILE; type, for instance: qa {command} {_EXAMPLE}")
    if question and len(question) > 1:
        raise UsageError(f'put the question in quotes: qa {command} "{" ".join(question)}"')
    with open_assistant(*opened) as assistant:
        assistant.warm_up()
        if question:
            text = sys.stdin.buffer.read().decode("utf-8", "replace") if question == ["-"] else question[0]
            return respond(assistant, text)
        _run_batch(batch, lambda line, id_: respond(assistant, line).to_json(id_, k))
        return None


def _run_batch(source: str | None, respond: Callable[[str, Any], dict[str, Any]]) -> None:
    from qa.terminal.batch import run_batch

    if run_batch(_lines(source or "-"), respond, emit):
        raise typer.Exit(1)


def _lines(source: str) -> Iterator[str]:
    """The lines of a batch as they come; what is not UTF-8 becomes lone surrogates."""
    if source == "-":
        yield from (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
        return
    try:
        with Path(source).open("rb") as file:
            yield from (line.decode("utf-8", "surrogateescape") for line in file)
    except OSError as error:
        raise ArticleQAError(f"{source}: {error.strerror}") from error
