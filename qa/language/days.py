"""Which days a text means that speaks of them from its own: "on Thursday", "last week". Pure."""

from __future__ import annotations

import datetime as dt
import re

from qa.language.vocabulary import WEEKDAYS

_WEEKDAY = "|".join(day.capitalize() for day in WEEKDAYS)
_SPOKEN = re.compile(
    rf"\b(?P<weekday>{_WEEKDAY})(?:['’]s|s)?\b|\b(?P<day>yesterday|today|tonight|this (?:morning|afternoon|evening))\b"
    r"|\blast (?P<last>week|month|year)\b|\bthis (?P<this>week|month|year)\b|\b(?P<ago>a (?:week|month|year) ago)\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:will|shall|would|is to|are to|plans? to|next|coming|scheduled|expected|tomorrow|every)\b|\b\w+days\b"
)


def days_meant(text: str, published: str | None) -> list[tuple[str, str]]:
    """The words of a text that mean days counted from the one on which it was published, and what they mean.

    Nothing for a text that looks ahead, or whose day is not known.

    >>> days_meant("He resigned on Monday, as last year.", "2018-10-18")
    [('Monday', '2018-10-15'), ('last year', '2017')]
    >>> days_meant("He will resign on Monday.", "2018-10-18"), days_meant("On Monday.", "2018")
    ([], [])
    """
    try:
        day = dt.date.fromisoformat((published or "")[:10])
    except ValueError:
        return []
    if _AHEAD.search(text):
        return []
    found = {match.group(): _meant(match, day) for match in _SPOKEN.finditer(text)}
    return [(words, meant) for words, meant in found.items() if meant]


def _meant(match: re.Match[str], day: dt.date) -> str:
    if weekday := match["weekday"]:
        return str(day - dt.timedelta((day.weekday() - WEEKDAYS.index(weekday.lower())) % 7))
    if said := match["day"]:
        return str(day - dt.timedelta(said.lower() == "yesterday"))
    unit = match["last"] or match["this"]
    if unit is None:
        return ""
    back = bool(match["last"])
    if unit.lower() == "year":
        return str(day.year - back)
    if unit.lower() == "month":
        return str(day.replace(day=1) - dt.timedelta(back))[:7]
    monday = day - dt.timedelta(day.weekday() + 7 * back)
    return f"{monday} to {monday + dt.timedelta(6)}"
