"""Any sequence of changes: the catalog, tantivy and what a reader finds agree with a plain dict."""

import shutil
import tempfile
from contextlib import ExitStack, closing
from itertools import pairwise
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

from index.readers.noise import find_noise
from index.split import Splitter
from index.stores import derived
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
    """`files`: what lies in the folder. `held`: path -> its text in the index. `removed`: texts taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.news = News(Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "news", EMBEDDER)
        (self.news.folder / "sub").mkdir(parents=True)
        self.splitter = Splitter(EMBEDDER.tokenizer, EMBEDDER.model_pieces)
        self.files: dict[str, str] = {}
        self.held: dict[str, str] = {}
        self.removed: set[str] = set()

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

    @precondition(lambda self: self.files)
    @rule(data=st.data(), to=NAMES, keep=st.booleans())
    def rename_or_copy(self, data: st.DataObject, to: str, keep: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        self.write(to, self.files[name])
        if not keep and name != to:
            (self.news.folder / f"{name}.txt").unlink()
            del self.files[name]

    @rule(prune=st.booleans(), restore=st.booleans())
    def index(self, prune: bool, restore: bool) -> None:
        events = self.news.update(prune=prune, restore=restore)
        found = {(event.path.removesuffix(".txt"), event.status): event.reason for event in events}
        assert len(found) == len(events)
        expected = {(name, self.take(name, restore, found)) for name in sorted(self.files)}
        if prune:
            for name in self.held.keys() - self.files.keys():
                expected.add((name, "removed"))
                self.drop(name)
        assert found.keys() == expected
        assert set(self.news.update()) == set(self.news.update())  # twice is once

    def take(self, name: str, restore: bool, found: dict[tuple[str, str], str | None]) -> str:
        """What becomes of a file."""
        text, before = self.files[name], self.held.get(name)
        if text in self.removed and restore:
            self.removed.remove(text)
            status = "added"
        elif text == before:
            status = "unchanged"
        elif text in self.held.values() and before is None and (name, "renamed") in found:
            left = (found[name, "renamed"] or "").removeprefix("was ").removesuffix(".txt")
            assert left not in self.files
            assert self.held[left] == text
            self.drop(left)
            status = "renamed"
        elif text in self.held.values():
            if before is None and text not in self.removed:
                assert all(other in self.files for other, held in self.held.items() if held == text)
            status = "changed" if before is not None else "added"
        else:
            status = "changed" if before is not None and before not in self.removed else "added"
        was_removed = text in self.removed
        self.drop(name)
        self.held[name] = text
        if was_removed:
            self.removed.add(text)
            return "skipped"
        return status

    def drop(self, name: str) -> None:
        self.held.pop(name, None)
        self.removed &= set(self.held.values())

    @property
    def model(self) -> dict[str, set[str]]:
        """The articles that there are to answer from: their texts, and the files of each."""
        found: dict[str, set[str]] = {}
        for name, text in self.held.items():
            if text not in self.removed:
                found.setdefault(text, set()).add(name)
        return found

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(sorted(self.model)))
        name = data.draw(st.sampled_from(sorted(self.model[text])))
        with self.reader.view() as view:
            catalog = view.catalog
            places = [place for article, _ in catalog.articles() for place in catalog.places(article.id)]
            self.news.remove(*(place.id for place in places if place.path == f"{name}.txt"))
        self.removed.add(text)

    @rule(store=st.sampled_from(["chroma", "tantivy"]))
    def lose_a_store(self, store: str) -> None:
        shutil.rmtree(self.news.index / store, ignore_errors=True)

    @invariant()
    def all_agree(self) -> None:
        for reader in (self.reader, self.stack.enter_context(closing(self.news.open()))):
            self.agrees(reader)

    def agrees(self, reader) -> None:  # type: ignore[no-untyped-def]
        expected = sorted(
            (text, start, end)
            for text in self.model
            for start, end in self.splitter.split(text, find_noise(text)).passages
        )
        with reader.view() as view:
            stored = {article.id: view.catalog.article(article.id).text for article, _ in view.catalog.articles()}
            assert len(stored) == view.article_count == len(self.model)
            catalog = view.catalog
            files = {text: {p.path.removesuffix(".txt") for p in catalog.places(id_)} for id_, text in stored.items()}
            assert files == self.model
            for id_ in stored:
                assert {view.catalog.canonical(place.id) for place in view.catalog.places(id_)} == {id_}
                said = [revision.article.text for revision in view.catalog.revisions(id_)]
                assert said[-1] == stored[id_]
                assert all(one != two for one, two in pairwise(said))
            assert view.catalog.count_passages() == len(expected)
            vector = EMBEDDER.encode(["Troops came to the border of Guatemala."])[0]
            near, matching = view.nearest(vector, 1000), view.matches("the of on troops oil gas he so", 1000)
            passages = view.catalog.passages([id_ for id_, _ in near])
            places = {id_: (stored[p.article_id], p.start, p.end) for id_, p in passages.items()}
            assert sorted(places.values()) == expected
            assert near == sorted(near, key=lambda hit: (-hit[1], hit[0]))
            for id_, score in near:
                assert passages[id_].text == stored[passages[id_].article_id][slice(*places[id_][1:])]
                np.testing.assert_allclose(score, EMBEDDER.encode([passages[id_].text])[0] @ vector, atol=1e-5)
            asked = set("the of on troops oil gas he so".split())
            words = [id_ for id_, p in passages.items() if asked & set(_words(f"{p.article.title} {p.text}"))]
            assert sorted(id_ for id_, _ in matching) == sorted(words)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


@pytest.mark.parametrize("tail", [0, 6])
def test_any_sequence_of_changes(tail: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_CHROMA_TAIL", tail)  # 0: a new generation for nearly every change
    run_state_machine_as_test(Sequences, settings=settings(max_examples=15, stateful_step_count=10, deadline=None))
