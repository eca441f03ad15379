"""The commands that ask: ask, search, chat."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from index.errors import UsageError
from index.filters import Filters
from qa.config import setting
from qa.terminal.commands.common import (
    NOT_FOUND,
    IndexOption,
    JsonOption,
    NoConstraintsOption,
    RankerOption,
    TopOption,
    csv_writer,
    emit,
    errors,
    filtered,
    open_assistant,
    style,
)
from qa.terminal.commands.language import Named, modelled
from qa.terminal.commands.log import NoLogOption, keep
from qa.terminal.progress import Counted, progress_bar

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.types import Answer, Found

T = TypeVar("T", "Answer", "Found")
QuestionArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUESTION", show_default=False, help="The question, with or without quotes; - to read it from stdin."
    ),
]
BatchOption = Annotated[
    str | None,
    typer.Option("--batch", metavar="FILE", help="Questions, one a line, JSONL or CSV; - for stdin. Prints JSONL."),
]


class Format(StrEnum):
    """What a batch prints."""

    JSONL = "jsonl"
    CSV = "csv"


_EXAMPLE = '"How many troops were authorized?"'


ShowPromptOption = Annotated[
    bool, typer.Option("--show-prompt", help="Print what the language model was sent, on stderr.")
]


@modelled
@filtered
def ask(
    filters: Filters,
    named: Named,
    question: QuestionArgument = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    ranker: RankerOption = None,
    k: TopOption = 3,
    no_constraints: NoConstraintsOption = False,
    streamed: Annotated[
        bool, typer.Option("--stream", help="Print what happens as it happens, one JSON object a line.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="What --batch prints.")] = Format.JSONL,
    show_prompt: ShowPromptOption = False,
    as_json: JsonOption = False,
    no_log: NoLogOption = False,
) -> None:
    """Answer a question from the articles, with the sentences that say so."""
    from qa.conversation import Conversation
    from qa.terminal.render import answer_text, prompts_text, taken_text
    from qa.types import Answer

    asked: list[tuple[str, Path]] = []

    def respond(assistant: Assistant, text: str) -> Answer:
        talk = Conversation(assistant, filters=filters, constraints=not no_constraints)  # of this one line
        for event in talk.events(text):
            if streamed:
                emit(event.to_json(k=k))
        assert isinstance(event.value, Answer)
        if show_prompt:
            print(prompts_text(event.value) or "no language model was asked", file=sys.stderr)
        if batch is None:
            asked.append((text, assistant.snapshot.folder))
        return event.value

    with errors():
        if batch is not None and streamed:
            raise UsageError("--stream is for one question; --batch prints an answer as soon as it is there")
        if batch is None and form is not Format.JSONL:
            raise UsageError("--format is for --batch; one question has --json")
        answer = _put("ask", question, batch, (index, ranker), k, respond, form, named)
        if answer is None:
            return
        if as_json and not streamed:
            emit(answer.to_json(k=k))
        elif not streamed:
            if answer.understood:
                print(taken_text(answer.understood, style()))
            print(answer_text(answer, style(), k))
        with suppress(BrokenPipeError):  # its reader has seen enough; `errors` sees to that
            sys.stdout.flush()
        if asked and setting("log", False if no_log else None, asked[0][1]):
            keep(answer, *asked[0], (filters, not no_constraints))
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
    from qa.terminal.pages import found_text

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


@modelled
@filtered
def chat(
    filters: Filters,
    named: Named,
    index: IndexOption = None,
    ranker: RankerOption = None,
    no_constraints: NoConstraintsOption = False,
    go_on: Annotated[bool, typer.Option("--continue", help="Go on with the last talk about this index.")] = False,
    session: Annotated[
        str | None, typer.Option("--session", metavar="NAME", help="Go on with this talk, or begin one of that name.")
    ] = None,
    no_log: NoLogOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each line typed.")] = False,
) -> None:
    """Ask one question after the other."""
    with errors():
        if as_json:
            if go_on or session:
                raise UsageError("--json keeps no talk; leave out --continue and --session")
            _chat_of_objects(index, ranker, named, filters, not no_constraints)
            return
        from qa.terminal.chat.session import converse

        converse(index, ranker, named, filters, not no_constraints, go_on=go_on, name=session, keeps=not no_log)


def _chat_of_objects(index: Path | None, ranker: str | None, named: Named, filters: Filters, constraints: bool) -> None:
    with open_assistant(index, ranker, asks=True, model=named) as assistant:
        from qa.conversation import Conversation
        from qa.terminal.chat.objects import run

        if run(Conversation(assistant, filters=filters, constraints=constraints), emit):
            raise typer.Exit(1)


def _put(
    command: str,
    question: list[str] | None,
    batch: str | None,
    opened: tuple[Path | None, str | None],
    k: int,
    respond: Callable[[Assistant, str], T],
    form: Format = Format.JSONL,
    model: Named | None = None,
) -> T | None:
    """What comes of the one question; None for a batch, which is printed as it goes. `opened`: index and ranker."""
    if bool(question) == (batch is not None):
        raise UsageError(f"one question or --batch FILE; type, for instance: qa {command} {_EXAMPLE}")
    with open_assistant(*opened, asks=True, model=model) as assistant:
        assistant.warm_up()
        if question:
            text = sys.stdin.buffer.read().decode("utf-8", "replace") if question == ["-"] else " ".join(question)
            return respond(assistant, text)
        _run_batch(batch or "-", lambda line, id_: respond(assistant, line).to_json(id_, k), form)
        return None


def _run_batch(source: str, respond: Callable[[str, Any], dict[str, Any]], form: Format) -> None:
    from qa.terminal.batch import count, items_of, run_batch

    progress = Counted(stage="answering", total=count(source) if sys.stderr.isatty() else 0)

    def shown() -> list[str]:
        return [f"{progress.done:,} of {progress.total:,}" if progress.total else f"{progress.done:,}"]

    def put(result: dict[str, Any]) -> None:
        progress.done += 1
        write(result)

    with progress_bar(progress, shown):
        write = emit if form is Format.JSONL else csv_writer()
        failed = run_batch(items_of(source), respond, put)
    if failed:
        raise typer.Exit(1)
