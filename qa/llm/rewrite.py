"""Follow-ups: a language model writes a line of a talk as a question that can be understood by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

from index.errors import ModelError
from qa.language.checks import unsupported
from qa.llm.providers import Model
from qa.llm.select import fence, one_line, without_thoughts

LONGEST = 300
"""Characters of the longest question."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A line as a whole question, None if there is none; and the `prompts` that the model was sent for it."""

    question: str | None = None
    prompts: tuple[str, ...] = ()


def rewritten(
    line: str,
    earlier: Sequence[tuple[str, str | None]],
    seen: Sequence[str],
    model: Callable[[], Model],
    template: Template,
    notify: Callable[[str], None],
) -> Rewritten:
    """The line as a whole question; none where the model fails, or brings in a name, a number or a date of its own.

    `earlier`: what was asked before, each with its answer; `seen`: the sentences and titles that were shown.
    """
    talk = "\n".join(f"Question: {one_line(asked)}\nAnswer: {one_line(said or 'not found')}" for asked, said in earlier)
    prompt = template.substitute(fence=fence(line, talk), talk=talk, line=one_line(line))
    sent: tuple[str, ...] = ()
    try:
        connected = model()
        if not connected.fits(prompt):
            return Rewritten()
        sent = (prompt,)
        reply = _first_line(connected, prompt)
    except ModelError as error:
        notify(str(error))
        return Rewritten(prompts=sent)
    question = reply.removeprefix("Question:").strip(' "“”')
    known = " ".join((line, talk, *seen))
    if not question or len(question) > LONGEST or unsupported(f"so {question}", known):
        return Rewritten(prompts=sent)
    return Rewritten(question, sent)


def _first_line(model: Model, prompt: str) -> str:
    """The first line of the reply that says something; no more is waited for."""
    said = reply = ""
    pieces = model.reply(prompt)
    try:
        for piece in pieces:
            reply += piece
            said = without_thoughts(reply).lstrip()
            if "\n" in said or len(said) > 2 * LONGEST:
                break
    finally:
        pieces.close()
    return one_line(said.partition("\n")[0])
