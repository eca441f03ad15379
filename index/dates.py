"""Dates of publication: read from what people write, and compared. Pure."""

from __future__ import annotations

import bisect
import calendar
import datetime as dt
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal


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
    from dateutil import parser, tz  # only records with unusual dates pay for this import

    def zone(name: str | None, offset: int | None) -> dt.tzinfo | None:
        seconds = _ZONES.get(name or "", offset)
        if seconds is None:  # dateutil would warn of a zone that it does not know; a time without its zone is still one
            return None
        return tz.tzoffset(name, seconds) if seconds else tz.UTC

    def parse(default: dt.datetime = dt.datetime(2000, 1, 1), day: bool = False, year: bool = False) -> dt.datetime:
        return parser.parse(text, default=default, tzinfos=zone, dayfirst=day, yearfirst=year)

    # What the text leaves open is filled from the default: a part that differs between two defaults is not given.
    one, two = parse(), parse(dt.datetime(2001, 2, 2, 3, 4))
    if one.date() != two.date():
        raise ValueError(f"no full date in {text!r}")
    if re.match(r"\d{1,2}[/.-]\d{1,2}[/.-]\d", text):
        others = (parse(day=True), parse(year=True), parse(day=True, year=True))
        if any(other.date() != one.date() for other in others):
            raise ValueError(f"{text!r} can be read as two dates; write YYYY-MM-DD")
    return one.isoformat() if one == two else one.date().isoformat()


def published_between(published: str | None, since: str | None, until: str | None) -> bool:
    """Whether `published` can lie between two days (YYYY-MM-DD, inclusive; None: open).

    >>> published_between("2018-10", "2018-10-18", None), published_between("2018", None, "2017-12-31")
    (True, False)
    """
    if published is None:
        return False
    day = published[:10]
    return (since is None or day >= since[: len(day)]) and (until is None or day <= until[: len(day)])


class Days:
    """The days, months and years on which articles were published, for questions about them. Frozen."""

    def __init__(self, published: Iterable[str]) -> None:
        """`published`: dates in ISO 8601, or their beginnings."""
        exact: dict[int, set[str]] = {}
        for date in published:
            exact.setdefault(len(date[:10]), set()).add(date[:10])
        self._sorted = {length: sorted(dates) for length, dates in exact.items()}
        self.years = tuple(sorted({int(date[:4]) for dates in exact.values() for date in dates}))

    def __bool__(self) -> bool:
        return bool(self._sorted)

    def any_between(self, since: str | None, until: str | None) -> bool:
        """Whether an article can have been published between two days, as `published_between` has it.

        >>> Days(["2018-10", "2020-01-02"]).any_between("2018-10-18", "2018-10-25")
        True
        """
        for length, dates in self._sorted.items():
            place = bisect.bisect_left(dates, since[:length]) if since else 0
            if place < len(dates) and (until is None or dates[place] <= until[:length]):
                return True
        return False


def first_or_last_day(date: str, which: Literal["first", "last"]) -> str:
    """The first or last day, YYYY-MM-DD, that a day, month or year in ISO 8601 means.

    >>> first_or_last_day("2018-10", "last"), first_or_last_day("2018", "first")
    ('2018-10-31', '2018-01-01')
    """
    year, *rest = date[:10].split("-")
    last = which == "last"
    if not rest:
        return f"{year}-12-31" if last else f"{year}-01-01"
    if len(rest) == 1:
        return f"{year}-{rest[0]}-{calendar.monthrange(int(year), int(rest[0]))[1] if last else 1:02}"
    return date[:10]
