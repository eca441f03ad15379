"""Any sequence of changes: the catalog, tantivy and what a reader finds agree with a plain dict."""

import shutil
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from index import update
from index.split import Splitter
from tests.fakes import HashEmbedder
from tests.index.conftest import News

EMBEDDER = HashEmbedder()
NAMES = st.sampled_from(["a", "b", "c", "sub/a", "sub/d"])
SENTENCES = st.sampled_from([
    "Oil rose on Monday.", "Gas fell.", "Troops came to the border.", "The U.S. said so.", "{mosads}Nobody knew why.",
    "“We will go,” he said.", "A caravan of over 4,000 migrants left Guatemala and Honduras on Friday. " * 8,
])  # fmt: skip
TEXTS = st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join)


class Sequences(RuleBasedStateMachine):
    """`files`: what lies in the folder. `model`: path -> text of what should be in the index. `gone`: tombstones."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.news = News(Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "news", EMBEDDER)
        (self.news.folder / "sub").mkdir(parents=True)
        self.splitter = Splitter(EMBEDDER.tokenizer, EMBEDDER.model_pieces)
        self.files: dict[str, str] = {}
        self.model: dict[str, str] = {}
        self.gone: dict[str, str] = {}

    def teardown(self) -> None:
        self.stack.close()

    @initialize()
    def index_nothing(self) -> None:
        self.news.update()
        self.reader = self.stack.enter_context(closing(self.news.open()))

    @rule(name=NAMES, text=TEXTS)
    def write(self, name: str, text: str) -> None:
        self.news.write(**{name: text})
        self.files[name] = text

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        (self.news.folder / f"{name}.txt").unlink()
        del self.files[name]

    @rule(prune=st.booleans(), restore=st.booleans())
    def index(self, prune: bool, restore: bool) -> None:
        found = {
            event.path.removesuffix(".txt"): event.status for event in self.news.update(prune=prune, restore=restore)
        }
        expected = {}
        for name, text in self.files.items():
            if self.model.get(name) == text:
                expected[name] = "unchanged"
            elif self.gone.get(name) == text and not restore:
                expected[name] = "skipped"
            else:
                expected[name] = "changed" if name in self.model else "added"
                self.model[name] = text
                self.gone.pop(name, None)
        if prune:
            for name in {*self.model, *self.gone} - self.files.keys():
                expected[name] = "removed"
                self.model.pop(name, None)
                self.gone.pop(name, None)
        assert found == expected
        assert set(self.news.update()) == set(self.news.update())  # twice is once

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.model)))
        self.news.remove(self.ids()[name])
        self.gone[name] = self.model.pop(name)

    @rule(store=st.sampled_from(["chroma", "tantivy"]))
    def lose_a_store(self, store: str) -> None:
        shutil.rmtree(self.news.index / store, ignore_errors=True)

    def ids(self) -> dict[str, str]:
        with self.reader.view():
            return {article.path.removesuffix(".txt"): article.id for article, _ in self.reader.articles()}

    @invariant()
    def all_agree(self) -> None:
        for reader in (self.reader, self.stack.enter_context(closing(self.news.open()))):
            self.agrees(reader)

    def agrees(self, reader) -> None:  # type: ignore[no-untyped-def]
        expected = sorted(
            (name, start, end) for name, text in self.model.items() for start, end in self.splitter.split(text).passages
        )
        with reader.view():
            stored = {article.id: reader.article(article.id) for article, _ in reader.articles()}
            assert {a.path.removesuffix(".txt"): a.text for a in stored.values()} == self.model
            assert reader.count_passages() == len(expected)
            vector = EMBEDDER.encode(["Troops came to the border of Guatemala."])[0]
            near, matching = reader.nearest(vector, 1000), reader.matching("the of on troops oil gas he so", 1000)
            passages = reader.passages([id_ for id_, _ in near])
            places = {
                id_: (stored[p.article_id].path.removesuffix(".txt"), p.start, p.end) for id_, p in passages.items()
            }
            assert sorted(places.values()) == expected
            assert near == sorted(near, key=lambda hit: (-hit[1], hit[0]))
            for id_, score in near:
                assert passages[id_].text == stored[passages[id_].article_id].text[slice(*places[id_][1:])]
                np.testing.assert_allclose(score, EMBEDDER.encode([passages[id_].text])[0] @ vector, atol=1e-5)
            words = [
                id_
                for id_, p in passages.items()
                if set("the of on troops oil gas he so".split()) & set(_words(p.text))
            ]
            assert sorted(id_ for id_, _ in matching) == sorted(words)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


@pytest.mark.parametrize("tail", [0, 6])
def test_any_sequence_of_changes(tail: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "_CHROMA_TAIL", tail)  # 0: a new generation for nearly every change
    run_state_machine_as_test(Sequences, settings=settings(max_examples=15, stateful_step_count=10, deadline=None))
