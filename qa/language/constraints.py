"""What a question says about the articles it means: their outlets, and when they were published.

Read from its words alone, against the outlets and dates that the index's articles have. Pure.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.dates import published_between
from index.filters import Facts, outlet_key, outlet_keys
from qa.language.vocabulary import (
    AUXILIARIES,
    MONTHS,
    NUMBERS,
    ONES,
    QUESTION_WORDS,
    SHORT_MONTHS,
    TITLES,
    WEEKDAYS,
)
from qa.types import Constraint


def recognise(question: str, articles: Sequence[Facts], today: dt.date) -> tuple[Constraint, ...]:
    """The constraints in a question, in the order of its words.

    >>> hill = [Facts("a", "The Hill", "2018-10-18")]
    >>> [found.text for found in recognise("Who won last week, according to The Hill?", hill, dt.date(2018, 10, 25))]
    ['last week', 'The Hill']
    """
    outlets = sorted({article.outlet for article in articles if article.outlet})
    dates = sorted({article.published[:10] for article in articles if article.published})
    found = list(_outlets(question, outlets)) if outlets else []
    if dates:
        # "the Verge article and the one by Wired of October 10": the date is that of one of them, so none is left out
        several = len({one.outlets for one in found}) > 1
        found += [replace(one, effect="preferred") if several else one for one in _dates(question, dates, today)]
    return tuple(sorted(found, key=lambda constraint: constraint.start))


def passing(constraints: Iterable[Constraint], articles: Sequence[Facts]) -> frozenset[str] | None:
    """The ids of the articles that required constraints let through; None if nothing is required.

    They pass that meet them, and they whose outlet or date nobody knows; but none does if none is known to.
    """
    kinds = _by_kind(one for one in constraints if one.effect == "required")
    if not kinds:
        return None
    if not any(_meets(kinds, article) for article in articles):
        return frozenset()
    return frozenset(
        article.id for article in articles if all(any(one.may_fit(article) for one in kind) for kind in kinds)
    )


def meets(constraints: Iterable[Constraint], article: Facts) -> bool:
    """Whether the article is known to be of one of the outlets, and of one of the dates, that are required."""
    return _meets(_by_kind(one for one in constraints if one.effect == "required"), article)


def _meets(kinds: Iterable[Iterable[Constraint]], article: Facts) -> bool:
    return all(any(one.fits(article) for one in kind) for kind in kinds)


def preferred(constraints: Iterable[Constraint], articles: Sequence[Facts]) -> dict[str, int]:
    """How many kinds of constraints an article fits, by id, of the articles that fit any."""
    kinds = _by_kind(constraints)
    if not kinds:
        return {}
    fitting = ((article.id, sum(any(one.fits(article) for one in kind) for kind in kinds)) for article in articles)
    return {article_id: count for article_id, count in fitting if count}


def _by_kind(constraints: Iterable[Constraint]) -> list[list[Constraint]]:
    known = [one for one in constraints if one.effect != "unknown"]
    kinds = ([one for one in known if one.kind == kind] for kind in ("outlet", "published"))
    return [kind for kind in kinds if kind]


# ---- outlets ---------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:[.&-][^\W_]+)*")
_SOURCE = (
    r"(?:articles?|reports?|pieces?|stor(?:y|ies)|reviews?|coverage|posts?|guides?|reporting|publications?|columns?)"
)
_OPEN = r"(?:\s+(?:both|either|an?|the|several|multiple|two|recent))*\s*[\"'“‘]?(?:the\s+)?$"
# what stands right before an outlet to which something is attributed
_CITED = re.compile(
    rf"(?:\b(?:according\s+to|reported\s+(?:by|in|on)|published\s+(?:by|in|on)|covered\s+(?:by|in)"
    rf"|as\s+\w+\s+(?:by|in)|{_SOURCE}\s+(?:by|from|in)|another\s+(?:by|from|in)))" + _OPEN,
    re.IGNORECASE,
)
# weaker signs, which count for outlets that the index has: "discussed by", "The Hill's piece", "what The Hill wrote"
_HINTED = re.compile(r"(?:\b\w+(?:ed|wn)\s+(?:\w+\s+)?(?:by|in|on|from|to))" + _OPEN, re.IGNORECASE)
_SAYS = re.compile(
    rf"^['’]?s?[\"'”’]?\s+(?:\w+\s+){{0,3}}?(?:{_SOURCE}|report(?:ed|s)?|says?|said|claim(?:s|ed)?|wrote|writes?|suggest(?:s|ed)?"
    r"|describe[sd]?|published?)\b",
    re.IGNORECASE,
)
_LONGEST = 8
_CAPITAL = rf"(?:(?:[A-Z]\.)+|{'|'.join(map(re.escape, TITLES))}|[A-Z][\w&-]*(?:\.\w+)*)"
_NAME = rf"{_CAPITAL}(?:\s+(?:(?:of|for|on|&|\|)\s+)?{_CAPITAL})*"
_NAMED = re.compile(rf"[\"'“‘]?(?:[Tt]he\s+)?[\"'“‘]?(?P<name>{_NAME})(?:['’]s)?[\"'”’]?")
_AND = re.compile(rf"\s+and\s+(?:(?:another|one)\s+(?:{_SOURCE}\s+)?(?:by|from|in)\s+)?")
_ARTICLE_OF = re.compile(rf"[\"'“‘]?\b(?P<name>{_NAME})[\"'”’]?\s+articles?\b")
# what may follow a name; any other word makes of it an adjective: "according to U.S. officials"
_FOLLOW = (
    *(*QUESTION_WORDS, *(verb for verb in AUXILIARIES if verb != "am")),  # no name is followed by "am"
    *"a about and another article as at been can could for from in may of on or published reported that the to".split(),
    *"will with would".split(),
)
_GOES_ON = re.compile(rf"^(?:[^\w\s]|\s*$|\s+(?:[^\w\s]|(?:{'|'.join(_FOLLOW)})\b))", re.IGNORECASE)
_NO_OUTLETS = frozenset([*WEEKDAYS, *MONTHS, "i"])


def _outlets(question: str, outlets: Sequence[str]) -> Iterator[Constraint]:
    """The outlets that the question names as its sources, and those it attributes to that the index does not have."""
    mentions = list(_mentions(question, outlets))
    cited = {span for span, _ in mentions if _CITED.search(question[: span[0]])}
    hinted = {
        (start, end)
        for (start, end), _ in mentions
        if not question[start].islower() and (_HINTED.search(question[:start]) or _SAYS.search(question[end:]))
    }
    sources = [
        (span, meant)
        for span, meant in mentions
        if span in cited or (not question[span[0]].islower() and (cited or hinted))  # "by The Verge and TechCrunch"
    ]
    for (start, end), meant in sources:
        if question[max(0, start - 4) : end].lower() in (name.lower() for name in meant):
            start -= 4  # "The Hill" is called so
        yield Constraint("outlet", start, question[start:end], "required", tuple(meant))
    for start, name in dict.fromkeys(_cited_names(question)):
        if not any(first < start + len(name) and start < last for (first, last), _ in mentions):
            yield Constraint("outlet", start, name, "unknown", (name,))


def _mentions(question: str, outlets: Sequence[str]) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Where the question has the name of outlets, longest names first, none within another."""
    by_key: dict[str, list[str]] = {}
    for outlet in outlets:
        for key in outlet_keys(outlet) | _short_keys(outlet):
            by_key.setdefault(key, []).append(outlet)
    for outlet in outlets:
        by_key[outlet_key(outlet)] = [other for other in outlets if outlet_key(other) == outlet_key(outlet)]
    words = [match for match in _WORD.finditer(question) if match.group().lower() != "s"]
    taken = 0
    for first, word in enumerate(words):
        if word.start() < taken or word.group().lower() == "the":
            continue
        for last in range(min(first + _LONGEST, len(words)) - 1, first - 1, -1):
            span = word.start(), words[last].end()
            if meant := by_key.get(outlet_key(question[slice(*span)])):
                yield span, meant
                taken = span[1]
                break


def _short_keys(outlet: str) -> set[str]:
    """The keys of what an outlet is called for short: "BBC" for "BBC News", "NYT" for "The New York Times"."""
    words = re.sub(r"^the\s+", "", re.split(r"\s+[-–—|·:]\s+|:\s+", outlet)[0], flags=re.IGNORECASE).split()
    short = {"".join(word[0] for word in words)} if len(words) > 2 else set()
    return {outlet_key(name) for name in short | {word for word in words[:1] if len(words) > 1 and word.isupper()}}


def _cited_names(question: str) -> Iterator[tuple[int, str]]:
    """Names to which the question attributes: "according to Bloomberg", "an article by X and another by Y"."""
    for match in _NAMED.finditer(question):
        start = match.start("name")
        if _CITED.search(question[: match.start()] if match.start() == start else question[:start]):
            place: re.Match[str] | None = match
            while place is not None:
                name = place["name"]
                if name.lower() not in _NO_OUTLETS and _GOES_ON.match(question[place.end() :]):
                    yield place.start("name"), name
                joined = _AND.match(question, place.end())
                place = _NAMED.match(question, joined.end()) if joined else None
    for match in _ARTICLE_OF.finditer(question):
        start = match.start("name")
        if start > 0 and match["name"].lower() not in _NO_OUTLETS:
            yield start, match["name"]


_PRESS = re.compile(
    r"\b(?:times|post|news|journal|herald|today|guardian|tribune|magazine|review|mail|press|daily|week(?:ly)?|reports?"
    r"|observer|telegraph|gazette|chronicle|standard|express|globe|star|sun|mirror|world)\b",
    re.IGNORECASE,
)


def is_named(name: str, text: str) -> bool:
    """Whether `text` names what the question calls `name`: so, by its initials, or, a person, by the last name.

    >>> is_named("Defense Secretary James Mattis", "Mattis said so."), is_named("The Times of India", "In India, Times")
    (True, False)
    """
    words = re.findall(r"[^\W_]+", name)
    if len(words) > 2 and words[0].lower() == "the":
        words = words[1:]  # but "The Age" is not any age
    plain = " ".join(re.findall(r"[^\W_]+", text))
    forms = [" ".join(words)]
    if len(words) > 1:
        initials = [word[0] for word in words if word[0].isupper()]
        forms += ["".join(initials), " ".join(initials)] if len(initials) > 1 else []
        if not _PRESS.search(name) and all(word[0].isupper() for word in words):
            forms.append(words[-1])
    return any(f" {form} " in f" {plain} " for form in forms if form)


# ---- dates -----------------------------------------------------------------------------------------------------------

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
_MONTH_ALONE = re.compile(rf"\b(?:in|of|since|until|before|after|during)\s+{_MONTH}(?!\w)", re.IGNORECASE)
_YEAR_ALONE = re.compile(rf"\b(?:in|since|until|before|after|during)\s+{_YEAR}\b", re.IGNORECASE)
_PUBLISHED = re.compile(
    rf"\b(?:published|posted|dated|written|reported|{_SOURCE}|news)(?:\s+(?:on|in|from|of|by|between|before|after|since|until))*\s*$"
    rf"|\b(?:published|posted|dated)\b[^.?!,;]{{0,30}}$",
    re.IGNORECASE,
)
_COUNTS = {word: NUMBERS[word] for word in (*ONES[1:7], "ten")}  # as spans of time are counted
_RELATIVE = re.compile(
    rf"\b(?P<what>today|yesterday|(?P<which>this|last|past)\s+(?:(?P<count>\d+|{'|'.join(_COUNTS)})\s+)?"
    r"(?P<unit>day|week|month|year)s?)\b(?!['’])",
    re.IGNORECASE,
)


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


def _dates(question: str, dates: Sequence[str], today: dt.date) -> Iterator[Constraint]:
    """When the articles that the question means were published.

    A date that is said to be that of publication is required, and one near today ("last week"). Any other may be when
    something happened: it is preferred, and only where articles of that time are there.
    """
    written = sorted(_written(question), key=lambda date: date.start)
    while written:
        first, *written = written
        last = first
        if written and _are_range(question, first, written[0]):
            last, *written = written
        yield from _published(question, first, last, dates)
    for match in _RELATIVE.finditer(question):
        if match.start() > 0 and match.group()[0].isupper():
            continue  # USA Today, This Week: names
        since, until = _relative(match, today)
        said = match["unit"] != "year" or _is_published(question, match.start())
        yield Constraint(
            "published", match.start(), match.group(), "required" if said else "preferred", since=since, until=until
        )


def _are_range(question: str, first: _Date, last: _Date) -> bool:
    """Whether two dates, one after the other, are the ends of one range."""
    before, between = question[: first.start].lower().rstrip(), question[first.end : last.start].lower().strip()
    if before.endswith("between"):
        return between in ("and", "and on")
    return between in ("-", "–") or (before.endswith("from") and between in ("to", "until", "till", "through"))


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


def _published(question: str, first: _Date, last: _Date, dates: Sequence[str]) -> Iterator[Constraint]:
    """The dates from `first` to `last` (often the same), in each year that they can mean."""
    bound = re.search(r"\b(before|after|since|until|by)\s+$", question[: first.start], re.IGNORECASE)
    said = _is_published(question, first.start)
    start = bound.start() if bound and first is last else first.start
    stated = first.year or last.year
    for year in [stated] if stated else _years(first, dates):
        begin, end = first.days(first.year or year), last.days(last.year or year)
        if begin is None or end is None:
            continue
        since: str | None = begin[0]
        until: str | None = end[1]
        if bound and first is last:
            word = bound[1].lower()
            if word in ("after", "since"):
                since, until = begin[0] if word == "since" else _shifted(end[1], 1), None
            else:
                since, until = None, _shifted(begin[0], -1) if word == "before" else end[1]
        if said or any(published_between(day, since, until) for day in dates):
            text = question[start : last.end]
            yield Constraint("published", start, text, "required" if said else "preferred", since=since, until=until)


def _years(date: _Date, dates: Sequence[str]) -> list[int]:
    """The years that a date without one can mean: those in which an article was published then, else the last."""
    years = sorted({int(day[:4]) for day in dates})
    fitting = [year for year in years if (days := date.days(year)) and any(published_between(d, *days) for d in dates)]
    return fitting or years[-1:]


def _is_published(question: str, start: int) -> bool:
    return bool(_PUBLISHED.search(question[:start]))


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
