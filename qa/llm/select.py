"""A language model as the reader: any LlamaIndex LLM that the user names. It may only point at what stands there.

What it says is not believed: its quote must stand in a passage and its answer in that quote, else there is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from index.errors import ModelError
from index.types import Passage, Span
from qa.llm import prompts
from qa.reading.findings import Finding, possible
from qa.reading.reader import Asked, Reading
from qa.types import Method

if TYPE_CHECKING:
    from qa.models.ranker_reader import Candidate


READ_PASSAGES = 8


class Completion(Protocol):
    """What a LlamaIndex LLM's `complete` returns."""

    text: str


class Llm(Protocol):
    """The part of a LlamaIndex LLM that is used."""

    def complete(self, prompt: str) -> Completion:
        """The model's continuation of `prompt`."""


class LlmReader:
    """Reads with a language model; every finding is checked against the text."""

    method: Method = "llm"

    def __init__(self, llm: Llm) -> None:
        self._llm = llm
        self._prompt = prompts.load("answer", {"passages", "question"})

    def read(self, asked: Asked, candidates: Sequence[Candidate]) -> Reading:
        passages = [candidate.hit.passage for candidate in candidates[:READ_PASSAGES]]
        if not passages:
            return Reading((), "no_passage")
        if asked.missing:  # what it answers all the same is about something else
            return Reading((), "no_span")
        listed = "\n\n".join(f"[{number}] {passage.text}" for number, passage in enumerate(passages, 1))
        try:
            reply = self._llm.complete(self._prompt.substitute(passages=listed, question=asked.text)).text
        except Exception as error:  # whatever the user's own model raises
            raise ModelError(f"the language model failed: {error}") from error
        said = dict(re.findall(r"^\s*(QUOTE|ANSWER):[ \t]*(\S.*)$", reply, re.MULTILINE))
        if "QUOTE" not in said or "ANSWER" not in said:
            return Reading((), "no_span")
        for passage in passages:
            finding = _pointed_at(asked.text, passage, said["QUOTE"], said["ANSWER"])
            if finding is not None:
                return Reading((finding,))
        return Reading((), "check_failed")


def _pointed_at(question: str, passage: Passage, quote: str, answer: str) -> Finding | None:
    """The sentences of `passage` (two at most) that hold `quote`, if `answer` stands in them."""
    place = find_words(quote, passage.text)
    if place is None:
        return None
    start, end = passage.start + place[0], passage.start + place[1]
    touched = [sentence for sentence in passage.sentences if sentence[0] < end and start < sentence[1]]
    if not 1 <= len(touched) <= 2:
        return None
    begin, stop = touched[0][0], touched[-1][1]
    inner = find_words(answer, passage.text[begin - passage.start : stop - passage.start])
    if inner is None:
        return None
    shift = begin - passage.start
    return possible(question, passage, [(begin, stop)], (shift + inner[0], shift + inner[1]))


def find_words(words: str, text: str) -> Span | None:
    """Where the words stand in `text`, in this order and together; case, quotes, dashes and spaces do not count.

    >>> find_words('"up to 4,000', "sent up to 4,000 troops")
    (5, 16)
    """
    parts = [re.escape(word) for word in re.findall(r"\w+", words)]
    found = re.search(r"\b" + r"\W+".join(parts) + r"\b", text, re.IGNORECASE) if parts else None
    return found.span() if found else None
