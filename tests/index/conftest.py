"""An embedder without weights, and indexes of files that a test writes."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
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
