"""Exact match and token F1 as SQuAD defines them, and whether a quote contains an answer. Pure."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from index.text import fold

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII = frozenset(string.punctuation)

Normalise = Callable[[str], str]


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, without a/an/the, single spaces: SQuAD's `normalize_answer`.

    Source: the official evaluation script of SQuAD 2.0 (Rajpurkar et al. 2018).

    >>> normalise("The  “Up-to” 4,000!")
    '“upto” 4000'
    """
    return _normalise(text, lambda character: character in _ASCII)


def normalise_unicode(text: str) -> str:
    """As `normalise`, of the folded text and without Unicode's punctuation (categories P*) too.

    So curly quotes stick to no word, and soft hyphens, decomposed accents or full-width digits make no other answer.

    >>> normalise_unicode("The  “Up-to” 4,000!"), normalise_unicode("so\\u00adft")
    ('upto 4000', 'soft')
    """
    return _normalise(
        fold(text), lambda character: character in _ASCII or unicodedata.category(character).startswith("P")
    )


def _normalise(text: str, is_punctuation: Callable[[str], bool]) -> str:
    kept = "".join(character for character in text.lower() if not is_punctuation(character))
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(answer: str | None, golds: Sequence[str], normal: Normalise = normalise) -> float:
    """1.0 if the normalised answer equals that of a gold answer, else 0.0; best over all of them.

    SQuAD 2.0's no-answer: None or "" is a refusal, right exactly when there is no gold answer (Rajpurkar et al. 2018).
    A gold answer that normalises to nothing is left out, as the official script does.
    """
    return max(float(normal(gold) == normal(answer or "")) for gold in _golds(golds, normal))


def f1(answer: str | None, golds: Sequence[str], normal: Normalise = normalise) -> float:
    """Harmonic mean of the precision and recall of the answer's tokens, each counted as often as it stands; best gold.

    Source and no-answer treatment as `exact_match`: with no token on one side, 1.0 only if there is none on either.

    >>> f1("up to 4,000", ["4,000 troops"])  # one common token of three and of two
    0.4
    """
    return max(_f1(normal(answer or "").split(), normal(gold).split()) for gold in _golds(golds, normal))


def _golds(golds: Sequence[str], normal: Normalise) -> Sequence[str]:
    return [gold for gold in golds if normal(gold)] or [""]


def _f1(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    common = sum((Counter(answer) & Counter(gold)).values())
    return 2 * common / (len(answer) + len(gold))  # rounded once: 9 common of 13 and 17 are .6, not a little less


def contains(quotes: Iterable[str], golds: Sequence[str]) -> bool:
    """Whether the words of a gold answer stand, in a row, in one of the quotes (both without Unicode's punctuation).

    >>> contains(["He sent “up to 4,000” troops."], ["4,000"]), contains(["14,000 left."], ["4,000"])
    (True, False)
    """
    wanted = [f" {normal} " for gold in golds if (normal := normalise_unicode(gold))]
    return any(words in f" {_quote(quote)} " for quote in quotes for words in wanted)


@lru_cache(maxsize=256)
def _quote(quote: str) -> str:
    return normalise_unicode(quote)
