"""What an article says, however it is set: by its words a page, a PDF and a text of one article are known as one."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from index.readers.metadata import is_about_the_article
from index.readers.noise import between_noise
from index.text import plain
from index.types import Article, Span

_FEWEST = 60  # words: of shorter notices two can be alike and not be one
_HEAD, _TITLE = 12, 4  # lines: in which a head is looked for, and that a title may take

_LONGEST_LINE = 1_000  # of a head

# A number keeps its sign and what stands within it; of other marks those count that change what is said.
_TOKEN = re.compile(r"(?:(?<!\S)[-−–])?\d+(?:[.,:/]\d+)*|[^\W\d_]+|[$€£¥₹%‰°+=<>±?!]")


@dataclass(frozen=True, slots=True)
class Squeezed:
    """The words of a text without anything between them but what keeps two numbers apart; and where each stood."""

    text: str
    tokens: tuple[int, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str, stretches: Sequence[Span] | None = None) -> Squeezed:
        """Those of `text`, or of stretches of it.

        >>> Squeezed.of("“So\u00adft” costs rose 5 – 10 per-\\ncent").text
        'softcostsrose5 10percent'
        """
        parts: list[str] = []
        tokens: list[int] = []
        starts: list[int] = []
        length = 0
        for start, end in [(0, len(text))] if stretches is None else stretches:
            for match in _TOKEN.finditer(text, start, end):
                word = match.group()
                word = word.lower() if word.isascii() else plain(word)
                if parts and parts[-1][-1:].isdigit() and word[:1].isdigit():
                    word = f" {word}"
                tokens.append(length)
                starts.append(match.start())
                parts.append(word)
                length += len(word)
        return cls("".join(parts), tuple(tokens), tuple(starts))

    def find(self, words: str) -> int | None:
        """Where in the text these squeezed words begin; None if it has them nowhere."""
        found = self.text.find(words.lstrip())
        return self.starts[bisect_right(self.tokens, found) - 1] if found >= 0 and self.starts else None


def wording(article: Article) -> str:
    """The sha256 of what the article says, whatever its lines, quotes, dashes and case; "" if that is too little.

    Noise does not count, nor what stands above the text: title, byline, date. Figures and their signs do.
    """
    stretches = _body(article)
    if sum(len(re.findall(r"\w+", article.text[start:end])) for start, end in stretches) < _FEWEST:
        return ""
    return hashlib.sha256(Squeezed.of(article.text, stretches).text.encode()).hexdigest()


def find_quote(article: Article, quote: str) -> int | None:
    """Where in an article's text a quote of another form of it begins."""
    words = Squeezed.of(quote).text
    return Squeezed.of(article.text, between_noise(article.text, article.noise)).find(words) if words else None


def _body(article: Article) -> list[Span]:
    """The stretches of the text that are neither noise nor its head."""
    text = article.text
    stretches = between_noise(text, article.noise)
    lines = list(_lines(text, stretches))
    # a title that was made of the text's first sentence is no head
    is_sentence = dict(article.origins).get("title") == "text" and re.search(r"[.!?…][\"”’')]*$", article.title)
    title = "" if is_sentence else Squeezed.of(article.title).text
    said = [text[start : min(end, start + _LONGEST_LINE)] for start, end in lines]
    first = _after_title(said, title)
    while first < len(said) and is_about_the_article(said[first]):
        first += 1
    begin = lines[first][0] if first < len(lines) else len(text)
    return [(max(start, begin), end) for start, end in stretches if end > begin]


def _after_title(lines: Sequence[str], title: str) -> int:
    """The first of the lines below the title, whatever stands above it; 0 where it does not stand there."""
    for first, last in combinations(range(len(lines) + 1), 2) if title else ():
        if last - first <= _TITLE and Squeezed.of(" ".join(lines[first:last])).text == title:
            return last
    return 0


def _lines(text: str, stretches: Sequence[Span]) -> Iterator[Span]:
    """The first lines that have words, in the stretches."""
    count = 0
    for start, end in stretches:
        for line in re.finditer(r"[^\n]+", text[start:end]):
            if re.search(r"\w", line.group()):
                yield start + line.start(), start + line.end()
                count += 1
                if count == _HEAD:
                    return
