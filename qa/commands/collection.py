"""The commands about what is in the index: index, remove, articles, show."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.filters import Filters
from qa.commands.common import (
    EmbeddingOption,
    IndexOption,
    JsonOption,
    emit,
    errors,
    filtered,
    note,
    open_assistant,
    open_writer,
    progress_bar,
    style,
)

if TYPE_CHECKING:
    from index.types import Article
    from index.update import Event


def index_articles(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files (.txt, .jsonl) and folders of them.")],
    index: IndexOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Drop articles below PATH whose file is gone.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take removed articles in again.")] = False,
    embedding: EmbeddingOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail if another process is writing.")] = False,
    max_mb: Annotated[float, typer.Option("--max-mb", min=0.001, help="Largest article, in MB.")] = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Add or update articles; unchanged ones cost nothing."""
    with errors():
        from index.update import Progress

        progress = Progress()
        counts: dict[str, int] = {}

        def shown() -> str:
            return f"{progress.articles:,} articles, {progress.passages:,} passages"

        with open_writer(index, embedding, wait=not no_wait) as writer, progress_bar(progress, shown):
            events = writer.update(
                paths, max_bytes=int(max_mb * 1_000_000), restore=restore, prune=prune, progress=progress
            )
            for event in events:
                counts[event.status] = counts.get(event.status, 0) + 1
                _print_event(event, as_json)
        summary = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())) or "nothing to index"
        note(summary)
        if counts.get("failed"):
            raise typer.Exit(1)


def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of articles, as qa articles lists them.")],
    index: IndexOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail if another process is writing.")] = False,
) -> None:
    """Take articles out of the index; qa index leaves them out until they change."""
    with errors():
        with open_writer(index, wait=not no_wait, anew=False) as writer:
            removed = writer.remove(ids)
        note(f"{len(removed)} removed")


@filtered
def articles(filters: Filters, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the articles in the index."""
    with errors(), open_assistant(index) as assistant:
        from qa.citations import openable
        from qa.render import clean, scope_text
        from qa.types import Scope

        snapshot = assistant.snapshot
        with snapshot.view():
            chosen = snapshot.select(filters)
            listed = [
                (article, length)
                for article, length in snapshot.articles()
                if chosen.article_ids is None or article.id in chosen.article_ids
            ]
        for article, length in listed:
            if as_json:
                emit(_article_json(article, length, openable(article.path, assistant.snapshot.folder)))
            else:
                facts = (article.id, article.published or "-", article.outlet or "-", article.title)
                print("\t".join(clean(fact, keep_lines=False) for fact in facts))
        if filters and (chosen.undated or not listed):
            note(("" if listed else "no article: ") + scope_text(Scope(chosen.filters, chosen.undated)))


def show(
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="An article's id, or ID:START-END as printed with answers.")
    ],
    text: Annotated[bool, typer.Option("--text", help="Only the stored text, as it is.")] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an article, or a citation in its place, highlighted."""
    with errors(), open_assistant(index) as assistant:
        from qa.citations import openable, resolve
        from qa.render import article_text

        named = resolve(ref, assistant.snapshot)
        article, span = named.article, named.span
        shown = article.text[slice(*span)] if span else article.text
        path = openable(article.path, assistant.snapshot.folder)
        if as_json:
            emit({**_article_json(article, len(article.text), path), "start": (span or (0,))[0], "text": shown})
        elif text:
            sys.stdout.write(shown)
        else:
            print(article_text(article, span, path, style()))


def _print_event(event: Event, as_json: bool) -> None:
    if as_json:
        place = {"id": event.id, "path": event.path, "record": event.record}
        emit({**place, "status": event.status, "reason": event.reason})
    elif event.reason is not None:
        line = "" if event.record is None else f", line {event.record}"
        note(f"{event.status}: {event.path}{line}: {event.reason}")


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
