"""An embedder without weights, and indexes of files that a test writes."""

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from index.search import Query
from index.snapshot import Snapshot
from index.stores.catalog import Catalog
from index.stores.lexical import Lexical
from index.stores.vectors import Vectors
from index.update import Event, writing
from tests.fakes import HashEmbedder

SEED = Path(__file__).parents[2] / "seeds" / "000_957251fa41a97581.txt"


@pytest.fixture(scope="session")
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="session")
def seed_text() -> str:
    return SEED.read_text(encoding="utf-8")


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder that belongs to the user whom the test runs as: not root, whom file modes do not bind."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.chown(folder, 65534, 65534)
        os.setegid(65534)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)
            os.setegid(0)


class News:
    """A folder of article files, its index, and what the index should hold."""

    def __init__(self, folder: Path, embedder: HashEmbedder) -> None:
        self.folder = folder
        self.index = folder / ".qa"
        self.embedder = embedder
        self.notes: list[str] = []

    def write(self, **texts: str) -> "News":
        """Files of these names (.txt) with these texts."""
        for name, text in texts.items():
            (self.folder / f"{name}.txt").write_text(text, encoding="utf-8")
        return self

    def update(self, *paths: Path, **options: Any) -> list[Event]:
        """Index `paths`, or the whole folder; the events."""
        with writing(self.index, self.embedder, notify=self.notes.append) as writer:
            return list(writer.update(paths or [self.folder], **options))

    def statuses(self, *paths: Path, **options: Any) -> dict[str, str]:
        """Index as `update` does: what became of each article, by id (by path where it has none)."""
        return {event.id or event.path: event.status for event in self.update(*paths, **options)}

    def remove(self, *ids: str) -> None:
        with writing(self.index, self.embedder, notify=self.notes.append) as writer:
            writer.remove(ids)

    def open(self) -> Snapshot:
        return Snapshot(self.index, self.notes.append)

    def catalog(self) -> Catalog:
        """The catalog alone, open to be read."""
        return Catalog.open(self.index)

    def search(
        self, question: str, snapshot: Snapshot | None = None, articles: Collection[str] | None = None
    ) -> list[str]:
        """The ids of the articles found, best first."""
        with ExitStack() as stack:
            if snapshot is None:
                snapshot = stack.enter_context(closing(self.open()))
            view = stack.enter_context(snapshot.view())
            only = frozenset(articles) if articles is not None else None
            found = view.candidates(Query(question, self.embedder.encode([question])[0], only))
            return list(dict.fromkeys(hit.passage.article_id for hit in found.hits))

    def stored(self) -> dict[str, str]:
        """The text of every article, by id, as a reader sees it."""
        with closing(self.open()) as snapshot, snapshot.view() as view:
            found = {article.id: view.catalog.article(article.id) for article, _ in view.catalog.articles()}
            return {id_: article.text for id_, article in found.items() if article}

    def state(self) -> dict[str, int]:
        """How many passages each store holds, all of them opened afresh."""
        with closing(Catalog.open(self.index)) as catalog:
            meta, passages = catalog.meta(), catalog.count_passages()
        found = {"catalog": passages, "tantivy": len(Lexical.open(self.index / "tantivy")), "chroma": 0}
        if meta.chroma_dir:
            with closing(Vectors(self.index / "chroma" / meta.chroma_dir)) as store:
                found["chroma"] = len(store)
        return found

    def generations(self) -> list[str]:
        return sorted(path.name for path in (self.index / "chroma").iterdir())


@pytest.fixture
def news(tmp_path: Path, embedder: HashEmbedder) -> News:
    folder = tmp_path / "news"
    folder.mkdir()
    return News(folder, embedder)
