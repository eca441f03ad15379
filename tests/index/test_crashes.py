"""Any sequence of changes, crashes and reopenings: the catalog, Chroma and tantivy agree with a plain dict.

A crash is the bytes that lie on the disk at that moment: the index is copied inside the function that is interrupted,
and the copy takes the index's place, whatever the writer does in the end.
"""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from index import batch, update
from index.doctor import examine, repair
from index.stores import derived, vectors
from index.stores.catalog_writer import CatalogWriter
from index.stores.lexical import Lexical
from tests.fakes import HashEmbedder
from tests.index.conftest import News

EMBEDDER = HashEmbedder()
NAMES = st.sampled_from("abcdef")
SENTENCES = ("oil rose on Monday.", "troops came to the border.", "nobody knew why. " * 40)

POINTS: dict[str, tuple[Any, str, bool]] = {
    "before it embeds": (HashEmbedder, "encode", False),
    "inside the catalog's transaction": (CatalogWriter, "_fill", True),
    "after the catalog's commit": (Lexical, "update", False),
    "inside tantivy's commit": (Lexical, "_with_id", True),
    "after tantivy's commit": (Lexical, "update", True),
    "while tantivy is noted": (CatalogWriter, "set_tantivy", True),
    "before Chroma": (vectors, "make_generation", False),
    "inside Chroma": (vectors, "_fill", True),
    "before Chroma is named": (CatalogWriter, "set_chroma", False),
    "while Chroma is named": (CatalogWriter, "set_chroma", True),
    "after Chroma is named": (vectors, "drop_leftovers", False),
}
"""Where a writer may be interrupted: inside which function, and whether at its end."""


class Crash(BaseException):
    """Ends a writer as nothing in the program expects it."""


def interrupt(
    patched: pytest.MonkeyPatch, owner: Any, name: str, at_the_end: bool, turn: int, crash: Callable[[], None]
) -> None:
    """From the `turn`-th call on, in which `crash` is called, a function is never done again."""
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def interrupted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls < turn:
            return original(*args, **options)
        if calls == turn:
            if at_the_end:
                original(*args, **options)
            crash()
        raise Crash

    patched.setattr(owner, name, interrupted)


class Crashes(RuleBasedStateMachine):
    """`files`: what lies in the folder; `model`: what must be in the index; `gone`: what was taken out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        root = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.image = root / "image"
        self.news = News(root / "news", EMBEDDER)
        self.news.folder.mkdir()
        self.files: dict[str, str] = {}
        self.model: dict[str, str] = {}
        self.gone: dict[str, str] = {}
        for name in "abc":
            self.write(name, SENTENCES[0], 0)
        self.index()

    def teardown(self) -> None:
        self.stack.close()

    @rule(name=NAMES, sentence=st.sampled_from(SENTENCES), number=st.integers(1, 9))
    def write(self, name: str, sentence: str, number: int) -> None:
        self.files[name] = f"In {name} {number} {sentence}"
        self.news.write(**{name: self.files[name]})

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        (self.news.folder / f"{name}.txt").unlink()
        del self.files[name]

    @rule()
    def index(self) -> None:
        self.news.update(prune=True)
        self.model, self.gone = self.expected(), {n: t for n, t in self.gone.items() if self.files.get(n) == t}

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.model)))
        self.news.remove(name)
        self.gone[name] = self.model.pop(name)

    @rule(point=st.sampled_from(sorted(POINTS)), turn=st.integers(1, 3))
    def crash(self, point: str, turn: int) -> None:
        acknowledged: set[str] = set()
        with pytest.MonkeyPatch.context() as patched:
            interrupt(patched, *POINTS[point], turn, lambda: self.copy_index(acknowledged))
            with suppress(Crash), update.writing(self.news.index, EMBEDDER) as writer:
                for event in writer.update([self.news.folder], prune=True):
                    if event.status in ("added", "changed", "removed"):
                        acknowledged.add(str(event.id))
        if self.image.exists():
            while self.news.index.exists():  # a thread of tantivy that merges may write until then
                shutil.rmtree(self.news.index, ignore_errors=True)
            self.image.rename(self.news.index)
            acknowledged = self.acknowledged
        stored, after = self.news.stored(), self.expected()
        for name in {*stored, *after, *self.model}:
            possible = [after.get(name)] if name in acknowledged else [after.get(name), self.model.get(name)]
            assert stored.get(name) in possible, name
        for name in self.model.keys() - stored.keys():
            self.gone.pop(name, None)
        self.model = stored
        self.gone = {n: t for n, t in self.gone.items() if n not in stored and self.files.get(n) == t}

    def copy_index(self, acknowledged: set[str]) -> None:
        shutil.copytree(self.news.index, self.image)
        self.acknowledged = set(acknowledged)

    @rule(store=st.sampled_from(["chroma", "tantivy"]), by_the_doctor=st.booleans())
    def lose_a_store(self, store: str, by_the_doctor: bool) -> None:
        shutil.rmtree(self.news.index / store, ignore_errors=True)
        if by_the_doctor:
            checks = examine(self.news.index)
            with update.writing(self.news.index, EMBEDDER) as writer:
                list(repair(writer, checks))
        else:
            self.index()

    def expected(self) -> dict[str, str]:
        """What is in the index after the files are indexed."""
        return {name: text for name, text in self.files.items() if self.gone.get(name) != text}

    @invariant()
    def all_agree(self) -> None:
        faults = [f.message for check in examine(self.news.index) for f in check.findings if f.is_fault]
        assert faults == []
        with closing(self.news.open()) as reader, reader.view() as view:
            stored = {article.id: view.catalog.article(article.id) for article, _ in view.catalog.articles()}
            assert {name: article.text for name, article in stored.items() if article} == self.model
            for name, text in self.model.items():
                vector = EMBEDDER.encode([text])[0]
                near = view.catalog.passages([id_ for id_, _ in view.nearest(vector, 1000)])
                matching = view.catalog.passages([id_ for id_, _ in view.matches("in nobody knew on to", 1000)])
                assert len(near) == view.catalog.count_passages()
                assert {p.article_id for p in near.values()} == set(self.model)
                assert name in {p.article_id for p in matching.values()}
        assert self.news.notes == []


@pytest.mark.parametrize("tail", [0, 6])
def test_any_sequence_of_changes_and_crashes(tail: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "_CHROMA_TAIL", tail)  # 0: a new Chroma folder for nearly every change
    monkeypatch.setattr(batch, "_PASSAGES", 2)
    run_state_machine_as_test(Crashes, settings=settings(max_examples=8, stateful_step_count=12, deadline=None))
