"""Prompt texts for a language model, one file each (`NAME.txt`, with `$field` where a value goes), and their loader."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from string import Template

_PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """Where the texts lie: within the installed package, or at the top of a checkout."""
    installed = _PACKAGE / "prompts"
    return installed if installed.is_dir() else _PACKAGE.parent / "prompts"


def load(name: str, fields: Collection[str]) -> Template:
    """The prompt `name`, ready for `.substitute(...)` with exactly these fields.

    Raises ValueError, which names all of them at once, if the text lacks some of `fields` or has others.
    """
    template = Template((folder() / f"{name}.txt").read_text(encoding="utf-8"))
    found = set(template.get_identifiers())
    wrong = [f"${field} is missing" for field in sorted(set(fields) - found)]
    wrong += [f"${field} is unknown" for field in sorted(found - set(fields))]
    if wrong or not template.is_valid():
        raise ValueError(f"prompts/{name}.txt: {'; '.join(wrong) or 'a $ that begins no field'}")
    return template
