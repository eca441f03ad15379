"""Which articles may answer: by id, outlet, author and date of publication. Pure; exact, never approximate."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from index.dates import first_or_last_day, iso_date
from index.errors import UnknownAuthorError, UnknownOutletError, UsageError
from index.text import plain

_NAMES = ("article_ids", "outlets", "not_outlets", "authors")
_JSON = {"article": "article_ids", "outlet": "outlets", "not_outlet": "not_outlets", "author": "authors"}


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
    not_outlets: Collection[str] = ()
    authors: Collection[str] = ()

    def __post_init__(self) -> None:
        for name in _NAMES:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        object.__setattr__(self, "since", _day("since", self.since, "first"))
        object.__setattr__(self, "until", _day("until", self.until, "last"))
        if self.since and self.until and self.since > self.until:
            raise UsageError(f"no day is both since {self.since} and until {self.until}")

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Filters:
        """Filters as a gold set has them: {"article", "outlet", "not_outlet", "author", "since", "until"}.

        Raises UsageError.
        """
        known = (*_JSON, "since", "until")
        if unknown := set(fields) - set(known):
            raise UsageError(f"unknown filter {sorted(unknown)[0]!r}; filters are {', '.join(known)}")
        lists: dict[str, Any] = {name: _listed(fields.get(given)) for given, name in _JSON.items()}
        days = {name: None if fields.get(name) is None else str(fields[name]) for name in ("since", "until")}
        lists |= {"article_ids": lists["article_ids"] or None, **days}
        return cls(**lists)

    def __bool__(self) -> bool:
        return self.article_ids is not None or self.dated or any(getattr(self, name) for name in _NAMES[1:])

    @property
    def dated(self) -> bool:
        """Whether dates are filtered."""
        return bool(self.since or self.until)


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles that `filters` (its names as the index has them) let through; None: all.

    `undated`: how many articles a filter on dates left out because they have none.
    """

    filters: Filters
    article_ids: frozenset[str] | None = None
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Criteria:
    """What an article must be, as the catalog looks for it; of each list that is given it must be one.

    Names are as the catalog has them. `days`: from and to, inclusive, None: open. An article that is dated by its month
    or year alone passes if it can have been published on a day that passes. `or_unknown`: one passes too whose outlet,
    or date, nobody knows.
    """

    article_ids: tuple[str, ...] | None = None
    outlets: tuple[str, ...] = ()
    not_outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    days: tuple[tuple[str | None, str | None], ...] = ()
    or_unknown: bool = False
    undated: bool = False
    """Only those without a date."""


# ---- names -----------------------------------------------------------------------------------------------------------


def outlet_key(name: str) -> str:
    """An outlet's name as it is compared: without case, accents, marks, spaces, and a "the" before it.

    >>> outlet_key("The Hill") == outlet_key("hill"), outlet_key("CBS Sports"), outlet_key("El País")
    (True, 'cbssports', 'elpais')
    """
    key = re.sub(r"^the\s+(?=\S)", "", plain(name).strip())
    return re.sub(r"[\W_]+", "", key) or key


def outlet_keys(outlet: str) -> frozenset[str]:
    """Every key that an outlet goes by: its own, and that of its name without a section, a slogan or a domain's end.

    Feeds call themselves "FOX News - Health", "Cnbc | World Business News Leader", "CBSSports.com".
    """
    names = [outlet, re.split(r"\s+[-–—|·:]\s+|:\s+", outlet)[0]]
    names += [re.sub(r"\.(?:com|org|net|co\.\w\w|\w\w)$", "", name, flags=re.IGNORECASE) for name in names]
    return frozenset(outlet_key(name) for name in names)


def outlets_named(name: str, known: Sequence[str]) -> list[str]:
    """The outlets among `known` that are called `name`. Raises UnknownOutletError, with those whose names are near."""
    wanted = outlet_key(name)
    found = [outlet for outlet in known if outlet_key(outlet) == wanted]
    found = found or [outlet for outlet in known if wanted in outlet_keys(outlet)]
    if found:
        return found
    if not known:
        raise UnknownOutletError(f"no outlet {name!r}: no article in the index says where it was published")
    raise UnknownOutletError(f"no article of the outlet {name!r}{_near(wanted, known, outlet_keys)}")


def author_keys(author: str) -> frozenset[str]:
    """Every key that a byline goes by: its own, that of each person in it, and of each one's last name.

    >>> sorted(author_keys("By Jane Doe and John Roe"))
    ['doe', 'janedoe', 'janedoejohnroe', 'johnroe', 'roe']
    """
    parts = re.split(r",|;|&|\band\b|\bwith\b|^\s*by\b", author, flags=re.IGNORECASE)
    people = [part for part in parts if part.strip()]
    return frozenset(
        outlet_key(name) for name in ("".join(people), *people, *(person.split()[-1] for person in people))
    )


def authors_named(name: str, known: Sequence[str]) -> list[str]:
    """The bylines among `known` in which `name` stands. Raises UnknownAuthorError, with those that are near."""
    wanted = outlet_key(re.sub(r"^\s*by\b", "", name, flags=re.IGNORECASE))
    found = [author for author in known if wanted in author_keys(author)]
    if found:
        return found
    if not known:
        raise UnknownAuthorError(f"no author {name!r}: no article in the index says who wrote it")
    raise UnknownAuthorError(f"no article by {name!r}{_near(wanted, known, author_keys)}")


def _near(wanted: str, known: Sequence[str], keys_of: Any) -> str:
    by_key = {key: name for name in known for key in keys_of(name)}
    near = dict.fromkeys(by_key[key] for key in difflib.get_close_matches(wanted, by_key, n=3, cutoff=0.6))
    return f"; near it: {', '.join(near)}" if near else "; qa articles lists them"


def _day(which: str, given: str | None, end: Literal["first", "last"]) -> str | None:
    """The first or last day that a date means, YYYY-MM-DD."""
    if given is None:
        return None
    try:
        found = iso_date(given)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise UsageError(f"{which} {given!r} is no date; write YYYY-MM-DD, YYYY-MM or YYYY")
    return first_or_last_day(found, end)


def _listed(value: Any) -> list[str]:
    return [] if value is None else [str(item) for item in value] if isinstance(value, list) else [str(value)]
