"""Selecting: a language model is shown the best passages' sentences, numbered, and says which answer, and what.

It names ids and a few words; what is shown is always the stored sentence (`qa.reading.selected`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

from index.errors import ModelError
from index.text import words_of
from index.types import Passage
from qa.llm.providers import Model
from qa.reading.selected import Place, Selection

NONE = "NONE"
_AGAIN = """

So which words of which sentence answer the question "{question}"? Begin with ANSWER: and these words, \
then IDS: and the id, or say NONE."""

FEW = 3
FLOOD = 0.5
"""The share of the sentences that a model may name, if these are more than a few; more is no choice."""

LONGEST_WORDS = 300
"""Characters of its answer that count."""

ECHO = 5
"""From how many words on an answer that stands so in the prompt is none."""

LONGEST_REPLY = 500
"""Characters of a reply that are waited for."""

SHOWN = 5
"""How many passages a model is shown at most."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The sentences that a model is shown. `sentences[i]`, (article's id, its place), has the id `S{i + 1}`
    and the words `texts[i]`. `form`: the words of the prompt around them. `again`: what is asked if the reply to
    `prompt` cannot be understood.
    """

    prompt: str
    again: str
    form: str
    sentences: tuple[Place, ...]
    texts: tuple[str, ...]


class ModelSelector:
    """Has a language model choose. What it fails with is told in one line, and the choice is left to the others."""

    def __init__(self, model: Callable[[], Model], template: Template, notify: Callable[[str], None]) -> None:
        """`model` gives the model, or raises ModelError if it is not there."""
        self._model = model
        self._template = template
        self._notify = notify

    def select(self, question: str, passages: Sequence[Passage]) -> Selection:
        """What the model makes of the first passages; it is asked again once if that cannot be understood."""
        prompts: list[str] = []
        try:
            model = self._model()
            offered = fitting(question, passages[:SHOWN], self._template, model)
            for prompt in (offered.prompt, offered.again):
                prompts.append(prompt)
                chosen = read_reply(first_lines(model, prompt), offered)
                if chosen is not None:
                    named = tuple(offered.sentences[number] for number in chosen.order)
                    return Selection(model.name, named, chosen.words, tuple(prompts))
            raise ModelError(f"{model.name} named no sentence and did not say that none answers")
        except ModelError as error:
            self._notify(f"{error}; the answer is the shipped model's")
            return Selection(prompts=tuple(prompts))


def fitting(question: str, passages: Sequence[Passage], template: Template, model: Model) -> Offered:
    """What is asked about as many of the passages as fit the model's window. Raises ModelError if not even one does."""
    for count in range(len(passages), 0, -1):
        offered = offer(question, passages[:count], template)
        if model.fits(offered.prompt):
            return offered
    raise ModelError(f"{model.name}: its window of {model.window} tokens is too small for one passage")


def first_lines(model: Model, prompt: str) -> str:
    """The reply up to the end of the line with ids, or of one that says that nothing answers; no more is waited for.

    Nor where it goes on and on, but for what it thinks before.
    """
    reply = ""
    pieces = model.reply(prompt)
    try:
        for piece in pieces:
            reply += piece
            said = without_thoughts(reply)
            if len(said) > LONGEST_REPLY or ("\n" in piece and _ENDED.search(said)):
                break
    finally:
        pieces.close()
    return reply


_ENDED = re.compile(rf"^\W*(?:IDS?\W*?:.*\S.*|{NONE}\W*)\n", re.IGNORECASE | re.MULTILINE)


def offer(question: str, passages: Sequence[Passage], template: Template) -> Offered:
    """What a model is asked about the passages, best first; a sentence of two of them is shown once."""
    shown: dict[Place, str] = {}
    lines: list[str] = []
    article = None
    for passage in passages:
        new = [span for span in passage.sentences if (passage.article_id, span) not in shown]
        if new and passage.article_id != article:
            article = passage.article_id
            lines.append(_heading(passage))
        for span in new:
            text = one_line(passage.words(span))
            shown[passage.article_id, span] = text
            lines.append(f"S{len(shown)} {text}")
    sentences = "\n".join(lines)
    question = one_line(question)
    prompt = template.substitute(fence=fence(question, sentences), sentences=sentences, question=question)
    again = f"{prompt.rstrip()}{_AGAIN.format(question=question)}"
    form = words_of(template.substitute(fence="", sentences="", question=""))
    return Offered(prompt, again, form, tuple(shown), tuple(shown.values()))


def _heading(passage: Passage) -> str:
    article = passage.article
    about = (article.outlet, article.published and article.published[:10], article.title)
    return f"[{one_line(' | '.join(fact for fact in about if fact))}]"


def one_line(text: str) -> str:
    """The text with every run of white space a space, so that nothing in it looks like a line of the prompt."""
    return " ".join(text.split())


def fence(question: str, text: str) -> str:
    """A line that stands around a text; it depends on all of it, so that nothing in the text can know it."""
    digest = hashlib.sha256(f"{question}\n{text}".encode()).hexdigest()
    return f"=== {digest[:12]} ==="


@dataclass(frozen=True, slots=True)
class Chosen:
    """Numbers of offered sentences, from 0, best first, and the answer in the model's own few words.

    Neither: it says that none answers.
    """

    order: tuple[int, ...] = ()
    words: str = ""


def read_reply(reply: str, offered: Offered) -> Chosen | None:
    """What a reply says of the offered sentences; None if nothing, or only what it was asked.

    Without a label its first line counts as the answer where a sentence has it, word for word.
    """
    chosen = parse(reply, len(offered.sentences))
    if chosen is not None and _is_echo(chosen.words, offered.form):
        return None
    if chosen is None:
        line = next((words_of(line) for line in without_thoughts(reply).splitlines() if words_of(line)), "")
        if line and any(f" {line} " in f" {words_of(text)} " for text in offered.texts):
            return Chosen((), line[:LONGEST_WORDS])
    return chosen


def _is_echo(words: str, form: str) -> bool:
    """Whether an answer is the words in which it was asked for: "the answer in as few words as possible"."""
    said = words_of(words)
    return len(said.split()) >= ECHO and f" {said} " in f" {form} "


def parse(reply: str, offered: int) -> Chosen | None:
    """What a reply says of so many `offered` sentences; None if nothing, or no choice (a flood).

    What a model thinks before it answers, fences of code and ids that were never offered do not count.

    >>> parse("<think>S9 or S2?</think>ANSWER: 4,000\\nIDS: S4, S2-S3", 5)
    Chosen(order=(3, 1, 2), words='4,000')
    """
    reply = re.sub(r"\bIDS?\W{0,3}:", "\nIDS:", without_thoughts(reply))
    lines = [line.strip(" *`") for line in reply.splitlines() if line.strip(" *`")]
    words = next((match[1] for line in lines if (match := _ANSWER.match(line))), "")
    ids = [re.sub(r"(?<![\w-])(\d)", r"S\1", match[1]) for line in lines if (match := _IDS.match(line))]
    others = [line for line in lines if not _ANSWER.match(line) and not _IDS.match(line)]
    named = [number for line in ids or [words, *others[:1]] for number in _numbers(line)]
    order = tuple(dict.fromkeys(number for number in named if 0 <= number < offered))
    if len(order) > max(FEW, FLOOD * offered):
        order = ()
    words = re.sub(r"\[?\bS\d+\b\]?[,.;]?", "", words).strip(" .*")[:LONGEST_WORDS]
    if words.upper() == NONE or (not order and not words):
        return Chosen() if any(re.search(rf"\b{NONE}\b", line) for line in lines) else None
    return Chosen(order, words)


_ANSWER = re.compile(r"ANSWER\W*?:\W*(.*)", re.IGNORECASE)
_IDS = re.compile(r"IDS?\W*?:\W*(.*)", re.IGNORECASE)


def without_thoughts(reply: str) -> str:
    """A reply without what was thought before it and fences of code."""
    reply = re.sub(r"<think>.*?(?:</think>|\Z)", "", reply, flags=re.DOTALL | re.IGNORECASE)
    reply = re.sub(r"^.*</think>", "", reply, flags=re.DOTALL | re.IGNORECASE)
    return re.sub(r"^\s*```\w*\s*$", " ", reply, flags=re.MULTILINE)


def _numbers(line: str) -> list[int]:
    """The sentences that a line names, from 0: "S4", "S2-S3", "s 7", "[S1]"."""
    found: list[int] = []
    for first, last in re.findall(r"\b[Ss]\s?(\d{1,4})(?:\s*(?:-|–|to|\.\.)\s*[Ss]?\s?(\d{1,4}))?\b", line):
        begin, end = int(first), int(last or first)
        found += range(begin - 1, max(begin, end))
    return found
