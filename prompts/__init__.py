"""Prompt texts for a language model, one file each (`NAME.txt`, with `$field` where a value goes), and their loader."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from string import Template

# `prompts` is a generic name: qa checks this mark, so that a foreign module found in its place is a clear error.
__article_qa__ = True


def load(name: str, fields: Collection[str]) -> Template:
    """The prompt `name`, ready for `.substitute(...)` with exactly these fields.

    Raises ValueError, which names all of them at once, if the text lacks some of `fields` or has others.
    """
    template = Template((files(__name__) / f"{name}.txt").read_text(encoding="utf-8"))
    found = set(template.get_identifiers())
    wrong = [f"${field} is missing" for field in sorted(set(fields) - found)]
    wrong += [f"${field} is unknown" for field in sorted(found - set(fields))]
    if wrong or not template.is_valid():
        raise ValueError(f"prompts/{name}.txt: {'; '.join(wrong) or 'a $ that begins no field'}")
    return template
