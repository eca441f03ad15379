"""The command `qa`: which commands there are. Answers go to stdout, everything else to stderr."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

import qa
from index.errors import NoIndexError
from index.offline import SWITCH, block
from qa.config import find_index
from qa.terminal.commands import collection, config, log, models, questions
from qa.terminal.commands.calibrate import calibrate
from qa.terminal.commands.common import Commands, errors, may_connect
from qa.terminal.commands.doctor import doctor
from qa.terminal.commands.evaluate import evaluate
from qa.terminal.commands.language import modelled
from qa.terminal.commands.shell import examples

_WIDEST = 80


app = typer.Typer(
    name="qa",
    cls=Commands,
    rich_markup_mode=None,
    help="Ask questions about news articles: answers with the sentences that say so. English only.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        with errors():
            print(qa.__version__)
        raise typer.Exit()
    if context.invoked_subcommand is None:
        _alone(context)


_BEGIN = """\
qa answers questions about news articles, with the sentences that say so. To begin:
  qa index PATH   take in files and folders of articles
  qa chat         ask about them
qa --help lists all commands."""


def _alone(context: typer.Context) -> None:
    """The chat, in a terminal with an index; else how to begin."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        with suppress(NoIndexError):
            find_index(None)
            context.invoke(context.command.commands["chat"])  # type: ignore[attr-defined]
            return
    print(_BEGIN, file=sys.stderr)
    raise typer.Exit(2)


@wraps(evaluate)
def _evaluate(*arguments: Any, **options: Any) -> None:
    with errors():
        evaluate(*arguments, **options)


for _name, _command in (
    ("index", may_connect(collection.index_articles)),
    ("ask", may_connect(questions.ask)),
    ("search", questions.search),
    ("chat", may_connect(questions.chat)),
    ("show", collection.show),
    ("summary", may_connect(collection.summary)),
    ("articles", collection.articles),
    ("remove", collection.remove),
    ("eval", may_connect(modelled(_evaluate))),
    ("calibrate", calibrate),
    ("doctor", doctor),
    ("log", log.log),
    ("replay", log.replay),
):
    app.command(_name, epilog=examples(_name))(_command)


app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")


def run() -> None:
    """Run the command that was typed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # quotes are verbatim, whatever the locale
    if os.environ.get(SWITCH, "0") not in ("", "0"):
        block()
    try:
        with errors():
            app(terminal_width=max(40, min(shutil.get_terminal_size().columns, _WIDEST)))
    except typer.Exit as left:
        sys.exit(left.exit_code)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # of --help; Click calls it a failure
            sys.exit(0)
        raise
