"""The one inner form of every gold set: questions, what answers them and where that stands, and the set's articles."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of evidence stands.

    `article_ids` are names of one and the same article, best first (a set may know it by an id, a title, a URL);
    empty means any article. Either [`start`, `end`) in its text (code points), or `text`, the words themselves.
    """

    article_ids: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("evidence has both a start and an end, or neither")
        if self.start is not None and self.end is not None and not 0 <= self.start < self.end:
            raise ValueError(f"evidence [{self.start}, {self.end}) is no span")
        if self.start is None and not (self.text and self.text.strip()):
            raise ValueError("evidence has offsets or a text")
        if self.start is not None and not self.article_ids:
            raise ValueError("evidence with offsets names its article")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of what a right answer rests on; it stands in any one of `places` (annotators differ)."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Relevant:
    """A relevant article under its names, best first, and its grade (1 unless the set grades)."""

    article_ids: tuple[str, ...]
    grade: int = 1


REPLIES = ("answer", "refuse", "articles", "summary", "talk")
"""The kinds of replies to a turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The place of a question in a talk: turn `number` (from 1) of `dialogue`, and what should be done there.

    `reply`: one of REPLIES. `context`: whether it needs what was said before; None if the set does not say.
    `extra`: what else the set notes of the turn.
    """

    dialogue: str
    number: int
    reply: str
    context: bool | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def talk_of(question_id: str, turn: Turn | None) -> str:
    """What a question hangs together with: its dialogue, or itself alone."""
    return f"dialogue {turn.dialogue}" if turn else f"question {question_id}"


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and what is right for it.

    `answers`: all that are right; () if no article answers; None if the set does not say (it judges retrieval alone).
    `context`: the articles that the set shows with the question, relevant or not. `kind`: the question's type.
    `turn`: where it stands in a dialogue, whose turns follow each other in a set; None if it stands by itself.
    """

    id: str
    question: str
    answers: tuple[str, ...] | None
    relevant: tuple[Relevant, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    context: tuple[str, ...] = ()
    kind: str | None = None
    filters: dict[str, Any] | None = None
    turn: Turn | None = None

    @property
    def answerable(self) -> bool | None:
        """Whether an article answers it; None if the set does not say."""
        return None if self.answers is None else bool(self.answers)

    @property
    def talk(self) -> str:
        """What it hangs together with: its dialogue, or itself alone."""
        return talk_of(self.id, self.turn)


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """An article that comes with a set."""

    id: str
    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not be read: the file, the place in it (a line, or a path in a JSON document), and why."""

    path: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, {self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A gold set as it was read; `digest` is the sha256 of the files' content, uncompressed."""

    name: str
    format: str
    digest: str
    questions: tuple[GoldQuestion, ...]
    articles: tuple[GoldArticle, ...] = ()
    bad: tuple[BadRecord, ...] = ()


def join(sets: list[GoldSet]) -> GoldSet:
    """Several sets as one; where an id stands in more than one of them, it is prefixed by its set's name."""
    if len(sets) == 1:
        return sets[0]
    counts = Counter(question.id for gold in sets for question in gold.questions)
    held = Counter(name for gold in sets for name in {q.turn.dialogue for q in gold.questions if q.turn})

    def named(gold: GoldSet, question: GoldQuestion) -> GoldQuestion:
        turn = question.turn
        if turn is not None and held[turn.dialogue] > 1:
            turn = replace(turn, dialogue=f"{gold.name}/{turn.dialogue}")
        own = question.id if counts[question.id] == 1 else f"{gold.name}/{question.id}"
        return replace(question, id=own, turn=turn)

    questions = tuple(named(gold, question) for gold in sets for question in gold.questions)
    articles: dict[str, GoldArticle] = {}
    for gold in sets:
        for article in gold.articles:
            known = articles.setdefault(article.id, article)
            if known.text != article.text:
                raise UsageError(
                    f"{gold.name}: another set has an article {article.id!r} with another text; score them apart"
                )
    return GoldSet(
        name="+".join(gold.name for gold in sets),
        format="+".join(dict.fromkeys(gold.format for gold in sets)),
        digest=hashlib.sha256("".join(gold.digest for gold in sets).encode()).hexdigest(),
        questions=questions,
        articles=tuple(articles.values()),
        bad=tuple(bad for gold in sets for bad in gold.bad),
    )


def sample(gold: GoldSet, limit: int | None, seed: int) -> GoldSet:
    """`limit` of the questions, or of the whole dialogues, in the set's order.

    The same for the same ids and seed on any machine.
    """
    talks: dict[str, list[GoldQuestion]] = {}
    for question in gold.questions:
        talks.setdefault(question.talk, []).append(question)
    if limit is None or limit >= len(talks):
        return gold
    chosen = set(random.Random(seed).sample(range(len(talks)), limit))
    drawn = (talk for number, talk in enumerate(talks.values()) if number in chosen)
    return replace(gold, questions=tuple(question for talk in drawn for question in talk))


def hash_of(text: str) -> int:
    """The first 32 bits of the text's sha256: the same on any machine, to split sets by."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def kept_apart(title: str) -> bool:
    """Whether a SQuAD 2.0 article is one that no training may use: 3 in 10, by the hash of its title.

    >>> kept_apart("Normans"), kept_apart("Oxygen")
    (False, False)
    """
    return hash_of(title) % 10 >= 7


def resolve(question: GoldQuestion, own_name: Callable[[str], str | None]) -> GoldQuestion:
    """The question with every article under its own name in the index (its best one if the index knows none).

    `own_name`: an article's own name for any that it has (one that stands in two files has two); None if it has none.
    """

    def name(article_ids: tuple[str, ...]) -> tuple[str, ...]:
        own_names = (own_name(article_id) for article_id in article_ids)
        return tuple([*(found for found in own_names if found is not None), *article_ids][:1])

    relevant: dict[str, int] = {}
    for item in question.relevant:
        (found,) = name(item.article_ids)
        relevant[found] = max(item.grade, relevant.get(found, 0))
    return replace(
        question,
        relevant=tuple(Relevant((found,), grade) for found, grade in relevant.items()),
        evidence=tuple(
            Evidence(tuple(replace(place, article_ids=name(place.article_ids)) for place in piece.places))
            for piece in question.evidence
        ),
    )


def own_articles(question: GoldQuestion, which: str) -> Collection[str]:
    """The articles to read for `--passages gold` (that answer, else are shown with it) or `context` (all shown)."""
    shown = dict.fromkeys(question.context)
    if which == "context" and shown:
        return shown
    return dict.fromkeys(item.article_ids[0] for item in question.relevant) or shown
