"""The command `qa`: parse, call, print. Answers go to stdout, everything else to stderr."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import qa
from index.errors import ArticleQAError, UsageError
from qa.config import FOLDER, find_index
from qa.evaluate.cli import evaluate

if TYPE_CHECKING:
    from index.types import Article
    from index.update import Event, Progress, Writer
    from qa.assistant import Assistant
    from qa.render import Style

NOT_FOUND = 3
INTERRUPTED = 130

app = typer.Typer(
    name="qa",
    help="Ask questions about news articles: answers with the sentences that say so. English only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="The index. Default: $QA_INDEX, or .qa here or above.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TopOption = Annotated[int, typer.Option("-k", metavar="N", min=0, help="How many passages are listed.")]
ArticleOption = Annotated[
    list[str] | None, typer.Option("--article", metavar="ID", help="Only this article; may be given several times.")
]
BatchOption = Annotated[
    str | None,
    typer.Option("--batch", metavar="FILE", help="Questions, one a line or JSONL; - for stdin. Prints JSONL."),
]


# ---- commands ------------------------------------------------------------------------------------------------------


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(qa.__version__)
        raise typer.Exit()


@app.command("index")
def index_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files (.txt, .jsonl) and folders of them.")],
    index: IndexOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Drop articles below PATH whose file is gone.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take removed articles in again.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail if another process is writing.")] = False,
    max_mb: Annotated[float, typer.Option("--max-mb", min=0.001, help="Largest article, in MB.")] = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Add or update articles; unchanged ones cost nothing."""
    with _errors():
        from index.update import Progress

        progress = Progress()
        counts: dict[str, int] = {}
        with _writing(index, wait=not no_wait) as writer, _progress_bar(progress, "passages"):
            events = writer.update(
                paths, max_bytes=int(max_mb * 1_000_000), restore=restore, prune=prune, progress=progress
            )
            for event in events:
                counts[event.status] = counts.get(event.status, 0) + 1
                _print_event(event, as_json)
        summary = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())) or "nothing to index"
        _note(summary)
        if counts.get("failed"):
            raise typer.Exit(1)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; - to read it from stdin.")] = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    article: ArticleOption = None,
    k: TopOption = 3,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the articles, with the sentences that say so."""
    with _errors():
        text = _asked(question, batch)
        with _assistant(index) as assistant:
            assistant.warm_up()
            if text is None:
                _run_batch(batch, lambda line, id_: assistant.ask(line, article_ids=article).to_json(id_, k))
                return
            answer = assistant.ask(text, article_ids=article)
        if as_json:
            _emit(answer.to_json(k=k))
        else:
            from qa.render import answer_text

            print(answer_text(answer, _style(), k))
        if not answer.found:
            raise typer.Exit(NOT_FOUND)


@app.command()
def search(
    question: Annotated[str | None, typer.Argument(help="The question; - to read it from stdin.")] = None,
    batch: BatchOption = None,
    index: IndexOption = None,
    article: ArticleOption = None,
    k: TopOption = 10,
    as_json: JsonOption = False,
) -> None:
    """List the passages that come nearest to a question, without an answer."""
    with _errors():
        from qa.render import passages_text
        from qa.types import passages_json

        text = _asked(question, batch)
        with _assistant(index) as assistant:
            assistant.warm_up()
            if text is None:
                _run_batch(
                    batch, lambda line, id_: passages_json(id_, line, assistant.search(line, article_ids=article)[:k])
                )
                return
            passages = assistant.search(text, article_ids=article)[:k]
        if as_json:
            _emit(passages_json(None, text, passages))
        else:
            print(passages_text(passages, _style()) or "No passage found.")
        if not passages:
            raise typer.Exit(NOT_FOUND)


@app.command()
def chat(index: IndexOption = None, article: ArticleOption = None) -> None:
    """Ask one question after the other."""
    with _errors(), _assistant(index) as assistant:
        from qa.chat import Chat

        Chat(assistant, _style(), article).run()


@app.command()
def show(
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="An article's id, or ID:START-END as printed with answers.")
    ],
    text: Annotated[bool, typer.Option("--text", help="Only the stored text, as it is.")] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an article, or a citation in its place, highlighted."""
    with _errors(), _assistant(index) as assistant:
        from qa.citations import openable, resolve
        from qa.render import article_text

        article, span = resolve(ref, assistant.snapshot)
        shown = article.text[slice(*span)] if span else article.text
        path = openable(article.path, assistant.snapshot.folder)
        if as_json:
            _emit({**_article_json(article, len(article.text), path), "start": (span or (0,))[0], "text": shown})
        elif text:
            sys.stdout.write(shown)
        else:
            print(article_text(article, span, path, _style()))


@app.command()
def articles(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the articles in the index."""
    with _errors(), _assistant(index) as assistant:
        from qa.citations import openable
        from qa.render import clean

        for article, length in assistant.snapshot.articles():
            if as_json:
                _emit(_article_json(article, length, openable(article.path, assistant.snapshot.folder)))
            else:
                facts = (article.id, article.published or "-", article.outlet or "-", article.title)
                print("\t".join(clean(fact, keep_lines=False) for fact in facts))


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of articles, as qa articles lists them.")],
    index: IndexOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail if another process is writing.")] = False,
) -> None:
    """Take articles out of the index; qa index leaves them out until they change."""
    with _errors():
        with _writing(index, wait=not no_wait, anew=False) as writer:
            writer.remove(ids)
        _note(f"{len(set(ids))} removed")


@app.command("eval")
@wraps(evaluate)
def eval_command(*arguments: Any, **options: Any) -> None:
    with _errors():
        evaluate(*arguments, **options)


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


# ---- helpers -------------------------------------------------------------------------------------------------------


@contextmanager
def _errors() -> Iterator[None]:
    """Whatever a user can cause becomes one line on stderr and the contract's exit status; never a traceback."""
    status = 0
    try:
        try:
            yield
        except typer.Exit as done:
            status = done.exit_code
        sys.stdout.flush()
    except UsageError as error:
        _note(str(error))
        status = 2
    except ArticleQAError as error:
        _note(str(error))
        status = 1
    except BrokenPipeError:
        _drop_output()  # its reader has seen enough
    except OSError as error:
        _drop_output()
        _note(f"{error.filename or 'the output'}: {error.strerror or error}")
        status = 1
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status:
        raise typer.Exit(status)


def _drop_output() -> None:
    """Python flushes stdout once more at its end: into nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_packages() -> None:
    """`index` and `prompts` are generic names: a foreign module found in their place is said to be one."""
    import index
    import prompts

    for module in (index, prompts):
        if not getattr(module, "__article_qa__", False):
            where = getattr(module, "__file__", None) or "a folder on the path"
            _note(f"{where}, another module named {module.__name__!r}, hides article-qa's; give it its own venv")
            sys.exit(1)


def _note(message: str) -> None:
    from qa.render import clean  # file names and ids may hold escape codes

    print(f"qa: {clean(message, keep_lines=False)}", file=sys.stderr)


def _emit(data: dict[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False), flush=True)


def _named_index(named: Path | None, *, to_write: bool = False) -> Path:
    folder = find_index(named, to_write=to_write)
    if folder != Path(FOLDER):
        _note(f"using the index {folder}")
    return folder


@contextmanager
def _assistant(named: Path | None) -> Iterator[Assistant]:
    from qa.assistant import Assistant

    with Assistant(_named_index(named), cache(_note)) as assistant:  # what fails at every question is said once
        yield assistant


@contextmanager
def _writing(named: Path | None, *, wait: bool, anew: bool = True) -> Iterator[Writer]:
    """The writer of the index; with `anew` of a new one if there is none."""
    from index.embed import SentenceTransformerEmbedder
    from index.update import writing
    from index.weights import default_model

    folder = _named_index(named, to_write=anew)
    with writing(folder, SentenceTransformerEmbedder(default_model()), wait=wait, notify=_note) as writer:
        yield writer


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

    if run_batch(_lines(source or "-"), respond, _emit):
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


def _style() -> Style:
    from qa.render import Style

    if not sys.stdout.isatty():
        return Style()
    width = os.get_terminal_size(sys.stdout.fileno()).columns
    return Style(width=max(40, min(width, 110)), marked=os.environ.get("TERM", "dumb") != "dumb")


def _print_event(event: Event, as_json: bool) -> None:
    if as_json:
        place = {"id": event.id, "path": event.path, "record": event.record}
        _emit({**place, "status": event.status, "reason": event.reason})
    elif event.reason is not None:
        line = "" if event.record is None else f", line {event.record}"
        _note(f"{event.status}: {event.path}{line}: {event.reason}")


def _article_json(article: Article, length: int, path: str) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "published": article.published,
        "url": article.url,
        "path": path,
        "record": article.record,
        "encoding": article.encoding,
        "length": length,
    }


@contextmanager
def _progress_bar(progress: Progress, unit: str) -> Iterator[None]:
    """A bar on stderr while the block runs, if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    import threading

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(progress.stage, total=None, done="")
        stop = threading.Event()

        def refresh() -> None:
            while not stop.wait(0.2):
                shown = f"{progress.articles:,} articles, {progress.passages:,} {unit}"
                bar.update(
                    task, description=progress.stage, total=progress.total or None, completed=progress.done, done=shown
                )

        ticking = threading.Thread(target=refresh, daemon=True)
        ticking.start()
        try:
            yield
        finally:
            stop.set()
            ticking.join()


if __name__ == "__main__":
    main()
