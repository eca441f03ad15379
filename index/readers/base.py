"""What every reader shares: the Problem it yields, and titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.readers.noise import between_noise
from index.types import WHOLE_FILE, Place, Span

TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not become an article: where, and why, in a few words.

    `harmless`: not an error, only worth a note (a gold set among the articles).
    """

    path: str
    place: Place
    reason: str
    harmless: bool = False

    @classmethod
    def too_large(cls, path: str, size: int, limit: int, place: Place = WHOLE_FILE) -> Problem:
        """An article above the size limit."""
        megabytes = f"{size / 1e6:.1f} MB, more than the limit of {limit / 1e6:g} MB an article"
        return cls(path, place, f"too large ({megabytes}; --max-mb raises it)")


def reason_of(error: OSError | ValueError) -> str:
    """What went wrong with a file, in a few words and without its name."""
    return getattr(error, "strerror", None) or str(error)


_MISSING = frozenset("nan NaN NAN none None null NULL Null NaT nat N/A n/a #N/A <NA> undefined - -- —".split())


def is_missing(value: object) -> bool:
    """Whether a field says nothing: what programs write where a value is missing is none.

    >>> is_missing(float("nan")), is_missing("N/A"), is_missing("0000-00-00 00:00:00"), is_missing(0)
    (True, True, True, False)
    """
    if value is None or value != value:  # NaN is not equal to itself
        return True
    if not isinstance(value, str):
        return False
    text = value.strip()
    return not text or text in _MISSING or re.fullmatch(r"0000-00-00(?:[T ][0:.]+Z?)?", text) is not None


def derive_title(text: str, noise: Sequence[Span]) -> str:
    """A title for an article that has none: its first line if that looks like a headline, else how it begins.

    `noise` is passed over.

    >>> derive_title("Storm hits coast\\n\\nA storm hit the coast on Monday.", ())
    'Storm hits coast'
    """
    stretches = between_noise(text, noise)
    if not stretches:
        return ""
    lines = text[slice(*stretches[0])].strip().split("\n", 1)
    first = " ".join(lines[0].split())
    if len(lines) > 1 and len(first) <= 120 and not re.search(r"[.!?:;,][\"”’')]*$", first):
        return first
    if len(first) <= TITLE_LENGTH:
        return first
    return first[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"
