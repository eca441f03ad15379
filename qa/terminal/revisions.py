"""Pure: what changed between two revisions of an article, by sentences and words, and how it is shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from index.types import Article, Revision
from qa.terminal.style import PLAIN, Style, clean, lines_of

_FIELDS = ("title", "outlet", "author", "published", "url", "encoding")
_WORD = r"\w+(?:[.,'’-]\w+)*"  # "4,000" is one


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of the text, or a field, that is not what it was.

    `pieces`: the stretch in order, each piece with " " where it stayed, "-" where it went, "+" where it came.
    """

    field: str
    pieces: tuple[tuple[str, str], ...]


def changes(old: Article, new: Article) -> list[Change]:
    """What is different in `new`: fields first, then the text in its order.

    >>> old, new = (Article("a", f"It rained. Up to {number} men came.", "a.txt") for number in ("4,000", "400"))
    >>> changes(old, new)[0].pieces
    ((' ', 'Up to '), ('-', '4,000'), ('+', '400'), (' ', ' men came.'))
    """
    found = []
    for name in _FIELDS:
        before, after = (getattr(article, name) or "" for article in (old, new))
        if before != after:
            found.append(Change(name, tuple((mark, text) for mark, text in (("-", before), ("+", after)) if text)))
    one, two = _sentences(old.text), _sentences(new.text)
    for kind, start, end, first, last in _opcodes(one, two):
        if kind != "equal":
            found.append(Change("text", tuple(_words_changed("".join(one[start:end]), "".join(two[first:last])))))
    return found


def _words_changed(old: str, new: str) -> Iterator[tuple[str, str]]:
    one, two = (re.findall(rf"{_WORD}|\s+|[^\w\s]", text) if old and new else [text] for text in (old, new))
    for kind, start, end, first, last in _opcodes(one, two):
        gone, came = "".join(one[start:end]), "".join(two[first:last])
        if kind == "equal":
            yield " ", gone
            continue
        if gone:
            yield "-", gone
        if came:
            yield "+", came


def _sentences(text: str) -> list[str]:
    """The text in pieces that end where sentences and lines do; joined, they are the text."""
    return re.findall(r".+?(?:[.!?][\"”’')\]]*\s+|\n\s*|$)|\s+", text)


def _opcodes(one: Sequence[str], two: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes()


def summary(found: Sequence[Change]) -> str:
    """What changed, in a few words.

    >>> summary([Change("title", (("+", "So"),)), Change("text", (("-", "400"), ("+", "4,000 men")))])
    'title; text (1 word out, 2 in)'
    """
    fields = [change.field for change in found if change.field != "text"]
    out, came = (
        sum(
            len(re.findall(_WORD, text))
            for change in found
            if change.field == "text"
            for mark, text in change.pieces
            if mark == wanted
        )
        for wanted in "-+"
    )
    if any(change.field == "text" for change in found):
        fields.append(f"text ({out:,} word{'s' * (out != 1)} out, {came:,} in)")
    return "; ".join(fields)


def history(revisions: Sequence[Revision]) -> list[dict[str, Any]]:
    """What `qa show --revisions --json` lists: each revision, and what changed with it."""
    changed = [None, *(summary(changes(old.article, new.article)) for old, new in pairwise(revisions))]
    return [
        {
            "number": revision.number,
            "seen": revision.seen,
            "current": revision.number == len(revisions),
            "changed": what,
            "title": revision.article.title,
            "length": len(revision.article.text),
        }
        for revision, what in zip(revisions, changed, strict=True)
    ]


def history_text(revisions: Sequence[Revision], style: Style = PLAIN) -> str:
    """The revisions, oldest first, a line each."""
    lines = []
    for item in history(revisions):
        seen = item["seen"] or "not noted"
        what = item["changed"] or "first read"
        now = " (now)" if item["current"] else ""
        line = lines_of(f"{seen:<25}  {what}{now}", style, str, " " * 5, f"{item['number']:>3}  ")
        lines.append(line.removesuffix(now) + style.bold(now))
    return "\n".join(lines)


def diff_text(old: Revision, new: Revision, style: Style = PLAIN) -> str:
    """What changed between two revisions. Without colours [-what went-] and {+what came+}."""
    head = f"{new.article.id}: {old.number} ({old.seen or 'not noted'}) -> {new.number} ({new.seen or 'not noted'})"
    blocks = [lines_of(clean(head, keep_lines=False), style, style.dim)]
    for change in changes(old.article, new.article):
        *before, (last, end) = change.pieces  # the white space after a sentence is not worth showing
        shown = "".join(_marked(mark, clean(text), style) for mark, text in (*before, (last, end.rstrip())))
        blocks.append(lines_of(shown if change.field == "text" else f"{style.bold(change.field)}: {shown}", style))
    return "\n\n".join(blocks)


def _marked(mark: str, text: str, style: Style) -> str:
    return style.gone(text) if mark == "-" else style.came(text) if mark == "+" else text
