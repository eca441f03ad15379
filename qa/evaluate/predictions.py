"""What an assistant said to one question: made from an Answer, or read from a file that any system can write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.errors import ArticleQAError
from qa.evaluate.gold import BadRecord
from qa.evaluate.records import read_bytes, records
from qa.types import Answer

ROUNDED = 6
"""Decimals that are kept of scores and confidences: fewer than floating point sums may differ by."""

TextOf = Callable[[str], str | None]
"""The stored text of an article, None if there is no such article."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A cited or ranked stretch of an article; `start` is None where a system does not say where it stands.

    `around`: the passage that a citation's quote comes from, for showing it in its place; it starts at `around_start`.
    """

    article_id: str | None
    start: int | None
    end: int | None
    text: str
    score: float | None = None
    title: str | None = None
    around: str | None = None
    around_start: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that an answer states. `counted`: the words that token F1 compares; of a sentence those that answer."""

    kind: str
    text: str
    counted: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a language model was sent for an answer, and what came of it.

    `used`: whether its choice counted; `tokens`: of all prompts, estimated at four characters each; `struck`: how many
    statements of its own words were, of all `said`.
    """

    used: bool
    tokens: int
    said: int
    struck: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """An answer (None: refused) with its citations, best first, and the ranked passages.

    `confidence` in [0, 1] if the system says how likely the answer is right; `score` is any number that grows with it.
    `said`: what the answer states, one by one, if a system tells them apart. `missing`: nothing was said at all; it
    scores 0, also where a refusal would be right. `error`: why not.
    `reply`: which of gold's REPLIES it is, or "ask_back"; None where a system does not say. `listed`: the articles of a
    list of articles. `understood`: the question as the system took it, where that is not as it was typed.
    `sent`: None where no language model was asked.
    """

    id: str
    answer: str | None
    citations: tuple[Quoted, ...] = ()
    passages: tuple[Quoted, ...] = ()
    confidence: float | None = None
    score: float | None = None
    method: str | None = None
    refusal: str | None = None
    missing: bool = False
    error: str | None = None
    reply: str | None = None
    listed: tuple[str, ...] = ()
    understood: str | None = None
    said: tuple[Said, ...] = ()
    sent: Sent | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def counted(self) -> str | None:
        """What exact match and token F1 compare: the answer, of its sentences only the words that answer."""
        return " ".join(one.counted for one in self.said) if self.said and self.answer is not None else self.answer


def from_answer(question_id: str, answer: Answer) -> Prediction:
    """What the assistant answered."""
    passages = tuple(
        Quoted(passage.article_id, passage.start, passage.end, passage.text, _rounded(passage.score))
        for passage in answer.passages
    )
    marked = {one.marker: one.answering for one in answer.citations if one.span is not None}
    citations = []
    for citation in answer.citations:
        holder = next(
            (
                passage
                for passage in answer.passages
                if passage.article_id == citation.article_id
                and passage.start <= citation.start
                and citation.end <= passage.end
            ),
            None,
        )
        citations.append(
            Quoted(
                citation.article_id,
                citation.start,
                citation.end,
                citation.quote,
                title=citation.title,
                around=holder.text if holder else None,
                around_start=holder.start if holder else None,
            )
        )
    return Prediction(
        id=question_id,
        answer=answer.answer,
        citations=tuple(citations),
        passages=passages,
        confidence=_rounded(answer.confidence),
        score=_rounded(answer.score),
        method=answer.method,
        refusal=answer.refusal.reason if answer.refusal else None,
        reply=reply_of(answer.act, answer.found),
        listed=tuple(listed.id for listed in answer.articles),
        understood=answer.understood,
        said=tuple(_said(asdict(statement), marked) for statement in answer.statements),
        sent=_sent(answer),
        timings_ms=dict(answer.timings_ms),
    )


def _sent(answer: Answer) -> Sent | None:
    if not answer.prompts:
        return None
    own = sum(statement.kind == "prose" for statement in answer.statements)
    tokens = sum(map(len, answer.prompts)) // 4
    return Sent(answer.model is not None, tokens, own + len(answer.struck), len(answer.struck))


def _said(statement: Mapping[str, Any], marked: Mapping[int, str]) -> Said:
    """`marked`: the words that answer in a citation, by its marker, where it has some."""
    text, kind = statement["text"], statement["kind"]
    cited = marked.get(next(iter(statement["citations"]), 0))
    return Said(kind, text, cited if kind == "sentence" and cited and cited in text else text)


def reply_of(act: str, found: bool) -> str:
    """The kind of a reply by an Answer's act: more is a summary too, and nothing found is a refusal.

    >>> reply_of("question", True), reply_of("more", True), reply_of("articles", False), reply_of("ask_back", False)
    ('answer', 'summary', 'refuse', 'ask_back')
    """
    if act != "ask_back" and not found:
        return "refuse"
    return {"question": "answer", "more": "summary"}.get(act, act)


def read_predictions(path: Path) -> tuple[dict[str, Prediction], list[BadRecord]]:
    """Predictions by question id, and the lines that are none.

    JSONL {"id", "answer", "citations"?, "passages"?, "confidence"?, "score"?}: what `qa ask --batch` prints is such a
    file; or SQuAD's own form, one JSON object {id: answer}. Raises ArticleQAError if no prediction can be read.
    """
    found: dict[str, Prediction] = {}
    bad: list[BadRecord] = []
    content = read_bytes(path)
    answers = _squad_form(content)
    if answers is not None:
        return {name: Prediction(name, answer.strip() or None) for name, answer in answers.items()}, bad
    for where, record in records(content, bad, path):
        try:
            prediction = _prediction(record)
            if prediction.id in found:
                raise ValueError(f"the id {prediction.id!r} stands twice")
            found[prediction.id] = prediction
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            bad.append(BadRecord(str(path), where, f"no {error}" if isinstance(error, KeyError) else str(error)))
    if not found:
        why = f" ({bad[0].where}: {bad[0].reason})" if bad else ""
        raise ArticleQAError(f'{path}: no prediction could be read{why}; each line is {{"id", "answer", "citations"?}}')
    return found, bad


def _squad_form(content: bytes) -> dict[str, str] | None:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "answer" in document or not document:
        return None
    return document if all(isinstance(answer, str) for answer in document.values()) else None


def _prediction(record: Any) -> Prediction:
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    if "id" not in record or not isinstance(record["id"], str | int):
        raise ValueError("no id")
    if record.get("error"):
        return Prediction(str(record["id"]), None, missing=True, error=str(record["error"]))
    if "answer" not in record or not isinstance(record["answer"], str | None):
        raise ValueError('"answer" is a text, or null for a refusal')
    refusal = record.get("refusal")
    return Prediction(
        id=str(record["id"]),
        answer=(record["answer"] or "").strip() or None,
        citations=tuple(_quoted(item, "quote") for item in record.get("citations") or ()),
        passages=tuple(_quoted(item, "text") for item in record.get("passages") or ()),
        confidence=_number(record, "confidence"),
        score=_number(record, "score"),
        method=record.get("method"),
        refusal=refusal.get("reason") if isinstance(refusal, dict) else None,
        reply=reply_of(str(record.get("act") or "question"), bool(record.get("found", record["answer"]))),
        listed=tuple(item["id"] for item in record.get("articles") or ()),
        understood=record.get("understood"),
        said=_said_in(record),
        timings_ms={name: float(value) for name, value in (record.get("timings_ms") or {}).items()},
    )


def _said_in(record: dict[str, Any]) -> tuple[Said, ...]:
    """The statements of an object that `qa ask --json` printed."""
    marked = {}
    for item in record.get("citations") or ():
        if isinstance(item, dict) and item.get("span") and item.get("marker"):
            first, last = (at - item["start"] for at in item["span"])
            marked[item["marker"]] = item["quote"][first:last]
    return tuple(_said(one, marked) for one in record.get("statements") or ())


def _quoted(item: Any, name: str) -> Quoted:
    """A citation or a passage: the words, or {"article_id"?, "start"?, "end"?, "quote" or "text"?}."""
    if isinstance(item, str):
        return Quoted(None, None, None, item)
    start, end = item.get("start"), item.get("end")
    if not all(isinstance(offset, int | None) for offset in (start, end)) or (start is None) != (end is None):
        raise ValueError(f"a {name} has a start and an end, or neither")
    return Quoted(item.get("article_id"), start, end, item.get(name) or "", _number(item, "score"), item.get("title"))


def _number(record: dict[str, Any], name: str) -> float | None:
    value = record.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return _rounded(value)
    raise ValueError(f'"{name}" is no number')


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), ROUNDED)
