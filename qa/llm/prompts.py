"""Prompt texts for a language model, one file each (`NAME.txt`, with `$field` where a value goes), and their loader."""

from __future__ import annotations

from pathlib import Path
from string import Template

from index.errors import UsageError

FIELDS: dict[str, frozenset[str]] = {
    "select": frozenset(("fence", "sentences", "question")),
    "say": frozenset(("fence", "sentences", "question")),
    "cite": frozenset(("question",)),
    "rewrite": frozenset(("fence", "talk", "line")),
}
"""The prompts that there are, and what each is filled with."""

_PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """Where the texts lie: within the installed package, or at the top of a checkout."""
    installed = _PACKAGE / "prompts"
    return installed if installed.is_dir() else _PACKAGE.parent / "prompts"


def load(name: str, own: Path | None = None) -> Template:
    """The prompt `name`, ready for `.substitute(...)` with exactly its fields; that of the folder `own`, if it has one.

    Raises UsageError, which names all that is wrong at once, if the text lacks some of its fields or has others.
    """
    file = (own or folder()) / f"{name}.txt"
    if own is not None and not file.is_file():
        file = folder() / f"{name}.txt"
    try:
        template = Template(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read ({error})") from error
    found, fields = set(template.get_identifiers()), FIELDS[name]
    wrong = [f"${field} is missing" for field in sorted(fields - found)]
    wrong += [f"${field} is unknown" for field in sorted(found - fields)]
    if wrong or not template.is_valid():
        raise UsageError(f"{file}: {'; '.join(wrong) or 'a $ that begins no field (write $$)'}")
    return template


def check(own: Path) -> None:
    """Raises UsageError if `own` is no folder with prompts that load."""
    if not own.is_dir():
        raise UsageError(f"{own}: no folder with prompts")
    if not any((own / f"{name}.txt").is_file() for name in FIELDS):
        raise UsageError(f"{own}: none of {', '.join(f'{name}.txt' for name in FIELDS)}")
    for name in FIELDS:
        load(name, own)
