"""The weights that article-qa ships for ranking and reading: where they lie, and what they should be."""

from __future__ import annotations

import json
from pathlib import Path

MANIFEST = "manifest.json"


def weights_of(folder: Path) -> dict[str, str]:
    """The sha256 of each of the weights in `folder`, as its manifest says."""
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    return {name: str(about["sha256"]) for name, about in files.items()}


WEIGHTS = Path(__file__).parent / "weights"
