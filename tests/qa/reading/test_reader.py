"""From the model's spans to what is said and cited."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from index.types import Facts, Hit
from qa.models.ranker_reader import Candidate, Encoded, sigmoid
from qa.models.shipped import shipped_policy
from qa.models.spans import ScoredSpan
from qa.reading.confidence import Confidence, Features, Regression, SpanFeatures
from qa.reading.findings import Finding, answers, by_sentence, in_context, supporting, with_neighbour
from qa.reading.reader import Asked, Reading, SpanReader, after
from tests.fakes import passage

TEXT = "Mattis sent up to 4,000 troops. “The assault,” he said, “is over.” It cost $3.5 billion on Oct. 18."
PASSAGE = replace(passage(TEXT, start=100), sentences=((100, 131), (132, 166), (167, 199)))
POLICY = shipped_policy()


def finding(article: str, text: str, margin: float = 20.0, before: str = "") -> Finding:
    whole = before + text
    evidence = POLICY.relevance + POLICY.margin * margin
    found = passage(whole, article=article)
    return Finding(found, (0, len(whole)), (len(before), len(whole)), 1.0, margin, evidence)


def test_other_articles_that_say_the_same_support_the_answer() -> None:
    found = [
        finding("a", "the U.S. Military."),
        finding("a", "the U.S. Military.", 19),  # the same sentence
        finding("b", "U.S. military", 18),
        finding("c", "the army", 17),  # another answer
        finding("d", "U.S. military", -9),  # too weak to support anything
    ]
    different = answers(found, POLICY)
    assert [said[0].text for said in different] == ["the U.S. Military.", "the army"]
    assert [f.passage.article_id for f in supporting(different[0], POLICY)] == ["a", "b"]


def test_the_body_is_cited_before_a_heading() -> None:
    heading, body, weak = (
        finding("a", "4,000 troops", 20),
        finding("b", "up to 4,000 troops.", 16, before="Mattis sent "),
        finding("c", "4,000 troops.", 5, before="He saw "),
    )
    assert answers([heading, body, weak], POLICY)[0][0] is body
    assert answers([heading, weak], POLICY)[0][0] is heading


ENCODED = Encoded((), ())


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Mattis resigned. He was 68.", "Mattis resigned. He was 68."),
        ("It rained. He was 68.", "He was 68."),  # whom it means, that does not say
        ("Mattis resigned. Trump was 72.", "Trump was 72."),
        ("He was 68.", "He was 68."),
        ("Mattis resigned. This year was dry.", "This year was dry."),
        ("Mattis resigned. That was in May.", "Mattis resigned. That was in May."),
        (
            "It rained in Lima. Then Mattis resigned. “They will go,” he said.",
            "Then Mattis resigned. “They will go,” he said.",
        ),
    ],
)
def test_a_pronoun_is_quoted_with_whom_it_means(text: str, quoted: str) -> None:
    found = passage(text, start=50)
    sentence = found.sentences[-1]
    (finding,) = in_context([Finding(found, sentence, (sentence[0], sentence[0] + 2))])
    assert finding.sentence == quoted
    assert finding.quote[1] == sentence[1]


def test_quotes_do_not_overlap() -> None:
    found = passage("Mattis resigned. He was 68.")
    one, two = (Finding(found, sentence, (sentence[0], sentence[0] + 2)) for sentence in found.sentences)
    assert in_context([one, two]) == [one]
    assert [finding.sentence for finding in in_context([two, one])] == [found.text]


def test_a_sentence_beside_the_best_one_is_quoted_with_it_if_it_comes_near() -> None:
    found = passage("Ice lay on the road. A bus slid. It rained in Lima.")
    first, second, third = found.sentences

    def marked(sentence: tuple[int, int], evidence: float) -> Finding:
        return Finding(found, sentence, sentence, evidence=evidence)

    def quoted(*others: Finding) -> str:
        best = marked(second, 5.0)
        return with_neighbour(best, by_sentence([best, *others]), replace(POLICY, neighbour=1.0)).sentence

    assert quoted(marked(first, 4.5)) == "Ice lay on the road. A bus slid."
    assert quoted(marked(third, 4.5), marked(first, 4.4)) == "A bus slid. It rained in Lima."  # two at most
    assert quoted(marked(first, 3.5)) == "A bus slid."
    elsewhere = replace(marked(first, 4.5), passage=replace(found, article=Facts("b")))
    assert quoted(elsewhere) == "A bus slid."


def test_a_whole_sentence_is_known_as_one() -> None:
    found = passage("Mattis resigned. He was 68.")
    assert Finding(found, (0, 16), (0, 15)).whole_sentence == "Mattis resigned."
    assert Finding(found, (0, 16), (0, 6)).whole_sentence is None
    assert Finding(found, (0, 27), (17, 26)).whole_sentence == "He was 68."


def test_leads_are_sentences_each_once() -> None:
    reading = read("who?", ScoredSpan(1.0, 12, 30), ScoredSpan(5.0, 0, 6), ScoredSpan(3.0, 12, 18))
    assert len(reading.leads) == 1  # all of one sentence
    other = read("who?", ScoredSpan(1.0, 33, 44), ScoredSpan(5.0, 0, 6))
    assert [lead.text for lead in other.leads] == ["Mattis", "The assault"]


CONFIDENCE = Confidence(
    Regression(dict.fromkeys(Features.__slots__, 0.0) | {"margin": 1.0, "missing": -9.0}, 0.0),
    0.5,
    Regression(dict.fromkeys(SpanFeatures.__slots__, 0.0) | {"margin": 1.0}, 0.0),
)


class Model:
    """A model with one span for each passage."""

    def __init__(self, spans: list[ScoredSpan]) -> None:
        self._spans = spans

    def spans(self, encoded: Sequence[Any], n: int) -> list[list[ScoredSpan]]:
        return [[span] for span in self._spans]


def read(question: str, *spans: ScoredSpan) -> Reading:
    candidates = [Candidate(Hit(replace(PASSAGE, id=number), 0.5), 1.0, ENCODED) for number, _ in enumerate(spans, 1)]
    model: Any = Model(list(spans))
    return SpanReader(model, CONFIDENCE, POLICY).read(Asked(question), candidates)


def test_the_best_span_answers() -> None:
    reading = read("who?", ScoredSpan(1.0, 12, 30), ScoredSpan(5.0, 0, 6))
    assert reading.refused is None
    assert reading.findings[0].text == "Mattis"
    assert reading.score == 5.0
    assert reading.confidence == reading.sure == sigmoid(5.0)


def test_refusals() -> None:
    assert read("who?").refused == "no_passage"
    unsure = read("who?", ScoredSpan(-50.0, 0, 6))
    assert (unsure.refused, unsure.score) == ("low_confidence", -50.0)
    assert read("who?", ScoredSpan(9.0, 28, 36)).refused == "no_span"  # over the end of a sentence


def test_a_sentence_that_says_the_opposite_leads_and_does_not_answer() -> None:
    told = passage("Arvo Bank hired Lena Ruus.")
    model: Any = Model([ScoredSpan(9.0, 16, 25)])
    reader = SpanReader(model, CONFIDENCE, POLICY)
    turned = reader.read(Asked("Who hired Arvo Bank?"), [Candidate(Hit(told, 0.5), 1.0, ENCODED)])
    assert (turned.refused, turned.findings) == ("no_span", ())
    assert [lead.sentence for lead in turned.leads] == [told.text]
    right = reader.read(Asked("Who was hired by Arvo Bank?"), [Candidate(Hit(told, 0.5), 1.0, ENCODED)])
    assert right.findings[0].text == "Lena Ruus"


def test_what_stands_nowhere_counts_against_an_answer_and_forbids_none() -> None:
    candidates = [Candidate(Hit(PASSAGE, 0.5), 1.0, ENCODED)]
    refused = {}
    for margin in (5.0, 12.0):
        model: Any = Model([ScoredSpan(margin, 0, 6)])
        refused[margin] = (
            SpanReader(model, CONFIDENCE, POLICY).read(Asked("who?", missing=("Lima",)), candidates).refused
        )
    assert refused == {5.0: "low_confidence", 12.0: None}


def test_yes_and_no_are_said_from_their_own_probability_on() -> None:
    class Saying(Model):
        def __init__(self, logit: float) -> None:
            super().__init__([ScoredSpan(5.0, 0, 6)])
            self.logit = logit

        def says_yes(self, encoded: Encoded | str) -> float:
            return self.logit if encoded != "Did Peru sue Chile?" else 5.0

        def beside(self, question: str, hit: Hit) -> str:
            return question

    def says(logit: float, question: str = "Did Mattis send troops?") -> str | None:
        model: Any = Saying(logit)
        policy = replace(POLICY, yes=0.9, no=0.7)
        candidates = [Candidate(Hit(PASSAGE, 0.5), 1.0, ENCODED)]
        return SpanReader(model, CONFIDENCE, policy).read(Asked(question), candidates).says

    assert [says(logit) for logit in (3.0, 2.0, 0.0, -0.5, -1.0)] == ["yes", None, None, None, "no"]
    assert says(3.0, "Who sent troops?") is None
    assert says(3.0, "Did Chile sue Peru?") is None  # as it says to the opposite
    assert says(3.0, "Did Chile pay?") == "yes"


def test_a_question_that_asks_for_several_gets_what_else_comes_near() -> None:
    def items(question: str, second: float) -> list[str]:
        spans = [ScoredSpan(5.0, 0, 6), ScoredSpan(second, 33, 44)]
        candidates = [Candidate(Hit(replace(PASSAGE, id=number), 0.5), 1.0, ENCODED) for number in (1, 2)]
        model: Any = Model(spans)
        policy = replace(POLICY, item=0.5)
        return [item.text for item in SpanReader(model, CONFIDENCE, policy).read(Asked(question), candidates).items]

    assert items("Which things were there?", 4.0) == ["The assault"]
    assert items("Which things were there?", 1.0) == []
    assert items("Which thing was there?", 4.0) == []


def test_what_was_just_said_comes_behind_what_is_about_as_likely() -> None:
    said, near, far = finding("a", "4,000 troops", 20), finding("b", "in May", 16), finding("c", "in June", 5)
    assert after("4,000 troops", [said, near, far], POLICY)[0].text == "in May"
    assert after("4,000 troops", [said, far], POLICY)[0].text == "4,000 troops"  # asked again
    assert after("Mattis", [said, near, far], POLICY) == [said, near, far]
