"""Criteria as SQL: the condition on rows of the catalog's table `article`. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from index.filters import Criteria
from index.stores.schema import LIVE


def where(criteria: Criteria) -> tuple[str, list[str]]:
    """The condition on rows of `article`, and the values in it."""
    found, values = [LIVE], list[str]()

    def one_of(column: str, names: Collection[str], unknown: str = "") -> None:
        found.append(f"({column} IN ({marks(names)}){unknown})")
        values.extend(names)

    def or_unknown(column: str) -> str:
        return f" OR {column} IS NULL" if criteria.or_unknown else ""

    if criteria.article_ids is not None:
        found.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(criteria.article_ids)))
    if criteria.outlets:
        one_of("outlet", criteria.outlets, or_unknown("outlet"))
    if criteria.not_outlets:
        found.append(f"(outlet IS NULL OR outlet NOT IN ({marks(criteria.not_outlets)}))")
        values.extend(criteria.not_outlets)
    if criteria.authors:
        one_of("author", criteria.authors)
    if criteria.days:
        day = "substr(published, 1, 10)"  # of the length that is known: a year alone is one of its days
        ranges = []
        for since, until in criteria.days:
            ends = ["published IS NOT NULL"]
            if since:
                ends += [f"{day} >= substr(?, 1, 4)", f"{day} >= substr(?, 1, length({day}))"]
                values.extend((since, since))
            if until:
                ends += [f"{day} <= ?", f"{day} <= substr(?, 1, length({day}))"]
                values.extend((until, until))
            ranges.append(f"({' AND '.join(ends)})")
        found.append(f"({' OR '.join(ranges)}{or_unknown('published')})")
    if criteria.undated:
        found.append("published IS NULL")
    return " AND ".join(found), values


def marks(items: Collection[Any]) -> str:
    """A place holder for each item."""
    return ", ".join("?" * len(items))
