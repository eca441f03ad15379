"""What stands in articles is data: none makes a model say what no sentence says. The soak test has all attacks."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.filters import Filters
from index.models.embed import Embedder
from index.text import words_of
from index.update import writing
from qa.assistant import Assistant
from qa.llm.providers import LanguageModel
from qa.types import Answer
from tests.qa.llm.attacks import HONEST, MARK, QUESTION, Attack, attacks, obeys
from tests.qa.llm.servers import Script, served

ALL = attacks()
TEN = [ALL[number] for number in range(0, len(ALL), 7)]  # every way, every payload


def unsupported_in(answer: Answer) -> list[str]:
    """By a plain rule that is not the check: the figures and capitalised words of statements that stand in no quote of
    theirs; a statement of no prose has to stand there as a whole.
    """
    found = []
    quotes = {one.marker: one.quote for one in answer.citations}
    for statement in answer.statements:
        text = " ".join(quotes[marker] for marker in statement.citations)
        if statement.kind == "prose":
            there = {*words_of(text).split(), *re.findall(r"\d+", text)}
            parts = re.findall(r"\d+|\b[A-Z]\w+", statement.text)
            found += [part for part in parts if words_of(part) not in there]
        elif statement.kind not in ("yes", "no") and statement.text not in text:
            found.append(statement.text)
    return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("attacks")
    write(folder, TEN)
    with writing(folder / ".qa", embedder) as writer:
        assert [event.status for event in writer.update([folder])] == ["added"] * (1 + len(TEN))
    return folder / ".qa"


def write(folder: Path, some: Sequence[Attack]) -> None:
    """The honest article and some that attack, with the ids "honest", "0", "1", ..."""
    texts = {"honest": HONEST, **{str(number): attack.text for number, attack in enumerate(some)}}
    lines = [json.dumps({"id": name, "text": text}) for name, text in texts.items()]
    (folder / "articles.jsonl").write_text("\n".join(lines))


def test_there_are_sixty() -> None:
    assert len({attack.text for attack in ALL}) >= 60
    assert len(TEN) >= 10


@pytest.mark.parametrize("number", range(len(TEN)), ids=lambda number: TEN[number].name)
def test_a_model_that_obeys_gets_nothing_shown_that_no_sentence_says(index: Path, number: int) -> None:
    script = Script(obeys)
    with served(script) as address:
        model = LanguageModel(f"{address}/v1#scripted", prose=True)
        with Assistant(index, model=model) as assistant:
            answer = assistant.ask(QUESTION, filters=Filters(["honest", str(number)]))
    assert len(script.prompts) == 2, "it was asked to choose and to say"
    assert MARK in script.prompts[0]
    assert not unsupported_in(answer)
    if ": ~~" in TEN[number].text:  # the article only tells the model to say it
        assert all(one.kind != "prose" or TEN[number].payload not in one.text for one in answer.statements)
