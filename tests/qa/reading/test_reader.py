"""From the model's spans to what is said and cited."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from index.types import Hit, Passage
from qa.models.ranker_reader import Candidate, sigmoid
from qa.models.spans import ScoredSpan
from qa.reading.confidence import Confidence, Features
from qa.reading.reader import Finding, SpanReader, answers, supporting

TEXT = "Mattis sent up to 4,000 troops. “The assault,” he said, “is over.” It cost $3.5 billion on Oct. 18."
PASSAGE = Passage(1, "a", 100, 100 + len(TEXT), TEXT)
SENTENCES = [(100, 131), (132, 166), (167, 199)]


def finding(article: str, text: str, margin: float = 20.0, before: str = "") -> Finding:
    whole = before + text
    return Finding(Passage(1, article, 0, len(whole), whole), (0, len(whole)), (len(before), len(whole)), 1.0, margin)


def test_other_articles_that_say_the_same_support_the_answer() -> None:
    found = [
        finding("a", "the U.S. Military."),
        finding("a", "the U.S. Military.", 19),  # the same sentence
        finding("b", "U.S. military", 18),
        finding("c", "the army", 17),  # another answer
        finding("d", "U.S. military", -9),  # too weak to support anything
    ]
    different = answers(found)
    assert [said[0].text for said in different] == ["the U.S. Military.", "the army"]
    assert [f.passage.article_id for f in supporting(different[0])] == ["a", "b"]


def test_the_body_is_cited_before_a_heading() -> None:
    heading, body, weak = (
        finding("a", "4,000 troops", 20),
        finding("b", "up to 4,000 troops.", 16, before="Mattis sent "),
        finding("c", "4,000 troops.", 5, before="He saw "),
    )
    assert answers([heading, body, weak])[0][0] is body
    assert answers([heading, weak])[0][0] is heading


def test_the_sentence_of_another_answer_supports_none() -> None:
    text = "Now it costs $91 million, up from $84 million."
    rose, before = (
        Finding(Passage(1, "b", 0, len(text), text), (0, len(text)), span, 1.0, 18.0) for span in ((13, 24), (34, 45))
    )
    first = finding("a", "$84 million")
    assert (rose.text, before.text) == ("$91 million", "$84 million")
    assert supporting([first, before]) == (first, before)
    assert supporting([first, before], rose) == (first,)


CONFIDENCE = Confidence(dict.fromkeys(Features.__slots__, 0.0) | {"margin": 1.0}, 0.0, threshold=0.5)


class Model:
    """A model with one span for each passage."""

    def __init__(self, spans: list[ScoredSpan]) -> None:
        self._spans = spans

    def spans(self, encoded: Sequence[Any], n: int) -> list[list[ScoredSpan]]:
        return [[span] for span in self._spans]


class Snapshot:
    """An index in which every passage is three sentences."""

    def sentences(self, passage: Passage) -> list[tuple[int, int]]:
        return SENTENCES


def read(question: str, *spans: ScoredSpan, articles: str = "aaaa", confidence: Confidence = CONFIDENCE) -> Any:
    passages = [replace(PASSAGE, id=number, article_id=article) for number, article in enumerate(articles, 1)]
    candidates = [
        Candidate(Hit(passage, 0.5), 1.0, object())  # type: ignore[arg-type]
        for passage, _ in zip(passages, spans, strict=False)
    ]
    return SpanReader(Model(list(spans)), confidence).read(question, candidates, Snapshot())  # type: ignore[arg-type]


def test_the_best_span_answers() -> None:
    reading = read("who?", ScoredSpan(1.0, 12, 30), ScoredSpan(5.0, 0, 6))
    assert reading.refused is None
    assert reading.findings[0].text == "Mattis"
    assert reading.score == 5.0
    assert reading.confidence == sigmoid(5.0)


def test_refusals() -> None:
    assert read("who?").refused == "no_passage"
    unsure = read("who?", ScoredSpan(-50.0, 0, 6))
    assert (unsure.refused, unsure.score) == ("low_confidence", -50.0)
    assert read("who?", ScoredSpan(9.0, 28, 36)).refused == "no_span"  # over the end of a sentence


WHO, TROOPS, ASSAULT, OVER = (ScoredSpan(0.0, TEXT.index(words), TEXT.index(words) + len(words)) for words in (
    "Mattis", "4,000 troops", "The assault", "over"
))  # fmt: skip


@pytest.mark.parametrize(
    ("articles", "marked", "differing"),
    [
        ("ab", ((WHO, 5.0), (ASSAULT, 1.0)), "The assault"),
        ("ab", ((WHO, 5.0), (ASSAULT, -0.1)), None),  # less probable than not
        ("aa", ((WHO, 5.0), (ASSAULT, 1.0)), None),  # of the same article
        ("ab", ((WHO, 5.0), (TROOPS, 1.0)), None),  # a number is no answer to what a name answers
        ("ab", ((WHO, 5.0), (WHO, 1.0)), None),  # the same
        ("aab", ((WHO, 5.0), (OVER, 4.0), (ASSAULT, 1.0)), "The assault"),
        ("aba", ((WHO, 5.0), (ASSAULT, 1.0), (OVER, 4.0)), "The assault"),
        ("abc", ((WHO, 5.0), (ASSAULT, 1.0), (OVER, 4.0)), "over"),
    ],
)
def test_what_another_article_says_instead(
    articles: str, marked: tuple[tuple[ScoredSpan, float], ...], differing: str | None
) -> None:
    reading = read("what?", *(replace(span, score=margin) for span, margin in marked), articles=articles)
    assert reading.findings[0].text == "Mattis"
    assert (reading.differing.text if reading.differing else None) == differing


def test_a_refusal_tells_no_other_answer() -> None:
    spans = (replace(WHO, score=5.0), replace(ASSAULT, score=4.0))
    reading = read("what?", *spans, articles="ab", confidence=replace(CONFIDENCE, threshold=0.9999))
    assert (reading.refused, reading.differing) == ("low_confidence", None)
