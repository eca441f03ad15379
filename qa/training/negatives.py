"""Negatives: (question, passage) pairs that have no answer, made from answered ones.

    bm25    a passage of the same collection that BM25 ranks high and that does not hold the answer
    made    the right passage, the question (or the passage) changed in one name, number, place or negation
    changed the right passage, the question changed in its verb, relation or roles
    blanked the right passage without the sentences in which an answer stands

Others come with the data: a set's own unanswerable questions, and parts of a text that do not hold the answer.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from index.files import replace_text
from index.split import find_sentences
from index.stores.lexical import Lexical
from qa.evaluate.answers import normalise
from qa.training.data import Answer, Example
from qa.training.names import Found, Pool, find_names, find_numbers, names_something, negate
from qa.training.relations import Relations

DEPTH = 6  # how many passages are kept for a question
_SENTENCE_END = re.compile(r"[.!?]\s+")
BLANKED = 30  # words of the shortest passage that is left when sentences are taken out
NEGATIONS = 0.125  # the share of tries that negate rather than change a name or number


def mine(examples: Sequence[Example], *, depth: int = DEPTH) -> dict[str, tuple[str, ...]]:
    """Per answered question that names something: the passages BM25 ranks highest that hold no gold answer.

    Passages are those of the example's own source. A question that names nothing ("Is it worth the price?") is left
    out: another passage may well answer it.
    """
    sources: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        sources[example.source].append(example)
    found: dict[str, tuple[str, ...]] = {}
    for own in sources.values():
        passages = list(dict.fromkeys(e.passage for e in own))
        index = Bm25(passages)
        for example in own:
            if not example.answers or not names_something(example.question):
                continue
            gold = [normalise(a.text) for a in example.answers]
            kept = []
            for passage in index.search(example.question, 3 * depth):
                folded = f" {normalise(passage)} "
                if passage != example.passage and not any(f" {g} " in folded for g in gold):
                    kept.append(passage)
            if kept:
                found[example.id] = tuple(kept[:depth])
    return found


class Bm25:
    """BM25 over passages, in memory: the word index that the assistant searches."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._passages = passages
        self._index = Lexical(None)
        self._index.update((), ((row, "", "", passage) for row, passage in enumerate(passages)))

    def search(self, question: str, k: int) -> list[str]:
        """The best `k` passages that share a word with the question, best first."""
        return [self._passages[row] for row, _ in self._index.search(question, k)]


def mined(examples: Sequence[Example], cache: Path) -> dict[str, tuple[str, ...]]:
    """`mine(examples)`, kept in the file `cache` between runs."""
    if cache.is_file():
        return {key: tuple(passages) for key, passages in json.loads(cache.read_text("utf-8")).items()}
    found = mine(examples)
    cache.parent.mkdir(parents=True, exist_ok=True)
    replace_text(cache, json.dumps(found))
    return found


def bm25_negative(example: Example, passages: Sequence[str], rng: random.Random) -> Example:
    """The question put to one of the mined passages."""
    passage = rng.choice(passages)
    return replace(example, id=example.id + "-bm25", passage=passage, answers=(), kind="bm25", near=None)


class Maker:
    """Makes negatives of answered examples, with stand-ins from the collection's own questions and passages."""

    def __init__(self, examples: Iterable[Example]) -> None:
        texts: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for example in examples:
            texts[example.source].update({example.question: None, example.passage: None})
        self._pools = {source: Pool(own) for source, own in texts.items()}

    def make(self, example: Example, rng: random.Random) -> Example | None:
        """The example with one name, number or negation changed, so that it has no answer; None if nothing can be.

        A name is changed in the question (70 %) or everywhere in the passage (30 %), a number in the question. A name
        that the passage does not mention is left alone: there it uses another word. One in eight tries negates.
        """
        target = example.target
        if target is None:
            return None
        if rng.random() < NEGATIONS:
            return self._negation(example, target, rng)
        return self._name_or_number(example, target, rng)

    def _name_or_number(self, example: Example, target: Answer, rng: random.Random) -> Example | None:
        text = example.passage.lower()
        found = [f for f in (*find_names(example.question), *find_numbers(example.question)) if f.text.lower() in text]
        rng.shuffle(found)
        for each in found:
            other = self._pools[example.source].stand_in(each, example.passage + " " + example.question, rng)
            if other is None:
                continue
            if each.shape[0] == "name" and rng.random() < 0.3:
                made = self._passage_renamed(example, target, each, other)
                if made is not None:
                    return made
            question = example.question[: each.start] + other + example.question[each.end :]
            return _made(example, question, example.passage, target)
        return None

    def _passage_renamed(self, example: Example, target: Answer, old: Found, new: str) -> Example | None:
        pattern = re.compile(rf"(?<!\w){re.escape(old.text)}(?!\w)")
        before = pattern.sub(new, example.passage[: target.start])
        if pattern.search(target.text) or old.text.lower() in pattern.sub(new, example.passage).lower():
            return None
        passage = before + target.text + pattern.sub(new, example.passage[target.end :])
        if passage == example.passage:
            return None
        return _made(example, example.question, passage, Answer(target.text, len(before)))

    def _negation(self, example: Example, target: Answer, rng: random.Random) -> Example | None:
        question = negate(example.question, rng)
        return None if question is None else _made(example, question, example.passage, target)


class Changer:
    """Changes what is asked of the things named, with verbs and relations that the collection asks with."""

    def __init__(self, examples: Sequence[Example]) -> None:
        passages = dict.fromkeys(example.passage for example in examples)
        self._relations = Relations.of((example.question for example in examples), passages)

    def make(self, example: Example, rng: random.Random) -> Example | None:
        """The example with its verb, relation or roles changed, so that it has no answer; None if nothing can be."""
        target = example.target
        if target is None:
            return None
        start = max((m.end() for m in _SENTENCE_END.finditer(example.passage[: target.start])), default=0)
        end = _SENTENCE_END.search(example.passage, target.end)
        sentence = example.passage[start : end.start() if end else None]
        question = self._relations.change(example.question, example.passage, sentence, rng)
        if question is None or question == example.question:
            return None
        made = _made(example, question, example.passage, target)
        return replace(made, id=example.id + "-changed", kind="changed")


def with_changed(examples: Iterable[Example], changer: Changer) -> Iterator[Example]:
    """The examples that can be changed, each followed by what becomes of it: always the same."""
    for example in examples:
        if made := changer.make(example, random.Random(example.id)):
            yield from (example, made)


def blanked(example: Example) -> Example | None:
    """The example without the sentences in which any of its answers stands, there or elsewhere; None if little is left.

    What is left is about the same thing, from the same hand, and looks like the passage of an answer.
    """
    passage = example.passage
    gold = [f" {normalise(answer.text)} " for answer in example.answers]
    kept: list[str] = []
    cut = 0
    for start, end in find_sentences(passage, (0, len(passage))):
        folded = f" {normalise(passage[start:end])} "
        marked = any(answer.start < end and start < answer.end for answer in example.answers)
        if marked or any(words in folded for words in gold):
            cut = len(" ".join(kept))
        else:
            kept.append(passage[start:end])
    left = " ".join(kept)
    if not gold or len(left.split()) < BLANKED:
        return None
    near = min(cut, len(left) - 1)
    place = Answer(left[near], near)
    return replace(example, id=example.id + "-blanked", passage=left, answers=(), kind="blanked", near=place)


def with_blanked(examples: Iterable[Example]) -> Iterator[Example]:
    """The examples whose answers can be taken out, each followed by what is left of it."""
    for example in examples:
        if made := blanked(example):
            yield from (example, made)


def _made(example: Example, question: str, passage: str, near: Answer) -> Example:
    return replace(
        example, id=example.id + "-made", question=question, passage=passage, answers=(), kind="made", near=near
    )
