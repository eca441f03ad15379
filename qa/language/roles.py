"""Who did it to whom: whether a sentence says the opposite of what a question asks. Pure.

Only where the question has a verb of the sentence, and a name right beside it in both; else nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.text import stems
from qa.language.names import find_names
from qa.language.vocabulary import AUXILIARIES, MODALS, STOP_WORDS

_WHO = r"(?:who|whom|(?:which|what)\s+[a-z]+)"
_BE = r"(?:am|is|are|was|were|been|being|be|gets?|got)"
_HELPING = rf"(?:(?:{'|'.join((*AUXILIARIES, *MODALS))}|{_BE}|also|later|then|not|never|\w+ly)\s+)*"
_DOES = re.compile(rf"\W*(?:and |so |but )?{_WHO}\s+{_HELPING}(?P<verb>[a-z]+)\s+(?:the\s+)?$", re.IGNORECASE)
_DONE_BY = re.compile(rf"\W*(?:and |so |but )?{_WHO}\s+{_HELPING}(?P<verb>[a-z]+)\s+by\s+(?:the\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A verb, as a stem, and a name beside it. `does`: the name is who does it, else whom it is done to."""

    verb: str
    name: str
    does: bool


def turned_round(question: str, sentence: str) -> bool:
    """Whether the name in the question has the other part in all that the sentence says with the question's verb.

    >>> told = "Kelston sued Torvendal on Monday."
    >>> turned_round("Who sued Kelston?", told), turned_round("Who sued Torvendal?", told)
    (True, False)
    """
    asked = _asked(question)
    if asked is None:
        return False
    verbs = [match.span() for match in re.finditer(r"[A-Za-z]+", sentence) if _base(match.group()) == asked.verb]
    return bool(verbs) and all(_does(asked.name, sentence, verb) == (not asked.does) for verb in verbs)


@lru_cache(maxsize=256)
def _asked(question: str) -> _Asked | None:
    for name, start in find_names(question):
        for form, does in ((_DONE_BY, True), (_DOES, False)):
            match = form.match(question[:start])
            if match and match["verb"].lower() not in STOP_WORDS | {*AUXILIARIES, *MODALS}:
                passive = re.search(rf"\b{_BE}\s+(?:\w+ly\s+)?$", question[: match.start("verb")], re.IGNORECASE)
                if bool(passive) == does:
                    return _Asked(_base(match["verb"]), name.split()[-1], does)
    return None


def _base(verb: str) -> str:
    """What forms of a verb have in common: "su" of sue, sued and sues."""
    return (stems(verb) or [""])[0].removesuffix("en").removesuffix("e")


def _does(name: str, sentence: str, verb: tuple[int, int]) -> bool | None:
    """Whether the name right beside the verb at `verb` is who does it; None where it is not beside it."""
    before, after = sentence[: verb[0]], sentence[verb[1] :]
    by = re.match(r"(?:\s+\w+ly)?\s+by\b", after)  # also of "the bank founded by Lena Ruus"
    passive = by is not None or re.search(rf"\b{_BE}\s+(?:\w+ly\s+)?$", before, re.IGNORECASE) is not None
    if re.search(rf"\b{re.escape(name)}\s+{_HELPING}$", before):
        return not passive
    if re.match(rf"\s+(?:the\s+)?(?:[A-Z]\w+\s+){{0,3}}{re.escape(name)}\b", after[by.end() if by else 0 :]):
        return passive
    return None
