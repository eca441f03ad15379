"""The command `qa`: which commands there are. Answers go to stdout, everything else to stderr."""

from __future__ import annotations

import io
import os
import sys
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

import qa
from qa.commands import collection, models, questions
from qa.commands.calibrate import calibrate
from qa.commands.common import INTERRUPTED, errors, note
from qa.commands.doctor import doctor
from qa.evaluate.cli import evaluate

app = typer.Typer(
    name="qa",
    help="Ask questions about news articles: answers with the sentences that say so. English only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(qa.__version__)
        raise typer.Exit()


@wraps(evaluate)
def _evaluate(*arguments: Any, **options: Any) -> None:
    with errors():
        evaluate(*arguments, **options)


for _name, _command in (
    ("index", collection.index_articles),
    ("ask", questions.ask),
    ("search", questions.search),
    ("chat", questions.chat),
    ("show", collection.show),
    ("articles", collection.articles),
    ("remove", collection.remove),
    ("eval", _evaluate),
    ("calibrate", calibrate),
    ("doctor", doctor),
):
    app.command(_name)(_command)


app.add_typer(models.app, name="models")


def main() -> None:
    """Entry point of the command `qa`."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # quotes are verbatim, whatever the locale
    try:
        _check_packages()
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _check_packages() -> None:
    """`index` and `prompts` are generic names: a foreign module found in their place is said to be one."""
    import index
    import prompts

    for module in (index, prompts):
        if not getattr(module, "__article_qa__", False):
            where = getattr(module, "__file__", None) or "a folder on the path"
            note(f"{where}, another module named {module.__name__!r}, hides article-qa's; give it its own venv")
            sys.exit(1)


if __name__ == "__main__":
    main()
