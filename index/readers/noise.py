"""Leftovers of the page around an article, embedded files too. Found, never cut: offsets index the stored text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.readers.boilerplate import boilerplate
from index.types import Span

# A content system's placeholder: {mosads}, [[ad_slot_2]], <!-- inline -->.
_PLACEHOLDER = re.compile(r"(\{\{?|\[\[)([A-Za-z][\w.:-]{0,39})(?:\}\}?|\]\])")
_COMMENT = re.compile(r"<!--.{0,200}?-->", re.DOTALL)

# A file within the text: a data URI, also as Markdown has it, or many lines or characters of base64.
_DATA_URI = re.compile(
    r"(?:!\[[^\]\n]{0,200}\]\()?(?<!\w)data:[\w.+-]{1,60}/[\w.+-]{1,60}(?:;[\w=.+-]{1,60}){0,4},"
    r"(?:[\w+/=%.~!*:@&$,;?-]|(?<=[\w+/=])\r?\n(?=[\w+/]{40}))*\)?"
)
_BASE64 = re.compile(
    r"(?<![\w+/=.:%&?#@-])[A-Za-z0-9+/]{60,}(?:\r?\n[A-Za-z0-9+/]{60,})*"
    r"(?:\r?\n(?=[^\s=]*[\d+/=])[A-Za-z0-9+/]{1,59}={0,2}(?=\s|\Z)|={0,2})"
)


def find_noise(text: str) -> tuple[Span, ...]:
    """The spans of `text` that are no part of the article, in order and apart from each other.

    >>> find_noise("He left. {mosads}She stayed.")
    ((9, 17),)
    """
    found = [match.span() for pattern in (_COMMENT, _DATA_URI) for match in pattern.finditer(text)]
    found += boilerplate(text)
    found += [match.span() for match in _PLACEHOLDER.finditer(text) if _is_placeholder(match)]
    found += [match.span() for match in _BASE64.finditer(text) if _is_base64(match.group())]
    return merged(found)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch as one.

    >>> merged([(4, 6), (0, 2), (5, 9)])
    ((0, 2), (4, 9))
    """
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return tuple(found)


def _is_placeholder(match: re.Match[str]) -> bool:
    """Whether braces are a placeholder: glued to text or to others, alone on a line, or double with a name of parts.

    In a sentence {name} between spaces, in quotes or in brackets is what the article speaks of.
    """
    text, (start, end) = match.string, match.span()
    if len(match[1]) == 2 and re.search(r"[._:\d-]", match[2]):
        return True
    before, after = text[max(0, start - 80) : start], text[end : end + 80]
    if re.search(r"[\w}\]]$|[.!?][\"”’')]?$", before) or re.match(r"[\w{[“‘]|\"\w", after):
        return True
    return not (before[before.rfind("\n") + 1 :] + after.split("\n", 1)[0]).strip()


def _is_base64(run: str) -> bool:
    """Whether a long run of letters is no word: it has small ones, capitals and digits."""
    return all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", r"\d"))


def between_noise(text: str, noise: Sequence[Span]) -> list[Span]:
    """The stretches of `text` without its `noise`: what may be split into sentences and passages."""
    stretches, position = [], 0
    for start, end in [*noise, (len(text), len(text))]:
        if text[position:start].strip():
            stretches.append((position, start))
        position = end
    return stretches
