"""Which articles may answer: by id, outlet and date of publication. Pure; exact, never approximate."""

from __future__ import annotations

import calendar
import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from index.dates import iso_date, published_between
from index.errors import UnknownArticleError, UnknownOutletError, UsageError


class Facts(NamedTuple):
    """What is known of an article beside its text, as far as filters go. `published` is ISO 8601, or its beginning."""

    id: str
    outlet: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What an article must be to be searched; what is None or empty filters nothing. Dates are inclusive.

    Dates come as `published` may: "2018-10-18", "Oct. 18, 2018", and also "2018-10" or "2018", whose first or last day
    is meant. Raises UsageError for what is no date, and for an end before the beginning.
    """

    article_ids: Collection[str] | None = None
    outlets: Collection[str] = ()
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        for name in ("article_ids", "outlets"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        object.__setattr__(self, "since", _day("since", self.since, last=False))
        object.__setattr__(self, "until", _day("until", self.until, last=True))
        if self.since and self.until and self.since > self.until:
            raise UsageError(f"no day is both since {self.since} and until {self.until}")

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Filters:
        """Filters as a gold set has them: {"article", "outlet", "since", "until"}. Raises UsageError."""
        unknown = set(fields) - {"article", "outlet", "since", "until"}
        if unknown:
            raise UsageError(f"unknown filter {sorted(unknown)[0]!r}; filters are article, outlet, since, until")
        articles, outlets = (_listed(fields.get(name)) for name in ("article", "outlet"))
        since, until = (fields.get(name) for name in ("since", "until"))
        return cls(
            articles or None,
            outlets,
            None if since is None else str(since),
            None if until is None else str(until),
        )

    def __bool__(self) -> bool:
        return self.article_ids is not None or bool(self.outlets or self.since or self.until)

    @property
    def dated(self) -> bool:
        """Whether dates are filtered."""
        return bool(self.since or self.until)


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles that `filters` (its outlets as the index calls them) let through; None: all.

    `undated`: how many articles a filter on dates left out because they have none.
    """

    filters: Filters
    article_ids: frozenset[str] | None = None
    undated: int = 0


def select(filters: Filters, articles: Collection[Facts]) -> Selection:
    """The articles among `articles` that `filters` let through.

    An article that is dated by its month or year alone passes if it can have been published on a day that passes.
    Raises UnknownArticleError or UnknownOutletError for what no article is.
    """
    if not filters:
        return Selection(filters)
    ids = None if filters.article_ids is None else frozenset(filters.article_ids)
    for article_id in sorted(ids - {facts.id for facts in articles} if ids else ()):
        raise UnknownArticleError(f"no article {article_id!r} in the index; qa articles lists them")
    outlets = dict.fromkeys(outlet for named in filters.outlets for outlet in outlets_named(named, articles))
    passed, undated = [], 0
    for facts in articles:
        if (ids is not None and facts.id not in ids) or (filters.outlets and facts.outlet not in outlets):
            continue
        if not filters.dated or published_between(facts.published, filters.since, filters.until):
            passed.append(facts.id)
        elif facts.published is None:
            undated += 1
    return Selection(replace(filters, outlets=outlets), frozenset(passed), undated)


# ---- outlets ---------------------------------------------------------------------------------------------------------


def outlet_key(name: str) -> str:
    """An outlet's name as it is compared: without case, accents, marks, spaces, and a "the" before it.

    >>> outlet_key("The Hill") == outlet_key("hill"), outlet_key("CBS Sports"), outlet_key("El País")
    (True, 'cbssports', 'elpais')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold().strip()
    plain = re.sub(r"^the\s+(?=\S)", "", plain)
    return re.sub(r"[\W_]+", "", plain) or plain


def outlet_keys(outlet: str) -> frozenset[str]:
    """Every key that an outlet goes by: its own, and that of its name without a section, a slogan or a domain's end.

    Feeds call themselves "FOX News - Health", "Cnbc | World Business News Leader", "CBSSports.com".
    """
    names = [outlet, re.split(r"\s+[-–—|·:]\s+|:\s+", outlet)[0]]
    names += [re.sub(r"\.(?:com|org|net|co\.\w\w|\w\w)$", "", name, flags=re.IGNORECASE) for name in names]
    return frozenset(outlet_key(name) for name in names)


def outlets_named(name: str, articles: Iterable[Facts]) -> list[str]:
    """The outlets of `articles` that are called `name`. Raises UnknownOutletError, with those whose names are near."""
    known = sorted({facts.outlet for facts in articles if facts.outlet})
    wanted = outlet_key(name)
    found = [outlet for outlet in known if outlet_key(outlet) == wanted]
    found = found or [outlet for outlet in known if wanted in outlet_keys(outlet)]
    if found:
        return found
    if not known:
        raise UnknownOutletError(f"no outlet {name!r}: no article in the index says where it was published")
    by_key = {key: outlet for outlet in known for key in outlet_keys(outlet)}
    near = dict.fromkeys(by_key[key] for key in difflib.get_close_matches(wanted, by_key, n=3, cutoff=0.6))
    hint = f"; near it: {', '.join(near)}" if near else "; qa articles lists them"
    raise UnknownOutletError(f"no article of the outlet {name!r}{hint}")


# ---- dates -----------------------------------------------------------------------------------------------------------


def _day(which: str, given: str | None, *, last: bool) -> str | None:
    """The first or last day that a date means, YYYY-MM-DD."""
    if given is None:
        return None
    try:
        found = iso_date(given)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise UsageError(f"{which} {given!r} is no date; write YYYY-MM-DD, YYYY-MM or YYYY")
    year, *rest = found[:10].split("-")
    if not rest:
        return f"{year}-12-31" if last else f"{year}-01-01"
    if len(rest) == 1:
        return f"{year}-{rest[0]}-{calendar.monthrange(int(year), int(rest[0]))[1] if last else 1:02}"
    return found[:10]


def _listed(value: Any) -> list[str]:
    return [] if value is None else [str(item) for item in value] if isinstance(value, list) else [str(value)]
