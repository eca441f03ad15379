"""One article in several forms (a page, a PDF, a text): which of them it goes with, and which stand under that one.

What stands under what is worked out anew, from all forms there are, whenever one of them comes, changes or goes: so the
same files make the same index in whatever order they are read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.readers.wording import wording
from index.text import plain
from index.types import Article

if TYPE_CHECKING:
    from index.stores.catalog_writer import CatalogWriter

_AT_ONCE = 500
_FROM_THE_TEXT = frozenset(("text", "byline", "dateline", "first lines"))
_OF_THE_FILE = frozenset(("properties", "PDF info"))


def leaders(forms: Mapping[int, Article]) -> dict[int, int]:
    """For each of the articles of one wording the one that it stands under, by number; itself for one that leads.

    Two that are said to be of different outlets, days or addresses stand apart. Of the others that one leads that has
    no pages, then that of which most is known, then the first by its file.
    """
    known = {number: _facts(form) for number, form in forms.items()}
    ranked = sorted(forms, key=lambda one: (bool(forms[one].pages), -len(known[one]), forms[one].path, forms[one].key))
    found: dict[int, int] = {}
    said: dict[int, dict[str, str]] = {}  # of all forms under the one that leads
    for number in ranked:
        leader = next((one for one, facts in said.items() if _agree(facts, known[number])), number)
        found[number] = leader
        said[leader] = known[number] | said.get(leader, {})
    return found


def settle(catalog: CatalogWriter) -> list[int]:
    """Put the forms of each article that was touched under the one that leads; inside the transaction that did.

    One that comes to lead keeps the id by which the article was known, if that is its own but for a suffix, or free.
    Returns the ids of the passages that are gone. What has come to lead may lack passages: see `unread`.
    """
    gone: list[int] = []
    while catalog.touched:
        said, free_id = catalog.touched.popitem()
        forms = catalog.forms_of(said)
        found = leaders(forms)
        for number, leader in sorted(found.items()):
            gone += catalog.put_under(number, None if leader == number else leader)
        for leader in sorted(set(found.values())):
            if not catalog.is_new(leader):
                continue
            base = re.sub(r"-\d+$", "", forms[leader].id)
            others = [one for one in forms if found[one] == leader != one and forms[one].id == base]
            if others:
                catalog.swap_ids(leader, others[0])
            elif free_id is not None and not catalog.is_taken(free_id):
                catalog.rename(leader, free_id)
    return gone


def note_wordings(catalog: CatalogWriter) -> list[int]:
    """Note the wordings that an older version did not, and settle; the ids of the passages that are gone."""
    gone: list[int] = []
    while some := catalog.without_wording(_AT_ONCE):
        with catalog.transaction():
            for number, article in some:
                catalog.set_wording(number, wording(article))
            gone += settle(catalog)
            catalog.bump()
    return gone


def _facts(form: Article) -> dict[str, str]:
    """What is said of an article beside its text, and not only of the file: by this forms are told apart."""
    origins = dict(form.origins)
    said = {
        "outlet": form.outlet and plain(form.outlet),
        "published": form.published and form.published[:10],
        "url": form.url and _address(form.url),
    }
    return {
        name: value
        for name, value in said.items()
        if value and origins.get(name, "") not in _FROM_THE_TEXT | _OF_THE_FILE
    }


def _address(url: str) -> str:
    """An address without what does not count: how it is fetched, and who led there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(part for part in parts.query.split("&") if part and not part.startswith("utm_"))
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}?{query}"


def _agree(one: dict[str, str], other: dict[str, str]) -> bool:
    return all(
        _same_day(one[name], other[name]) if name == "published" else one[name] == other[name]
        for name in one.keys() & other.keys()
    )


def _same_day(one: str, other: str) -> bool:
    """Whether two dates, or beginnings of them, can be of one moment: a day may begin in one place before another."""
    if one.startswith(other) or other.startswith(one):
        return True
    try:
        return abs(dt.date.fromisoformat(one) - dt.date.fromisoformat(other)) <= dt.timedelta(days=1)
    except ValueError:
        return False
