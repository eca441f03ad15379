"""From the model's spans to what is said and cited."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Hit, Passage
from qa.ranker_reader import Candidate
from qa.reader import Finding, SpanReader, locate, supporting, trim
from qa.spans import ScoredSpan

TEXT = "Mattis sent up to 4,000 troops. “The assault,” he said, “is over.” It cost $3.5 billion on Oct. 18."
PASSAGE = Passage(1, "a", 100, 100 + len(TEXT), TEXT)
SENTENCES = [(100, 131), (132, 166), (167, 199)]


@pytest.mark.parametrize(
    ("text", "span", "kept"),
    [
        (" troops, ", (0, 9), "troops"),
        ("the “onslaught,” he", (4, 15), "onslaught"),
        ("“zero tolerance policy,”", (0, 24), "“zero tolerance policy,”"),  # both marks are inside
        ("(NATO)", (0, 6), "(NATO)"),
        ("(NATO", (0, 5), "NATO"),
        ("the U.S.", (0, 8), "the U.S."),  # the point of an abbreviation
        ("the end.", (0, 8), "the end"),
        ("$5 or 7%", (0, 8), "$5 or 7%"),
        ("—", (0, 1), ""),
    ],
)
def test_trim(text: str, span: tuple[int, int], kept: str) -> None:
    start, end = trim(text, *span)
    assert text[start:end] == kept


@given(st.text(alphabet='ab “”"().,$%-', max_size=20), st.data())
def test_trim_stays_inside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = trim(text, start, end)
    assert start <= first <= last <= end
    assert trim(text, first, last) == (first, last)


@pytest.mark.parametrize(
    ("words", "answer", "quote"),
    [
        ("4,000", "up to 4,000", "Mattis sent up to 4,000 troops."),  # another fact without "up to"
        ("4,000 troops", "up to 4,000 troops", "Mattis sent up to 4,000 troops."),
        ("3.5", "$3.5 billion", "It cost $3.5 billion on Oct. 18."),
        ("18", "Oct. 18", "It cost $3.5 billion on Oct. 18."),
        ("The assault,”", "The assault", "“The assault,” he said, “is over.”"),
        ("Mattis", "Mattis", "Mattis sent up to 4,000 troops."),
    ],
)
def test_locate(words: str, answer: str, quote: str) -> None:
    start = TEXT.index(words)
    finding = locate(PASSAGE, SENTENCES, (start, start + len(words)), 1.0)
    assert finding is not None
    assert finding.text == answer
    assert TEXT[finding.quote[0] - 100 : finding.quote[1] - 100] == quote
    assert finding.quote[0] <= finding.answer[0] < finding.answer[1] <= finding.quote[1]


@pytest.mark.parametrize("words", ["troops. “The assault", ",”"])
def test_what_is_no_answer(words: str) -> None:
    start = TEXT.index(words)
    assert locate(PASSAGE, SENTENCES, (start, start + len(words)), 1.0) is None


def finding(article: str, text: str, score: float = 2.0) -> Finding:
    return Finding(Passage(1, article, 0, len(text), text), (0, len(text)), (0, len(text)), score)


def test_other_articles_that_say_the_same_support_the_answer() -> None:
    found = [
        finding("a", "the U.S. Military"),
        finding("a", "the U.S. Military", 1.9),  # the same sentence
        finding("b", "U.S. military", 1.8),
        finding("c", "the army", 1.7),  # another answer
        finding("d", "U.S. military", -9.0),  # too weak to support anything
    ]
    assert [f.passage.article_id for f in supporting(found)] == ["a", "b"]


class Model:
    """A model with one span for each passage."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans

    def spans(self, encoded: Sequence[Any], n: int) -> list[list[Span]]:
        return [[span] for span in self._spans]


class Snapshot:
    """An index in which every passage is three sentences."""

    def sentences(self, passage: Passage) -> list[tuple[int, int]]:
        return SENTENCES


def read(question: str, *spans: Span) -> Any:
    candidates = [Candidate(Hit(PASSAGE, 0.5), 1.0, object()) for _ in spans]  # type: ignore[arg-type]
    return SpanReader(Model(list(spans))).read(question, candidates, Snapshot())  # type: ignore[arg-type]


def test_the_best_span_answers() -> None:
    reading = read("who?", Span(1.0, 12, 30), Span(5.0, 0, 6))
    assert reading.refused is None
    assert reading.findings[0].text == "Mattis"


def test_refusals() -> None:
    assert read("who?").refused == "no_passage"
    assert read("who?", Span(-50.0, 0, 6)).refused == "low_confidence"
    assert read("who?", Span(9.0, 28, 36)).refused == "no_span"  # over the end of a sentence
