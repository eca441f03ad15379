"""The options that name a language model, and what becomes of them with the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from qa.config import setting
from qa.terminal.commands.signature import taking

if TYPE_CHECKING:
    from qa.llm.providers import LanguageModel


class Named(NamedTuple):
    """What the options say; None: nothing."""

    model: str | None = None
    prose: bool | None = None
    prompts: Path | None = None


NOTHING = Named()

_OPTIONS = {
    "model": Annotated[
        str | None,
        typer.Option(
            "-m", "--model", metavar="NAME",
            help="A language model that chooses sentences too: ollama:NAME, openai:NAME, anthropic:NAME, "
            "http://host:port/v1#NAME; none: without the one that is set.",
        ),
    ],
    "prose": Annotated[
        bool | None,
        typer.Option(
            "--prose/--no-prose", show_default=False,
            help="Let it word the answer, each statement checked. Default: if it was measured to cite well.",
        ),
    ],
    "prompts": Annotated[
        Path | None,
        typer.Option("--prompts", metavar="DIR", help="Prompts in the place of the shipped ones, by their names."),
    ],
}  # fmt: skip


def modelled(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the options that name a language model in the place of its parameter `named`."""

    @wraps(command)
    def run(*, model: str | None, prose: bool | None, prompts: Path | None, **rest: Any) -> None:
        command(named=Named(model, prose, prompts), **rest)

    return taking(_OPTIONS, command, run, without="named")


def language_model(named: Named, index: Path) -> LanguageModel | None:
    """The language model that options and settings name, if any: nothing of it is imported, nor connected to."""
    name = setting("model", named.model, index)
    if name is None or name == "none":
        return None
    from qa.llm.providers import LanguageModel

    prompts = setting("prompts", named.prompts, index)
    return LanguageModel(
        name,
        prose=setting("prose", named.prose, index),
        prompts=Path(prompts) if prompts is not None else None,
        timeout=setting("timeout", None, index),
        window=setting("window", None, index),
    )
