"""What an index holds, as a reader that opens it afresh sees it; and whether all of it is found."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from index import doctor
from index.errors import ArticleQAError
from index.snapshot import Snapshot
from index.split import Splitter
from index.stores.catalog import Catalog
from index.update import writing
from tests.soak.support.processes import EMBEDDER


@dataclass
class State:
    """What a reader sees.

    `texts`: of each article by id. `half`: ids with other passages than their text has. `unfound`: how many passages
    their own vectors do not find. `said`: by readers, of stores that fail. `faults`, `notes`: by the doctor; `after`:
    faults left after its repair.
    """

    texts: dict[str, str]
    half: list[str]
    unfound: int
    said: list[str]
    faults: list[str]
    notes: list[str]
    after: list[str]


def look(folder: Path, split: set[str] | None = None) -> State:
    """Everything about the index in `folder`; the articles `split` (all if None) are split again and compared."""
    doctor._ALL_UPTO = 1_000_000
    said: list[str] = []
    with closing(Snapshot(folder, said.append)) as snapshot, snapshot.view() as view:
        texts = {}
        for article, _ in view.catalog.articles():
            found = view.catalog.article(article.id)
            assert found is not None
            texts[article.id] = found.text
    half = _half(folder, texts, split)
    unfound = _unfound(folder, said)
    checks = doctor.examine(folder)
    faults = [f.message for check in checks for f in check.findings if f.is_fault]
    notes = [f.message for check in checks for f in check.findings if not f.is_fault]
    after: list[str] = []
    if faults:
        with suppress(ArticleQAError), writing(folder, EMBEDDER, notify=said.append) as writer:
            list(doctor.repair(writer, checks))
        after = [f.message for check in doctor.examine(folder) for f in check.findings if f.is_fault]
    return State(texts, half, unfound, said, faults, notes, after)


def _half(folder: Path, texts: dict[str, str], split: set[str] | None) -> list[str]:
    splitter = Splitter(EMBEDDER.tokenizer, EMBEDDER.model_pieces)
    with closing(Catalog.open(folder)) as catalog, catalog.transaction():
        found = {
            article.id: (article, passages)
            for article, _, passages, _ in catalog.inspect()
            if split is None or article.id in split
        }
    return [
        name
        for name, (article, passages) in found.items()
        if list(splitter.split(texts[name], article.noise).passages) != passages
    ]


def _unfound(folder: Path, said: list[str]) -> int:
    """How many passages are not found by their own vectors, through Chroma and the tail as a question goes.

    Zero if that is one in a hundred or less: a graph does not reach every vector (docs/lab/chroma.md).
    """
    with closing(Catalog.open(folder)) as catalog:
        ids, vectors = catalog.vectors()
    lost = 0
    with closing(Snapshot(folder, said.append)) as snapshot, snapshot.view() as view:
        for id_, vector in zip(ids, vectors, strict=True):
            near = view.nearest(vector, 10)
            same = [other for other, score in near if score > 1 - 1e-3]
            lost += int(id_) not in same and len(same) < 10
    return lost if lost > len(ids) / 100 else 0
