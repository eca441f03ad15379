"""What the tests of evaluation share."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.models.embed import ExportEmbedder
from index.models.weights import default_model
from qa.evaluate.formats import load
from qa.evaluate.gold import GoldSet


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Small gold sets in the published forms, about texts written for these tests."""
    return Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def squad(fixtures: Path) -> GoldSet:
    """Fifteen questions over four paragraphs, four of them unanswerable."""
    return load(fixtures / "squad.json")


@pytest.fixture(scope="session")
def embedder() -> ExportEmbedder:
    """The shipped export indexes too: its vectors are those of torch, without the seconds of loading it."""
    return ExportEmbedder(default_model())
