"""One text in many forms, folded into one for matching. Pure; stored text is never folded."""

from __future__ import annotations

import re
import unicodedata
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
