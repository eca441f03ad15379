"""Predictions of known worth: a metric that cannot fail, or cannot be reached, fails here."""

from __future__ import annotations

import pytest

from qa.evaluate.gold import Evidence, GoldQuestion, GoldSet, Place, Relevant
from qa.evaluate.predictions import Prediction, Quoted, Said
from qa.evaluate.results import Results, collective, results
from qa.evaluate.scores import METRICS, Row, question_word, score
from qa.evaluate.systems import PredictionsSystem

ANSWERS = [name for name, metric in METRICS.items() if metric.group == "answers" and metric.unit == "share"]


def run(gold: GoldSet, predictions: list[Prediction]) -> tuple[list[Row], Results]:
    texts = {article.id: article.text for article in gold.articles}
    system = PredictionsSystem({said.id: said for said in predictions}, texts.get)
    rows = []
    for question in gold.questions:
        said = system.predict(question)
        assert said is not None
        rows.append(score(question, said, system.text_of, cites=system.cites, ranks=system.ranks))
    return rows, results(rows)


def oracle(question: GoldQuestion, wrong: bool = False) -> Prediction:
    """The gold answer, cited where it stands and ranked first; sure of it, and not of refusals."""
    if not question.answers:
        return Prediction(question.id, None, confidence=0.1)
    place = question.evidence[0].places[0]
    at = (Quoted(place.article_ids[0], place.start, place.end, ""),)
    return Prediction(question.id, "pterodactyl" if wrong else question.answers[0], at, at, confidence=1.0)


def test_an_oracle_scores_1_on_everything(squad: GoldSet) -> None:
    _, found = run(squad, [oracle(question) for question in squad.questions])
    values = {name: interval.value for name, interval in found.metrics.items()}
    assert {name: values[name] for name in ANSWERS} == dict.fromkeys(ANSWERS, 1.0)
    nothing_wrong = {"auroc_right"}  # so nothing to tell it from
    of_questions = {
        name for name, metric in METRICS.items() if metric.group not in ("turns", "wording", "language model")
    }
    expected = {name for name in of_questions if not name.startswith("quote_chars")} - nothing_wrong
    assert set(values) - {"quote_chars@1", "quote_chars@3"} == expected
    for name in expected - {"answered", "aurc", "ece"}:
        assert values[name] == 1.0, name
    assert values["answered"] == pytest.approx(11 / 15)
    assert (values["aurc"], values["ece"]) == (0.0, 0.0)


def test_a_constant_wrong_answer_scores_0_on_everything(squad: GoldSet) -> None:
    at = (Quoted("Harbour_bridge/2", 0, 4, "The "),)  # stands there, says nothing
    constant = [Prediction(question.id, "pterodactyl", at, at, confidence=1.0) for question in squad.questions]
    _, found = run(squad, constant)
    values = {name: interval.value for name, interval in found.metrics.items()}
    assert {name: values[name] for name in ANSWERS} == dict.fromkeys(ANSWERS, 0.0)
    zero = ["citation_recall", "citation_precision", "evidence_recall", "evidence_precision", "refusal_recall"]
    assert [values[name] for name in (*zero, "passage_hits@10", "passage_map")] == [0.0] * 7
    assert "refusal_precision" not in values  # it refused nothing
    assert (values["answered"], values["auroc"], values["aurc"], values["ece"]) == (1.0, 0.5, 1.0, 1.0)


def test_refusing_everything(squad: GoldSet) -> None:
    _, found = run(squad, [Prediction(question.id, None, score=0.0) for question in squad.questions])
    values = {name: interval.value for name, interval in found.metrics.items()}
    assert (values["has_ans_em"], values["no_ans_em"], values["answered"]) == (0.0, 1.0, 0.0)
    assert values["em"] == values["f1"] == values["refusal_precision"] == pytest.approx(4 / 15)
    assert "aurc" not in values


def test_shuffled_answers_score_near_0(squad: GoldSet) -> None:
    answerable = [question for question in squad.questions if question.answers]
    shuffled = [
        Prediction(question.id, (other.answers or ("",))[0], oracle(other).citations, oracle(other).passages)
        for question, other in zip(answerable, answerable[4:] + answerable[:4], strict=True)
    ]
    _, found = run(squad, shuffled)
    for name in (
        "has_ans_em",
        "has_ans_f1",
        "answer_in_quote@1",
        "answer_in_quote@3",
        "citation_recall",
        "passage_map",
    ):
        assert found.metrics[name].value < 0.1, name


def test_no_prediction_is_no_refusal(squad: GoldSet) -> None:
    """A question to which nothing was said scores 0, also where refusing would be right."""
    refused = [question for question in squad.questions if not question.answers]
    rows, found = run(squad, [Prediction("q01", "Tuesday")])
    by_id = {row.id: row for row in rows}
    assert all(by_id[question.id].scores["em"] == 0.0 for question in refused)
    assert found.metrics["em"].value == pytest.approx(1 / 15)
    assert found.metrics["answered"].value == pytest.approx(1 / 15)
    assert "refusal_precision" not in found.metrics


def test_what_a_system_does_not_do_is_not_scored(squad: GoldSet) -> None:
    _, found = run(squad, [Prediction("q01", "Tuesday")])
    assert set(found.metrics) == {
        name for name in METRICS if METRICS[name].group == "answers" and "quote" not in name
    } | {
        "answered",
        "refusal_recall",
    }
    assert (found.ranked_by, found.curve, found.bins) == (None, None, ())


def test_a_set_without_answers_is_judged_by_retrieval_alone() -> None:
    question = GoldQuestion("q", "Who?", None, (Relevant(("a",)),))
    row = score(question, Prediction("q", "x", passages=(Quoted("a", 0, 1, "x"),)), None, cites=True, ranks=True)
    assert {METRICS[name].group for name in row.scores} == {"retrieval, articles"}
    assert row.scores["article_map"] == 1.0


def test_each_piece_of_evidence_is_to_be_found() -> None:
    pieces = tuple(Evidence((Place((name,), 0, 5),)) for name in ("a", "b", "c"))
    question = GoldQuestion("q", "Who?", ("x",), evidence=pieces)
    ranked = tuple(Quoted(name, 0, 9, "x") for name in ("a", "z", "b"))
    row = score(question, Prediction("q", "x", passages=ranked), None, cites=True, ranks=True)
    assert row.scores["passage_recall@5"] == pytest.approx(2 / 3)
    assert row.scores["passage_map"] == pytest.approx((1 + 2 / 3) / 3)


def test_auroc_takes_the_raw_score_while_there_is_no_confidence(squad: GoldSet) -> None:
    by_score = [Prediction(q.id, "x", score=5.0 if q.answers else -3.0) for q in squad.questions]
    rows, found = run(squad, by_score)
    assert (found.ranked_by, found.metrics["auroc"].value) == ("score", 1.0)
    assert "ece" not in found.metrics
    assert collective(rows, "ece") is None
    # where nothing was read there is no score: it comes last
    partly = [Prediction(q.id, "x", score=-9.0) if q.answers else Prediction(q.id, None) for q in squad.questions]
    assert run(squad, partly)[1].metrics["auroc"].value == 1.0


def test_rows_survive_their_file(squad: GoldSet) -> None:
    rows, _ = run(squad, [oracle(question) for question in squad.questions])
    for row in rows:
        again = Row.from_json(row.to_json())
        assert again.to_json() == row.to_json()
        assert again.right is row.right is True


def test_every_number_stands_beside_how_many_questions_tell(squad: GoldSet) -> None:
    _, found = run(squad, [oracle(question) for question in squad.questions])
    counts = {name: found.metrics[name].n for name in ("em", "has_ans_em", "no_ans_em", "refusal_precision", "aurc")}
    assert counts == {"em": 15, "has_ans_em": 11, "no_ans_em": 4, "refusal_precision": 4, "aurc": 11}
    assert {kind: values["em_unicode"].n for kind, values in found.kinds.items()} == {
        "how many": 4,
        "what": 2,
        "when": 2,
        "which": 2,
        "who": 5,
    }


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much did the repairs cost?", "how many"),
        ("How did it end?", "how"),
        ("To whom was it sent?", "who"),
        ("In which year, and where?", "which"),
        ("Whatever.", "other"),
    ],
)
def test_question_words(question: str, kind: str) -> None:
    assert question_word(question) == kind


def test_a_sentence_is_right_if_it_holds_the_answer_and_its_kind_is_counted(squad: GoldSet) -> None:
    question = next(question for question in squad.questions if question.answers)
    holding = f"It is said that {(question.answers or ('',))[0]} was it."
    for text, right in ((holding, 1.0), ("Nothing of it.", 0.0)):
        said = Prediction(question.id, text, said=(Said("sentence", text, "said"),))
        row = score(question, said, None, cites=False, ranks=False)
        assert (row.scores["right"], row.scores["said_sentence"], row.scores["said_span"]) == (right, 1.0, 0.0)
        assert row.scores["f1"] == 0.0
