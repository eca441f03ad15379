"""Pieces of HTML -> plain text, all of it: of mails, feeds and records. Pages have `index.readers.html`."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd div dl dt fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr html li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
_UNSEEN = frozenset("head iframe math noscript object script style svg template title".split())
_TAG = re.compile(
    r"</?(?:p|div|br|a|span|h[1-6]|ul|ol|li|img|strong|em|b|i|blockquote|table|figure)\b[^<>]{0,2000}>", re.I
)


def looks_like_markup(text: str) -> bool:
    """Whether a text is a piece of HTML: it has tags, and closes some.

    >>> looks_like_markup("<p>Oil <b>rose</b>.</p>"), looks_like_markup("if a<b and b>c")
    (True, False)
    """
    tags = _TAG.findall(text[:20_000])
    return len(tags) >= 2 and any(tag.startswith("</") for tag in tags)


def text_of(markup: str) -> str:
    """The text of a piece of HTML, an empty line between paragraphs, a tab between cells.

    >>> text_of("<p>Oil rose.<br>Gas fell.</p><script>x()</script><ul><li>One</li></ul>")
    'Oil rose.\\nGas fell.\\n\\nOne'
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", recover=True, no_network=True)
    try:
        root = html.document_fromstring(markup.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return ""
    text = re.sub(r"[^\S\n\t]+", " ", "".join(_pieces(root)))
    paragraphs = (re.sub(r" ?\n ?", "\n", part).strip(" \n") for part in re.split(r"\n[ \n]*\n", text))
    return "\n\n".join(part for part in paragraphs if part.strip())


def _pieces(root: object) -> Iterator[str]:
    """What is read of each element, in order; without recursion, however deep they are nested."""
    from lxml import etree

    unseen = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = element.tag if isinstance(element.tag, str) else None
        if event == "start":
            unseen += name in _UNSEEN
            if not unseen:
                yield "\n\n" if name in _BLOCKS else "\n" if name == "br" else ""
                yield re.sub(r"\s+", " ", element.text or "") if name != "pre" else element.text or ""
            continue
        if event == "end":
            if not unseen:
                yield "\n\n" if name in _BLOCKS else "\t" if name in ("td", "th") else ""
            unseen -= name in _UNSEEN
        if not unseen and element.tail:
            yield re.sub(r"\s+", " ", element.tail)
