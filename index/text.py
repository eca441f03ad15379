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
    text = _RARE.sub(_plain, _SPACES.sub("", text))
    if not unicodedata.is_normalized("NFKC", text):
        text = _RARE.sub(_plain, unicodedata.normalize("NFKC", text))
    return _MARKS.sub("", text)


def _fold_2(text: str) -> str:
    text = _POINTS.sub("", _INITIALS.sub(".", composed(text)))
    return _HYPHEN.sub("", _GROUPS.sub("", _OWNERS.sub("", text)))


def _plain(match: re.Match[str]) -> str:
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
