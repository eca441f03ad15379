"""One text in many forms, folded into one for matching. Pure; stored text is never folded."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

FOLDING = 2
"""How `fold` folds: goes up when it folds another way, since a word index is searched as it was made."""

_PLAIN = str.maketrans("‘’‚‛ʻʼ“”„‟′″–—‒―−‐‑\u00a0\u2009\u202f\u2007", "''''''\"\"\"\"'\"-------    ")
_UNSEEN = dict.fromkeys(
    map(ord, "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff")
)
_UNSEEN |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10)])
_MARKS = re.compile("[\u0300-\u036f]+")  # accents that stand on no letter of their own
_OWNERS = re.compile(r"(?<=\w)'s\b")
_L = r"[^\W\d_]"
_POINTS = re.compile(rf"(?<![\w.])(?:[A-Z]\.(?: [A-Z]\.)+(?!\w)|{_L}(?:\.{_L})+(?!\w)\.?)")
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d|,\d)")
_SPACED = re.compile(r"(?<![\d.,\u00a0\u2009\u202f\u2007])\d{1,3}(?:[\u00a0\u2009\u202f\u2007]\d{3})+(?!\d)")
_HYPHEN = re.compile(r"(?<![\w-])([A-Z]{1,2})-(?=\d+[A-Za-z]?\b)")


def fold(text: str, folding: int = FOLDING) -> str:
    """`text` in the one form in which words are matched, never shown. Folding it again changes nothing.

    Quotes, dashes and spaces are plain, characters composed and in their usual width; soft hyphens and what else has no
    width are gone, so are a possessive 's, the points of an acronym, the hyphen of "G-20", and what groups digits.

    >>> fold("Mexico’s U.S.–Mexico border"), fold("the G-20’s 4,000 coöperators")
    ('Mexico US-Mexico border', 'the G20 4000 coöperators')
    """
    return _FOLDS[folding](text)


def _fold_1(text: str) -> str:
    plain = text.translate(_PLAIN_1).replace("\u200b", "")
    return _OWNERS.sub("", plain)


_PLAIN_1 = str.maketrans("‘’‚‛“”„‟′″–—‒―−‐‑\u00a0\u2009\u202f\u00ad", "''''\"\"\"\"'\"-------   \u200b")


def _fold_2(text: str) -> str:
    if not text.isascii():
        text = _SPACED.sub(lambda match: re.sub(r"\D", "", match.group()), text.translate(_UNSEEN))
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN)).translate(_PLAIN).translate(_UNSEEN)
        text = _MARKS.sub("", text)
    if "." in text:
        text = _POINTS.sub(lambda match: match.group().replace(".", "").replace(" ", ""), text)
    if "'" in text:
        text = _OWNERS.sub("", text)
    if "," in text:
        text = _GROUPS.sub(lambda match: match.group().replace(",", ""), text)
    return _HYPHEN.sub(r"\1", text) if "-" in text else text


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
