"""Saying: a language model answers in its own words, from the selected sentences and nothing else.

What it says is checked statement by statement before it is shown (`qa.reading.own_words`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from string import Template

from index.errors import ModelError
from qa.llm.providers import Model
from qa.llm.select import fence, one_line, without_thoughts
from qa.types import Citation


class ModelSayer:
    """Has a language model say it. What it fails with is told in one line; what was checked before that stays."""

    def __init__(self, model: Callable[[], Model], template: Template, notify: Callable[[str], None]) -> None:
        self._model = model
        self._template = template
        self._notify = notify

    def say(self, question: str, citations: Sequence[Citation]) -> tuple[str, Generator[str, None, None]]:
        """What it is sent about the sentences that are cited, and the lines that it says."""
        sentences = "\n".join(f"[{one.marker}] ({_source(one)}) {one_line(one.quote)}" for one in citations)
        prompt = self._template.substitute(
            fence=fence(question, sentences), sentences=sentences, question=one_line(question)
        )
        return prompt, self._lines(prompt)

    def failed(self, error: ModelError) -> None:
        """Tells of what went wrong."""
        self._notify(str(error))

    def _lines(self, prompt: str) -> Generator[str, None, None]:
        """The lines of the reply, each as soon as it is whole."""
        model = self._model()
        if not model.fits(prompt):
            raise ModelError(f"{model.name}: its window of {model.window} tokens is too small for the sentences")
        told, reply = 0, ""
        pieces = model.reply(prompt)
        try:
            for piece in pieces:
                reply += piece
                if "\n" in piece:
                    whole = without_thoughts(reply[: reply.rindex("\n") + 1]).splitlines()
                    yield from whole[told:]
                    told = max(told, len(whole))
        finally:
            pieces.close()
        yield from without_thoughts(reply).splitlines()[told:]


def _source(citation: Citation) -> str:
    about = (citation.outlet, citation.published and citation.published[:10], citation.title)
    return one_line(", ".join(fact for fact in about if fact))
