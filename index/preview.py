"""What `qa index` would do, without doing it: files are read, nothing is written, nobody has to wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from index.batch import Event, no_article
from index.files import stored_path
from index.readers import Problem, Reading, Skipped, is_text, read, walk
from index.readers.wording import wording
from index.same import leaders
from index.stores.catalog import FILE, Catalog
from index.types import Article


def preview(folder: Path, paths: Sequence[Path], how: Reading) -> Iterator[tuple[Event, Article | None]]:
    """What would become of each article of `paths` in the index `folder`, which need not be there, and the article.

    Statuses are those of an update; at last one for the files of folders that are left alone.
    """
    if not (folder / FILE).is_file():
        yield from _seen(paths, how, folder, None)
        return
    catalog = Catalog.open(folder)
    with closing(catalog), catalog.transaction():
        yield from _seen(paths, how, folder, catalog)


def _seen(
    paths: Sequence[Path], how: Reading, folder: Path, catalog: Catalog | None
) -> Iterator[tuple[Event, Article | None]]:
    skipped = Skipped()
    known: dict[str, str] = catalog.digests() if catalog is not None else {}
    forms: dict[str, dict[int, Article]] = {}
    for file in dict.fromkeys(file for path in paths for file in walk(path, skipped)):
        shown = stored_path(file, folder)
        note = catalog.file_note(shown) if catalog is not None and is_text(shown) else None
        for found in read(file, shown, how=how.with_settings(note.settings if note is not None else None)):
            if isinstance(found, Problem):
                status = "skipped" if found.harmless else "failed"
                yield Event(status, found.path, place=found.place, reason=found.reason), None
                continue
            digest = found.digest()
            there = catalog is not None and (found.path, found.key) in catalog.keys_of(found.path)
            known_as = known.get(digest) or _same(found, forms, catalog)
            if known_as is not None:
                same = Event("unchanged" if there else "added", shown, known_as, found.place)
                yield (same if there else replace(same, reason=f"the same article as {known_as!r}")), found
            else:
                known[digest] = found.id
                yield Event("changed" if there else "added", shown, found.id, found.place), found
    for path in dict.fromkeys(skipped):
        yield no_article(path), None


def _same(found: Article, forms: dict[str, dict[int, Article]], catalog: Catalog | None) -> str | None:
    """The id of the article that this is another form of; it joins the `forms` of its wording."""
    said = wording(found)
    if not said:
        return None
    if said not in forms:
        forms[said] = catalog.forms_of(said) if catalog is not None else {}
    of_one = forms[said]
    before = leaders(of_one)
    of_one[-1 - len(of_one)] = found
    after = leaders(of_one)
    leader = after[next(reversed(of_one))]
    beside = [one for one in before if after[one] == leader]
    return of_one[beside[0]].id if beside else None
