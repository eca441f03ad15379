"""The gold questions about the seed article. They were written before the code that answers, and tune nothing."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from qa.assistant import Assistant
from qa.types import Answer
from tests.qa.conftest import SEEDS

GOLD: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> Mapping[str, Answer]:
    return {gold["id"]: assistant.ask(gold["question"]) for gold in GOLD}


def test_most_first_quotes_hold_the_gold_answer(answers: Mapping[str, Answer]) -> None:
    answerable = [gold for gold in GOLD if gold["answers"]]
    held = [
        gold["id"]
        for gold in answerable
        if answers[gold["id"]].citations
        and any(answer in answers[gold["id"]].citations[0].quote for answer in gold["answers"])
    ]
    assert len(answerable) >= 25
    assert len(held) >= 0.85 * len(answerable), sorted({gold["id"] for gold in answerable} - set(held))


def test_most_of_what_it_does_not_say_is_refused(answers: Mapping[str, Answer]) -> None:
    unanswerable = [gold["id"] for gold in GOLD if not gold["answers"]]
    refused = [gold for gold in unanswerable if not answers[gold].found]
    assert len(unanswerable) >= 6
    assert len(refused) >= 7 / 8 * len(unanswerable), sorted(set(unanswerable) - set(refused))


def test_every_quote_is_verbatim_and_holds_its_answer(answers: Mapping[str, Answer], assistant: Assistant) -> None:
    found = [answer for answer in answers.values() if answer.found]
    for answer in found:
        for citation in answer.citations:
            with assistant.snapshot.view() as view:
                article = view.catalog.article(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote
            assert "{mosads}" not in citation.quote
        for statement in answer.statements:
            assert statement.text in answer.citations[statement.citations[0] - 1].quote
    assert found


def test_the_same_question_has_the_same_answer(assistant: Assistant) -> None:
    first, second = (assistant.ask("Who approved the deployment?").to_json() for _ in range(2))
    del first["timings_ms"], second["timings_ms"]
    assert first == second
