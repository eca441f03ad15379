"""What every reader shares: the Problem it yields, the state of a file, titles and dates."""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from index.readers.noise import between_noise

TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not become an article: where (path, and line from 1 if a record), and why, in a few words.

    `harmless`: not an error, only worth a note (a gold set among the articles).
    """

    path: str
    record: int | None
    reason: str
    harmless: bool = False

    @classmethod
    def too_large(cls, path: str, size: int, limit: int, record: int | None = None) -> Problem:
        """An article above the size limit."""
        megabytes = f"{size / 1e6:.1f} MB, more than the limit of {limit / 1e6:g} MB an article"
        return cls(path, record, f"too large ({megabytes}; --max-mb raises it)")


class FileState(NamedTuple):
    """What tells, without reading it, that a file may have changed. A program can set mtime back, but not ctime."""

    size: int
    mtime_ns: int
    ctime_ns: int


def state_of(file: str | os.PathLike[str]) -> FileState | None:
    """The state of a file now; None if there is none that can be read."""
    try:
        found = os.stat(file)
    except (OSError, ValueError):
        return None
    return FileState(found.st_size, found.st_mtime_ns, found.st_ctime_ns) if stat.S_ISREG(found.st_mode) else None


def reason_of(error: OSError | ValueError) -> str:
    """What went wrong with a file, in a few words and without its name."""
    return getattr(error, "strerror", None) or str(error)


def derive_title(text: str) -> str:
    """A title for an article that has none: its first line if that looks like a headline, else how it begins.

    >>> derive_title("Storm hits coast\\n\\nA storm hit the coast on Monday.")
    'Storm hits coast'
    """
    stretches = between_noise(text)
    if not stretches:
        return ""
    lines = text[slice(*stretches[0])].strip().split("\n", 1)
    first = " ".join(lines[0].split())
    if len(lines) > 1 and len(first) <= 120 and not re.search(r"[.!?:;,][\"”’')]*$", first):
        return first
    if len(first) <= TITLE_LENGTH:
        return first
    return first[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"


def iso_date(value: object) -> str | None:
    """`value` as ISO 8601: "2018-10-18", or with a time where one is given; None for nothing at all.

    Raises ValueError where no year, month and day can be read, or where day and month could be exchanged.

    >>> iso_date("Oct. 18, 2018")
    '2018-10-18'
    """
    if value is None or not str(value).strip():
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 1e8 < abs(value) < 1e11:
        return dt.datetime.fromtimestamp(value, dt.UTC).isoformat()
    text = str(value).strip()
    if re.fullmatch(r"\d{4}(-\d\d)?", text):  # a year or a month alone is as exact as the article is
        dt.date.fromisoformat(f"{text}-01-01" if len(text) == 4 else f"{text}-01")
        return text
    for kind in (dt.date, dt.datetime):
        with suppress(ValueError):
            return kind.fromisoformat(text).isoformat()
    return _parse_date(text)


# What the wires write; dateutil knows none of them and would drop them.
_ZONES = {name: -hours * 3600 for name, hours in
          {"EST": 5, "EDT": 4, "CST": 6, "CDT": 5, "MST": 7, "MDT": 6, "PST": 8, "PDT": 7}.items()}  # fmt: skip


def _parse_date(text: str) -> str:
    from dateutil import parser  # only records with unusual dates pay for this import

    def parse(default: dt.datetime = dt.datetime(2000, 1, 1), day: bool = False, year: bool = False) -> dt.datetime:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", parser.UnknownTimezoneWarning)  # a time without its zone is still one
            return parser.parse(text, default=default, tzinfos=_ZONES, dayfirst=day, yearfirst=year)

    # What the text leaves open is filled from the default: a part that differs between two defaults is not given.
    one, two = parse(), parse(dt.datetime(2001, 2, 2, 3, 4))
    if one.date() != two.date():
        raise ValueError(f"no full date in {text!r}")
    if re.match(r"\d{1,2}[/.-]\d{1,2}[/.-]\d", text):
        others = (parse(day=True), parse(year=True), parse(day=True, year=True))
        if any(other.date() != one.date() for other in others):
            raise ValueError(f"{text!r} can be read as two dates; write YYYY-MM-DD")
    return one.isoformat() if one == two else one.date().isoformat()
