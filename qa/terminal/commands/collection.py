"""The commands about what is in the index: index, remove, articles, show, summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import ArticleQAError, UnknownArticleError, UsageError
from index.filters import Filters
from qa.terminal.commands.common import (
    NOT_FOUND,
    EmbeddingOption,
    IndexOption,
    JsonOption,
    emit,
    errors,
    filtered,
    named_index,
    note,
    open_assistant,
    open_writer,
    style,
)
from qa.terminal.commands.shell import article_ids
from qa.terminal.progress import of_total, progress_bar

if TYPE_CHECKING:
    from index.readers import Reading
    from index.stores.catalog import Catalog
    from index.types import Article, Location, Place
    from index.update import Event
    from qa.reading.citations import Reference
    from qa.terminal.outcomes import Report


def index_articles(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL",
            show_default=False,
            help="Files, folders of them, addresses of pages or feeds, a file with nothing but addresses.",
        ),
    ],
    index: IndexOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Drop articles below PATH whose file is gone.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take removed articles in again.")] = False,
    embedding: EmbeddingOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail if another process is writing.")] = False,
    max_mb: Annotated[float, typer.Option("--max-mb", min=0.001, help="Largest article, in MB.")] = 5.0,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OUR=THEIR,...", help="What records call our fields: text=body,published=day."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="What is so of all: outlet='The Post'; several times."),
    ] = None,
    clean: Annotated[
        bool, typer.Option("--reread", help="Read unchanged files too: what is left over of pages is found again.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Of a feed, only the first N pages.")] = 20,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch from private networks and this machine too.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write what became of each file, as CSV."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Add or update articles; unchanged ones cost nothing."""
    with errors():
        from index.readers import Reading
        from qa.terminal.outcomes import Report, fields_said

        how = Reading(
            int(max_mb * 1_000_000),
            fields_said(columns or (), "--map", several=True),
            fields_said(given or (), "--set"),
        )
        paths, addresses = _sources(sources)
        if dry_run:
            for address in addresses:
                note(f"{address}: would be fetched")
            _preview(paths, named_index(index, to_write=True), how, report, as_json)
            return
        counts = take_in(
            paths, index, embedding, wait=not no_wait, as_json=as_json, listed=Report(report), addresses=addresses,
            limit=limit, allow_private=allow_private, max_bytes=how.max_bytes,
            restore=restore, prune=prune, clean=clean, columns=how.columns, given=how.given,
        )  # fmt: skip
        if counts.get("failed"):
            raise typer.Exit(1)


def take_in(
    paths: list[Path],
    index: Path | None = None,
    embedding: str | None = None,
    *,
    wait: bool = True,
    as_json: bool = False,
    listed: Report | None = None,
    addresses: Sequence[str] = (),
    limit: int = 20,
    allow_private: bool = False,
    **how: Any,
) -> dict[str, int]:
    """Bring the index up to date with `paths`, under a bar; how many articles there were of each status, which is said.

    `listed`: gets every event, and is written at the end. `addresses`: are fetched, of a feed `limit` pages, with
    `allow_private` from private networks too. `how`: as to `Writer.update`.
    """
    from index.batch import no_article
    from index.update import Progress

    def fetch(folder: Path) -> Iterator[tuple[Path, str] | Event]:
        from index.kept import Kept
        from index.readers.fetch import Fetcher

        return Kept(folder, Fetcher(allow_private=allow_private), note).bring(addresses, limit)

    progress = Progress()
    counts: dict[str, int] = {}

    def shown() -> list[str]:
        articles, passages = f"{progress.articles:,} articles", f"{progress.passages:,} passages"
        return [of_total(progress.done, progress.total), articles, passages]

    with open_writer(index, embedding, wait=wait) as writer, progress_bar(progress, shown):
        folder = writer.folder
        brought = fetch(writer.folder) if addresses else ()
        for event in writer.update(paths, brought=brought, progress=progress, **how):
            counts[event.status] = counts.get(event.status, 0) + 1
            if listed is not None:
                listed.add(event)
            _print_event(event, as_json)
    if listed is not None:
        for path in progress.others:
            listed.add(no_article(path))
        listed.write(folder)
    note(_counted(counts))
    return counts


def _sources(said: Sequence[str]) -> tuple[list[Path], list[str]]:
    """What is to be indexed: files and folders, and addresses, those in files that have nothing else too."""
    from index.kept import addresses_in, is_address

    paths: list[Path] = []
    addresses: list[str] = []
    for one in said:
        if is_address(one):
            addresses.append(one)
        elif listed := addresses_in(Path(one)):
            addresses += listed
        else:
            paths.append(Path(one))
    return paths, addresses


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())) or "nothing to index"


def _preview(paths: Sequence[Path], folder: Path, how: Reading, report: Path | None, as_json: bool) -> None:
    """What an update would do, and the report of that."""
    from index.batch import no_article
    from index.preview import preview
    from index.readers.others import told
    from qa.terminal.outcomes import Report
    from qa.terminal.style import short_title

    counts: dict[str, int] = {}
    listed = Report(report)
    others: list[Path] = []
    for event, article in preview(folder, paths, how):
        counts[event.status] = counts.get(event.status, 0) + 1
        listed.add(event, article)
        if event.status in ("added", "changed") and event.reason is None and article is not None and not as_json:
            about = " · ".join(filter(None, [article.published and article.published[:10], article.outlet]))
            title = short_title(article.title)
            note(f"{event.status}: {event.place.within(event.path)}: {title}{f' ({about})' if about else ''}")
        elif event.reason is not None and event == no_article(Path(event.path)):
            others.append(Path(event.path))
        else:
            _print_event(event, as_json)
    listed.write(folder)
    if others and not as_json:
        note(told(others))
    note(f"would be: {_counted(counts)}; nothing was written")


def remove(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", autocompletion=article_ids, help="Ids of articles, as qa articles lists them."),
    ],
    index: IndexOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Fail if another process is writing.")] = False,
) -> None:
    """Take articles out of the index; qa index leaves them out until they change."""
    with errors():
        with open_writer(index, wait=not no_wait, anew=False) as writer:
            removed = writer.remove(ids)
        note(f"{len(removed)} removed")


@filtered
def articles(
    filters: Filters,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", show_default=False, help="Words of the title.")
    ] = None,
    counted: Annotated[bool, typer.Option("--count", help="Print only how many.")] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the articles in the index, or those that have all WORDS in their title."""
    with errors(), open_assistant(index) as assistant:
        from qa.reading.citations import openable
        from qa.terminal.render import scope_text
        from qa.terminal.style import clean
        from qa.types import Scope

        has_words = _titled(words or [])
        snapshot = assistant.snapshot
        with snapshot.view() as view:
            chosen = view.select(filters)
            others = view.catalog.other_places()
            listed = [
                (article, length)
                for article, length in view.catalog.articles()
                if (chosen.article_ids is None or article.id in chosen.article_ids) and has_words(article.title)
            ]
        if counted and as_json:
            emit({"count": len(listed)})
        elif counted:
            print(f"{len(listed)}")
        for article, length in [] if counted else listed:
            also = others.get(article.id, [])
            if as_json:
                emit({**_article_json(article, length, snapshot.folder), **_others_json(also, snapshot.folder)})
            else:
                facts = [article.id, article.published or "-", article.outlet or "-", article.title]
                facts += [f"also {', '.join(openable(place.path, snapshot.folder) for place in also)}"] if also else []
                print("\t".join(clean(fact, keep_lines=False) for fact in facts))
        about = [f"title: {' '.join(words)}"] if words and not listed else []
        about += [scope_text(Scope(chosen.filters, chosen.undated))] if filters else []
        if about and (chosen.undated or not listed):
            note(("" if listed else "no article: ") + "; ".join(about))


def _titled(words: Sequence[str]) -> Callable[[str], bool]:
    """What tells whether a title has all the words; case and accents do not count."""
    if not words:
        return lambda _title: True
    from index.text import plain, words_of

    def found_in(text: str) -> set[str]:
        return set(words_of(plain(text)).split())

    wanted = found_in(" ".join(words))
    if not wanted:
        raise UsageError(f"no word to look for in {' '.join(words)!r}; type, for instance: qa articles border troops")
    return lambda title: wanted <= found_in(title)


def show(
    ref: Annotated[
        str,
        typer.Argument(
            metavar="REF",
            autocompletion=article_ids,
            help="An article's id, ID@N for a revision, with :START-END as printed with answers.",
        ),
    ],
    text: Annotated[bool, typer.Option("--text", help="Only the stored text, as it is.")] = False,
    revisions: Annotated[
        bool, typer.Option("--revisions", help="When the article was read, and what changed.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="What changed last, or with ID@N in that revision.")] = False,
    opened: Annotated[bool, typer.Option("--open", help="Open the original: its address, or the file.")] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an article, or a citation in its place, highlighted; or how an article has changed."""
    with errors(), open_assistant(index) as assistant:
        from qa.reading.citations import resolve

        if text + revisions + diff + opened > 1:
            raise UsageError("one of --text, --revisions, --diff and --open")
        with assistant.snapshot.view() as view:
            named = resolve(ref, view.catalog)
            if opened:
                _open(named, view.catalog, assistant.snapshot.folder)
            elif revisions or diff:
                _show_changes(named, view.catalog, diff, as_json)
            else:
                _show_text(named, view.catalog, assistant.snapshot.folder, text, as_json)


def summary(
    ref: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            autocompletion=article_ids,
            help="An article's id, or a REF to something in it, as printed with answers.",
        ),
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sum up an article in a few of its own sentences."""
    with errors(), open_assistant(index) as assistant:
        from qa.terminal.render import summary_text

        answer = assistant.summary(ref)
        if as_json:
            emit(answer.to_json())
        else:
            print(summary_text(answer, style()))
        if not answer.found:
            raise typer.Exit(NOT_FOUND)


def _open(named: Reference, catalog: Catalog, folder: Path) -> None:
    """Have the system open the original of an article: the file at its page, or its address.

    The address where the file is gone, or has more in it than the article.
    """
    import webbrowser

    from qa.reading.citations import place_at, standing

    article, _ = standing(named.article, catalog, folder)
    file = Path(os.path.abspath(folder.parent / article.path))
    is_fetched = file.is_relative_to(Path(os.path.abspath(folder)))
    at = next(at for at in catalog.places(article.id) if (at.path, at.key) == (article.path, article.key))
    place = place_at(at, article, named.span or (0, 0), catalog.paged_forms(article.id))
    if article.url and (is_fetched or place.is_part or not file.exists()):
        where = article.url
    else:
        where = file.as_uri() + (f"#page={place.page}" if place.page else "")
    if not webbrowser.open(where):
        raise ArticleQAError(f"nothing here opens it; open it yourself: {where}")
    within = f"; it is {place.shown(article.path)} of it" if place.is_part and where.startswith("file:") else ""
    note(f"opened {where}{within}")


def _show_text(named: Reference, catalog: Catalog, folder: Path, bare: bool, as_json: bool) -> None:
    from qa.reading.citations import openable, place_at, standing
    from qa.terminal.pages import article_text

    article, changed = standing(named.article, catalog, folder) if named.revision is None else (named.article, False)
    path = openable(article.path, folder)
    start, end = named.span or (0, len(article.text))
    others = [place for place in catalog.places(article.id) if (place.path, place.key) != (article.path, article.key)]
    near = catalog.near([article.id]).get(article.id, {})
    if as_json:
        emit(
            {
                **_article_json(article, len(article.text), folder),
                **_others_json(others, folder),
                "near_duplicates": [{"id": id_, "similarity": round(value, 2)} for id_, value in near.items()],
                "revision": named.revision,
                "changed": changed,
                "start": start,
                "text": article.text[start:end],
            }
        )
    elif bare:
        sys.stdout.write(article.text[start:end])
    else:
        forms = catalog.paged_forms(article.id) if others else {}
        also = [place_at(at, article, named.span or (0, 0), forms).within(openable(at.path, folder)) for at in others]
        print(article_text(article, named.span, path, named.ref, also, list(near), style()))
    if changed:
        gone = not os.path.exists(path)
        what = "is gone" if gone else "no longer says this"
        note(f"{path} {what}; this is what was indexed; bring the index up to date: qa index {'--prune ' * gone}PATH")


def _show_changes(named: Reference, catalog: Catalog, diff: bool, as_json: bool) -> None:
    from qa.terminal.revisions import changes, diff_text, history, history_text

    found = catalog.revisions(named.article.id)
    number = named.revision or len(found)
    if not diff:
        if as_json:
            emit({"id": named.article.id, "revisions": history(found)})
        else:
            print(history_text(found, style()))
    elif number == 1:
        raise UnknownArticleError(f"{named.ref}: nothing came before it; qa show {named.article.id} --revisions")
    else:
        old, new = found[number - 2 : number]
        if as_json:
            listed = [asdict(change) for change in changes(old.article, new.article)]
            emit({"id": named.article.id, "from": old.number, "to": new.number, "changes": listed})
        else:
            print(diff_text(old, new, style()))


def _print_event(event: Event, as_json: bool) -> None:
    if as_json:
        emit({"id": event.id, "path": event.path, **_place_json(event.place), "status": event.status,
              "reason": event.reason})  # fmt: skip
    elif event.reason is not None:
        note(f"{event.status}: {event.place.within(event.path)}: {event.reason}")


def _article_json(article: Article, length: int, folder: Path) -> dict[str, Any]:
    from qa.reading.citations import openable

    return {
        "id": article.id,
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "published": article.published,
        "url": article.url,
        "path": openable(article.path, folder),
        **_place_json(article.place),
        "encoding": article.encoding,
        "length": length,
    }


def _place_json(place: Place) -> dict[str, Any]:
    return {"record": place.record, "place": place.to_json()}


def _others_json(places: Sequence[Location], folder: Path) -> dict[str, Any]:
    """Where else the article stands, and the ids that it would have there, which name it too."""
    from qa.reading.citations import openable

    listed = [{"id": at.id, "path": openable(at.path, folder), **_place_json(at.place)} for at in places]
    return {"other_places": listed}
