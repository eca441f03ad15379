"""Whether a statement says only what its sentences say: words, order, numbers, names, who says so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.split import find_sentences
from index.text import stems, words_of
from qa.language.checks import unsupported
from qa.language.names import find_names
from qa.language.quantities import dates
from qa.language.reduction import what_differs, without_lead
from qa.language.vocabulary import AUXILIARIES, DENYING, MODALS, NEGATIONS, SAYING, STOP_WORDS


def faults(statement: str, quotes: Sequence[str], about: Sequence[str] = ()) -> tuple[str, ...]:
    """What the statement says and its sentences, the `quotes`, do not, each in a few words; () if nothing.

    Each of its own sentences must be one of theirs with whole parts left out (`qa.language.reduction`); who says so may
    stand elsewhere in it. `about`: who may be named as saying it besides: outlets, authors.
    """
    text = " ".join((*quotes, *about))
    found = [f"“{one}” is not in its sentences" for one in unsupported(statement, text)]
    sources = [_Source(text, quote) for quote in quotes for text in _sentences(quote)] or [_Source("", "")]
    before: _Source | None = None
    for sentence in _sentences(statement):
        parts = [(sentence, *_nearest(sentence, sources, about))]
        if parts[0][2] and len(clauses := _CLAUSES.split(sentence)) > 1:
            parts = [(clause, *_nearest(clause, sources, about)) for clause in clauses]
        for part, source, wrong in parts:
            found += [wrong] if wrong else []
            if before is not None and source.quote != before.quote and _PRONOUN.match(part):
                found.append("means another by a pronoun than its sentence")
            before = source
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Source:
    """A sentence, and the quote that it stands in."""

    text: str
    quote: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What someone says. `verb`: as what: "said", "denied"; `day`: on which, if that stands beside it."""

    speaker: str
    verb: str
    what: str
    day: str

    def follows_from(self, other: _Told) -> bool:
        """Whether it is told as the other is, or only as said: what is alleged is not confirmed."""
        denied, other_denied = self.verb in DENYING, other.verb in DENYING
        same_day = self.day in ("", other.day)
        return (
            same_day
            and denied == other_denied
            and (self.verb in _PLAINLY or set(stems(self.verb)) == set(stems(other.verb)))
        )


def _nearest(clause: str, sources: Sequence[_Source], about: Sequence[str]) -> tuple[_Source, str | None]:
    """The sentence that a clause was made of, and how the clause differs from it; None if it does not."""
    nearest, *others = sorted(sources, key=lambda one: -_shared(clause, one.text))
    wrong = _differs(clause, nearest, about)
    if wrong is None:
        return nearest, None
    same = (one for one in others if _differs(clause, one, about) is None)
    return next(((one, None) for one in same), (nearest, wrong))


def _differs(clause: str, source: _Source, about: Sequence[str]) -> str | None:
    """How a clause differs from a sentence, who says so being free to stand elsewhere."""
    clause = without_lead(clause)
    reason = what_differs(_named(clause, source), source.text)
    for told in _tellings(clause) if reason else ():
        if any(_has(one, told.speaker) for one in about) and what_differs(told.what, source.text) is None:
            return None
        known = [one for one in _tellings(source.text) if told.follows_from(one)]
        for one in known:
            if not _speaks(told.speaker, one.speaker, source):
                reason = f"“{told.speaker}” does not say so in its sentences"
            elif what_differs(_named(told.what, source), one.what) is None:
                return None
        if not known:
            reason = f"“{told.speaker}” does not say so in its sentences"
    return reason


def _tellings(text: str) -> Iterator[_Told]:
    """Who says what in a text, wherever it stands; several readings."""
    for pattern in (_AHEAD, _BEHIND, _TURNED, _ACCORDING):
        for match in pattern.finditer(text):
            what = f"{text[: match.start()].rstrip(' ,')} {text[match.end() :].lstrip(' ,')}"
            speaker = match["speaker"].strip(' ,“”"')
            if not _NO_SPEAKER & set(words_of(speaker).split()):
                days = [day for group, day in match.groupdict().items() if group.startswith("day") and day]
                yield _Told(speaker, match["verb"].lower(), what.strip(), "".join(days))


def _speaks(speaker: str, other: str, source: _Source) -> bool:
    """Whether the speaker of a statement is that of its sentence, or the one that a pronoun there means."""
    if _has(other, speaker):
        return True
    return _PRONOUN.fullmatch(other) is not None and _only_name(source) is not None and _has(source.quote, speaker)


def _named(clause: str, source: _Source) -> str:
    """The clause with its sentence's pronoun in the place of the name that leads it in, if it means that one."""
    pronoun, name = _PRONOUN.match(source.text), _only_name(source)
    if pronoun and name and (match := re.match(rf"(?:[A-Z][\w’'.-]+ )*{re.escape(name)}\b(?!['’])", clause)):
        return f"{pronoun[0]}{clause[match.end() :]}"
    return clause


def _only_name(source: _Source) -> str | None:
    """The last word of the name before a sentence in its quote, if one alone is named there."""
    ahead = source.quote[: source.quote.find(source.text)]
    days = {name for name, _ in dates(ahead)}
    names = {name.split()[-1] for name, _ in find_names(f"so {ahead}") if name not in days}
    return names.pop() if len(names) == 1 else None


def _sentences(text: str) -> list[str]:
    found = (text[start:end] for start, end in find_sentences(text, (0, len(text))))
    return [one for one in found if re.search(r"\w", one)]


def _has(text: str, words: str) -> bool:
    """Whether a text has all content words of others, which have some."""
    there = set(stems(text))
    content = [word for word in words_of(words).split() if word not in STOP_WORDS]
    return bool(content) and all(set(stems(word)) <= there for word in content)


def _shared(words: str, text: str) -> float:
    """The share of the words that stand in a text."""
    own, there = stems(words), set(stems(text))
    return sum(word in there for word in own) / len(own) if own else 0.0


_PLAINLY = ("said", "says", "say", "saying", "told", "tells", "stated", "according")
_NO_SPEAKER = frozenset((*SAYING, *DENYING, *NEGATIONS, *AUXILIARIES, *MODALS))
"""Words of which none stands in what says who speaks."""
_VERB = rf"(?P<verb>{'|'.join(SAYING)})"
_WORDS = r"[\w’'.-]+(?: [\w’'.-]+){0,11}?"
_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_WHEN = rf"(?: (?:on )?(?P<day>{_DAY}))?"
_SPEAKER = rf"(?P<speaker>{_WORDS}(?:, [^,“”\"]+,)?) (?:(?:has|have|had|also|later) )*{_VERB}\b{_WHEN}"
_AHEAD = re.compile(rf"^(?:On (?P<day_ahead>{_DAY}),? )?{_SPEAKER}(?: that\b)?")
_BEHIND = re.compile(rf",[”\"]? {_SPEAKER}(?=[,.]|$)")
_TURNED = re.compile(rf"[,”\"]+ {_VERB} (?P<speaker>{_WORDS})(?=[,.]|$)")
_ACCORDING = re.compile(rf",? ?\b(?P<verb>[Aa]ccording) to (?P<speaker>{_WORDS})(?=[,.;]|$)")
_PRONOUN = re.compile(r"\W*(?:and |but )?(?:he|she|they|it|his|her|their|its)\b", re.IGNORECASE)
_CLAUSES = re.compile(r";\s+(?=[^“”]*(?:“[^“”]*”[^“”]*)*$)")
