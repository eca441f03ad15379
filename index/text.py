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

FOLDING = 2
"""How `fold` folds: goes up when it folds another way, since a word index is searched as it was made."""

_QUOTES, _DASHES, _WIDE = "‘’‚‛ʻʼ′", "–—‒―−‐‑", "\u00a0\u2009\u202f\u2007"
_PLAIN = {**dict.fromkeys(_QUOTES, "'"), **dict.fromkeys("“”„‟″", '"'), **dict.fromkeys(_DASHES, "-")}
_PLAIN |= dict.fromkeys(_WIDE, " ")
_UNSEEN = r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2063\u2066-\u2069\ufe00-\ufe0f\ufeff"
_RARE = re.compile(rf"[{''.join(_PLAIN)}]|[{_UNSEEN}]+")
_MARKS = re.compile(r"[\u0300-\u036f]+")  # accents that make no letter of their own

# Each begins with what is looked for, as that is found fastest.
_L = r"[^\W\d_]"
_INITIALS = re.compile(r"\.(?<=\b[A-Z]\.) (?=[A-Z]\.)")
_POINTS = re.compile(rf"\.(?<=\b{_L}\.)(?:(?={_L}\b)|(?<=\.{_L}\.)(?!\w))")
_OWNERS = re.compile(r"'(?<=\w')s\b")
_GROUPS = re.compile(r",(?<=\d,)(?<!\d{4},)(?<!,\d,)(?<!,\d\d,)(?=\d{3}(?:,\d{3})*(?!\d|,\d))")
_SPACES = re.compile(rf"[{_WIDE}](?<=\d.)(?<!\d{{4}}.)(?=\d{{3}}(?:[{_WIDE}]\d{{3}})*(?!\d))")
_HYPHEN = re.compile(r"-(?:(?<=(?<![\w-])[A-Z]-)|(?<=(?<![\w-])[A-Z]{2}-))(?=\d+[A-Za-z]?\b)")


def fold(text: str, folding: int = FOLDING) -> str:
    """`text` in the one form in which words are matched, never shown. Folding it again changes nothing.

    Quotes, dashes and spaces are plain, characters composed and in their usual width; soft hyphens and what else has no
    width are gone, so are a possessive 's, the points of an acronym, the hyphen of "G-20", and what groups digits.

    >>> fold("Mexico’s U.S.–Mexico border"), fold("the G-20’s 4,000 coöperators")
    ('Mexico US-Mexico border', 'the G20 4000 coöperators')
    """
    return _FOLDS[folding](text)


def plain(text: str) -> str:
    """`text` without case, accents and marks.

    >>> plain("El País")
    'el pais'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def _fold_1(text: str) -> str:
    return _OWNERS.sub("", text.translate(_PLAIN_1).replace("\u200b", ""))


_PLAIN_1 = str.maketrans("‘’‚‛“”„‟′″–—‒―−‐‑\u00a0\u2009\u202f\u00ad", "''''\"\"\"\"'\"-------   \u200b")


def composed(text: str) -> str:
    """`text` with each character in its plain, composed and usual form, and without those that have no width.

    >>> composed("so\u00adft “ﬁve”")
    'soft "five"'
    """
    if text.isascii():
        return text
    text = _RARE.sub(_usual, _SPACES.sub("", text))
    if not unicodedata.is_normalized("NFKC", text):
        text = _RARE.sub(_usual, unicodedata.normalize("NFKC", text))
    return _MARKS.sub("", text)


def _fold_2(text: str) -> str:
    text = _POINTS.sub("", _INITIALS.sub(".", composed(text)))
    return _HYPHEN.sub("", _GROUPS.sub("", _OWNERS.sub("", text)))


def _usual(match: re.Match[str]) -> str:
    return _PLAIN.get(match.group(), "")


_FOLDS = {1: _fold_1, 2: _fold_2}


def words_of(text: str, folding: int = FOLDING) -> str:
    """The words of a text, to compare it with another by: case, punctuation and spaces do not count."""
    return " ".join(re.findall(r"\w+", fold(text, folding).lower()))


def stems(text: str, folding: int = FOLDING) -> list[str]:
    """The terms under which the words of `text` are found: without case, accents and endings.

    >>> stems("The Senators’ votes")
    ['the', 'senat', 'vote']
    """
    return analyzer().analyze(fold(text, folding))


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
