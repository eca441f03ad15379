"""The command doctor: whether the index and the weights are whole, and the repair of what can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.terminal.commands.common import IndexOption, JsonOption, emit, errors, named_index, note, open_writer, style
from qa.terminal.interrupts import unwinding

if TYPE_CHECKING:
    from index.doctor import Check


def doctor(
    index: IndexOption = None,
    repair: Annotated[bool, typer.Option("--repair", help="Rebuild what is derived from the articles.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="With --repair: fail if another process writes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check that the index and the weights are whole; exit status 1 if something is wrong."""
    with errors(), unwinding():
        from index.doctor import examine, examine_articles, examine_weights
        from index.doctor import repair as mend
        from qa.terminal.pages import check_text

        folder = named_index(index)
        checks = examine(folder)
        done: list[str] = []
        if repair and any(check.findings for check in checks):
            with open_writer(folder, wait=not no_wait, anew=False) as writer:
                done += mend(writer, checks)
            checks = examine(folder)
        checks += [examine_articles(folder), examine_weights(folder, _shipped())]
        is_whole = all(check.is_whole for check in checks)
        if as_json:
            emit(_report(folder, checks, done, is_whole))
        else:
            for line in done:
                note(f"repaired: {line}")
            for check in checks:
                print(check_text(check, style()))
            faults = sum(finding.is_fault for check in checks for finding in check.findings)
            print(f"\n{faults} fault{'s' * (faults != 1)}." if faults else "\nEverything is whole.")
        if not is_whole:
            raise typer.Exit(1)


def _shipped() -> dict[Path, str]:
    """The sha256 of each file of the ranker-reader."""
    from qa.models.shipped import WEIGHTS, weights_of

    return {WEIGHTS / name: expected for name, expected in weights_of(WEIGHTS).items()}


def _report(folder: Path, checks: Sequence[Check], done: Sequence[str], is_whole: bool) -> dict[str, Any]:
    found = [
        {
            "name": check.name,
            "ok": check.is_whole,
            "counts": check.counts,
            "findings": [{"fault": finding.is_fault, "message": finding.message} for finding in check.findings],
        }
        for check in checks
    ]
    return {"schema": 1, "index": str(folder), "ok": is_whole, "checks": found, "repaired": list(done)}
