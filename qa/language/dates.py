"""When the articles that a question means were published, read from its words alone. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.dates import Days
from qa.language.vocabulary import MONTHS, NUMBERS, ONES, SHORT_MONTHS
from qa.types import Constraint

SOURCE = (
    r"(?:articles?|reports?|pieces?|stor(?:y|ies)|reviews?|coverage|posts?|guides?|reporting|publications?|columns?)"
)
"""What a question calls the articles that it means."""

_MONTHS = {month: number for number, month in enumerate(MONTHS, 1)} | SHORT_MONTHS
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(rf"\b{form}\b", re.IGNORECASE)
    for form in (
        r"(?P<year>(?:1[89]|20)\d\d)-(?P<month>\d\d)(?:-(?P<day>\d\d))?",
        rf"{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?(?!\d)",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
        rf"{_MONTH},?\s+{_YEAR}",
    )
)
_MONTH_ALONE = re.compile(  # "the report of May", but not "critics of May", nor "the widow of August Lindt"
    rf"\b(?:in|{SOURCE}\s+of|since|until|before|after|during)\s+{_MONTH}(?!\w|\s+(?-i:[A-Z]))", re.IGNORECASE
)
_YEAR_ALONE = re.compile(rf"\b(?:in|since|until|before|after|during)\s+{_YEAR}\b", re.IGNORECASE)
# what stands right before a date that can only be one of publication, of an article: of a novel it is the novel's, and
# other verbs may tell when something happened
_ARTICLE = r"(?:articles?|reports?|pieces?|stor(?:y|ies)|publications?)"  # those of SOURCE that are little else
_SAYS = r"(?:say|says|said|tell|tells|told|mention|mentions|mentioned|claim|claims|claimed|describes?|described)"
_PUBLISHED = re.compile(
    rf"\b{SOURCE}\b(?:(?!\b{_SAYS}\b)[^.?!;]){{0,40}}\b(?:published|posted|dated)\b"
    r"(?:\s+(?:on|in|from|of|by|between|before|after|since|until))*\s*$"
    r"|^\W*(?:(?:what|which|that|who|was|were|is|are|all|anything|something|everything|nothing)\s+)*"
    r"(?:published|posted|dated)\s+on\s*$",
    re.IGNORECASE,
)
_OF_A_DAY = re.compile(rf"\b{_ARTICLE}\s+(?:of|from|dated)\s*$", re.IGNORECASE)  # "the report of 18 Oct. 2018"
_COUNTS = {word: NUMBERS[word] for word in (*ONES[1:7], "ten")}  # as spans of time are counted
_RELATIVE = re.compile(
    r"(?<!\bon the )\b(?P<what>today|yesterday|(?P<which>this|last|past)\s+"
    rf"(?:(?P<count>\d{{1,6}}|{'|'.join(_COUNTS)})\s+)?"
    r"(?P<unit>day|week|month|year)s?)\b(?!['’]|\s+of\b)",
    re.IGNORECASE,
)  # not "the last day of the talks"


@dataclass(frozen=True, slots=True)
class _Date:
    """A date in the question: its place, and the year (None: not said), month and day it means."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None

    def days(self, year: int) -> tuple[str, str] | None:
        """The first and the last day that it means in `year`; None for February 30."""
        month, last_month = (self.month, self.month) if self.month else (1, 12)
        try:
            first = dt.date(year, month, self.day or 1)
            return str(first), str(dt.date(year, last_month, self.day or calendar.monthrange(year, last_month)[1]))
        except ValueError:
            return None


def published(question: str, days: Days, today: dt.date) -> Iterator[Constraint]:
    """When the articles that the question means were published.

    A date that can only be one of publication is required. Any other may be when something happened: it is preferred,
    and only where articles of that time are there.
    """
    written = sorted(_written(question), key=lambda date: date.start)
    while written:
        first, *written = written
        last = first
        if written and _are_range(question, first, written[0]):
            last, *written = written
        yield from _published(question, first, last, days)
    for match in _RELATIVE.finditer(question):
        if match.start() > 0 and match.group()[0].isupper():
            continue  # USA Today, This Week: names
        since, until = _relative(match, today)
        if match["what"].lower() != "today" or days.any_between(since, until):  # "today" may be nowadays
            yield Constraint("published", match.start(), match.group(), "preferred", since=since, until=until)


def _are_range(question: str, first: _Date, last: _Date) -> bool:
    """Whether two dates, one after the other, are the ends of one range."""
    before, between = question[: first.start].lower().rstrip(), question[first.end : last.start].lower().strip()
    if before.endswith("between"):
        return between in ("and", "and on")
    ends = before.endswith(("from", "published", "published on", "dated"))
    return between in ("-", "–") or (ends and between in ("to", "until", "till", "through"))


def _written(question: str) -> Iterator[_Date]:
    taken: list[tuple[int, int]] = []
    for form in (*_DATES, _MONTH_ALONE, _YEAR_ALONE):
        for match in form.finditer(question):
            found = match.groupdict()
            start = match.start() if form in _DATES else match.start("month" if found.get("month") else "year")
            if any(first < match.end() and start < last for first, last in taken):
                continue
            if form not in _DATES and found.get("month", "").lower() == "may" and not question[start].isupper():
                continue
            taken.append((start, match.end()))
            month = found.get("month")
            yield _Date(
                start,
                match.end(),
                int(found["year"]) if found.get("year") else None,
                (int(month) if month.isdigit() else _MONTHS[month.lower()]) if month else None,
                int(found["day"]) if found.get("day") else None,
            )


def _published(question: str, first: _Date, last: _Date, days: Days) -> Iterator[Constraint]:
    """The dates from `first` to `last` (often the same), in each year that they can mean."""
    bound = re.search(r"\b(before|after|since|until|by)\s+$", question[: first.start], re.IGNORECASE)
    said = _is_published(question, first)
    start = bound.start() if bound and first is last else first.start
    stated = first.year or last.year
    for year in [stated] if stated else _years(first, days):
        begin, end = first.days(first.year or year), last.days(last.year or year)
        if begin and end and begin[0] > end[1]:  # over the turn of a year, which is said of one of them at most
            if first.year is None and last.year is not None:
                begin = first.days(year - 1)
            elif last.year is None:
                end = last.days(year + 1)
        if begin is None or end is None or begin[0] > end[1]:
            continue
        since: str | None = begin[0]
        until: str | None = end[1]
        if bound and first is last:
            word = bound[1].lower()
            if word in ("after", "since"):
                since, until = begin[0] if word == "since" else _shifted(end[1], 1), None
            else:
                since, until = None, _shifted(begin[0], -1) if word == "before" else end[1]
        if said or days.any_between(since, until):
            text = question[start : last.end]
            yield Constraint("published", start, text, "required" if said else "preferred", since=since, until=until)


def _years(date: _Date, days: Days) -> list[int]:
    """The years that a date without one can mean: those in which an article was published then, else the last."""
    fitting = [year for year in days.years if (ends := date.days(year)) and days.any_between(*ends)]
    return fitting or list(days.years[-1:])


def _is_published(question: str, date: _Date) -> bool:
    before = question[: date.start]
    return bool(_PUBLISHED.search(before) or (date.day and _OF_A_DAY.search(before)))


def _relative(match: re.Match[str], today: dt.date) -> tuple[str, str]:
    """The days that "last week" and the like mean. A week or some days reach to today; a month is the one before."""
    what = match["what"].lower()
    if what == "today":
        return str(today), str(today)
    if what == "yesterday":
        return str(today - dt.timedelta(1)), str(today - dt.timedelta(1))
    unit, which = match["unit"].lower(), match["which"].lower()
    count = _COUNTS.get((match["count"] or "").lower(), 0) or int(match["count"] or 1)
    if which == "this":
        first = {"day": today, "week": today - dt.timedelta(today.weekday()), "month": today.replace(day=1)}
        return str(first.get(unit, today.replace(month=1, day=1))), str(today)
    if unit in ("day", "week"):
        return str(today - dt.timedelta(min(count, 9999) * (7 if unit == "week" else 1))), str(today)
    months = count * (12 if unit == "year" else 1)
    if which == "last" and match["count"] is None:
        if unit == "year":
            return f"{today.year - 1}-01-01", f"{today.year - 1}-12-31"
        end = today.replace(day=1) - dt.timedelta(1)
        return str(end.replace(day=1)), str(end)
    total = today.year * 12 + today.month - 1 - min(months, 12 * (today.year - 1))
    year, month = divmod(total, 12)
    return str(dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))), str(today)


def _shifted(day: str, days: int) -> str:
    return str(dt.date.fromisoformat(day) + dt.timedelta(days))
