"""Pure: what is typed after /filter, as filters."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import Any

from index.errors import UsageError
from index.filters import Filters

KEYS = {
    "outlet": "outlets",
    "not-outlet": "not_outlets",
    "author": "authors",
    "since": "since",
    "until": "until",
}
"""What can be filtered by, and the field of Filters that it sets. Of the first three several are joined by ";"."""

OFF = ("off", "none", "clear")
_DAYS = ("since", "until")


def changed(filters: Filters, text: str) -> Filters:
    """The filters after what was typed: `KEY=VALUE` sets one, `KEY=` takes it away, "off" all of them.

    >>> changed(Filters(), "outlet=The Hill; AP since=2018").outlets
    ('The Hill', 'AP')

    Raises UsageError for what is none of these, and as `Filters`.
    """
    if text.strip().lower() in OFF:
        return Filters(article_ids=filters.article_ids)
    found = list(re.finditer(r"(?:^|\s)([\w-]+)\s*=", text))
    before = text[: found[0].start()] if found else text
    if before.strip():
        raise UsageError(f"what is {before.strip()!r}? type, for instance: /filter outlet=The Hill since=2018")
    for match, after in zip(found, [*found[1:], None], strict=False):
        value = text[match.end() : after.start() if after else len(text)].strip()
        key = _known(match[1])
        names = tuple(name.strip() for name in value.split(";") if name.strip())
        field: dict[str, Any] = {KEYS[key]: (value or None) if key in _DAYS else names}
        filters = replace(filters, **field)
    return filters


def _known(key: str) -> str:
    name = key.lower().replace("_", "-")
    if name in KEYS:
        return name
    near = difflib.get_close_matches(name, KEYS, n=1, cutoff=0.5)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}"
    raise UsageError(f"no filter {key!r}; {meant}")
