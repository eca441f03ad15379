"""The commands that ask: ask, search, chat."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from index.errors import ArticleQAError, UsageError
from qa.commands.common import (
    NOT_FOUND,
    ArticleOption,
    BatchOption,
    IndexOption,
    JsonOption,
    TopOption,
    emit,
    errors,
    open_assistant,
    style,
)


def ask(
    question: Annotated[str | None, typer.Argument(help="The question; - to read it from stdin.")] = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    article: ArticleOption = None,
    k: TopOption = 3,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the articles, with the sentences that say so."""
    with errors():
        text = _asked(question, batch)
        with open_assistant(index) as assistant:
            assistant.warm_up()
            if text is None:
                _run_batch(batch, lambda line, id_: assistant.ask(line, article_ids=article).to_json(id_, k))
                return
            answer = assistant.ask(text, article_ids=article)
        if as_json:
            emit(answer.to_json(k=k))
        else:
            from qa.render import answer_text

            print(answer_text(answer, style(), k))
        if not answer.found:
            raise typer.Exit(NOT_FOUND)


def search(
    question: Annotated[str | None, typer.Argument(help="The question; - to read it from stdin.")] = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    article: ArticleOption = None,
    k: TopOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List the passages that come nearest to a question, without an answer."""
    with errors():
        from qa.render import passages_text
        from qa.types import passages_json

        text = _asked(question, batch)
        with open_assistant(index) as assistant:
            assistant.warm_up()
            if text is None:
                _run_batch(
                    batch, lambda line, id_: passages_json(id_, line, assistant.search(line, article_ids=article)[:k])
                )
                return
            passages = assistant.search(text, article_ids=article)[:k]
        if as_json:
            emit(passages_json(None, text, passages))
        else:
            print(passages_text(passages, style()) or "No passage found.")
        if not passages:
            raise typer.Exit(NOT_FOUND)


def chat(index: IndexOption = None, article: ArticleOption = None) -> None:
    """Ask one question after the other."""
    with errors(), open_assistant(index) as assistant:
        from qa.chat import Chat

        Chat(assistant, style(), article).run()


def _asked(question: str | None, batch: str | None) -> str | None:
    """The one question, its white space made plain; None for a batch."""
    if (question is None) == (batch is None):
        raise UsageError('one question or --batch FILE; type, for instance: qa ask "How many troops were authorized?"')
    if question is None:
        return None
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if question == "-" else question
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _run_batch(source: str | None, respond: Callable[[str, Any], dict[str, Any]]) -> None:
    from qa.batch import run_batch

    if run_batch(_lines(source or "-"), respond, emit):
        raise typer.Exit(1)


def _lines(source: str) -> Iterator[str]:
    """The lines of a batch as they come."""
    if source == "-":
        yield from (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
        return
    try:
        with Path(source).open("rb") as file:
            yield from (line.decode("utf-8", "replace") for line in file)
    except OSError as error:
        raise ArticleQAError(f"{source}: {error.strerror}") from error
