"""NarrativeQA as examples: questions by people who had read a plot's summary, answered in words of their own.

Only questions whose answer also stands in the summary, its words folded, have a span to learn; which of several places
is meant, the question's words around it tell. Summaries with `hash_of(text) % 10 == 9` are kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from qa.evaluate.gold import hash_of
from qa.evaluate.records import Record
from qa.language.vocabulary import ARTICLES, STOP_WORDS
from qa.training.data import Answer, Data, Example, read

SOURCE = "narrativeqa"
PLACES = 4  # an answer that stands oftener is mostly a name that the plot is full of
AROUND = 25  # words on either side of a place that are held against the question's
ELSEWHERE = 60  # words of the shortest part that is a negative
_WORD = re.compile(r"\w+(?:['’]\w+)?")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, folded; `text[start:end]` is how it stands there."""

    folded: str
    start: int
    end: int


def narratives(folder: Path) -> tuple[list[Example], list[Example]]:
    """The examples of `folder/narrativeqa`: to train on, and kept apart."""
    texts = {record["document"]: record["text"] for record in read(folder / SOURCE, "summaries.jsonl")}
    training: list[Example] = []
    apart: list[Example] = []
    words = {document: _words(text) for document, text in texts.items()}
    for record in read(folder / SOURCE, "questions.jsonl"):
        document = record["document"]
        example = narrative_example(record, texts[document], words[document])
        if example is not None:
            (apart if hash_of(texts[document]) % 10 == 9 else training).append(example)
    return training, apart


def with_narratives(data: Data, folder: Path) -> Data:
    """The data, and NarrativeQA's."""
    training, apart = narratives(folder)
    return replace(data, training=(*data.training, *training), narrative=tuple(apart))


def narrative_example(record: Record, text: str, words: Sequence[Word] | None = None) -> Example | None:
    """The example of a question; None where no answer stands in the summary so that one knows where.

    `words`: the summary's, for who has them.
    """
    question = record["question"].strip()
    words = _words(text) if words is None else words
    asked = _content(_words(question))
    found: dict[Answer, None] = {}
    for gold in record["answers"]:
        places = list(_places(_trimmed(_words(gold)), words))
        if not 0 < len(places) <= PLACES:
            continue
        first, last = max(places, key=lambda place: (_met(asked, words, place), -place[0]))
        if len(places) == 1 or _met(asked, words, (first, last)):
            start, end = words[first].start, words[last].end
            found.setdefault(Answer(text[start:end], start))
    return Example(f"nqa-{record['id']}", SOURCE, question, text, tuple(found)) if found else None


def elsewhere(example: Example) -> Example | None:
    """The question put to the longest part of the summary in which none of its answers stands; None if all are short.

    `all` answers: every place where one of them stands, not only the one that was marked.
    """
    words = _words(example.passage)
    held = [
        (place[0], place[1] + 1) for gold in example.answers for place in _places(_trimmed(_words(gold.text)), words)
    ]
    edges = [(0, 0), *sorted(held), (len(words), len(words))]
    gaps = [(after[0] - before[1], before[1]) for before, after in pairwise(edges)]
    size, first = max(gaps)
    if size < ELSEWHERE:
        return None
    passage = example.passage[words[first].start : words[first + size - 1].end]
    return replace(example, id=example.id + "-elsewhere", passage=passage, answers=(), kind="elsewhere", near=None)


def _words(text: str) -> list[Word]:
    return [Word(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]


def _trimmed(words: Sequence[Word]) -> list[str]:
    """Without articles before and after; nothing where only stop words are left."""
    folded = [word.folded for word in words]
    while folded and folded[0] in ARTICLES:
        del folded[0]
    return [] if all(word in STOP_WORDS for word in folded) else folded


def _places(wanted: Sequence[str], words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where these words stand one after another: their first and last."""
    for first in range(len(words) - len(wanted) + 1 if wanted else 0):
        if all(words[first + n].folded == word for n, word in enumerate(wanted)):
            yield first, first + len(wanted) - 1


def _content(words: Sequence[Word]) -> set[str]:
    """The stems, roughly, of those that are no stop words."""
    return {word.folded[:5] for word in words if word.folded not in STOP_WORDS}


def _met(asked: set[str], words: Sequence[Word], place: tuple[int, int]) -> int:
    """How many of the asked words stand around a place."""
    return len(asked & _content(words[max(0, place[0] - AROUND) : place[1] + AROUND]))
