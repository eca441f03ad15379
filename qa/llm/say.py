"""Saying: a language model words the answer, from the selected sentences and nothing else.

What it says is checked statement by statement before it is shown (`qa.reading.own_words`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from string import Template

from index.errors import ModelError
from qa.llm.providers import Model, is_refused
from qa.llm.select import fence, one_line, without_thoughts
from qa.reading.own_words import LONGEST, read_line
from qa.types import Citation


class ModelSayer:
    """Has a language model say it. What it fails with is told in one line; what was checked before that stays."""

    def __init__(
        self, model: Callable[[], Model], say: Template, cite: Template, notify: Callable[[str], None]
    ) -> None:
        """`say`: the prompt; `cite`: that for a model with citations of its own."""
        self._model = model
        self._say = say
        self._cite = cite
        self._notify = notify

    def say(
        self, question: str, citations: Sequence[Citation], sent: Callable[[str], None]
    ) -> Generator[str, None, None]:
        """The lines that it says about the sentences that are cited; `sent` is told what it is sent."""
        model = self._model()
        question = one_line(question)
        sources = [_source(one) for one in citations]
        sentences = [
            f"({source}) {one_line(one.quote)}" if source else one_line(one.quote)
            for source, one in zip(sources, citations, strict=True)
        ]
        if model.cites and (yield from self._cited(model, self._cite.substitute(question=question), sentences, sent)):
            return
        listed = "\n".join(f"[{one.marker}] {text}" for one, text in zip(citations, sentences, strict=True))
        prompt = self._say.substitute(fence=fence(question, listed), sentences=listed, question=question)
        for line in _lines(model, prompt, (), sent):
            yield without_source(line, sources)

    def failed(self, error: ModelError) -> None:
        """Tells of what went wrong."""
        self._notify(str(error))

    @staticmethod
    def _cited(
        model: Model, prompt: str, sentences: Sequence[str], sent: Callable[[str], None]
    ) -> Generator[str, None, bool]:
        """The lines with citations of the model's own, and whether there were any; without one nothing is said."""
        held: list[str] = []
        cited = False
        try:
            for line in _lines(model, prompt, sentences, sent):
                held.append(line)
                cited = cited or re.search(r"\[\d", line) is not None
                if cited:
                    yield from held
                    held.clear()
        except ModelError as error:
            if cited or not is_refused(error):
                raise
            return False
        return cited or not any(read_line(line, ())[0] for line in held)


def _lines(
    model: Model, prompt: str, sentences: Sequence[str], sent: Callable[[str], None]
) -> Generator[str, None, None]:
    """The lines of the reply, each as soon as it is whole."""
    whole_prompt = "\n".join([*sentences, "", prompt] if sentences else [prompt])
    if not model.fits(whole_prompt):
        raise ModelError(f"{model.name}: its window of {model.window} tokens is too small for the sentences")
    sent(whole_prompt)
    told, reply = 0, ""
    pieces = model.reply(prompt, sentences)
    try:
        for piece in pieces:
            reply += piece
            if "\n" in piece:
                whole = without_thoughts(reply[: reply.rindex("\n") + 1]).splitlines()
                yield from whole[told:]
                told = max(told, len(whole))
            elif len(without_thoughts(reply).rpartition("\n")[2]) > 2 * LONGEST:
                break  # a line that does not end
    finally:
        pieces.close()
    yield from without_thoughts(reply).splitlines()[told:]


def without_source(line: str, sources: Sequence[str]) -> str:
    """A line without the label of a sentence that it was copied with.

    >>> without_source("- [1] (The Post, 2018-04-09): Up to 4,000.", ["The Post, 2018-04-09"])
    '- [1] Up to 4,000.'
    """
    for source in filter(None, sources):
        line = re.sub(
            rf"^([-*\s]*(?:\[\d+\])?\s*)(?:\({re.escape(source)}\)[,:]?|{re.escape(source)}[,:])\s*", r"\1", line
        )
    return line


def _source(citation: Citation) -> str:
    about = (citation.outlet, citation.published and citation.published[:10], citation.heading)
    return one_line(", ".join(fact for fact in about if fact))
