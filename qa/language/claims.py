"""Whether a statement says only what its sentences say: numbers, names, negation, who says so, how sure it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.split import find_sentences
from index.text import stems, words_of
from qa.language.checks import unsupported
from qa.language.names import find_names
from qa.language.quantities import dates
from qa.language.vocabulary import CAUSES, DENYING, HEDGES, NEGATIONS, NUMBERS, SAYING, STOP_WORDS

COVERED = 0.85
"""The share of its content words that each sentence of a statement must have from one sentence."""

NEAR = 4
"""How many words before what a statement took from a sentence still bear on it: "denied that ..."."""


def faults(statement: str, quotes: Sequence[str], about: Sequence[str] = ()) -> tuple[str, ...]:
    """What the statement says and its sentences, the `quotes`, do not, each in a few words; () if nothing.

    Each of its own sentences must say what one of theirs does. `about`: what is known of these besides, and may be
    said: outlets, authors, days of publication.
    """
    text = " ".join((*quotes, *about))
    missing = dict.fromkeys((*unsupported(statement, text), *_strange(statement, text)))
    found = [f"“{one}” is not in its sentences" for one in missing]
    if _CAUSE.search(statement) and not _CAUSE.search(text) and not _SINCE.search(text):
        found.append("gives a reason that its sentences do not give")
    there = [_There(text, quote) for quote in quotes for text in _sentences(quote)] or [_There("", "")]
    for sentence in _sentences(statement):
        for clause in _CLAUSES.split(sentence):
            found += _faults_of(clause, there, about)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _There:
    """A sentence, and the quote that it stands in."""

    text: str
    quote: str

    def covers(self, words: str, about: Sequence[str]) -> float:
        """Which share of the content words stand in it; a name may stand in the sentence beside it, for a pronoun."""
        names = (name for name, _ in find_names(f"so {self.quote}")) if _PRONOUN.search(self.text) else ()
        return _covered(words, " ".join((self.text, *names, *about)))


def _faults_of(clause: str, there: Sequence[_There], about: Sequence[str]) -> Iterator[str]:
    """What a clause of a statement says, and the sentence that it took most of does not."""
    speakers = _speakers(clause)
    spoken = {word for one in speakers for word in one.split()}
    rest = _SAYS.sub(" ", " ".join(word for word in clause.split() if word not in spoken))
    source, aligned = max(
        ((one, _Aligned.of(clause, one.text)) for one in there),
        key=lambda each: (each[0].covers(rest, about), each[1].taken),
    )
    text = " ".join((source.text, *about))
    yield from (f"“{one}” is not in its sentences" for one in _figures(clause, text))
    if source.covers(rest, about) < COVERED:
        yield "says more than its sentences"
    if broader := [word for word in _ALL.findall(clause) if word.lower() not in source.text.lower()]:
        yield f"“{broader[0]}” is not in its sentences"
    if _the_whole(clause, source.text):
        yield "takes a part for the whole"
    if not _in_order(_IN_QUOTES.sub(" ", rest), source.text):
        yield "has its names or figures in another order"
    denied = _DENIES.search(clause) is not None and _DENIES.search(source.text) is None
    if denied or aligned.negated != _negated(clause):
        yield "says no where its sentence says yes, or yes for no"
    if aligned.hedged and not _HEDGE.search(clause) and not _SAYS.search(clause):
        yield "is surer than its sentence"
    if aligned.attributed and not any(told.search(clause) for told in (_SAYS, _DENIES, _HEDGE)):
        yield "does not say who says so"
    if strange := [one for one in speakers if not _says_so(one, source, about)]:
        yield f"“{strange[0]}” does not say so in its sentences"
    if aligned.framed:
        yield "leaves out how its sentence says it"


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in find_sentences(text, (0, len(text)))]


def _in_order(words: str, text: str) -> bool:
    """Whether the names and figures, but for days, stand in the text in the order in which they are said."""
    days = {word for day, _ in dates(words) for word in words_of(day).split()}
    named = [(start, words_of(name).split()[-1:]) for name, start in find_names(f"so {words}")]
    figures = [(match.start() + len("so "), words_of(match.group()).split()) for match in _FIGURE.finditer(words)]
    there = words_of(text).split()
    said = [word for _, parts in sorted(named + figures) for word in parts if word in there and word not in days]
    rest = iter(there)
    return all(word in rest for word in said)


def _the_whole(clause: str, text: str) -> bool:
    """Whether "his two" is said where "two of his three" stands."""
    parts = {match[1].lower() for match in _PART_OF.finditer(text)}
    return any(match[1].lower() in parts for match in _COUNTED_OUT.finditer(clause))


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


def _says_so(speaker: str, source: _There, about: Sequence[str]) -> bool:
    """Whether the speaker may say it: stands in its sentence, or in the quote of it where that names no other."""
    if any(_is_there(speaker, one) for one in (*about, source.text)):
        return True
    others = [one for one in _speakers(source.text) if not set(words_of(one).split()) <= STOP_WORDS]
    return not others and _is_there(speaker, source.quote)


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
_ALL = re.compile(
    r"\b(?:all|every|everyone|everybody|each|both|always|only|most|entire|entirely|whole)\b", re.IGNORECASE
)
"""What makes a statement broader."""
_PRONOUN = re.compile(r"\b(?:he|she|they|it|him|her|them|his|hers?|their|its|who)\b", re.IGNORECASE)
_COUNT = rf"(\d[\d.,]*|{'|'.join(NUMBERS)})"
_PART_OF = re.compile(rf"\b{_COUNT} of (?:the|his|her|its|their|my|our|these|those|[\w.]+['’]s?)\b", re.IGNORECASE)
_COUNTED_OUT = re.compile(rf"\b(?:the|his|her|its|their|all|these|those|[\w.]+['’]s?) {_COUNT}\b", re.IGNORECASE)
_CLAUSES = re.compile(r";\s+(?=[^“”]*(?:“[^“”]*”[^“”]*)*$)")
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
