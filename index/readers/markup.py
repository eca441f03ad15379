"""A web page's own words about its article: JSON-LD, OpenGraph, meta elements, the heading, where it was saved from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.readers.base import is_missing
from index.readers.metadata import Metadata, find_day

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_KINDS = re.compile(
    r"(?:News|Blog|Report|Opinion|Review|Analysis|Background|Scholarly|Tech|LiveBlog|Social)?\w*(?:Article|Posting|Review)$"
)
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "article.published", "pubdate", "publishdate", "publish-date", "publish_date", "date", "dc.date", "dc.date.issued",
    "dcterms.date", "dcterms.created", "cxenseparse:recs:publishtime", "article_date_original",
    "originalpublicationdate",
    "og:published_time", "bt:pubdate", "rnews:datepublished",
)  # fmt: skip
_AUTHORS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
)
_SEPARATORS = re.compile(r"\s+[|–—\-:»«·•]+\s+")


def offer_from_markup(known: Metadata, page: HtmlElement) -> None:
    """Offer what the page says of its article."""
    stories = [story for story in _stories(page) if _KINDS.match(_kind(story))]
    metas = _metas(page)
    heading = _heading(page, [*(_text(story.get("headline")) for story in stories), *_given(metas, ("og:title",))])
    site = _site(metas)
    known.offer("OpenGraph", outlet=site)
    if heading and not (site and _words(heading) <= _words(site)):
        known.offer("heading", title=heading)
    for story in stories:
        known.offer(
            "JSON-LD",
            title=story.get("headline"),
            published=story.get("datePublished") or story.get("dateCreated"),
            author=_names(story.get("author") or story.get("creator")),
            outlet=_name(story.get("publisher")),
            url=_address(story.get("url")) or _address(story.get("mainEntityOfPage")),
        )
    known.offer("OpenGraph", title=_first(metas, ("og:title",)))
    for date in _given(metas, _DATES):
        known.offer("meta", published=date)
    known.offer("meta", author=_author(_given(metas, _AUTHORS)))
    for time in page.xpath(
        "//*[@itemprop='datePublished' or @itemprop='dateCreated'] | //time[@pubdate] | //article//time[@datetime]"
    ):
        known.offer("page", published=time.get("datetime") or time.get("content") or _text(time.text_content()))
    for name in page.xpath("//*[@itemprop='author' or @rel='author'][not(ancestor::*[@class='related'])]")[:1]:
        known.offer("page", author=_author([name.get("content") or _text(name.text_content()) or ""]))
    title = _text(page.findtext(".//title"))
    known.offer("meta", outlet=_outlet_of(title, known.get("title")) or _first(metas, ("publisher", "dc.publisher")))
    known.offer("meta", title=_first(metas, ("twitter:title", "dc.title", "headline")))
    known.offer("page", title=_without_outlet(title, known.get("outlet")))
    for link in page.xpath("//link[@rel='canonical']/@href"):
        known.offer("canonical link", url=_address(link))
    known.offer("OpenGraph", url=_address(_first(metas, ("og:url",))))
    known.offer("saved page", url=_saved_from(page))
    known.offer("address", published=_date_in(known.get("url") or ""))
    shown = _shown_date(page)
    known.offer("page", published=shown)
    if known.get("published") is None:
        known.offer("page", published=_dated(page))
    elif shown:
        known.localise("page", shown)
    if host := urlsplit(known.get("url") or "").hostname:
        known.offer("address", outlet=host.removeprefix("www."))


# ---- JSON-LD ---------------------------------------------------------------------------------------------------------


def _stories(page: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD, those in graphs and lists too."""
    for script in page.xpath("//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]"):
        said = (script.text or "").strip().removeprefix("<![CDATA[").removesuffix("]]>")
        try:
            pending = [json.loads(said, strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(1_000):
            if not pending:
                break
            item = pending.pop(0)
            if isinstance(item, list):
                pending[:0] = item
            elif isinstance(item, dict):
                yield item
                pending[:0] = [item[name] for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in item]


def _kind(story: dict[str, Any]) -> str:
    kind = story.get("@type")
    return str(kind[0] if isinstance(kind, list) and kind else kind)


def _name(value: object) -> str | None:
    if isinstance(value, list):
        return next((name for item in value if (name := _name(item))), None)
    return _text(value.get("name") if isinstance(value, dict) else value)


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(name for item in items if (name := _author([_name(item) or ""]))))


def _address(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return value.strip() if isinstance(value, str) and re.match(r"\s*https?://", value) else None


# ---- meta elements ---------------------------------------------------------------------------------------------------


def _metas(page: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in page.iter("meta"):
        content = meta.get("content")
        for name in (meta.get("property"), meta.get("name"), meta.get("itemprop")):
            if name and content and content.strip():
                found.setdefault(name.strip().lower(), []).append(content)
    return found


def _given(metas: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return [text for name in names for value in metas.get(name, ()) if (text := _text(value))]


def _first(metas: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next(iter(_given(metas, names)), None)


def _site(metas: dict[str, list[str]]) -> str | None:
    """The site's name, without what it says of itself behind it."""
    name = _first(metas, ("og:site_name",))
    return _SEPARATORS.split(name)[0] if name and "://" not in name else None


def _author(names: list[str]) -> str | None:
    """The first that is a person's name or a newsroom's: not an address, nor what a content system writes."""
    for name in names:
        name = re.sub(r"^\s*(?:[Bb]y|BY)[\s:]+", "", name)
        if (
            name
            and "://" not in name
            and "@" not in name
            and len(name) <= 120
            and name.lower() not in ("admin", "editor")
        ):
            return name
    return None


# ---- what the page shows ---------------------------------------------------------------------------------------------


def _heading(page: HtmlElement, titles: list[str | None]) -> str | None:
    """The first-level heading that is the article's: one that says what a title says, or the only one there is."""
    headings = list(dict.fromkeys(said for one in page.iter("h1") if (said := _text(one.text_content()))))
    known = [_words(title) for title in [*titles, _text(page.findtext(".//title"))] if title]
    for heading in headings:
        words = _words(heading)
        if len(words) >= 2 and any(len(words & title) * 2 > min(len(words), len(title)) for title in known):
            return heading if len(heading) <= 300 else None
    return None


def _date_in(url: str) -> str | None:
    """The day that an address names: ".../2019/11/20/...", ".../2019/nov/20/..."."""
    found = re.search(r"/((?:19|20)\d\d)[/-](\d\d?|[a-z]{3})[/-](\d\d?)(?=[/-]|$)", urlsplit(url).path.lower())
    return (
        " ".join(found.groups())
        if found and found[2].isalpha()
        else "-".join(f"{int(part):02}" for part in found.groups())
        if found
        else None
    )


def _shown_date(page: HtmlElement) -> str | None:
    """The first date with its month in letters that an element for dates or bylines shows."""
    marked = ("date", "time", "publish", "posted", "byline")
    inside = " or ".join(f"contains(translate(@class, 'DTPB', 'dtpb'), '{word}')" for word in marked)
    for element in page.xpath(f"//time | //*[{inside}]")[:200]:
        text = _text(element.text_content())
        if text and len(text) <= 160 and (dated := find_day(text)):
            return dated
    return None


def _dated(page: HtmlElement) -> str | None:
    """The date that the page shows, by its elements, their words and its address."""
    from htmldate import find_date

    return find_date(page, original_date=True, extensive_search=True)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _outlet_of(title: str | None, headline: str | None) -> str | None:
    """The outlet that a page's title ends with, after the headline: "Storm hits coast - The Post"."""
    parts = _SEPARATORS.split(title or "")
    if len(parts) < 2 or headline is None or len(parts[-1]) > 40:
        return None
    last = _words(parts[-1])
    return parts[-1] if last and not last <= _words(headline) else None


def _without_outlet(title: str | None, outlet: str | None) -> str | None:
    """A page's title without the outlet that it ends with."""
    if title is None:
        return None
    borders = list(_SEPARATORS.finditer(title))
    if borders and (outlet is None or _words(title[borders[-1].end() :]) & _words(outlet)):
        return title[: borders[-1].start()]
    return title


def _saved_from(page: HtmlElement) -> str | None:
    """The address that a browser wrote into a page that it saved."""
    for comment in page.getroottree().xpath("//comment()")[:20]:
        if found := re.search(r"(?:saved from url=\(\d+\)|\burl:\s*)(https?://\S+)", comment.text or "", re.IGNORECASE):
            return found[1]
    return None


def _text(value: object) -> str | None:
    """A value as one line; None where it says nothing. What stands escaped twice is unescaped."""
    if is_missing(value) or isinstance(value, dict | list):
        return None
    from html import unescape

    return " ".join(unescape(str(value)).split()) or None
