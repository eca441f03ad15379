"""What the assistant answers with: Answer, Citation, Refusal. Frozen; one that contradicts itself cannot be made."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.dates import published_between
from index.filters import Facts, Filters

SCHEMA = 1

Method = Literal["reader", "llm"]
Reason = Literal["no_passage", "no_span", "low_confidence", "constraint", "check_failed"]


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
class Citation(_InArticle):
    """A verbatim quote: `stored text of article_id [start:end] == quote`; offsets are code points.

    `path` opens from the current folder; `record` is the line of a JSONL file, from 1. `changed`: the file no longer
    says what was indexed. `span` is the answer within the quote (offsets into the article), where it stands there.
    """

    marker: int
    article_id: str
    title: str
    outlet: str | None
    published: str | None
    path: str
    record: int | None
    encoding: str
    changed: bool
    url: str | None
    start: int
    end: int
    quote: str
    also: tuple[Elsewhere, ...] = ()
    span: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.quote) or not self.quote or self.start < 0:
            raise ValueError(f"citation {self.marker}: [{self.start}, {self.end}) does not fit its quote")
        if self.span is not None and not self.start <= self.span[0] < self.span[1] <= self.end:
            raise ValueError(f"citation {self.marker}: the answer's span lies outside of the quote")


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


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer; `absent`: names and numbers of the question that stand in none of the passages.

    `similar`: names among them that the passages have nearly so, as the passages have them. With the reason
    "constraint", `absent` are outlets to which the question attributes and which the index lacks.
    """

    reason: Reason
    absent: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched: how many articles, and the date of the newest that has one."""

    articles: int
    newest: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """To what a question was put: the filters that it was given, and what was recognised in its words.

    `undated`: how many articles a filter on dates, or a date in the question that no article has, left out because they
    have none. `unmet`: no article fits what was recognised, so the passages are those found without it.
    """

    filters: Filters
    undated: int = 0
    recognised: tuple[Constraint, ...] = ()
    unmet: bool = False

    def __bool__(self) -> bool:
        return bool(self.filters or self.recognised)

    def to_json(self) -> dict[str, Any] | None:
        """The object "constraints" of what is printed; None if there are none."""
        given = self.filters
        filters = {
            "articles": None if given.article_ids is None else list(given.article_ids),
            "outlets": list(given.outlets),
            "since": given.since,
            "until": given.until,
        }
        if not self:
            return None
        return {
            "filters": filters if given else None,
            "undated": self.undated,
            "recognised": [asdict(constraint) for constraint in self.recognised],
            "unmet": self.unmet,
        }


_EVERYTHING = Scope(Filters())


@dataclass(frozen=True, slots=True)
class Differing:
    """What another article answers to the same question, and its sentence; the marker follows those of the answer."""

    answer: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the citations that support it, or a refusal with neither.

    `confidence` is the probability that the answer is right, None until it was fitted; `score` is the reader's raw
    score of its best finding, comparable between questions, there for a refusal too (None: nothing was read).
    """

    question: str
    answer: str | None
    method: Method
    citations: tuple[Citation, ...]
    passages: tuple[RankedPassage, ...]
    searched: Searched
    scope: Scope = _EVERYTHING
    refusal: Refusal | None = None
    confidence: float | None = None
    score: float | None = None
    differing: Differing | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.refusal is None):
            raise ValueError("an Answer has either an answer or a refusal")
        if (self.answer is None) != (not self.citations):
            raise ValueError("an answer has citations, a refusal has none")
        if self.answer is not None and not self.answer.strip():
            raise ValueError("an answer is not empty")
        if self.differing is not None and not self.citations:
            raise ValueError("a refusal differs from nothing")
        if [citation.marker for citation in self.sources] != list(range(1, len(self.sources) + 1)):
            raise ValueError("the markers of citations count from 1")

    @property
    def found(self) -> bool:
        """Whether the articles answer the question."""
        return self.answer is not None

    @property
    def sources(self) -> tuple[Citation, ...]:
        """All that is quoted, in the order of the markers."""
        return (*self.citations, self.differing.citation) if self.differing else self.citations

    def to_json(self, question_id: str | int | None = None, k: int | None = None) -> dict[str, Any]:
        """The object that `qa ask --json` prints; at most `k` passages are listed."""
        sources = [asdict(source) for source in self.sources]
        for source in sources:
            del source["span"]
        passages = [asdict(passage) for passage in self.passages[:k]]
        for passage in passages:
            del passage["text"]  # `qa search` gives it
        return {
            "schema": SCHEMA,
            "id": question_id,
            "question": self.question,
            "found": self.found,
            "answer": self.answer,
            "method": self.method,
            "confidence": self.confidence,
            "score": self.score,
            "citations": sources[: len(self.citations)],
            "differing": {"answer": self.differing.answer, "citation": sources[-1]} if self.differing else None,
            "passages": passages,
            "searched": asdict(self.searched),
            "constraints": self.scope.to_json(),
            "refusal": asdict(self.refusal) if self.refusal else None,
            "timings_ms": self.timings_ms,
        }


@dataclass(frozen=True, slots=True)
class Place:
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

    bm25: Place | None
    vectors: Place | None
    first_stage: Place
    bonus: float
    cross_encoder: Place | None
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
    scope: Scope = _EVERYTHING
    explanations: tuple[Explanation, ...] = ()

    def to_json(self, question_id: str | int | None = None, k: int | None = None) -> dict[str, Any]:
        """The object that `qa search --json` prints; at most `k` passages are listed."""
        passages = [asdict(passage) for passage in self.passages[:k]]
        for passage, explanation in zip(passages, self.explanations, strict=False):
            passage["explanation"] = asdict(explanation)
        return {
            "schema": SCHEMA,
            "id": question_id,
            "question": self.question,
            "constraints": self.scope.to_json(),
            "passages": passages,
        }


Effect = Literal["required", "preferred", "unknown"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that a question says about the articles it means; `text` are its words, from `start` on.

    For "outlet", `outlets` are those of the index that are meant; where there is none of that name, `outlets` is that
    name and `effect` "unknown". For "published", `since` and `until` are days (YYYY-MM-DD, inclusive, None: open).
    An article that fits is ranked higher; a "required" one leaves out those that are known not to fit.
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

    def may_fit(self, article: Facts) -> bool:
        """Whether the article is not known to be another than is meant."""
        return (article.outlet if self.kind == "outlet" else article.published) is None or self.fits(article)
