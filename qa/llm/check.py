"""How well a language model cites: a shipped dozen of questions, and what was measured kept for its user.

A model that was found to cite well may word the answer without being told to. The dozen is about four short
articles of our own making, in `dozen.json`: no index is needed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.files import replace_text
from index.folders import state_folder
from index.types import WHOLE_FILE, Facts, Passage
from qa.llm import prompts
from qa.llm.providers import LanguageModel, Model
from qa.llm.say import ModelSayer
from qa.llm.select import ModelSelector
from qa.reading.own_words import Worded, in_own_words
from qa.reading.selected import support
from qa.types import Citation, Event

DOZEN = Path(__file__).parent / "dozen.json"
FILE = "models.json"
WELL = 0.9
"""The citation rate from which on a model may word the answer unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model made of the dozen: how many of its statements stood, of how many; and seconds for one question.

    `chosen`: in how many of `asked` questions its choice has the sentence that answers.
    """

    stood: int
    said: int
    chosen: int
    asked: int
    seconds: float

    @property
    def rate(self) -> float:
        """The share of its statements whose sentences say what they say."""
        return self.stood / self.said if self.said else 0.0


def measure(model: Model, own: Path | None, tell: Callable[[str], None], each: Callable[[int, int], None]) -> Measured:
    """What the model makes of the dozen. `own`: a folder of prompts; `each` is told how many are done, of how many.

    Raises ModelError where it fails at every one of them.
    """
    failed: list[str] = []
    selector = ModelSelector(lambda: model, prompts.load("select", own), failed.append)
    sayer = ModelSayer(lambda: model, prompts.load("say", own), prompts.load("cite", own), failed.append)
    stood = said = chosen = 0
    began = time.perf_counter()
    questions = list(_dozen())
    for number, (question, passage, answers) in enumerate(questions, 1):
        selection = selector.select(question, [passage])
        supported = support(question, selection, [passage]) if selection.model else {}
        best = max(supported, key=lambda place: supported[place].named + supported[place].said, default=None)
        chosen += best is not None and best[1] in answers
        worded = _finished(in_own_words(sayer, question, _cited(passage)))
        prose = sum(statement.kind == "prose" for statement in worded.statements)
        stood += prose
        said += prose + len(worded.struck)
        each(number, len(questions))
    for line in dict.fromkeys(failed):
        tell(line)
    if not said and not chosen:
        raise ModelError(f"{model.name}: nothing came of any of the questions")
    return Measured(stood, said, chosen, len(questions), round((time.perf_counter() - began) / len(questions), 1))


def _finished(events: Generator[Event, None, Worded]) -> Worded:
    """What comes of it all in the end."""
    while True:
        try:
            next(events)
        except StopIteration as done:
            worded: Worded = done.value
            return worded


def _dozen() -> Iterator[tuple[str, Passage, list[tuple[int, int]]]]:
    """Each question, its article, and the sentences that answer it."""
    held = json.loads(DOZEN.read_text(encoding="utf-8"))
    articles = {one["id"]: one for one in held["articles"]}
    for one in held["questions"]:
        article = articles[one["article"]]
        spans, at = [], 0
        for sentence in article["text"]:
            spans.append((at, at + len(sentence)))
            at += len(sentence) + 1
        text = " ".join(article["text"])
        facts = Facts(article["id"], article["title"], article["outlet"], None, article["published"])
        passage = Passage(id=1, article=facts, start=0, end=len(text), text=text, sentences=tuple(spans))
        yield one["question"], passage, [spans[number] for number in one["answers"]]


def _cited(passage: Passage) -> list[Citation]:
    about = passage.article
    return [
        Citation(
            marker, about.id, about.title, about.outlet, None, about.published, "", WHOLE_FILE, "utf-8", False, None,
            *span, passage.words(span),
        )
        for marker, span in enumerate(passage.sentences, 1)
    ]  # fmt: skip


def may_write(model: LanguageModel) -> bool:
    """Whether a model may word the answer: as it was said, else if it was measured to cite well."""
    if model.prose is not None:
        return model.prose
    found = measured(model.name)
    return found is not None and found.rate >= WELL


def measured(name: str) -> Measured | None:
    """What was measured of the model with this name on this machine, if it was."""
    held = _held().get(name)
    try:
        return Measured(**held) if held else None
    except TypeError:
        return None


def all_measured() -> list[str]:
    """The names of the models that were measured on this machine."""
    return list(_held())


def keep(name: str, found: Measured) -> None:
    """Remember what was measured. Raises ModelError where nothing can be kept."""
    file = _file()
    if file is None:
        raise ModelError("a user without a home has no place to keep what was measured; use --prose or --no-prose")
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, json.dumps({**_held(), name: asdict(found)}, indent=1) + "\n")


def _held() -> dict[str, Any]:
    file = _file()
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file() -> Path | None:
    folder = state_folder()
    return folder / FILE if folder else None
