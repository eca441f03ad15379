"""The seed article, indexed once with the real models."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.models.embed import Embedder, open_embedder
from index.models.weights import default_model
from index.update import writing
from qa.assistant import Assistant

SEEDS = Path(__file__).parents[2] / "seeds"
SEED = SEEDS / "000_957251fa41a97581.txt"


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return open_embedder(default_model())


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """The folder of an index of a copy of the seed article, which lies beside it. Not to be changed."""
    folder = tmp_path_factory.mktemp("seed")
    shutil.copy(SEED, folder)
    with writing(folder / ".qa", embedder) as writer:
        events = list(writer.update([folder / SEED.name]))
    assert [event.status for event in events] == ["added"]
    return folder / ".qa"


@pytest.fixture(scope="session")
def assistant(seed_index: Path) -> Iterator[Assistant]:
    with Assistant(seed_index) as opened:
        yield opened
