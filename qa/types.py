"""What the assistant answers with: Answer, Statement, Citation. Frozen; one that contradicts itself cannot be made.

The objects of what is printed (`to_json`) are schema 2: docs/commands.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.dates import published_between
from index.filters import Filters
from index.types import Facts, Place

SCHEMA = 2

Act = Literal["question", "more", "summary", "articles", "talk", "ask_back"]
"""What was wanted, and so what the answer is."""

Kind = Literal["span", "sentence", "list", "yes", "no", "prose"]
"""A statement's: words of its quote, the quote itself, an item of a list, yes, no, or a model's own words."""

Check = Literal["verbatim", "verified", "replaced"]
"""How a statement was checked: it stands so in its quote, follows from it, or its sentence stands in its place."""

Method = Literal["reader", "llm"]
Reason = Literal["no_passage", "no_span", "low_confidence", "constraint", "no_article", "no_subject"]
Effect = Literal["required", "preferred", "excluded"]


# ---- to what a question is put ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that a question says about the articles it means; `text` are its words, from `start` on.

    For "outlet", `outlets` are those of the index that are meant. For "published", `since` and `until` are days
    (YYYY-MM-DD, inclusive, None: open). An article that fits is ranked higher; a "required" one leaves out those that
    are known not to fit, an "excluded" one those that fit.
    """

    kind: Literal["outlet", "published"]
    start: int
    text: str
    effect: Effect
    outlets: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def fits(self, article: Facts) -> bool:
        """Whether the article is known to be one that is meant."""
        if self.kind == "outlet":
            return article.outlet in self.outlets
        return published_between(article.published, self.since, self.until)


@dataclass(frozen=True, slots=True)
class Scope:
    """To what a question was put: the filters that it was given, what was recognised in its words, the talk's articles.

    `undated`: how many articles a filter on dates, or a date in the question that no article has, left out because they
    have none. `unmet`: no article fits what was recognised, so the passages are those found without it. `topic`: the
    articles that the conversation is about.
    """

    filters: Filters
    undated: int = 0
    recognised: tuple[Constraint, ...] = ()
    unmet: bool = False
    topic: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.filters or self.recognised)

    def to_json(self) -> dict[str, Any] | None:
        """The object "constraints" of what is printed; None if there are none."""
        if not self:
            return None
        given = self.filters
        filters = {
            "articles": None if given.article_ids is None else list(given.article_ids),
            "outlets": list(given.outlets),
            "not_outlets": list(given.not_outlets),
            "authors": list(given.authors),
            "since": given.since,
            "until": given.until,
        }
        return {
            "filters": filters if given else None,
            "undated": self.undated,
            "recognised": [asdict(constraint) for constraint in self.recognised],
            "unmet": self.unmet,
        }


EVERYTHING = Scope(Filters())


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched: how many articles, the date of the newest that has one, and how many the index has in all."""

    articles: int
    newest: str | None
    indexed: int


# ---- what is quoted --------------------------------------------------------------------------------------------------


class _InArticle:
    """A stretch of an article's stored text."""

    __slots__ = ()
    article_id: str
    start: int
    end: int

    @property
    def ref(self) -> str:
        """What `qa show` takes."""
        return f"{self.article_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Elsewhere(_InArticle):
    """Where a near-duplicate (the same story, printed by another outlet) says the same."""

    article_id: str
    outlet: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Another file that has the article, in whatever form, and where in it the quote stands; `path` as in Citation."""

    path: str
    place: Place

    def __str__(self) -> str:
        return self.place.within(self.path)

    def to_json(self) -> dict[str, Any]:
        """An object of "other_places"."""
        return {"path": self.path, "place": self.place.to_json()}


@dataclass(frozen=True, slots=True)
class Citation(_InArticle):
    """A verbatim quote: `stored text of article_id [start:end] == quote`; offsets are code points.

    `path` opens from the current folder; `place` is where in that file it stands. `changed`: the file no longer says
    what was indexed. `span`: the words that answer (offsets into the article), where they stand in the quote.
    """

    marker: int
    article_id: str
    title: str
    outlet: str | None
    author: str | None
    published: str | None
    path: str
    place: Place
    encoding: str
    changed: bool
    url: str | None
    start: int
    end: int
    quote: str
    also: tuple[Elsewhere, ...] = ()
    span: tuple[int, int] | None = None
    copies: tuple[Copy, ...] = ()

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.quote) or not self.quote or self.start < 0:
            raise ValueError(f"citation {self.marker}: [{self.start}, {self.end}) does not fit its quote")
        if self.span is not None and not self.start <= self.span[0] < self.span[1] <= self.end:
            raise ValueError(f"citation {self.marker}: the answer's span lies outside of the quote")

    @property
    def heading(self) -> str:
        """The title; "" where the quote begins with it, as where it was made of an article's first sentence."""
        title = self.title.rstrip(". …")
        return "" if " " in title and self.quote.startswith(title) else self.title

    @property
    def answering(self) -> str:
        """The words of the quote that answer; the whole quote where none are marked."""
        start, end = self.span or (self.start, self.end)
        return self.quote[start - self.start : end - self.start]

    def to_json(self) -> dict[str, Any]:
        """An object of "citations"."""
        fields = asdict(self)
        del fields["place"], fields["copies"]
        return {**fields, "place": self.place.to_json(), "other_places": [copy.to_json() for copy in self.copies]}


@dataclass(frozen=True, slots=True)
class RankedPassage(_InArticle):
    """A passage that was searched, with its rank (from 1) and score."""

    rank: int
    score: float
    passage_id: int
    article_id: str
    start: int
    end: int
    text: str
    also: tuple[Elsewhere, ...] = ()


# ---- the answer ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is said, and the markers of the citations that it rests on."""

    text: str
    kind: Kind
    citations: tuple[int, ...]
    check: Check = "verbatim"

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a statement says something")
        if not self.citations:
            raise ValueError("a statement has a citation")


@dataclass(frozen=True, slots=True)
class Struck:
    """What a language model wrote and no article supports, and why it is not shown."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an older version of the same story said."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in a list of articles; `citation`: the marker of the sentence that matches."""

    id: str
    title: str
    outlet: str | None
    published: str | None
    url: str | None
    citation: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things that can be meant."""

    text: str
    article_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer; `absent`: names and numbers of the question that stand in none of the passages.

    `similar`: names among them that the passages have nearly so, as the passages have them. `leads`: the sentences that
    come nearest, best first, with markers of their own.
    """

    reason: Reason
    absent: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    leads: tuple[Citation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The object "refusal"."""
        return {**asdict(self), "leads": [lead.to_json() for lead in self.leads]}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose every statement is cited, or a refusal with none.

    `confidence` is the probability that the best finding is right, there for a refusal too; `score` its logit as
    shipped, comparable between questions. Both are None where nothing was read, or nothing was fitted on what read.
    `unsure`: it should be checked.
    `understood`: the question as the conversation took it, where that is not as it was typed. `reply`: what is said in
    an answer that states nothing (talk, a list of articles). `more`: a list may go on. `outside`: the answer stands
    outside of the conversation's articles. `near`: the sentences that came nearest beside what is cited, best first, as
    (article, start, end): what can be told as more; not printed. `prompts`: what a language model was sent; not printed
    either.
    """

    question: str
    passages: tuple[RankedPassage, ...]
    searched: Searched
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    refusal: Refusal | None = None
    act: Act = "question"
    understood: str | None = None
    reply: str | None = None
    method: Method | None = None
    model: str | None = None
    confidence: float | None = None
    unsure: bool = False
    score: float | None = None
    scope: Scope = EVERYTHING
    struck: tuple[Struck, ...] = ()
    unanswered: tuple[str, ...] = ()
    more: bool = False
    outside: bool = False
    earlier: tuple[Earlier, ...] = ()
    articles: tuple[Listed, ...] = ()
    count: int | None = None
    choices: tuple[Choice, ...] = ()
    near: tuple[tuple[str, int, int], ...] = ()
    prompts: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_kind(self)
        if self.unsure and self.confidence is None:
            raise ValueError("what nothing was fitted on is neither sure nor unsure")
        markers = [citation.marker for citation in self.citations]
        if markers != list(range(1, len(markers) + 1)):
            raise ValueError("the markers of citations count from 1")
        cited = {marker for statement in self.statements for marker in statement.citations}
        cited |= {marker for one in self.earlier for marker in one.citations}
        cited |= {listed.citation for listed in self.articles if listed.citation is not None}
        if cited != set(markers):
            raise ValueError("every citation belongs to what is said, and what is said to citations that are there")

    @property
    def found(self) -> bool:
        """Whether the articles answer; talk always does, a list of articles if there is one in it."""
        return self.refusal is None and self.act != "ask_back"

    @property
    def answer(self) -> str | None:
        """What is said, in one text: the statements, or the reply; None for a refusal."""
        if self.statements:
            parts = [self.statements[0].text]
            for before, after in zip(self.statements, self.statements[1:], strict=False):
                parts += ["; " if before.kind == after.kind == "list" else " ", after.text]
            return "".join(parts)
        return self.reply

    def to_json(self, question_id: str | int | None = None, k: int | None = None) -> dict[str, Any]:
        """The object that `qa ask --json` prints; at most `k` passages are listed."""
        return {
            "schema": SCHEMA,
            "id": question_id,
            "question": self.question,
            "understood": self.understood,
            "act": self.act,
            "found": self.found,
            "answer": self.answer,
            "method": self.method,
            "model": self.model,
            "confidence": self.confidence,
            "score": self.score,
            "statements": [asdict(statement) for statement in self.statements],
            "struck": [asdict(one) for one in self.struck],
            "unanswered": list(self.unanswered),
            "more": self.more,
            "outside": self.outside,
            "earlier": [asdict(one) for one in self.earlier],
            "citations": [citation.to_json() for citation in self.citations],
            "articles": [asdict(listed) for listed in self.articles],
            "count": self.count,
            "choices": [asdict(choice) for choice in self.choices],
            "passages": passages_json(self.passages[:k]),
            "searched": asdict(self.searched),
            "constraints": self.scope.to_json(),
            "refusal": self.refusal.to_json() if self.refusal else None,
            "timings_ms": self.timings_ms,
        }


def _check_kind(answer: Answer) -> None:
    """Raises ValueError for an answer that is not what its act says."""
    says = bool(answer.statements)
    if answer.act in ("question", "more", "summary"):
        if says != (answer.refusal is None):
            raise ValueError("an answer has either statements or a refusal")
        if answer.reply is not None:
            raise ValueError("what is said of articles is a statement, no reply")
    elif says:
        raise ValueError(f"{answer.act} states nothing")
    if answer.act == "talk" and (not answer.reply or answer.refusal or answer.citations):
        raise ValueError("talk has a reply, which rests on no article")
    if answer.act == "ask_back" and (not answer.choices or answer.reply or answer.refusal or answer.citations):
        raise ValueError("what is asked back are choices, and nothing else")
    if answer.act == "articles":
        if answer.count is None or (answer.count > 0) != (answer.refusal is None):
            raise ValueError("a list of articles has their number, or is a refusal")
        if (answer.count > 0) != bool(answer.reply):
            raise ValueError("a list of articles says how many there are")
    elif answer.articles or answer.count is not None:
        raise ValueError(f"{answer.act} lists no articles")
    if answer.act != "ask_back" and answer.choices:
        raise ValueError(f"{answer.act} has no choices")


def passages_json(passages: Sequence[RankedPassage], *, texts: bool = False) -> list[dict[str, Any]]:
    """The objects of "passages"; their texts are what `qa search` prints."""
    listed = [asdict(passage) for passage in passages]
    for passage in listed:
        if not texts:
            del passage["text"]
    return listed


# ---- ranked passages, without an answer ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rank:
    """Where one stage put a passage: its rank, from 1, and its score there."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a passage came to its rank; None: that stage did not have it.

    `first_stage` is the fused score and `bonus`, what constraints in the question that its article fits (`fits`, their
    words) added. `cross_encoder` is the final place and score, of a long question with the first stage's share in it;
    None: not ranked. `matched` and `missing`: words of the question that are, or are not, in the passage or its title.
    """

    bm25: Rank | None
    vectors: Rank | None
    first_stage: Rank
    bonus: float
    cross_encoder: Rank | None
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    fits: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """The ranked passages for a question, best first, without an answer.

    `explanations`: one for each passage, if they were asked for.
    """

    question: str
    passages: tuple[RankedPassage, ...]
    scope: Scope = EVERYTHING
    explanations: tuple[Explanation, ...] = ()

    def to_json(self, question_id: str | int | None = None, k: int | None = None) -> dict[str, Any]:
        """The object that `qa search --json` prints; at most `k` passages are listed."""
        passages = passages_json(self.passages[:k], texts=True)
        for passage, explanation in zip(passages, self.explanations, strict=False):
            passage["explanation"] = asdict(explanation)
        return {
            "schema": SCHEMA,
            "id": question_id,
            "question": self.question,
            "constraints": self.scope.to_json(),
            "passages": passages,
        }


# ---- an answer as it comes about -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """A step on the way to an answer; `done` brings the whole of it.

    `value` by kind: `understood` the question as it was taken; `passages` those that were ranked; `statement` a
    Statement that was checked, with `citations`; `struck` a Struck; `done` the Answer.
    """

    kind: Literal["understood", "passages", "statement", "struck", "done"]
    value: str | tuple[RankedPassage, ...] | Statement | Struck | Answer
    citations: tuple[Citation, ...] = ()

    def to_json(self, question_id: str | int | None = None, k: int | None = None) -> dict[str, Any]:
        """The line that `qa ask --stream` prints."""
        value: Any = self.value
        if isinstance(self.value, Answer):
            value = self.value.to_json(question_id, k)
        elif isinstance(self.value, tuple):
            value = passages_json(self.value[:k])
        elif not isinstance(self.value, str):
            value = asdict(self.value)
        event = {"event": self.kind, self.kind if self.kind != "done" else "answer": value}
        return {**event, "citations": [c.to_json() for c in self.citations]} if self.kind == "statement" else event
