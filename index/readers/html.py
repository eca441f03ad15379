"""Web pages: the article's text as trafilatura finds it, in paragraphs, with the page's own words about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.readers.base import Problem, Reading, whole
from index.readers.encoding import decode_page
from index.readers.markup import offer_from_markup
from index.readers.metadata import Metadata
from index.readers.noise import find_noise, merged
from index.readers.source import Source
from index.types import WHOLE_FILE, Article, Place, Span

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_MOST_NODES = 200_000
_LONGEST_LINK = 200
_ENDS = re.compile(r"[.!?][\"”’')]*$")

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def looks_like_html(text: str) -> bool:
    """Whether a text is a web page under another name: it begins as one."""
    return _PAGE.match(text[:10_000]) is not None


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of a web page; a Problem if there is none in it."""
    data = yield from whole(source, how)
    if data is not None:
        markup, encoding = decode_page(data)
        yield from read_page(markup, source, Metadata(), encoding=encoding)


def read_page(
    markup: str,
    source: Source,
    known: Metadata,
    *,
    id: str | None = None,  # noqa: A002  as Article has it
    key: str = "",
    place: Place = WHOLE_FILE,
    encoding: str = "utf-8",
) -> Iterator[Article | Problem]:
    """The article of a page in `markup`, with what is `known` of it already and what the page says."""
    page = parse(markup)
    if page is None:
        yield Problem(source.name, place, "no text in this page")
        return
    offer_from_markup(known, page)
    text, links = _main_text(markup, page, known)
    if not text:
        yield Problem(source.name, place, "no article found in this page")
        return
    noise = merged([*find_noise(text), *links])
    yield from known.article(source, text, noise, id=id, key=key, place=place, encoding=encoding)


def parse(markup: str) -> HtmlElement | None:
    """A page as a tree; None if there is nothing in it. What is nested too deep is cut off."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=False)
    text = markup.encode("utf-8", "replace")
    try:
        page = html.document_fromstring(text.replace(b"\0", b""), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    for count, (_, element) in enumerate(etree.iterwalk(page, events=("start",))):
        if count > _MOST_NODES:
            element.getparent().remove(element) if element.getparent() is not None else None
            break
    return page


def _main_text(markup: str, page: HtmlElement, known: Metadata) -> tuple[str, list[Span]]:
    """The article's text, and where in it lines stand that are nothing but a link to somewhere else."""
    from trafilatura import bare_extraction

    # its own parser, not ours, since it depends on what that leaves out
    found = bare_extraction(markup, favor_precision=True, include_comments=False, with_metadata=False)
    blocks = list(_blocks(found.body)) if found is not None and not isinstance(found, dict) else []
    title = known.get("title")
    if blocks and title and _plain(blocks[0]) == _plain(title):
        del blocks[0]
    parts: list[str] = []
    links: list[Span] = []
    length = 0
    linked = _linked(page)
    for text in blocks:
        if _plain(text) in linked:
            links.append((length, length + len(text)))
        parts.append(text)
        length += len(text) + 2
    return "\n\n".join(parts), links


def _blocks(body: _Element) -> Iterator[str]:
    """The paragraphs, headings, items and rows of what trafilatura found; cells with a tab between them."""
    loose = [body.text or ""]
    for element in body:
        if element.tag in ("hi", "ref", "span", "del", "lb"):
            loose.append(_inline(element))
        else:
            yield from filter(None, [_lines("".join(loose))])
            loose = []
            if _holds_blocks(element):
                yield from _blocks(element)
            elif element.tag == "row":
                yield from filter(str.strip, ["\t".join(_line(_inline(cell)) for cell in element)])
            elif element.tag != "graphic":
                yield from filter(None, [_lines(_inline(element))])
        loose.append(element.tail or "")
    yield from filter(None, [_lines("".join(loose))])


def _holds_blocks(element: _Element) -> bool:
    return any(child.tag in ("p", "head", "item", "row", "list", "quote", "table", "div") for child in element)


def _inline(element: _Element) -> str:
    """An element's text, a line break where one stands in it."""
    if element.tag == "lb":
        return "\n"
    parts = [element.text or ""]
    for child in element:
        parts += [_inline(child), child.tail or ""]
    return "".join(parts)


def _linked(page: HtmlElement) -> set[str]:
    """The words of the page's paragraphs, items and headings that are a link, or links, and nothing else.

    A sentence counts as one's own, also where all of it is a link.
    """
    found = set()
    for link in page.iter("a"):
        block = next((one for one in link.iterancestors("p", "li", "h2", "h3", "h4", "h5", "td", "div", "aside")), None)
        if block is None or len(text := _line(block.text_content())) > _LONGEST_LINK or _ENDS.search(text):
            continue
        linked = " ".join(one.text_content() for one in block.iter("a"))
        if _plain(linked) == _plain(text):
            found.add(_plain(text))
    return found - {""}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return "\n".join(line for part in text.split("\n") if (line := _line(part)))
