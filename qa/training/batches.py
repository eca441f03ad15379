"""The order of training: which examples and negatives an epoch has, and the windows of each step.

Everything follows from (seed, epoch, step), so a run continues at any step without replaying the ones before.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from qa.models.spans import WINDOW, Ints, Marks, Pieces, Window, pad, stretch_length, window_at
from qa.training.data import Answer, Example
from qa.training.narrative import SOURCE as NARRATIVE
from qa.training.narrative import elsewhere
from qa.training.negatives import Changer, Maker, blanked, bm25_negative


@dataclass(frozen=True, slots=True)
class Mix:
    """What an epoch is made of: the kinds of negatives and how often, and how often SQuAD's articles come.

    A rate is the chance that an answered question for which such a negative exists brings one along. `share` is the
    chance that a question comes at all, unless it is NarrativeQA's.
    """

    bm25: float = 0.4
    made: float = 0.5
    changed: float = 0.0
    blanked: float = 0.0
    elsewhere: float = 0.4
    share: float = 1.0
    squad2: bool = True
    quac: bool = True
    squad_repeats: int = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of one step: ids, types, mask (windows, length), and the gold positions (0, 0 for no answer)."""

    ids: Ints
    types: Ints
    mask: Ints
    starts: Ints
    ends: Ints


class Pieced:
    """Texts as word pieces, kept for the next time."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._kept: dict[str, Pieces] = {}
        ids = [i for name in ("[CLS]", "[SEP]", "[PAD]") if (i := tokenizer.token_to_id(name)) is not None]
        if len(ids) < 3:
            raise ValueError("the tokenizer lacks [CLS], [SEP] or [PAD]")
        self.marks = Marks(*ids)

    def __call__(self, text: str) -> Pieces:
        if text not in self._kept:
            self._kept[text] = Pieces.of(self._tokenizer, text)
        return self._kept[text]


def first_windows(question: str, passages: Sequence[str], pieced: Pieced) -> list[Window]:
    """The first window of each passage beside the question."""
    asked = pieced(question)
    return [window_at(asked, pieced(passage), 0, marks=pieced.marks) for passage in passages]


def pieces_of(pieces: Pieces, answer: Answer) -> tuple[int, int] | None:
    """The first and last word piece of an answer; None where it covers none."""
    inside = np.flatnonzero((pieces.offsets[:, 1] > answer.start) & (pieces.offsets[:, 0] < answer.end))
    return (int(inside[0]), int(inside[-1])) if len(inside) else None


def training_window(
    example: Example, pieced: Pieced, rng: random.Random, *, length: int = WINDOW
) -> tuple[Window, int, int]:
    """A window of the example and the gold positions in it (0, 0 for no answer).

    A long passage is cut at random around the answer, or around the place that looks like one.
    """
    question, passage = pieced(example.question), pieced(example.passage)
    room = stretch_length(question, length=length)
    target = example.target
    place = target or example.near
    held = pieces_of(passage, place) if place else None
    begin, spare = 0, len(passage.ids) - room
    if spare > 0 and held and held[1] - held[0] < room:
        begin = rng.randint(max(0, held[1] + 1 - room), min(held[0], spare))
    elif spare > 0:
        begin = rng.randint(0, spare)
    window = window_at(question, passage, begin, length=length, marks=pieced.marks)
    if target is None or held is None:
        return window, 0, 0
    start, end = (window.first + piece - begin for piece in held)
    return (window, start, end) if end < window.last and start >= window.first else (window, 0, 0)


class Schedule:
    """The steps of a run over `examples`, `size` windows each."""

    def __init__(
        self,
        examples: Sequence[Example],
        mined: Mapping[str, Sequence[str]],
        maker: Maker,
        mix: Mix,
        pieced: Pieced,
        *,
        seed: int,
        size: int,
        changer: Changer | None = None,
    ) -> None:
        self._changer = changer
        self._examples, self._mined, self._maker, self._mix, self._pieced = examples, mined, maker, mix, pieced
        self._seed, self._size = seed, size
        self._epoch = -1
        self._batches: list[list[Example]] = []
        self.steps_per_epoch = len(self.epoch(0))

    def epoch(self, number: int) -> list[list[Example]]:
        """The batches of an epoch: examples with their negatives, of like length within a batch, in random order."""
        if number == self._epoch:
            return self._batches
        rng = random.Random(f"{self._seed}/{number}")
        chosen: list[Example] = []
        for example in self._examples:
            if not self._mix.squad2 and example.kind == "squad2":
                continue
            if not self._mix.quac and example.source == "quac":
                continue
            for _ in range(self._mix.squad_repeats if example.source == "squad" else 1):
                if example.source == NARRATIVE or self._mix.share >= 1 or rng.random() < self._mix.share:
                    chosen += [example, *self._negatives(example, rng)]
        rng.shuffle(chosen)
        batches = []
        buffer = 32 * self._size
        for i in range(0, len(chosen), buffer):
            alike = sorted(chosen[i : i + buffer], key=self._pieces)
            batches += [alike[j : j + self._size] for j in range(0, len(alike), self._size)]
        batches = [b for b in batches if len(b) == self._size] or batches
        rng.shuffle(batches)
        self._epoch, self._batches = number, batches
        return batches

    def _negatives(self, example: Example, rng: random.Random) -> Iterator[Example]:
        """Those that an answered question brings along."""
        if not example.answers:
            return
        mix, passages = self._mix, self._mined.get(example.id, ())
        if passages and rng.random() < mix.bm25:
            yield bm25_negative(example, passages, rng)
        if rng.random() < mix.made and (made := self._maker.make(example, rng)):
            yield made
        if self._changer and rng.random() < mix.changed and (changed := self._changer.make(example, rng)):
            yield changed
        if rng.random() < mix.blanked and (without := blanked(example)):
            yield without
        if example.source == NARRATIVE and rng.random() < mix.elsewhere and (other := elsewhere(example)):
            yield other

    def _pieces(self, example: Example) -> int:
        return len(self._pieced(example.question).ids) + len(self._pieced(example.passage).ids)

    def examples_at(self, step: int) -> list[Example]:
        """The examples of a step, counted from 0 over all epochs; every epoch has as many steps as the first."""
        number, place = divmod(step, self.steps_per_epoch)
        batches = self.epoch(number)
        return batches[place % len(batches)]

    def seed_of(self, step: int) -> int:
        """A 64-bit seed for what else is random in a step."""
        return random.Random(f"{self._seed}/seed/{step}").getrandbits(64)

    def batch(self, step: int, *, length: int = WINDOW) -> Batch:
        """The arrays of a step, its windows at most `length` word pieces, or a sixth or a third fewer.

        The step's own draw decides. Short windows train faster, and short passages are what is read in the end.
        """
        rng = random.Random(f"{self._seed}/window/{step}")
        length -= rng.choice((0, length // 6, length // 3))
        cut = [training_window(example, self._pieced, rng, length=length) for example in self.examples_at(step)]
        ids, types, mask = pad([window for window, _, _ in cut], marks=self._pieced.marks)
        return Batch(ids, types, mask, np.asarray([s for _, s, _ in cut]), np.asarray([e for _, _, e in cut]))
