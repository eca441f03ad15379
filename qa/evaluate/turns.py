"""Scores of a turn in a dialogue, beside those of any question: the kind of its reply, and the article it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from qa.evaluate import answers
from qa.evaluate.dialogues import asks_yes_or_no
from qa.evaluate.gold import Evidence, GoldQuestion, Turn
from qa.evaluate.predictions import Prediction, Quoted

SHOWN = 2
"""How many citations count as seen: the first two."""

HALF = 0.5
"""The share of a span that a quote covers if it is said to show it."""


def turn_scores(question: GoldQuestion, turn: Turn, said: Prediction, *, cites: bool) -> dict[str, float]:
    """The scores of those metrics that apply to a turn. `question`: its articles by the names that the system uses."""
    scores: dict[str, float] = {}
    if said.reply is not None or said.missing:
        scores["reply_right"] = float(said.reply == turn.reply)
    if turn.reply not in ("answer", "refuse"):  # no answer to compare with: the articles are judged
        scores["right"] = float(said.reply == turn.reply and _of_these_articles(question, said))
    if turn.reply == "answer":
        scores["refused_answerable"] = float(said.answer is None and not said.missing)
        if question.answers and asks_yes_or_no(question.kind, question.answers):
            scores["yes_no"] = float(_first_word(said.answer) == _first_word(question.answers[0]))
        elif question.answers:
            scores["f1_open"] = 0.0 if said.missing else answers.f1(said.counted, question.answers, _normal)
    if cites:
        scores["other_article"] = float(said.reply == "answer" and _elsewhere(question, said))
        if turn.reply == "answer" and any(place.start is not None for one in question.evidence for place in one.places):
            scores["span_cited@2"] = float(covers(said.citations[:SHOWN], question.evidence))
    return scores


_normal = answers.normalise_unicode


def _first_word(text: str | None) -> str | None:
    return next(iter(_normal(text or "").split()), None)


def _gold_articles(question: GoldQuestion) -> set[str]:
    return {article_id for item in question.relevant for article_id in item.article_ids}


def _elsewhere(question: GoldQuestion, said: Prediction) -> bool:
    """Whether the set names articles, and what is cited first comes from none of them."""
    known = _gold_articles(question)
    return bool(known and said.citations) and not any(one.article_id in known for one in said.citations[:SHOWN])


def _of_these_articles(question: GoldQuestion, said: Prediction) -> bool:
    """Whether a list has every gold article, and whether a summary cites none but these."""
    known = _gold_articles(question)
    if said.reply == "articles":
        return known <= set(said.listed)
    return all(one.article_id in known for one in said.citations)


def covers(citations: Sequence[Quoted], evidence: Sequence[Evidence]) -> bool:
    """Whether one of the citations covers at least half of a place where a piece of evidence stands."""
    return any(
        place.start is not None
        and place.end is not None
        and one.article_id in place.article_ids
        and one.start is not None
        and one.end is not None
        and min(one.end, place.end) - max(one.start, place.start) >= HALF * (place.end - place.start)
        for one in citations
        for piece in evidence
        for place in piece.places
    )
