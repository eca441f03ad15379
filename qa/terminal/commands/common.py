"""What the commands share: options, errors and exit statuses, the index that is meant, printing."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from index.errors import ArticleQAError, UsageError
from index.filters import Filters
from qa.config import FILE as CONFIG_FILE
from qa.config import FOLDER, find_index, setting, settings
from qa.terminal.commands.language import Named, language_model
from qa.terminal.commands.shell import article_ids, authors, outlets
from qa.terminal.commands.signature import taking
from qa.terminal.interrupts import INTERRUPTED, unwinding

if TYPE_CHECKING:
    import threading

    from index.update import Writer
    from qa.assistant import Assistant
    from qa.llm.providers import LanguageModel
    from qa.terminal.style import Style


class Commands(TyperGroup):
    """A group that lists its commands with the whole first sentence of each.

    Its pages are plain text (`rich_markup_mode=None`): rich takes longer to load than all the rest, and breaks words
    in narrow tables.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """One line for each, or as many as it takes."""
        rows = [(name, command.get_short_help_str(limit=1_000)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


NOT_FOUND = 3
_TO_WRITE = ("chromadb", "datasketch", "llama_index", "sentence_transformers", "sentencex", "torch")

IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="The index. Default: $QA_INDEX, or .qa here or above.")
]
EmbeddingOption = Annotated[
    str | None,
    typer.Option(
        "--embedding", metavar="MODEL", help="Of a new index: a name that qa models lists, of the hub, or a folder."
    ),
]
RankerOption = Annotated[
    str | None,
    typer.Option(
        "--ranker", metavar="MODEL",
        help="The cross-encoder that ranks: a name that qa models lists, of the hub, or a folder. Default: what is "
        "set ($QA_RANKER, qa config), or the one that is shipped.",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TopOption = Annotated[int, typer.Option("-k", metavar="N", min=0, help="How many passages are listed.")]
NoConstraintsOption = Annotated[
    bool,
    typer.Option("--no-constraints", help="Do not take outlets and dates in the question as what is to be searched."),
]
_FILTERS = {
    "article": Annotated[
        list[str] | None,
        typer.Option(
            "--article", metavar="ID", autocompletion=article_ids, help="Only this article; may be given several times."
        ),
    ],
    "outlet": Annotated[
        list[str] | None,
        typer.Option(
            "--outlet",
            metavar="NAME",
            autocompletion=outlets,
            help="Only what this outlet published; may be given several times.",
        ),
    ],
    "not_outlet": Annotated[
        list[str] | None,
        typer.Option(
            "--not-outlet",
            metavar="NAME",
            autocompletion=outlets,
            help="Nothing of this outlet; may be given several times.",
        ),
    ],
    "author": Annotated[
        list[str] | None,
        typer.Option(
            "--author",
            metavar="NAME",
            autocompletion=authors,
            help="Only what this author wrote; may be given several times.",
        ),
    ],
    "since": Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Only articles of this day, month or year, or later.")
    ],
    "until": Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Only articles of this day, month or year, or earlier."),
    ],
}


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the options of `_FILTERS` in the place of its parameter `filters`."""

    @wraps(command)
    def run(
        *,
        article: list[str] | None,
        outlet: list[str] | None,
        not_outlet: list[str] | None,
        author: list[str] | None,
        since: str | None,
        until: str | None,
        **rest: Any,
    ) -> None:
        with errors():
            filters = Filters(article, outlet or (), since, until, not_outlet or (), author or ())
        command(filters=filters, **rest)

    return taking(_FILTERS, command, run, without="filters")


_OFFLINE = Annotated[bool, typer.Option("--offline", help="Connect to nothing but this machine.")]


def may_connect(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the option --offline."""

    @wraps(command)
    def run(*, offline: bool, **rest: Any) -> None:
        if offline:
            from index.offline import block

            block()
        command(**rest)

    return taking({"offline": _OFFLINE}, command, run, default=False)


@contextmanager
def errors() -> Iterator[None]:
    """Whatever a user can cause becomes one line on stderr and the contract's exit status; never a traceback."""
    status = 0
    try:
        try:
            yield
        except typer.Exit as done:
            status = done.exit_code
        sys.stdout.flush()
    except UsageError as error:
        note(str(error))
        status = 2
    except ArticleQAError as error:
        note(str(error))
        status = 1
    except BrokenPipeError:
        _drop_output()  # its reader has seen enough
    except OSError as error:
        _drop_output()
        gone = isinstance(error, FileNotFoundError) and not error.filename
        note(_GONE if gone else f"{error.filename or 'the output'}: {error.strerror or error}")
        status = 1
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status:
        raise typer.Exit(status)


_GONE = "the folder that you are in was removed; go to another: cd"


def _drop_output() -> None:
    """Python flushes stdout once more at its end: into nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(message: str) -> None:
    from qa.terminal.style import clean  # file names and ids may hold escape codes

    print(f"qa: {clean(message, keep_lines=False)}", file=sys.stderr)


def emit(data: dict[str, Any]) -> None:
    print(f"{json.dumps(data, ensure_ascii=False)}\n", end="", flush=True)  # one write: Ctrl-C leaves whole lines


def csv_writer() -> Callable[[dict[str, Any]], None]:
    """What prints the answers of a batch as rows of CSV, under a header that is printed now."""
    import csv

    from qa.terminal.batch import CSV_COLUMNS, csv_row
    from qa.terminal.style import clean

    def write(cells: Sequence[str]) -> None:
        # looked up each time: while a bar is drawn, stdout is another one
        csv.writer(sys.stdout, lineterminator="\n").writerow(map(clean, cells) if sys.stdout.isatty() else cells)
        sys.stdout.flush()

    write(CSV_COLUMNS)
    return lambda result: write(csv_row(result))


def named_index(named: Path | None, *, to_write: bool = False) -> Path:
    folder = find_index(named, to_write=to_write)
    if folder != Path(FOLDER):
        note(f"using the index {folder}")
    return folder


@contextmanager
def open_assistant(
    named: Path | None, ranker: str | None = None, *, asks: bool = False, model: Named | None = None
) -> Iterator[Assistant]:
    """The assistant of the index that is meant; one that `asks` is as the settings say. `model`: options for one."""
    folder = named_index(named)
    ranker = setting("ranker", ranker, folder) if asks else ranker
    with assistant_in(folder, ranker, language_in(folder, model)) as assistant:
        yield assistant


def language_in(folder: Path, model: Named | None) -> LanguageModel | None:
    """The language model that options and settings name, if any; where it is asked elsewhere, that is said.

    An index may come from somebody else: what its own settings name is not used where it is not on this machine.
    """
    language = language_model(model, folder) if model is not None else None
    if language is not None and language.sent_to is not None:
        own = folder / CONFIG_FILE
        if model is not None and model.model is None and settings(folder)["model"].origin == str(own):
            note(f"{own} names {language.name}, which is not on this machine: not used; name it with -m to use it")
            return None
        note(f"{language.name}: questions, and the sentences that are found, are sent to {language.sent_to}")
    return language


@contextmanager
def assistant_in(
    folder: Path, ranker: str | None, model: LanguageModel | None, notify: Callable[[str], None] = note
) -> Iterator[Assistant]:
    """The assistant of the index in `folder`."""
    from qa.assistant import Assistant

    say_once = cache(notify)  # what fails at every question
    with (
        Assistant(folder, say_once, ranker=ranker, model=model) as assistant,
        _collecting_later(assistant.loaded),
    ):
        yield assistant


@contextmanager
def _collecting_later(loaded: threading.Event) -> Iterator[None]:
    """No garbage collection until the models are `loaded`, nor ever of these: that takes a tenth of a first answer."""
    import gc
    import threading

    def collect() -> None:
        loaded.wait()
        gc.freeze()
        gc.enable()

    gc.disable()
    threading.Thread(target=collect, daemon=True).start()
    try:
        yield
    finally:
        gc.freeze()  # what is left need not be looked through before the process ends
        gc.enable()


def missing_packages(names: Sequence[str]) -> list[str]:
    """Those of the modules `names` that are not installed; nothing is imported."""
    return [name for name in names if importlib.util.find_spec(name) is None]


@contextmanager
def open_writer(named: Path | None, embedding: str | None = None, *, wait: bool, anew: bool = True) -> Iterator[Writer]:
    """The writer of the index; with `anew` of a new one if there is none, made with the model `embedding`.

    Raises ArticleQAError where only what asking needs is installed (requirements-ask.lock).
    """
    if missing := missing_packages(_TO_WRITE):
        raise ArticleQAError(
            f"this installation can only ask ({', '.join(missing)} missing); to index, type: pip install article-qa"
        )
    from index.update import embedder_for, writing

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # torch has threads enough
    folder = named_index(named, to_write=anew)
    with (
        unwinding(),
        writing(folder, embedder_for(folder, embedding), wait=wait, notify=note, keep_empty=False) as writer,
    ):
        yield writer


def style(folder: Path | None = None, *, in_chat: bool = False) -> Style:
    """How stdout shows text now. `folder`: of the index, whose settings count."""
    from qa.terminal.links import can_link
    from qa.terminal.style import Style

    if not sys.stdout.isatty():
        return Style(in_chat=in_chat)
    width = os.get_terminal_size(sys.stdout.fileno()).columns
    is_marked = os.environ.get("TERM", "dumb") != "dumb"
    links = setting("links", index=folder) if is_marked else "never"
    linked = links == "always" or (links == "auto" and can_link(os.environ))
    return Style(max(40, min(width, 110)), is_marked, not os.environ.get("NO_COLOR"), linked, in_chat)
