"""A language model's own words, each statement checked before it is shown: what its sentences do not say is struck.

A statement that fails is replaced by the sentences that it names. Pure, but for the model that speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.errors import ModelError
from index.split import find_sentences
from qa.language.claims import faults
from qa.types import Citation, Event, Statement, Struck

MOST = 8
"""How many statements an answer has at most."""

LINES, IDLE = 24, 6
"""How many lines are read at most, and how many in a row that say nothing new: some models go on and on."""

LONGEST = 600
"""Characters of the longest statement; of a longer one the sentences that fit are."""

_NUMBERS = r"\d{1,2}(?:\s*[,;&]\s*S?\d{1,2})*\s*"
_IDS = re.compile(  # "Holm (54) said" has an age
    rf"\[\s*S?{_NUMBERS}\]|\(\s*S{_NUMBERS}\)|\(\s*{_NUMBERS}\)(?=\W*$)", re.IGNORECASE
)
_POINTS = re.compile(r"(?<!\.)\.\s?\.(?!\.)")  # around a number that is gone
_WHOLE = (".", "!", "?", '."', ".”")
_LABEL = re.compile(r"^(?:[-*•]+|\d{1,2}[.)])\s+")


class Sayer(Protocol):
    """Answers in its own words from sentences that it is given."""

    def say(
        self, question: str, citations: Sequence[Citation], sent: Callable[[str], None]
    ) -> Generator[str, None, None]:
        """The lines that it says; `sent` is told each prompt. Iterating raises ModelError where it fails."""

    def failed(self, error: ModelError) -> None:
        """Is told of what went wrong meanwhile."""


@dataclass(frozen=True, slots=True)
class Worded:
    """What was said and stands, with markers in the order in which they come; and what does not stand."""

    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    struck: tuple[Struck, ...]
    prompts: tuple[str, ...]


def in_own_words(sayer: Sayer, question: str, given: Sequence[Citation]) -> Generator[Event, None, Worded]:
    """The statements, each as soon as it is checked, as events; in the end all of them.

    `given`: the sentences, of which statements name one or more, markers from 1.
    """
    statements: list[Statement] = []
    citations: list[Citation] = []
    struck: list[Struck] = []
    said: set[str] = set()
    idle = 0

    def markers(named: Sequence[Citation]) -> tuple[int, ...]:
        for one in named:
            if not any(one.ref == other.ref for other in citations):
                citations.append(replace(one, marker=len(citations) + 1))
        return tuple(other.marker for one in named for other in citations if one.ref == other.ref)

    prompts: list[str] = []
    lines = sayer.say(question, given, prompts.append)
    try:
        for line in lines:
            text, named = read_line(line, given)
            idle = idle + 1 if not text or text in said else 0
            if idle >= IDLE or len(said) >= LINES or len(statements) >= MOST:
                break
            if idle:
                continue
            said.add(text)
            implied = given if len(given) == 1 and text.endswith(_WHOLE) else ()  # it can only be about that one
            sources = named or implied
            about = [fact for one in sources for fact in (one.outlet, one.author, (one.published or "")[:10]) if fact]
            wrong = "names no sentence"
            if sources:
                wrong = "; ".join(faults(text, [one.quote for one in sources], about))
            if wrong:
                struck.append(Struck(text, wrong))
                yield Event("struck", struck[-1])
            told = [(one.quote, [one]) for one in named] if wrong else [(text, sources)]
            for words, of in told:
                if any(words == other.text for other in statements):
                    continue
                cited = markers(of)
                replaced = Statement(words, "sentence", cited, "replaced")
                statements.append(replaced if wrong else Statement(words, "prose", cited, "verified"))
                yield Event("statement", statements[-1], tuple(citations))
    except ModelError as error:
        sayer.failed(error)
    finally:
        lines.close()
    return Worded(tuple(statements), tuple(citations), tuple(struck), tuple(prompts))


def read_line(line: str, given: Sequence[Citation]) -> tuple[str, list[Citation]]:
    """What a line says, and which of the given sentences it names; ("", []) for one that says nothing.

    >>> read_line("- Up to 4,000 were sent [1]. Up to 4,000 were sent [1].", ())
    ('Up to 4,000 were sent.', [])
    >>> read_line("Ida Holm (54) said so (1).", ())[0]
    'Ida Holm (54) said so.'
    >>> read_line("[1]. It rained. [1]. It snowed... [2]", ())[0]
    'It rained. It snowed...'
    """
    line = _LABEL.sub("", line.strip())
    numbers = [int(number) for ids in _IDS.findall(line) for number in re.findall(r"\d+", ids)]
    text = re.sub(r"\s+([.,;!?])", r"\1", " ".join(_IDS.sub(" ", line).split())).strip(" *`").lstrip(" .,:;)")
    text = _POINTS.sub(".", text)
    if len(said := [text[start:end] for start, end in find_sentences(text, (0, len(text)))]) > 1:
        text = " ".join(dict.fromkeys(said))
    if not re.search(r"\w", text) or text.upper().strip(".") == "NONE":
        return "", []
    wanted = dict.fromkeys(numbers)
    if len(text) > LONGEST:
        text = text[: max((end for _, end in find_sentences(text, (0, len(text))) if end <= LONGEST), default=0)]
    return text, [one for one in given if one.marker in wanted]
