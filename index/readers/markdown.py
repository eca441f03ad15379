"""Markdown: the text as it is read, without its marks."""

from __future__ import annotations

from collections.abc import Iterator

from index.readers.base import FIELDS, Problem, Reading, reason_of, whole
from index.readers.encoding import decode
from index.readers.fragment import text_of
from index.readers.metadata import Metadata, offer_from_text
from index.readers.noise import find_noise
from index.readers.records import named_fields
from index.readers.source import Source
from index.types import WHOLE_FILE, Article


def read(source: Source, how: Reading) -> Iterator[Article | Problem]:
    """The article of a Markdown file; fields may stand in front of it between lines `---`."""
    data = yield from whole(source, how)
    if data is None:
        return
    from markdown_it import MarkdownIt

    try:
        text, _, _ = decode(data)
    except ValueError as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return
    known = Metadata()
    front, body = _front_matter(text)
    known.offer("front matter", **front)
    rendered = text_of(MarkdownIt("commonmark").enable("table").render(body))
    if body.lstrip().startswith("# "):
        known.offer("heading", title=body.lstrip()[2:].split("\n", 1)[0].strip(" #"))
    offer_from_text(known, rendered)
    if rendered:
        yield from known.article(source, rendered, find_noise(rendered))
    else:
        yield Problem(source.name, WHOLE_FILE, "no text in it")


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The fields in front of a text, by our names, and the text behind them."""
    lines = text.lstrip("\ufeff").split("\n")
    if lines[0].strip() != "---":
        return {}, text
    end = next((number for number, line in enumerate(lines[1:60], 1) if line.strip() in ("---", "...")), None)
    if end is None:
        return {}, text
    pairs = (line.split(":", 1) for line in lines[1:end] if ":" in line and not line.startswith((" ", "-", "#")))
    fields = {name.strip(): value.strip().strip("\"'") for name, value in pairs}
    known = named_fields(fields, {})
    return {name: known[name] for name in FIELDS if name in known}, "\n".join(lines[end + 1 :])
