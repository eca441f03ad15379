"""Follow-up questions of a chat: "When did he do so?" takes what it is about from the question before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.language.names import Question, find_names, is_bare
from qa.language.quantities import dates
from qa.language.vocabulary import AUXILIARIES, MODALS, ORDINALS, QUESTION_WORDS, STOP_WORDS

LONGEST = 12  # words; a longer question says itself what it is about
NAMES = 3  # how many go along, the latest, while one question follows another
_BACK = re.compile(
    r"\b(?:he|she|they|him|them|it|himself|herself|themselves|itself|these|those)\b"
    r"|\b(?:this|that)\W*$"
    r"|\b(?:d(?:o|id|oes)|say|said|says|of|after|before|about|for) (?:this|that|so)\b",
    re.IGNORECASE,
)
_OWNERS = re.compile(r"\b(?:his|her|hers|their|theirs|its)\b", re.IGNORECASE)
SAID = 12  # words of an answer that go along with the question after it


def with_context(question: str, earlier: Sequence[tuple[str, str | None]]) -> str:
    """A question with what it may point back to, in brackets behind it: as the reader was trained on.

    `earlier`: the questions before it and their answers (None: refused), the latest last. There go along the latest
    names of the talk, the question before, and how its answer begins.

    >>> with_context("When did he resign?", [("Who is Jim Mattis?", "the defense secretary")])
    'When did he resign? (Jim Mattis; Who is Jim Mattis? the defense secretary)'
    """
    if not earlier:
        return question
    names: dict[str, None] = {}
    for asked, said in earlier:
        for name in (*Question(asked).names, *((said,) if said and _is_name(said) else ())):
            names.pop(name, None)
            names[name] = None
    asked, said = earlier[-1]
    before = " ".join([asked, *(said or "").split()[:SAID]])
    named = ", ".join(list(names)[-NAMES:])
    return f"{question} ({'; '.join(part for part in (named, before) if part)})"


_NEGATED = re.compile(r"\W*(?:no|nope|not|sorry|wrong(?: \w+)?)\b[\s,.:;-]*", re.IGNORECASE)
_MEANT = re.compile(
    r"\b(?:i (?:mean|meant|was asking about|am asking about)|i['’]m asking about)\b[\s,:]*", re.IGNORECASE
)
_HE_OR_SHE = re.compile(r"\b(?:he|she|him|her|they|them|it|his|hers|its|their)\b(?!['’])", re.IGNORECASE)
_OWNER = frozenset("his hers its their her".split())


_NO = re.compile(r"\W*(?:no|nope|sorry|wrong)(?:[,.:;!]|\s+(?:the|i|not|his|her|their|mr|ms|mrs|dr)\b)", re.IGNORECASE)


def begins_a_correction(line: str) -> bool:
    """Whether a line begins as a correction does.

    >>> begins_a_correction("no, ms roe. where is she?"), begins_a_correction("No one was hurt?")
    (True, False)
    """
    return bool(_NO.match(line))


def corrected(line: str, before: str) -> str:
    """The question before, put as the correction `line` wants it: "How old is he?", "no, I mean the priest".

    A correction that asks something itself is that question, about what it names.

    >>> corrected("no, i mean the priest", "How old is he?"), corrected("not Ek, Ms. Roe. what did she say?", "Who?")
    ('How old is the priest?', 'what did Ms. Roe say?')
    """
    meant = _meant(line)
    if not meant:
        return line
    if asks := _ASKS.search(meant):
        name, question = meant[: asks.start()].strip(" ,.:;-"), meant[asks.start() :].lstrip(" ,")
        question = f"{question}?" if line.rstrip().endswith("?") else question
        return _put_in(name, question) if name else question
    if meant == line.strip().rstrip("?!. ") and _ASKING.search(line):
        return line
    return _put_in(meant, before)


def _put_in(name: str, question: str) -> str:
    """The question about what is named: in the place of "he", of the one name that it has, of "the first one"."""
    if match := _HE_OR_SHE.search(question):
        owner = "'s" if match.group().lower() in _OWNER and re.match(r"\s+\w", question[match.end() :]) else ""
        return f"{question[: match.start()]}{name}{owner}{question[match.end() :]}"
    names = [name for name in Question(question).names if not dates(name)]
    if len(names) == 1:
        return question.replace(names[0], name)
    if match := _THE_ONE.search(question):
        return f"{question[: match.start()]}{name}{question[match.end() :]}"
    return f"{question.rstrip('?. ')}, {name}?"


def completed(line: str, before: str) -> str | None:
    """The question `before`, put about what `line` names in its place; None for a line that asks something itself.

    >>> completed("and Milne?", "How many votes did Shumlin get?"), completed("and in 2014?", "Who won in 2013?")
    ('How many votes did Milne get?', 'Who won in 2014?')
    >>> completed("what about the keyboard?", "How much does it cost?"), completed("And who won?", "Who lost?")
    ('How much does the keyboard cost?', None)
    """
    match = _ELLIPTICAL.fullmatch(line.strip())
    named = match[1] if match else ""
    words = named.lower().split()
    if not 0 < len(words) <= NAMED or set(words) & _NO_ELLIPSIS or is_bare(named.replace("the us", "the US")):
        return None
    plain = before.rstrip("?. ")
    if words[0] in _PREPOSITIONS:
        phrases = list(re.finditer(rf"\b{words[0]}\s+(?:[^\s?,]+\s*){{1,4}}$", plain, re.IGNORECASE))
        return f"{plain[: phrases[-1].start()] if phrases else f'{plain} '}{named}?"
    if dates(named) and (held := dates(plain)):
        return f"{plain.replace(held[-1][0], named)}?"
    return _put_in(named, before)


NAMED = 5
"""Words of the longest name of what a question is put about instead."""

_PREPOSITIONS = frozenset("in on at for from to with by under after before during since of".split())
_NO_ELLIPSIS = frozenset((*QUESTION_WORDS, *AUXILIARIES, *MODALS, *"that this it them else more other same".split()))
_ELLIPTICAL = re.compile(
    r"(?:(?:ok|okay|so)[, ]+)?(?:(?:and|but)(?: (?:what|how) about)?|(?:what|how) about"
    rf"|(?={'|'.join(sorted(_PREPOSITIONS))}))\s*(.+?)\W*",
    re.IGNORECASE,
)

_ASKING = re.compile(rf"\b(?:{'|'.join(QUESTION_WORDS)})\b", re.IGNORECASE)
_VERBS = "|".join((*AUXILIARIES, *MODALS))
_ASKS = re.compile(
    rf"\b(?:{'|'.join(QUESTION_WORDS)})(?:['’]s\b|\s+(?:\w+\s+){{0,2}}?(?:{_VERBS})\b)|(?:^|,\s*)(?:who|what)\s+\w+",
    re.IGNORECASE,
)
_THE_ONE = re.compile(rf"\b(?:the|that) (?:(?:{'|'.join(ORDINALS)}|other|last|next) )?one\b", re.IGNORECASE)


def _meant(line: str) -> str:
    """What a correction names instead, and asks of it: around "I mean", or behind what it is not."""
    text = line.strip().rstrip("?!. ")
    if match := _MEANT.search(text):
        behind = re.split(r",?\s+not\b", text[match.end() :])[0].strip(" ,")
        before = text[: match.start()]
        named = before[no.end() if (no := _NEGATED.match(before)) else 0 :].strip(" ,")
        return ", ".join(part for part in (named, behind) if part)
    while (match := _NEGATED.match(text)) and match.end():
        text = text[match.end() :]
        if match.group().strip(" ,.").lower() == "not":  # "not the father, the son"
            return text.partition(",")[2].strip()
    return text


def points_back(question: str) -> bool:
    """Whether the question is short, names nothing and has a word that stands for something said before.

    >>> points_back("When did he do so?"), points_back("How many workers lost their jobs?")
    (True, False)
    """
    if len(question.split()) > LONGEST or Question(question).names:
        return False
    if _BACK.search(question):
        return True
    # "Their jobs" are those of the workers that the question itself speaks of; "what was their answer" speaks of none.
    return any(
        all(word.lower() in STOP_WORDS for word in question[: owner.start()].split())
        for owner in _OWNERS.finditer(question)
    )


def goes_on(question: str) -> bool:
    """Whether a question goes on from what was said: "and how many signed it?".

    >>> goes_on("And how many signed?"), goes_on("Andrew signed?")
    (True, False)
    """
    return re.match(r"\W*(?:and|but|so)\b", question, re.IGNORECASE) is not None


def first_pronoun(question: str) -> int | None:
    """Where the question has its first word that may stand for something said before."""
    found = [match.start() for match in (_BACK.search(question), _OWNERS.search(question)) if match]
    return min(found, default=None)


def has_pronoun(question: str) -> bool:
    """Whether the question has a word that may stand for something said before.

    >>> has_pronoun("Did Bo Ek meet her?"), has_pronoun("And who met Bo Ek?")
    (True, False)
    """
    return first_pronoun(question) is not None


def _is_name(text: str) -> bool:
    """Whether the text is one name and nothing else; a date is none."""
    name = text.removeprefix("the ")
    before = "is "  # the first word of a text may be capitalised without being a name
    return find_names(before + name) == [(name, len(before))] and not dates(name)
