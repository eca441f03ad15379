"""What is known of an article besides its text, each field from the first that gives it, and where it came from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from index.dates import iso_date
from index.readers.base import FIELDS, Problem, derive_title, is_missing
from index.readers.boilerplate import boilerplate
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place, Span


class Metadata:
    """Gathers fields by `offer`, the most reliable first: the first that says something counts."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._origins: dict[str, str] = {}
        self._unread: str | None = None

    def offer(self, origin: str, **fields: object) -> None:
        """Take what is not known yet. `origin`: where the fields stand, in a word or two ("JSON-LD", "dateline")."""
        for name, value in fields.items():
            if name in self._values:
                continue
            said = self._date(value) if name == "published" else as_line(value)
            if said and name == "url" and not _can_be_split(said):
                continue
            if said:
                self._values[name], self._origins[name] = said, origin

    def _date(self, value: object) -> str | None:
        if is_missing(value):
            return None
        try:
            return iso_date(value)
        except (ValueError, OverflowError) as error:
            self._unread = self._unread or str(error)
            return None

    def localise(self, origin: str, shown: str) -> None:
        """Take the day that is `shown` for a moment in UTC that falls on the next one: it is the day of the place."""
        known = self._values.get("published", "")
        with suppress(ValueError):
            day = dt.date.fromisoformat(iso_date(shown) or "")
            if known.endswith("+00:00") and dt.date.fromisoformat(known[:10]) - day == dt.timedelta(days=1):
                self._values["published"], self._origins["published"] = day.isoformat(), origin

    def get(self, name: str) -> str | None:
        """What is known of a field."""
        return self._values.get(name)

    def problem(self) -> str | None:
        """Why there is no date though one is given; None where there is one, or none was given."""
        return self._unread if "published" not in self._values else None

    def article(
        self,
        source: Source,
        text: str,
        noise: Sequence[Span],
        *,
        id: str | None = None,  # noqa: A002  as Article has it
        key: str = "",
        place: Place = WHOLE_FILE,
        encoding: str = "utf-8",
        pages: Sequence[int] = (),
    ) -> Iterator[Article | Problem]:
        """The article of `text` with these fields, after a note if its date cannot be read."""
        if unread := self.problem():
            reason = f'"published": {unread}; it goes in without a date'
            yield Problem(source.name, place, reason, harmless=True)
        for doubt in doubts(text):
            yield Problem(source.name, place, doubt, harmless=True)
        self.offer("text", title=derive_title(text, noise))
        yield Article(
            id=id or source.stem,
            text=text,
            path=source.name,
            key=key,
            place=place,
            encoding=encoding,
            title=self.get("title") or "",
            outlet=self.get("outlet"),
            author=self.get("author"),
            published=self.get("published"),
            url=self.get("url"),
            noise=tuple(noise),
            pages=tuple(pages),
            origins=tuple((name, self._origins[name]) for name in FIELDS if name in self._origins),
        )


def _can_be_split(url: str) -> bool:
    try:
        return bool(urlsplit(url))
    except ValueError:
        return False


_ENGLISH = frozenset(
    "the of and to in a is that for it on was with as he by at from be are this his have not but they an said".split()
)
_JUDGED_FROM, _ENGLISH_SHARE, _STUB = 60, 0.12, 250


def doubts(text: str) -> Iterator[str]:
    """What may be wrong with a text as an article: it is not in English, or only the beginning of one."""
    words = re.findall(r"[^\W\d_]+", text[:6_000].lower())
    if len(words) >= _JUDGED_FROM and sum(word in _ENGLISH for word in words) < _ENGLISH_SHARE * len(words):
        yield "not in English, as far as one can tell; questions are answered from English"
    if len(text.split()) < _STUB and any(boilerplate(text, ("paywall",))):
        yield "only the beginning: the rest stands behind a paywall"


def as_line(value: object) -> str | None:
    """A field as one line of text; None where it is missing or empty. Authors may come as a list, or with a name.

    >>> as_line(["A. Ax", {"name": "B. By"}, None]), as_line(" nan ")
    ('A. Ax, B. By', None)
    """
    items = value if isinstance(value, list | tuple) else [value]
    named: list[Any] = [item.get("name") if isinstance(item, dict) else item for item in items]
    text = ", ".join(" ".join(str(item).split()) for item in named if not is_missing(item))
    return text.encode("utf-8", "replace").decode() or None


# ---- what the text itself says ---------------------------------------------------------------------------------------

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
_DAY = rf"(?:{_MONTH}\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+{_MONTH}\s+\d{{4}}|\d{{4}}-\d\d-\d\d)"
_WIRES = r"AP|Reuters|AFP|UPI|Bloomberg|PA|dpa|DPA|Xinhua|CNN|ANI|PTI|IANS|TASS|Kyodo|ANSA|EFE|CP"
_DATELINE = re.compile(
    rf"^[ \t]*[A-ZÀ-Þ][A-ZÀ-Þ.'’ -]{{2,40}}(?:,\s+[A-Z][\w.]+){{0,2}}[ \t]*"
    rf"(?:\((?P<wire>{_WIRES})\)[ \t]*)?(?:[,–—-]+[ \t]*)?(?P<date>{_DAY})?[ \t]*"
    rf"(?:\((?P<late>{_WIRES})\)[ \t]*)?[–—-]+\s"
)
_BYLINE = re.compile(
    r"^[ \t]*(?:By|BY)[ \t]+(?P<names>[A-ZÀ-Þ][\w.'’-]+"
    r"(?:[ \t]+(?:and[ \t]+|de |van |von |al-|bin )?[A-ZÀ-Þ][\w.'’-]*){1,7}"
    r"(?:,[ \t]+[A-ZÀ-Þ][\w.'’-]+[ \t]+[A-ZÀ-Þ][\w.'’-]+){0,3})"
    r"[ \t]*(?:[|,·•–—-][ \t]*(?P<rest>[^\n]{0,60}))?$"
)
_DATED = re.compile(
    r"^[ \t]*(?:(?:Published|Posted|Updated|First published|Last updated)(?: on)?:?[ \t]*)?"
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?[ \t]+)?(?P<date>{_DAY})"
    r"(?:[,|·•/ \t–—-]*(?:at[ \t]+)?\d{1,2}[:.]\d\d(?::\d\d)?[ \t]*(?:[AaPp]\.?[Mm]\.?)?[ \t]*(?:[A-Z]{2,4})?)?[ \t]*$"
)


def is_about_the_article(line: str) -> bool:
    """Whether a line only says who wrote the article or when it came out.

    >>> is_about_the_article("By Ann Lee"), is_about_the_article("Posted Oct. 18, 2018"), is_about_the_article("By car")
    (True, True, False)
    """
    return (_BYLINE.match(line) or _DATED.match(line)) is not None


def find_day(text: str) -> str | None:
    """The first full date in a text, its month in letters.

    >>> find_day("Posted on Nov. 18th, 2019 8:54 am")
    'Nov. 18, 2019'
    """
    found = re.search(_DAY, re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text))
    return found.group() if found and not found.group()[:4].isdigit() else None


def offer_from_text(known: Metadata, text: str) -> None:
    """Offer what the first lines say: a byline, a line with a date, the wire and the date of a dateline.

    >>> known = Metadata()
    >>> offer_from_text(known, "Storm hits\\nBy Ann Lee\\nWASHINGTON (AP) - Oct. 18, 2018 - A storm hit.")
    >>> known.get("author"), known.get("published"), known.get("outlet")
    ('Ann Lee', '2018-10-18', 'AP')
    """
    lines = [line for line in text[:4_000].split("\n") if line.strip()][:6]
    for line in lines:
        if byline := _BYLINE.match(line):
            known.offer("byline", author=byline["names"])
            if dated := _DATED.match(byline["rest"] or ""):
                known.offer("byline", published=dated["date"])
        elif dated := _DATED.match(line):
            known.offer("first lines", published=dated["date"])
        elif opening := _DATELINE.match(line):
            known.offer("dateline", outlet=opening["wire"] or opening["late"], published=opening["date"])
            break
