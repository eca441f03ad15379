"""Tables: .csv, .tsv and .xlsx, an article a row, under a header that names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from index.readers.base import Problem, Reading, reason_of
from index.readers.containers import too_big_inside
from index.readers.encoding import decode, stray_bytes
from index.readers.records import Records, named_fields
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place

_LARGEST = 500_000_000
_MOST_BLANK_ROWS = 1_000


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The articles of a text file with separators, in order; a Problem for each row that is none."""
    try:
        if (size := source.size()) > _LARGEST:
            yield Problem.too_large(source.name, size, _LARGEST)
            return
        with source.open() as file:
            text, _, strays = decode(file.read())
    except (OSError, ValueError) as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    if strays:
        yield Problem(source.name, WHOLE_FILE, stray_bytes(strays), harmless=True)
    csv.field_size_limit(max(how.max_bytes, csv.field_size_limit()))
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    yield from _articles(csv.reader(lines, delimiter=_separator(text, source)), source, how)


def read_xlsx(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The articles of a workbook, sheet after sheet; rows are numbered as in their sheet."""
    from openpyxl import load_workbook

    try:
        with source.open() as file:
            if reason := too_big_inside(file):
                yield Problem(source.name, WHOLE_FILE, reason)
                return
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
            for sheet in sheets:
                several = len(sheets) > 1
                for found in _articles(sheet.iter_rows(values_only=True), source, how):
                    yield _in_sheet(found, sheet.title) if several else found
    except OSError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))


def _in_sheet(found: Article | Problem, sheet: str) -> Article | Problem:
    from dataclasses import replace

    place = replace(found.place, member=sheet)
    if isinstance(found, Article):
        return replace(found, place=place, key=f"{sheet}: {found.key}")
    return replace(found, place=place)


def _articles(rows: Iterable[Sequence[Any]], source: Source, how: Reading) -> Iterator[Article | Problem]:
    records = Records(source, how)
    numbered = enumerate(rows, 1)
    try:
        header = next((row for _, row in numbered if any(cell not in (None, "") for cell in row)), None)
        if header is None:
            yield from records.end()
            return
        names = [str(name if name is not None else "").strip() for name in header]
        if "text" not in named_fields(dict.fromkeys(names, "x"), dict(how.columns)):
            shown = ", ".join(f'"{" ".join(name.split())[:20]}"' for name in names[:6] if name)
            reason = f"no column with a text (it has {shown}); --map text=NAME says which"
            is_gold = "question" in names
            yield Problem(source.name, WHOLE_FILE, "a gold set, no article" if is_gold else reason, harmless=is_gold)
            return
        blank = 0
        for number, row in chain(numbered):
            cells = [_cell(cell) for cell in row]
            if not any(cells):
                blank += 1
                if blank > _MOST_BLANK_ROWS:
                    break
                continue
            blank = 0
            place = Place(record=number)
            yield from records.take(dict(zip(names, cells, strict=False)), place)
    except csv.Error as error:
        yield from records.none(WHOLE_FILE, f"from here on not a table ({error})")
    yield from records.end()


def _cell(cell: object) -> object:
    """What a record has for a cell: dates as people write them, an empty one as nothing."""
    import datetime as dt

    if isinstance(cell, dt.datetime | dt.date):
        return (
            cell.date().isoformat() if isinstance(cell, dt.datetime) and cell.time() == dt.time() else cell.isoformat()
        )
    return cell if cell not in (None, "") else None


def _separator(text: str, source: Source) -> str:
    """What stands between cells: by the file's name, else what the header has most of."""
    if source.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    header = text[:10_000].split("\n", 1)[0]
    return max(",;\t|", key=header.count)
