"""Which articles have certain words in them: whole words, in their order, whatever their case and accents. Pure.

Every article that has them counts, and no other: what stands here decides, what tantivy knows only saves looking.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.readers.noise import between_noise
from index.text import fold, stems
from index.types import Facts, Span

if TYPE_CHECKING:
    import tantivy

Phrase = tuple[str, ...]
"""Words that follow each other, as `words_in` gives them."""

ACCENTS = ("\u0300", "\u036f")
"""The first and the last of the accents that can stand as characters of their own, behind their letter."""

_ACCENT = re.compile(f"[{ACCENTS[0]}-{ACCENTS[1]}]")


@dataclass(frozen=True, slots=True)
class Mention:
    """An article that has the words, and the first sentence that does; two sentences, where the words go on from one
    into the other; None where the title alone has them.
    """

    article: Facts
    sentence: Span | None


@dataclass(frozen=True, slots=True)
class Mentions:
    """The articles that have the words, all of them, the newest first; `words` as they were looked for."""

    words: Phrase
    articles: tuple[Mention, ...]


ABOUT = 3
"""From how many mentions on an article is about something, unless its title or its beginning has it."""

LEAD = 500
"""How many characters of a text are its beginning."""


@dataclass(frozen=True, slots=True)
class About:
    """How much an article has to do with some words.

    `sentence`: the one that says most of them; `mentions`: how often they are mentioned. `named`: whether the title or
    the beginning has them, or the text often enough; of three words or more one may be missing. `stands`: the share of
    the words that the article has, a rare word counting more. `closest`, `opening`: the cosine of the words with its
    nearest passage and with its first one; 0 if not looked for.
    """

    article: Facts
    sentence: Span | None
    mentions: int
    named: bool
    stands: float
    closest: float = 0.0
    opening: float = 0.0


def how_much_about(
    terms: Mapping[str, float], article: Facts, text: str, noise: Sequence[Span], sentences: Sequence[Span]
) -> About:
    """How much an article has to do with `terms` (`index.text.stems`), each with how much it counts, 1 together."""
    parts = [text[start:end] for start, end in between_noise(text, noise)]
    counts = Counter(stem for part in parts for stem in stems(part))
    titled = set(stems(article.title))
    begun = titled | set(stems(text[:LEAD]))
    needed = enough(len(terms))
    least = sorted((counts[term] + (term in titled) for term in terms), reverse=True)[needed - 1]
    places = [(len(terms.keys() & set(stems(text[start:end]))), (start, end)) for start, end in sentences]
    most = max((count for count, _ in places), default=0)
    return About(
        article,
        next((span for count, span in places if count == most and count), None),
        least,
        named=bool(least) and (least >= ABOUT or len(terms.keys() & begun) >= needed),
        stands=sum(weight for term, weight in terms.items() if counts[term] or term in titled),
    )


def enough(terms: int) -> int:
    """How many of so many terms a text must have to be about them.

    >>> [enough(terms) for terms in (1, 2, 3, 5)]
    [1, 2, 2, 4]
    """
    return terms if terms < 3 else terms - 1


def words_in(text: str) -> list[str]:
    """The words of a text without case and accents, cut as passages are cut into words for tantivy.

    >>> words_in("José’s e-mail"), words_in("Jose\u0301")
    (['jose', 'e', 'mail'], ['jose'])
    """
    return _analyzer().analyze(fold(_composed(text)))


def phrase(words: str) -> Phrase:
    """What is to be looked for. Raises UsageError if there is no word in it."""
    found = tuple(words_in(words))
    if not found:
        raise UsageError(f"{words!r} has no word to look for")
    return found


def terms_of(words: str) -> list[str] | None:
    """The terms under which tantivy has every passage with one of the words; None if it cannot have one of them."""
    terms = stems(_composed(words))
    return terms if len(terms) == len(words_in(words)) else None  # it leaves out words of more than 60 bytes


def is_mentioned(wanted: Phrase, title: str, text: str, noise: Sequence[Span]) -> bool:
    """Whether the title or the text beside its noise has the words.

    >>> is_mentioned(("border", "wall"), "", "A Border {mosads}wall, the border\u2009wall.", [(9, 17)])
    True
    """
    sought = f" {' '.join(wanted)} "
    parts = (title, *(text[start:end] for start, end in between_noise(text, noise)))
    return any(sought in f" {' '.join(words_in(part))} " for part in parts)


def first_sentence(wanted: Phrase, text: str, noise: Sequence[Span], sentences: Sequence[Span]) -> Span | None:
    """Where the text has the words first: the sentence, or from the one in which they begin to where they end."""
    count = len(wanted)
    before: list[tuple[str, int]] = []  # the last words, each with where its sentence begins
    position = 0
    for start, end in sentences:
        if any(position <= border < start for border, _ in noise):
            before = []
        words = [*before, *((word, start) for word in words_in(text[start:end]))]
        for i in range(len(words) - count + 1):
            if all(words[i + j][0] == word for j, word in enumerate(wanted)):
                return words[i][1], end
        before = words[len(words) - count + 1 :] if count > 1 else []
        position = end
    return None


def _composed(text: str) -> str:
    """The text with accents that belong to their letters."""
    return _ACCENT.sub("", unicodedata.normalize("NFC", text)) if _ACCENT.search(text) else text


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    """As `index.text.analyzer`, but every word as it stands: of any length, with its ending."""
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )
