"""Leftovers of the page around an article: ad marks, share bars. Found, never cut: offsets index the stored text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Span

# A content system's placeholder, glued to the text or on its own: {mosads}, [[ad_slot_2]], <!-- inline -->.
_PLACEHOLDER = re.compile(r"\{\{?[A-Za-z][\w.:-]{0,39}\}?\}|\[\[[A-Za-z][\w.:-]{0,39}\]\]|<!--.{0,200}?-->", re.DOTALL)

_NETWORK = r"(?:share|tweet|pin|e-?mail|print|save|facebook|twitter|whatsapp|linkedin|reddit)"

# A whole line that belongs to the page, not to the article.
_LINE = re.compile(
    rf"""^[ \t]*(?:
        advertis(?:e)?ment | story\ continues\ below(?:\ advertisement)? | sponsored(?:\ content)?
      | share(?:\ this)?(?:\ (?:article|story|on))? | share\ on\ \w+ | {_NETWORK}(?:[ \t|·•/,]+{_NETWORK})*
      | sign\ up\ for\ our\ newsletters?\.? | subscribe(?:\ now)? | click\ here\ to\ subscribe\.?
      | skip\ to\ (?:main\ )?content | (?:view|read|show)\ (?:all\ )?comments(?:\ \(\d+\))?
      | loading(?:\.\.\.|…) | related\ (?:articles|stories|topics):?
    )[ \t\r]*$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def find_noise(text: str) -> tuple[Span, ...]:
    """The spans of `text` that are no part of the article, in order and apart from each other.

    >>> find_noise("He left. {mosads}She stayed.")
    ((9, 17),)
    """
    found = sorted(match.span() for pattern in (_PLACEHOLDER, _LINE) for match in pattern.finditer(text))
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def between_noise(text: str, noise: Sequence[Span]) -> list[Span]:
    """The stretches of `text` without its `noise`: what may be split into sentences and passages."""
    stretches, position = [], 0
    for start, end in [*noise, (len(text), len(text))]:
        if text[position:start].strip():
            stretches.append((position, start))
        position = end
    return stretches
