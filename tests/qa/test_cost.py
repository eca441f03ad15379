"""What a question costs, counted and not timed: model runs and SQL statements, the same however much is indexed."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.filters import Filters
from index.snapshot import Snapshot
from index.update import writing
from qa.answer import Models, stream
from qa.models.ranker_reader import PROMISING, RANKED, READ, RankerReader
from qa.models.shipped import WEIGHTS, shipped_policy
from qa.reading.confidence import load
from qa.reading.reader import SpanReader
from qa.scope import Ask
from tests.fakes import HashEmbedder

_PLACES = ("Lima", "Oslo", "Rome", "Cairo", "Quito", "Delhi", "Perth")
_ACTS = ("opened a school", "closed a bridge", "built a harbour", "sold a mill", "moved a market")


def write_articles(file: Path, count: int) -> None:
    """Articles of one passage and nearly one length each, so that candidates are as many and as long at any size."""
    with file.open("w", encoding="utf-8") as out:
        for i in range(count):
            place, act = _PLACES[i % len(_PLACES)], _ACTS[i // 7 % len(_ACTS)]
            text = f"The mayor of {place} {act} on Monday. He said that {1000 + i} people had come to see it."
            out.write(json.dumps({"id": f"a{i}", "title": f"News from {place}", "text": text}) + "\n")


@pytest.fixture(scope="module", params=[20, 2000])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cost")
    write_articles(folder / "news.jsonl", request.param)
    with writing(folder / ".qa", HashEmbedder()) as writer:
        assert sum(event.status == "added" for event in writer.update([folder / "news.jsonl"])) == request.param
    return folder / ".qa"


WIDTH = 4  # of the states that a CountedSession makes


class CountedSession:
    """An onnxruntime session that finds everything nought, and counts its runs and the texts in them."""

    def __init__(self, counted: Counter[str], name: str) -> None:
        self._counted = counted
        self._name = name

    def run(self, outputs: Sequence[str], feed: Mapping[str, np.ndarray]) -> list[Any]:
        rows, length = feed["mask"].shape
        self._counted.update({f"{self._name} runs": 1, f"{self._name} texts": rows})
        shapes = {"hidden": (rows, length, WIDTH), "relevance": (rows,), "start": (rows, length), "end": (rows, length)}
        return [np.zeros(shapes[output], np.float32) for output in outputs]


def counted_models(counted: Counter[str]) -> Models:
    model = RankerReader()
    for part in ("lower", "ranker", "reader"):
        setattr(model, f"_{part}", CountedSession(counted, part))
    model._regression = np.zeros(2 * WIDTH + 1, np.float32)
    policy = shipped_policy()
    return Models(HashEmbedder(), model, SpanReader(model, load(WEIGHTS), policy), policy)


ASK = Ask(Filters(), constraints=True, today=dt.date(2020, 1, 1))
QUESTION = "What did the mayor of Lima open on Monday?"


def test_a_question_costs_as_much_at_20_articles_as_at_2000(index: Path) -> None:
    counted: Counter[str] = Counter()
    models = counted_models(counted)
    with closing(Snapshot(index)) as snapshot:
        list(stream(QUESTION, snapshot, models, ASK))  # opens the stores
        (catalog,) = snapshot._idle
        database = catalog._db
        counted.clear()
        encoded = len(models.encoder.encoded)
        database.set_trace_callback(lambda _: counted.update({"SQL statements": 1}))
        database.set_progress_handler(lambda: counted.update({"SQL steps": 100}), 100)
        list(stream(QUESTION, snapshot, models, ASK))
        database.set_trace_callback(None)
        assert len(models.encoder.encoded) == encoded + 1
    assert counted["lower texts"] == RANKED
    assert counted["ranker texts"] == PROMISING  # halfway all look the same, so the first stage says which
    assert counted["reader texts"] == READ
    assert counted["lower runs"] == counted["ranker runs"] == 2  # the first few; none is sure: the others
    assert counted["reader runs"] == 1
    assert counted["SQL statements"] <= 20
    assert counted["SQL steps"] <= 7_000  # one scan of the 2,000 articles or passages would be 8,000
