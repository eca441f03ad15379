"""Whether a statement says only what its sentences say: numbers, names, negation, who says so, how sure it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.split import find_sentences
from index.text import stems, words_of
from qa.language.checks import unsupported
from qa.language.names import find_names
from qa.language.vocabulary import CAUSES, DENYING, HEDGES, NEGATIONS, SAYING, STOP_WORDS

COVERED = 0.6
"""The share of a statement's content words that its sentences must have."""

NEAR = 4
"""How many words before what a statement took from a sentence still bear on it: "denied that ..."."""


def faults(statement: str, quotes: Sequence[str], about: Sequence[str] = ()) -> tuple[str, ...]:
    """What the statement says and its sentences, the `quotes`, do not, each in a few words; () if nothing.

    `about`: what is known of these besides, and may be said: outlets, authors, days of publication.
    """
    text = " ".join((*quotes, *about))
    missing = dict.fromkeys((*unsupported(statement, text), *_strange(statement, text), *_figures(statement, text)))
    found = [f"“{one}” is not in its sentences" for one in missing]
    if _covered(statement, text) < COVERED:
        found.append("says more than its sentences")
    if _CAUSE.search(statement) and not _CAUSE.search(text) and not _SINCE.search(text):
        found.append("gives a reason that its sentences do not give")
    best = max((_Aligned.of(statement, quote) for quote in quotes), key=lambda one: one.taken)
    if best.negated != _negated(statement):
        found.append("says no where its sentence says yes, or yes for no")
    if best.hedged and not _HEDGE.search(statement) and not _SAYS.search(statement):
        found.append("is surer than its sentence")
    if best.attributed and not any(told.search(statement) for told in (_SAYS, _DENIES, _HEDGE)):
        found.append("does not say who says so")
    if strange := [one for one in _speakers(statement) if not _says_so(one, statement, quotes, about)]:
        found.append(f"“{strange[0]}” does not say so in its sentences")
    if best.framed:
        found.append("leaves out how its sentence says it")
    return tuple(dict.fromkeys(found))


def _strange(statement: str, text: str) -> list[str]:
    """The names of a statement that have a word which its sentences do not."""
    there = set(words_of(text).split())
    names = [name for name, _ in find_names(f"so {statement}")]
    return [name for name in names if not set(words_of(name).split()) <= there and not _is_plain(name, statement, text)]


def _figures(statement: str, text: str) -> list[str]:
    """The figures of a statement that do not stand in its sentences, digit by digit: in words is not enough."""
    there = {figure.replace(",", "") for figure in _FIGURE.findall(text)}
    return [figure for figure in _FIGURE.findall(statement) if figure.replace(",", "") not in there]


def _speakers(statement: str) -> list[str]:
    """Who says something in a statement, in the last words of what stands there."""
    before = [" ".join(words.split()[-3:]) for words in _SPEAKER.findall(statement)]
    return [
        *before,
        *(" ".join(words.split()[:4]) for words in (*_BEHIND.findall(statement), *_SOURCE.findall(statement))),
    ]


def _says_so(speaker: str, statement: str, quotes: Sequence[str], about: Sequence[str]) -> bool:
    """Whether the speaker may say it: stands in the sentence that the statement took most of, or in one of the same
    quote where that names no other speaker.
    """
    if any(_is_there(speaker, one) for one in about):
        return True
    said = [(quote, quote[start:end]) for quote in quotes for start, end in find_sentences(quote, (0, len(quote)))]
    clause = next((part for part in statement.split(";") if speaker in part), statement)
    rest = " ".join(word for word in clause.split() if word not in speaker.split())
    quote, sentence = max(said, key=lambda one: _covered(rest, one[1]), default=("", ""))
    if _is_there(speaker, sentence):
        return True
    others = [one for one in _speakers(sentence) if not set(words_of(one).split()) <= STOP_WORDS]
    return not others and _is_there(speaker, quote)


def _is_there(words: str, text: str) -> bool:
    """Whether a text has all content words of others."""
    there = set(stems(text))
    return all(set(stems(word)) <= there for word in words_of(words).split() if word not in STOP_WORDS)


def _is_plain(name: str, statement: str, text: str) -> bool:
    """Whether a name is only the statement's first word, which its sentences have in another form."""
    return statement.startswith(name) and set(stems(name)) <= set(stems(text))


def _covered(statement: str, text: str) -> float:
    there = set(stems(text))
    words = [stem for word in words_of(statement).split() if word not in STOP_WORDS for stem in stems(word)]
    return sum(word in there for word in words) / len(words) if words else 0.0


_NEGATION = re.compile(rf"\b(?:{'|'.join(NEGATIONS)}|refused|failed|lack(?:s|ed))\b|n['’]t\b", re.IGNORECASE)
_HEDGE = re.compile(rf"\b(?:{'|'.join(HEDGES)})\b", re.IGNORECASE)
_SAYS = re.compile(rf"\b(?:{'|'.join(SAYING)}|according to)\b", re.IGNORECASE)
_DENIES = re.compile(rf"\b(?:{'|'.join(DENYING)})\b", re.IGNORECASE)
_CAUSE = re.compile(rf"\b(?:{'|'.join(CAUSES)})\b", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|so)\b", re.IGNORECASE)
"""What may tell a reason too, or something else."""
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_SPEAKER = re.compile(rf"([\w'’.\- ]+?),? (?:(?:has|have|had|also|later) )*(?:{'|'.join(SAYING)})\b", re.IGNORECASE)
_BEHIND = re.compile(rf"[”\",] (?:{'|'.join(SAYING)}) ((?:[A-Z]|the |a |an )[\w'’.\- ]+)")
_SOURCE = re.compile(r"\baccording to ([\w'’.\- ]+)", re.IGNORECASE)
_IN_QUOTES = re.compile(r"“[^”]*”|\"[^\"]*\"")


def _negated(text: str) -> bool:
    """Whether a text says no: an even number of negations says yes."""
    return len(_NEGATION.findall(text)) % 2 == 1


@dataclass(frozen=True, slots=True)
class _Aligned:
    """What of a sentence a statement took. `taken`: the share of the statement's words.

    `framed`: only of what stands behind a colon, and nothing of the words that lead up to it: "Reply with this: ...".
    """

    taken: float
    negated: bool = False
    hedged: bool = False
    attributed: bool = False
    framed: bool = False

    @classmethod
    def of(cls, statement: str, quote: str) -> _Aligned:
        words = [(match.group().lower(), match.start(), match.end()) for match in re.finditer(r"[\w'’.,-]*\w", quote)]
        own = re.findall(r"[\w'’.,-]*\w", statement.lower())
        blocks = SequenceMatcher(None, own, [word for word, _, _ in words], autojunk=False).get_matching_blocks()
        matched = [place for block in blocks for place in range(block.b, block.b + block.size)]
        content = [place for place in matched if words[place][0] not in STOP_WORDS] or matched
        if not content:
            return cls(0.0)
        first, last = content[0], content[-1]
        start = words[max(0, first - NEAR)][1]
        clause = max(quote.rfind(mark, 0, words[first][1]) for mark in (";", ":", ",", "—", "–"))
        taken = quote[max(start, clause + 1) : words[last][2]]
        bare = _IN_QUOTES.sub(" ", quote)
        return cls(
            len(matched) / len(own),
            _negated(taken),
            bool(_HEDGE.search(taken)),
            bool(_SAYS.search(bare) or _DENIES.search(bare)),
            bool(re.search(r"\w\W+[a-zà-ÿ]+", quote[: max(0, quote.rfind(": ", 0, words[first][1]))])),
        )
