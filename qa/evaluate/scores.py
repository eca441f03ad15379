"""One question -> its scores. The list of metrics stands here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.evaluate import answers, citations, retrieval
from qa.evaluate.gold import GoldQuestion, Turn, talk_of
from qa.evaluate.predictions import Prediction, Quoted, Said, Sent, TextOf
from qa.evaluate.turns import turn_scores
from qa.language.vocabulary import QUESTION_WORDS

RIGHT = "right"
"""The score that says whether an answer is right (1.0): for flips, the risk-coverage curve and calibration."""

RIGHT_F1 = 0.6
"""An answer in words is right from this token F1 on: "4,000 troops" for "4,000"; exact match would call it wrong."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a report. `better`: +1 the more the better, -1 the less, 0 neither.

    `unit`: share (0..1), chars or tokens.
    """

    name: str
    group: str
    label: str
    better: int = 1
    unit: str = "share"


def _ranking_metrics(level: str) -> tuple[Metric, ...]:
    shown = {"hits": "Hits", "recall": "Recall", "mrr": "MRR", "ndcg": "nDCG", "map": "MAP"}
    return tuple(
        Metric(
            f"{level}_{name}", f"retrieval, {level}s", shown[name.partition("@")[0]] + "".join(name.partition("@")[1:])
        )
        for name in retrieval.NAMES
    )


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("em", "answers", "exact match"),
        Metric("em_unicode", "answers", "exact match, Unicode punctuation stripped"),
        Metric("f1", "answers", "token F1"),
        Metric("f1_unicode", "answers", "token F1, Unicode punctuation stripped"),
        Metric("has_ans_em", "answers", "exact match, answerable (HasAns)"),
        Metric("has_ans_em_unicode", "answers", "exact match, answerable, Unicode"),
        Metric("has_ans_f1", "answers", "token F1, answerable (HasAns)"),
        Metric("has_ans_f1_unicode", "answers", "token F1, answerable, Unicode"),
        Metric("no_ans_em", "answers", "refused, unanswerable (NoAns)"),
        Metric("right", "answers", "right, or rightly refused"),
        Metric("said_span", "wording", "said in words of the quote", 0),
        Metric("said_sentence", "wording", "said as a sentence", 0),
        Metric("said_list", "wording", "said as a list", 0),
        Metric("said_yes_no", "wording", "said yes or no", 0),
        Metric("said_prose", "wording", "said in a model's words", 0),
        Metric("answer_in_quote@1", "answers", "answer stands in the first quote"),
        Metric("answer_in_quote@3", "answers", "answer stands in one of three quotes"),
        Metric("quote_chars@1", "answers", "length of the first quote", 0, "chars"),
        Metric("quote_chars@3", "answers", "length of up to three quotes", 0, "chars"),
        *_ranking_metrics("article"),
        *_ranking_metrics("passage"),
        Metric("citation_precision", "citations", "citation precision (ALCE)"),
        Metric("citation_recall", "citations", "citation recall (ALCE)"),
        Metric("evidence_precision", "citations", "citations that touch evidence"),
        Metric("evidence_recall", "citations", "evidence touched by citations"),
        Metric("quotes_verbatim", "citations", "quotes verbatim at their offsets"),
        Metric("answered", "abstention", "answered", 0),
        Metric("refusal_precision", "abstention", "refusals that are right (precision)"),
        Metric("refusal_recall", "abstention", "unanswerable that are refused (recall)"),
        Metric("auroc", "abstention", "AUROC, answerable against not"),
        Metric("auroc_right", "abstention", "AUROC, right answers against wrong"),
        Metric("aurc", "abstention", "area under the risk-coverage curve", -1),
        Metric("ece", "abstention", "expected calibration error", -1),
        Metric("model_used", "language model", "the model's choice could be used"),
        Metric("model_struck", "language model", "of its own statements, struck", -1),
        Metric("model_tokens", "language model", "sent for a question, estimated", -1, "tokens"),
        Metric("reply_right", "turns", "reply of the right kind"),
        Metric("f1_open", "turns", "token F1 (Unicode), yes/no turns left out"),
        Metric("yes_no", "turns", "yes or no said rightly, yes/no turns"),
        Metric("span_cited@2", "turns", "one of two quotes covers half of the evidence"),
        Metric("other_article", "turns", "answered out of another article", -1),
        Metric("refused_answerable", "turns", "refused, though there is an answer", -1),
    )
}
"""Every metric by its name, in the order of a report."""

BY_KIND = {
    "em_unicode": "EM",
    "f1_unicode": "F1",
    "answer_in_quote@1": "in quote",
    "article_hits@5": "Hits@5",
    "answered": "answered",
}
"""What is also reported for each type of question, with the heads of its columns."""

BY_TURN = {
    "right": "right",
    "reply_right": "reply",
    "f1_open": "F1",
    "yes_no": "yes/no",
    "span_cited@2": "span",
    "other_article": "other",
    "refused_answerable": "refused",
}
"""Likewise for each kind of turn in dialogues."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question, what was said to it and its scores (of the metrics that apply): a line of run.jsonl."""

    id: str
    question: str
    kind: str
    gold: tuple[str, ...] | None
    gold_articles: tuple[str, ...]
    prediction: Prediction
    scores: dict[str, float]
    turn: Turn | None = None

    @property
    def talk(self) -> str:
        """What it hangs together with: its dialogue, or itself alone."""
        return talk_of(self.id, self.turn)

    @property
    def judged(self) -> bool:
        """Whether the set says what is right."""
        return RIGHT in self.scores

    @property
    def right(self) -> bool:
        """Whether the answer, or the refusal, is right."""
        return self.scores.get(RIGHT) == 1.0

    def to_json(self) -> dict[str, Any]:
        """The line, without times."""
        said = self.prediction
        return {
            "id": self.id,
            "question": self.question,
            **({} if self.turn is None else _turn_json(self.turn, said)),
            "kind": self.kind,
            "prediction": said.answer,
            **({"said": [asdict(one) for one in said.said]} if said.said else {}),
            **({"sent": asdict(said.sent)} if said.sent else {}),
            "gold": None if self.gold is None else list(self.gold),
            "gold_articles": list(self.gold_articles),
            "right": self.right if self.judged else None,
            "method": said.method,
            "confidence": said.confidence,
            "score": said.score,
            "refusal": said.refusal,
            "missing": said.missing,
            "error": said.error,
            "citations": [_quoted_json(citation, "quote") for citation in said.citations],
            "passages": [_quoted_json(passage, None) for passage in said.passages],
            "scores": {name: round(self.scores[name], 6) for name in METRICS if name in self.scores},
        }

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Row:
        """The row of a line that `to_json` made; its passages have no text. Raises KeyError, TypeError for another."""
        prediction = Prediction(
            id=line["id"],
            answer=line["prediction"],
            citations=tuple(_quoted(citation, "quote") for citation in line["citations"]),
            passages=tuple(_quoted(passage, None) for passage in line["passages"]),
            **{name: line[name] for name in ("confidence", "score", "method", "refusal", "missing", "error")},
            **{name: line[name] for name in ("reply", "understood") if "dialogue" in line},
            listed=tuple(line.get("listed", ())),
            said=tuple(Said(**one) for one in line.get("said", ())),
            sent=Sent(**line["sent"]) if line.get("sent") else None,
        )
        return cls(
            id=line["id"],
            question=line["question"],
            kind=line["kind"],
            gold=None if line["gold"] is None else tuple(line["gold"]),
            gold_articles=tuple(line["gold_articles"]),
            prediction=prediction,
            scores=dict(line["scores"]),
            turn=_turn(line) if "dialogue" in line else None,
        )


def _turn_json(turn: Turn, said: Prediction) -> dict[str, Any]:
    return {
        "dialogue": turn.dialogue,
        "turn": turn.number,
        "understood": said.understood,
        "reply": said.reply,
        "gold_reply": turn.reply,
        "context": turn.context,
        **({"extra": turn.extra} if turn.extra else {}),
        **({"listed": list(said.listed)} if said.listed else {}),
    }


def _turn(line: dict[str, Any]) -> Turn:
    return Turn(line["dialogue"], line["turn"], line["gold_reply"], line["context"], line.get("extra", {}))


def _quoted_json(quoted: Quoted, text: str | None) -> dict[str, Any]:
    place = {"article_id": quoted.article_id, "start": quoted.start, "end": quoted.end}
    if text is None:
        return {**place, "score": quoted.score}
    around = {"around": quoted.around, "around_start": quoted.around_start}
    return {**place, "title": quoted.title, text: quoted.text, **around}


def _quoted(item: dict[str, Any], text: str | None) -> Quoted:
    return Quoted(
        item["article_id"],
        item["start"],
        item["end"],
        item[text] if text else "",
        item.get("score"),
        item.get("title"),
        item.get("around"),
        item.get("around_start"),
    )


def score(question: GoldQuestion, said: Prediction, text_of: TextOf | None, *, cites: bool, ranks: bool) -> Row:
    """A question's row. `text_of`: stored texts, if there are any. `cites`, `ranks`: whether the system does so at all.

    Articles of `question` go by the one name that the system uses (`gold.resolve`).
    """
    scores: dict[str, float] = {}
    turn = question.turn
    if question.answers is not None:
        scores |= _answer_scores(question.answers, said, cites)
    if turn is not None:
        scores |= turn_scores(question, turn, said, cites=cites)
    if ranks and (turn is None or turn.reply == "answer"):
        scores |= _retrieval_scores(question, said.passages)
    if cites:
        scores |= _citation_scores(question, said, text_of)
    if said.sent is not None:
        scores |= {"model_used": float(said.sent.used), "model_tokens": float(said.sent.tokens)}
        scores |= {"model_struck": said.sent.struck / said.sent.said} if said.sent.said else {}
    return Row(
        id=question.id,
        question=question.question,
        kind=question.kind or question_word(question.question),
        gold=question.answers,
        gold_articles=tuple(item.article_ids[0] for item in question.relevant),
        prediction=said,
        scores=scores,
        turn=turn,
    )


def _answer_scores(golds: Sequence[str], said: Prediction, cites: bool) -> dict[str, float]:
    normals = {"": answers.normalise, "_unicode": answers.normalise_unicode}
    scores: dict[str, float] = {}
    for end, normal in normals.items():
        scores["em" + end] = 0.0 if said.missing else answers.exact_match(said.counted, golds, normal)
        scores["f1" + end] = 0.0 if said.missing else answers.f1(said.counted, golds, normal)
    sentences = [one.text for one in said.said if one.kind == "sentence"]
    holds = bool(golds and sentences and answers.contains(sentences, golds))
    scores["right"] = float(scores["f1_unicode"] >= RIGHT_F1 or holds)
    if said.answer is not None and said.said:
        first = said.said[0].kind
        scores |= {f"said_{name}": float(first in kinds) for name, kinds in _SAID.items()}
    refused = said.answer is None and not said.missing
    if golds:
        scores |= {f"has_ans_{name}": scores[name] for name in ("em", "em_unicode", "f1", "f1_unicode")}
        if cites:
            for k in (1, 3):
                quotes = [citation.text for citation in said.citations[:k]]
                scores[f"answer_in_quote@{k}"] = float(answers.contains(quotes, golds))
    else:
        scores["no_ans_em"] = float(refused)
        scores["refusal_recall"] = float(refused)
    scores["answered"] = float(said.answer is not None)
    if refused:
        scores["refusal_precision"] = float(not golds)
    return scores


_SAID = {"span": ("span",), "sentence": ("sentence",), "list": ("list",), "yes_no": ("yes", "no"), "prose": ("prose",)}


def _retrieval_scores(question: GoldQuestion, passages: Sequence[Quoted]) -> dict[str, float]:
    scores: dict[str, float] = {}
    if question.relevant:
        grades = {item.article_ids[0]: item.grade for item in question.relevant}
        ranked = retrieval.score_ranking([passage.article_id or "" for passage in passages], grades)
        scores |= {f"article_{name}": value for name, value in ranked.items()}
    judged = citations.relevant_passages(question, passages)
    if judged is not None:
        brought, total = judged
        found = [thing for thing in brought if thing]
        relevant = dict.fromkeys([*found, *(f"missing {n}" for n in range(total - len(found)))], 1)
        names = [thing or f"other {rank}" for rank, thing in enumerate(brought, 1)]
        ranked = retrieval.score_ranking(names, relevant)
        scores |= {f"passage_{name}": value for name, value in ranked.items()}
    return scores


def _citation_scores(question: GoldQuestion, said: Prediction, text_of: TextOf | None) -> dict[str, float]:
    found: dict[str, float | None] = {}
    if question.evidence and question.answers != ():
        found["citation_recall"], found["citation_precision"] = citations.alce(said.citations, question.evidence)
        found["evidence_recall"], found["evidence_precision"] = citations.overlap(said.citations, question.evidence)
    if said.citations:
        found["quote_chars@1"] = float(len(said.citations[0].text))
        found["quote_chars@3"] = float(sum(len(citation.text) for citation in said.citations[:3]))
        if text_of is not None:
            found["quotes_verbatim"] = citations.verbatim(said.citations, text_of)
    return {name: value for name, value in found.items() if value is not None}


_ALIKE = {"how many": "how many", "how much": "how many", "whom": "who", "whose": "who"}
_WORDS = {word: word for word in QUESTION_WORDS} | _ALIKE


def question_word(question: str) -> str:
    """The type of a question whose set gives none: its first question word.

    >>> question_word("In what year did it open?"), question_word("How much was left?"), question_word("Did he?")
    ('what', 'how many', 'other')
    """
    words = f" {answers.normalise_unicode(question)} "
    found = [(words.index(f" {word} "), -len(word), word) for word in _WORDS if f" {word} " in words]
    return _WORDS[min(found)[2]] if found else "other"
