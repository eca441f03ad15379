"""Follow-up questions of a chat: "When did he do so?" takes what it is about from the question before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.language.names import Question, find_names
from qa.language.quantities import dates
from qa.language.vocabulary import STOP_WORDS
from qa.types import Answer

LONGEST = 12  # words; a longer question says itself what it is about
NAMES = 3  # how many go along, the latest, while one question follows another
_BACK = re.compile(
    r"\b(?:he|she|they|him|them|it|himself|herself|themselves|itself|these|those)\b"
    r"|\b(?:this|that)\W*$"
    r"|\b(?:d(?:o|id|oes)|say|said|says|of|after|before|about|for) (?:this|that|so)\b",
    re.IGNORECASE,
)
_OWNERS = re.compile(r"\b(?:his|her|hers|their|theirs|its)\b", re.IGNORECASE)
_INSTEAD = re.compile(
    r"\s*(?:and|but|(?:and )?(?:what|how) about)\s+(?:(?:in|for|from|by|with)\s+)?(.+?)\W*", re.IGNORECASE
)

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


_WITH_NAMES = re.compile(r"(.+) \([^()]+\)")  # as `ways` puts them together


@dataclass(frozen=True, slots=True)
class Way:
    """A way to take a question: as which words, and put to which articles (None: all)."""

    text: str
    article_ids: tuple[str, ...] | None = None


def ways(question: str, before: Answer | None) -> list[Way]:
    """How a question can be meant after `before`; the first way that has an answer counts.

    A question that points back ("he", "it") and names nothing goes with the names of the question before, and of its
    answer if that is one: first to the articles cited there, then to all; then as it is. "What about Norway?" is the
    question before about Norway, if that named one thing.
    """
    itself = Way(question)
    if before is None:
        return [itself]
    asked = before.understood or before.question
    topic = Question(asked).names
    if (other := _INSTEAD.fullmatch(question)) and _is_name(other[1]):
        if with_names := _WITH_NAMES.fullmatch(asked):
            return [Way(f"{with_names[1]} ({other[1]})")]
        if len(topic) == 1:
            return [Way(asked.replace(topic[0], other[1]))]
    if not points_back(question):
        return [itself]
    if before.answer is not None and _is_name(before.answer) and before.answer not in topic:
        topic += (before.answer,)
    topic = topic[-NAMES:]
    text = f"{question} ({', '.join(topic)})" if topic else question
    cited = tuple(dict.fromkeys(citation.article_id for citation in before.citations))
    found = [Way(text, cited)] if cited else []
    return [*found, *([Way(text)] if topic else []), itself]


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


def _is_name(text: str) -> bool:
    """Whether the text is one name and nothing else; a date is none."""
    name = text.removeprefix("the ")
    before = "is "  # the first word of a text may be capitalised without being a name
    return find_names(before + name) == [(name, len(before))] and not dates(name)
