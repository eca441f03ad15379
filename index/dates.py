"""Dates of publication: read from what people write, and compared. Pure."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from contextlib import suppress


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


def published_between(published: str | None, since: str | None, until: str | None) -> bool:
    """Whether `published` can lie between two days (YYYY-MM-DD, inclusive; None: open).

    >>> published_between("2018-10", "2018-10-18", None), published_between("2018", None, "2017-12-31")
    (True, False)
    """
    if published is None:
        return False
    day = published[:10]
    return (since is None or day >= since[: len(day)]) and (until is None or day <= until[: len(day)])
