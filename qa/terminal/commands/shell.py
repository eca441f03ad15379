"""What a shell completes out of the index, and the examples that stand under a command's help."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from index.stores.catalog import Catalog

_OFFERED = 200
_EXAMPLES = {
    "index": ["qa index news/ extra.jsonl", "qa index --prune news/"],
    "ask": [
        'qa ask "How many troops were authorized?"',
        'qa ask --outlet "The Hill" --since 2018-10 Who authorized them?',
        "qa ask --batch questions.txt > answers.jsonl",
    ],
    "search": ['qa search "caravan at the border"', "qa search --explain -k 3 troops"],
    "chat": ["qa chat", "qa chat --continue", "qa chat --session caravan --since 2018-10"],
    "show": ["qa show ARTICLE", "qa show ARTICLE:2397-2519", "qa show ARTICLE --diff"],
    "summary": ["qa summary ARTICLE"],
    "articles": ["qa articles", "qa articles border troops", 'qa articles --outlet "The Hill" --count'],
    "remove": ["qa remove ARTICLE"],
    "eval": ["qa eval questions.jsonl", "qa eval questions.jsonl --html page.html", "qa eval --compare runs/a runs/b"],
    "calibrate": ["qa calibrate questions.jsonl", "qa calibrate --reset"],
    "doctor": ["qa doctor", "qa doctor --repair"],
    "log": ["qa log", "qa log Mattis troops", "qa log --clear"],
    "replay": ["qa replay 12"],
    "models": ["qa models", "qa models pull"],
    "config": ["qa config", "qa config set editing vi"],
}


def examples(command: str) -> str | None:
    """What stands under a command's help."""
    lines = _EXAMPLES.get(command)
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) if lines else None


# ---- names out of the index ------------------------------------------------------------------------------------------


def article_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The ids of articles that begin so, each with its title."""
    return list(islice(_article_ids(context, incomplete), _OFFERED))


def _article_ids(context: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    from index.stores.catalog import Catalog

    if (folder := _folder(context)) is not None:
        with closing(Catalog.open(folder)) as catalog, catalog.transaction():
            for facts in catalog.facts(None):
                if facts.id.startswith(incomplete):
                    yield facts.id, facts.title


def outlets(context: typer.Context, incomplete: str) -> list[str]:
    """The outlets that begin so."""
    return _names(context, incomplete, lambda catalog: catalog.outlets())


def authors(context: typer.Context, incomplete: str) -> list[str]:
    """The bylines that begin so."""
    return _names(context, incomplete, lambda catalog: catalog.authors())


def _names(context: typer.Context, incomplete: str, names: Callable[[Catalog], list[str]]) -> list[str]:
    from index.stores.catalog import Catalog

    if (folder := _folder(context)) is None:
        return []
    with closing(Catalog.open(folder)) as catalog, catalog.transaction():
        found = [name for name in names(catalog) if name.lower().startswith(incomplete.lower())][:_OFFERED]
    # bash takes what it is offered as it stands
    return [re.sub(r"([^\w./-])", r"\\\1", name) for name in found] if _is_bash() else found


def _is_bash() -> bool:
    return os.environ.get("_QA_COMPLETE", "").endswith("bash")


def _folder(context: typer.Context) -> Path | None:
    """The index that is meant by what was typed so far; None if there is none."""
    from index.errors import NoIndexError
    from qa.config import find_index

    named = context.params.get("index")
    try:
        return find_index(Path(named) if named else None)
    except NoIndexError:
        return None
