"""A system of which everything is known."""

from __future__ import annotations

from pathlib import Path

from index.errors import ArticleQAError
from qa.evaluate.gold import BadRecord, GoldArticle, GoldQuestion, GoldSet, Relevant
from qa.evaluate.predictions import Prediction, Quoted, TextOf
from qa.evaluate.run import Plan, Run, evaluate

PLAN = Plan({"name": "set", "format": "test", "limit": None}, {"gold": "abc", "index": {"articles": 1}})
GOLD = GoldSet(
    name="set",
    format="test",
    digest="abc",
    questions=tuple(
        GoldQuestion(
            f"q{n}", f"Who is number {n}?", (f"name{n}",) if n % 3 else (), (Relevant(("art",)),) if n % 3 else ()
        )
        for n in range(8)
    ),
    articles=(GoldArticle("art", "name1\u2028and “name2” were there."),),
    bad=(BadRecord("set.jsonl", "line 3", "not JSON"),),
)


class FakeSystem:
    """Right on every even question; counts what it was asked, and can be stopped or fail at one question."""

    cites = ranks = True

    def __init__(self, stop_at: str | None = None, fail_at: str | None = None) -> None:
        self.asked: list[str] = []
        self._stop_at, self._fail_at = stop_at, fail_at

    def own_name(self, article_id: str) -> str | None:
        return article_id if article_id == "art" else None

    @property
    def text_of(self) -> TextOf:
        return {article.id: article.text for article in GOLD.articles}.get

    def predict(self, question: GoldQuestion) -> Prediction | None:
        if question.id == self._stop_at:
            raise KeyboardInterrupt
        self.asked.append(question.id)
        if question.id == self._fail_at:
            raise ArticleQAError("the model is gone")
        number = int(question.id[1:])
        quote = Quoted("art", 0, 9, "name1\u2028and", title="Art")
        return Prediction(
            id=question.id,
            answer=f"name{number if number % 2 == 0 else 99}",
            citations=(quote,),
            passages=(Quoted("art", 0, 27, GOLD.articles[0].text, 0.5),),
            score=float(number),
            method="reader",
            timings_ms={"read": 10.0 + number, "total": 20.0 + number},
        )


def run_of(folder: Path | None = None) -> Run:
    """For the tests of reports."""
    return evaluate(GOLD, FakeSystem(fail_at="q7"), PLAN, folder)
