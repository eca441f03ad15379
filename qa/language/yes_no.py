"""Questions that want a yes or no, and the sentences that say yes.

Only a sentence that has all words of the question in their order, every number and date so that the question's follows,
and nothing that makes it less than a fact ("would", "denied", "if") says yes. None says no: that a sentence says
otherwise cannot be told from its saying something else (docs/lab/confidence.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from qa.language.checks import unsupported
from qa.language.quantities import dates
from qa.language.vocabulary import ARTICLES, AUXILIARIES, MODALS, QUESTION_WORDS, TITLES

Stems = Callable[[str], Collection[str]]

_VERBS = [verb for verb in (*AUXILIARIES, *MODALS) if verb != "shall"]  # which asks for an order, not for a fact
_OPEN = [word for word in QUESTION_WORDS if word != "whose"]  # a question that has it can still want a yes or no
_WANTED = re.compile(
    rf"\W*(?:and |but |so )?(?:{'|'.join(_VERBS)})(?:n['’]t)?\b(?!.*\b(?:{'|'.join(_OPEN)}|or)\b)", re.IGNORECASE
)
_TOKEN = re.compile(r"\w+(?:[.,]\d+)*(?:['’]t\b)?")
_EMPTY = frozenset(
    "of in on at for by with from as and that this these those there any ever really actually indeed also be been "
    "being".split()
).union(ARTICLES, AUXILIARIES, (title.lower().rstrip(".") for title in TITLES))
_TURNS = frozenset(
    "by of for from against with without on about over under into but while whereas although though which who whose "
    "that and or than before after".split()
)
_MODALS = frozenset(("to", *MODALS))
_SOMEBODY = frozenset("i me my you your he him his she her it its we us our they them their one".split())
_MAYBE = [modal for modal in MODALS if modal not in ("can", "shall", "must")]  # what can or must be done is stated
_LESS_THAN_FACT = re.compile(
    r"\b(?:if|whether|unless|once|not|no|never|without|none|nobody|neither|nor|cannot|hardly|barely|instead|likely|unlikely|"
    rf"possibly|probably|perhaps|maybe|reportedly|supposedly|allegedly|{'|'.join(_MAYBE)}|almost|"
    r"(?:threat|plan|want|hop|expect|consider|propos|seek|urg|vow|promis|pledg|try|tri|attempt|alleg|accus|claim|"
    r"suggest|rumou?r|suspect|believ|fear|den[iy]|refus|reject|fail|lack|oppos|disput|doubt|demand|ask|call(?=\w* for)|"
    r"offer|intend|aim|agree|prevent|stop|avoid|block|cancel|dismiss|false|untrue|hypothe|imagin|fictio)\w*|"
    r"\w+n['’]t)\b"
)  # fmt: skip


def wants_yes_or_no(question: str) -> bool:
    """Whether the question begins with its verb and asks for nothing else.

    >>> wants_yes_or_no("Did Mattis authorize it?"), wants_yes_or_no("Is it known who authorized it?")
    (True, False)
    """
    return bool(_WANTED.match(question))


def says_yes(question: str, sentence: str, stems: Stems) -> bool:
    """Whether the sentence states what a yes/no question asks. `stems`: a text's words, inflections folded.

    >>> says_yes("Did Canada send 250 troops?", "In 2018 Canada sent 250 troops to Mali.", str.split)
    False
    >>> says_yes("Was Canada praised?", "Canada was praised.", str.split)
    True
    """
    first, *asked = _TOKEN.findall(question)
    if "?" in sentence or not _SOMEBODY.isdisjoint(word.lower() for word in asked):
        return False
    known = {word.lower() for word in (first, *asked)}
    if any(match.group() not in known for match in _LESS_THAN_FACT.finditer(sentence)):
        return False
    if not _in_order(first, asked, _TOKEN.findall(sentence), stems):
        return False
    stated, wanted = dates(sentence), dates(question)
    if wanted and len(stated) != len(wanted):  # which of them is of what is asked?
        return False
    return not unsupported(question[question.index(first) + len(first) :], sentence)


def _in_order(verb: str, asked: list[str], words: list[str], stems: Stems) -> bool:
    """Whether the words that count of those that follow the question's `verb`, two at least, stand in the sentence's
    `words`, in their order.

    Not behind a modal, or "to", where the question has none: "to pay" and "would pay" are no paying. Not before a
    possessive 's, likewise. What turns the meaning between two of them does not stand in the sentence alone: "A was
    sued by B" is not "A sued B", "supported a repeal of the ban" is not "supported the ban".
    """
    found = [set(stems(word)) for word in words]
    place, counted = -1, 0
    turns: set[str] = set()  # of the question, since the last word that counts
    for before, word, after in zip([verb, *asked], asked, [*asked[1:], ""], strict=False):
        if word.lower() in _TURNS:
            turns.add(word.lower())
            continue
        wanted = set(stems(word))
        if word.lower() in _EMPTY or word.lower() in _MODALS or word.isdecimal() or not wanted:
            continue
        behind = (at for at in range(place + 1, len(words)) if wanted <= found[at])
        last, place = place, next(behind, -1)
        if place < 0:
            return False
        between = _TURNS & {gap.lower() for gap in words[last + 1 : place]} if counted else frozenset()
        if not between <= turns or (counted and "by" in turns and "by" not in between):
            return False
        turns = set()
        led_by = words[place - 1].lower() if place else ""
        if led_by in _MODALS and led_by not in (before.lower(), verb.lower()):
            return False
        if words[place + 1 : place + 2] == ["s"] != [after]:
            return False
        counted += 1
    return counted > 1
