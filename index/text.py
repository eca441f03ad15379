"""One text in many forms, folded into one for matching. Pure; stored text is never folded."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

# Matching folds quotes, dashes and spaces; stored text is never folded.
_FOLDED = str.maketrans("‘’‚‛“”„‟′″–—‒―−‐‑\u00a0\u2009\u202f\u00ad", "''''\"\"\"\"'\"-------   \u200b")


def fold(text: str) -> str:
    """`text` with typographic quotes, dashes and spaces made plain, for matching only; a possessive 's is dropped.

    >>> fold("Mexico’s U.S.–Mexico border")
    'Mexico U.S.-Mexico border'
    """
    return re.sub(r"(?<=\w)'s\b", "", text.translate(_FOLDED).replace("\u200b", ""))


def plain(text: str) -> str:
    """`text` without case, accents and marks.

    >>> plain("El País")
    'el pais'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def words_of(text: str) -> str:
    """The words of a text, to compare it with another by: case, punctuation and spaces do not count."""
    return " ".join(re.findall(r"\w+", fold(text).lower()))


def stems(text: str) -> list[str]:
    """The terms under which the words of `text` are found: without case, accents and endings.

    >>> stems("The Senators’ votes")
    ['the', 'senat', 'vote']
    """
    return analyzer().analyze(fold(text))


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """tantivy's analyzer, with which passages are indexed."""
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


# ---- words broken over lines ---------------------------------------------------------------------------------------

_BREAK = re.compile(r"(?<=\w)(-?\u00ad|[-‐])[ \t]*\r?\n[ \t]*(?=\w)")
# What a compound begins with, unless an ending follows ("high-est"); what leaves a word open ("mid- and long-term").
_FIRST_PARTS = frozenset(
    "anti cross eight five four half high long mid nine self seven short six three two twenty thirty forty fifty sixty "
    "seventy eighty ninety vice well".split()
)
_ENDINGS = frozenset("age ed er est fold ing ish less ly ness s teen th ty".split())
_SUSPENDED = frozenset("and but nor or to".split())


@dataclass(frozen=True, slots=True)
class Joined:
    """A text as one reads it, words that were broken over lines whole again; and where it stood in the stored text.

    `cuts`: the places in `text` before which something is left out, and how much of the stored text up to there.
    """

    text: str
    cuts: tuple[tuple[int, int], ...] = ()

    def stored(self, start: int, end: int) -> tuple[int, int]:
        """The span of the stored text that stands at [start, end) of `text`."""
        first = self._stored(start)
        return first, self._stored(end - 1) + 1 if end > start else first

    def _stored(self, position: int) -> int:
        cut = bisect_right(self.cuts, position, key=lambda cut: cut[0])
        return position + (self.cuts[cut - 1][1] if cut else 0)


def joined(text: str) -> Joined:
    """`text` with the words whole that a hyphen breaks at the end of a line.

    The hyphen stays where it is the word's own, as far as one can tell: in a compound that begins as many do or
    that stands elsewhere in the text, before a capital, beside a digit or another hyphen.

    >>> whole = joined("He wants 800 thou-\\nsand for long-\\nterm care.")
    >>> whole.text, whole.stored(13, 21)
    ('He wants 800 thousand for long-term care.', (13, 23))
    """
    parts: list[str] = []
    cuts: list[tuple[int, int]] = []
    compounds = frozenset(re.findall(r"\w+[-‐]\w+", text.lower())) if _BREAK.search(text) else frozenset()
    position = length = 0
    for match in _BREAK.finditer(text):
        start, end = match.span()
        before, after = (
            re.findall(r"\w+", text[max(0, start - 40) : start])[-1],
            re.findall(r"\w+", text[end : end + 40])[0],
        )
        if after in _SUSPENDED:
            continue
        if "\u00ad" in match[1]:
            hyphen = match[1][:-1]
        else:
            hyphen = "" if _is_soft(text, (start, end), before, after, compounds) else match[1]
        parts.append(text[position:start] + hyphen)
        length += len(parts[-1])
        cuts.append((length, end - length))
        position = end
    return Joined("".join([*parts, text[position:]]), tuple(cuts)) if cuts else Joined(text)


def _is_soft(text: str, span: tuple[int, int], before: str, after: str, compounds: frozenset[str]) -> bool:
    """Whether the hyphen of the break at `span`, between two parts of a word, is there for the line's sake."""
    start, end = span
    if text[max(0, start - len(before) - 1) : start - len(before)] in ("-", "‐") or re.match(
        r"[-‐]\w", text[end + len(after) : end + len(after) + 2]
    ):
        return False
    if before in ("Mac", "Mc"):
        return True
    if len(before) == 1 or not (before[-1].islower() and after[0].islower()):
        return False
    if before.lower() in _FIRST_PARTS and after not in _ENDINGS:
        return False
    return not {f"{before}{hyphen}{after}".lower() for hyphen in "-‐"} & compounds


def with_whole_words(text: str) -> str:
    """`text` and behind it the words that its lines break, whole: to be found by them as well as by their parts.

    >>> with_whole_words("the sus-\\npension bridge")
    'the sus-\\npension bridge suspension'
    """
    whole = joined(text)
    cuts = [cut for cut, _ in whole.cuts]
    words = [word.group() for word in re.finditer(r"[\w-]+", whole.text) if _any_within(cuts, word.span())]
    return " ".join([text, *words])


def _any_within(places: list[int], span: tuple[int, int]) -> bool:
    """Whether one of the places, which are in order, lies within the span."""
    return bisect_right(places, span[0]) < bisect_right(places, span[1] - 1)
