"""Spelling: "wich" and "didnt" taken for the words that were meant. Names and what the articles have stay as typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from index.mentions import ACCENTS
from qa.language.vocabulary import AUXILIARIES, MODALS, QUESTION_WORDS, STOP_WORDS

if TYPE_CHECKING:
    from spellchecker import SpellChecker

FOREIGN = 1 / 2
"""From which share of unknown words on a line is taken for one in another language."""

_MARKS = "-".join(ACCENTS)  # by themselves: "lodie" of "E\u0301lodie" is no word
_WORD = re.compile(rf"(?<![\w'’.{_MARKS}-])[a-z]{{3,}}(?![\w'’{_MARKS}-])")
_QUOTED = re.compile(r"[\"“][^\"”]*[\"”]")
_SHORT = 3  # letters; such words are near to many: they are taken for common ones that have these letters
_ASKING = frozenset((*QUESTION_WORDS, *AUXILIARIES, *MODALS))
_CONTRACTED = {f"{verb}nt": f"{verb}n't" for verb in (*AUXILIARIES, *MODALS)} | {"wont": "won't", "cant": "can't"}
_CONTRACTED |= {f"{word}s": f"{word}'s" for word in QUESTION_WORDS if word not in ("which", "whose", "whom")}


def respelled(line: str, is_written: Callable[[str], bool]) -> str:
    """The line with each word that was typed wrong as it was meant. `is_written`: whether an article has a word.

    Only words in small letters are looked at, that no article and no dictionary has, and one letter is wrong of them.

    >>> respelled("wich ones didnt the fda recomend in kentuky", lambda word: word in ("fda", "kentucky"))
    "which ones didn't the fda recommend in kentucky"
    """
    kept = [match.span() for match in _QUOTED.finditer(line)]
    words = [
        match
        for match in _WORD.finditer(line)
        if not any(start <= match.start() < end for start, end in kept) and match.group() not in STOP_WORDS | _ASKING
    ]
    meant = {match: _CONTRACTED.get(match.group()) for match in words}
    unknown = [match for match in words if meant[match] is None and not _is_known(match.group(), is_written)]
    if len(unknown) > max(1, FOREIGN * len(line.split())):
        return line
    meant |= {
        match: american(match.group(), is_written) or _nearest(match.group(), match.start() == 0, is_written)
        for match in unknown
    }
    for match, word in reversed(meant.items()):
        if word is not None:
            line = f"{line[: match.start()]}{word}{line[match.end() :]}"
    return line


_BRITISH = (
    (r"is(e[drs]?|ing|ations?)$", r"iz\1"),
    (r"our(s|ed|ing|ite|ites|able)?$", r"or\1"),
    (r"tre(s?)$", r"ter\1"),
    (r"mme(s?)$", r"m\1"),
    (r"ll(ed|ing|er|ers)$", r"l\1"),
    (r"ogue(s?)$", r"og\1"),
    (r"ence(s?)$", r"ense\1"),
    (r"yse(d|s|r)?$", r"yze\1"),
)


def american(word: str, is_written: Callable[[str], bool]) -> str | None:
    """A word that is spelled as in Britain, as it is in America; None for another.

    >>> [american(word, lambda _: False) for word in ("apologise", "programmes", "recognised", "wich")]
    ['apologize', 'programs', 'recognized', None]
    """
    forms = (re.sub(british, plain, word) for british, plain in _BRITISH)
    return next((one for one in forms if one != word and _is_known(one, is_written)), None)


def _is_known(word: str, is_written: Callable[[str], bool]) -> bool:
    return is_written(word) or bool(_dictionary().known([word]))


def _nearest(word: str, begins: bool, is_written: Callable[[str], bool]) -> str | None:
    """The word that was most probably meant, of those with one letter more, less, another or exchanged."""
    dictionary = _dictionary()
    edits = set(dictionary.edit_distance_1(word))
    near = set(dictionary.known(edits)) or {one for one in edits if one.isalpha() and is_written(one)}
    if len(word) <= _SHORT:
        near = {one for one in near if one in STOP_WORDS | _ASKING and set(word) <= set(one)}

    def likely(one: str) -> tuple[bool, bool, bool, float, str]:
        replaced = len(one) == len(word) and sorted(one) != sorted(word)
        asks = begins and one in _ASKING
        return asks, not replaced, is_written(one), dictionary.word_usage_frequency(one), one

    return max(near, key=likely, default=None)


@cache
def _dictionary() -> SpellChecker:
    from spellchecker import SpellChecker

    return SpellChecker(distance=1)
