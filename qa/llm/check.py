"""How well a language model cites: a shipped dozen of questions, and what was measured kept for its user.

A model that was found to cite well may answer in its own words without being told to.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.files import replace_text
from index.folders import state_folder
from qa.llm.providers import LanguageModel

FILE = "models.json"
WELL = 0.9
"""The citation rate from which on a model may answer in its own words unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model made of the dozen: how many of its statements stood, of how many; and seconds for one question.

    `chosen`: in how many of `asked` questions its choice has the sentence that answers.
    """

    stood: int
    said: int
    chosen: int
    asked: int
    seconds: float

    @property
    def rate(self) -> float:
        """The share of its statements whose sentences say what they say."""
        return self.stood / self.said if self.said else 0.0


def may_write(model: LanguageModel) -> bool:
    """Whether a model may answer in its own words: as it was said, else if it was measured to cite well."""
    if model.prose is not None:
        return model.prose
    found = measured(model.name)
    return found is not None and found.rate >= WELL


def measured(name: str) -> Measured | None:
    """What was measured of the model with this name on this machine, if it was."""
    held = _held().get(name)
    try:
        return Measured(**held) if held else None
    except TypeError:
        return None


def keep(name: str, found: Measured) -> None:
    """Remember what was measured. Raises ModelError where nothing can be kept."""
    file = _file()
    if file is None:
        raise ModelError("a user without a home has no place to keep what was measured; use --prose or --no-prose")
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, json.dumps({**_held(), name: asdict(found)}, indent=1) + "\n")


def _held() -> dict[str, Any]:
    file = _file()
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file() -> Path | None:
    folder = state_folder()
    return folder / FILE if folder else None
