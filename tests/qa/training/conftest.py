"""A tiny model, exported once: an export takes ten seconds. Nothing may write into its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from qa.models.ranker_reader import EARLY_RELEVANCE
from qa.training.export import describe, export
from qa.training.model import RankerReader
from tests.qa.training import tiny


@pytest.fixture(scope="session")
def shaken() -> RankerReader:
    """Without what the exporter leaves out or shares: biases of zero, equal norms."""
    model = tiny.model()
    with torch.no_grad():
        for weights in model.parameters():
            weights += torch.randn_like(weights) / 10
    return model.eval()


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, shaken: RankerReader) -> Path:
    """Over what another export left there."""
    folder = tmp_path_factory.mktemp("export")
    (folder / EARLY_RELEVANCE).write_bytes(b"of another lower half")
    export(shaken, folder)
    describe(folder, {"step": 7})
    tiny.tokenizer().save(str(folder / "tokenizer.json"))
    return folder
