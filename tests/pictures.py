"""Pictures of the chat for the documentation, drawn from real talks.

python -m tests.pictures [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from pyte.screens import Char
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.terminals import ROOT, Terminal

COLUMNS = 96
OUT = ROOT / "docs" / "pictures"
_FONT = "DejaVu Sans Mono"
_ALONE = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code", _FONT)
"""rich's frame, without what would be loaded from elsewhere."""


def svg(terminal: Terminal, title: str) -> str:
    """All that a terminal has shown, as a picture."""
    shown = Text()
    lines = terminal.lines()
    while lines and not any(one.data.strip() for one in lines[-1]):
        lines.pop()
    blank = 0
    for line in lines:
        blank = 0 if any(one.data.strip() for one in line) else blank + 1
        if blank > 1:
            continue  # the room below a prompt
        for looks, run in groupby(line, key=_looks):
            shown.append("".join(one.data for one in run), looks)
        shown.append("\n")
    shown.rstrip()
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(shown, soft_wrap=True)
    return console.export_svg(title=title, code_format=_ALONE, unique_id=re.sub(r"\W", "-", title))


def _looks(one: Char) -> Style:
    colour = None if one.fg == "default" else "grey62"
    return Style(color=colour, bold=one.bold, underline=one.underscore, reverse=one.reverse)


def talk(folder: Path, lines: Sequence[tuple[str, str]], rows: int = 60) -> Terminal:
    """A chat in which each line was typed and what stands beside it was waited for."""
    terminal = Terminal("chat", cwd=folder, columns=COLUMNS, rows=rows, PAGER="cat",
                        XDG_STATE_HOME=str(folder / "state"))  # fmt: skip
    terminal.wait("›")
    for line, shown in lines:
        before = terminal.text().count("›")
        terminal.type(f"{line}\r")
        terminal.wait(shown)
        while terminal.text().count("›") <= before:
            terminal.read(0.05)
    terminal.read(0.3)
    return terminal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "news"
        folder.mkdir()
        shutil.copy(next((ROOT / "seeds").glob("*.txt")), folder)
        (folder / "state" / "article-qa").mkdir(parents=True)
        subprocess.run(
            [sys.executable, "-m", "qa", "index", "."],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
        asked = [("How many troops were authorized?", "about:"), ("Who authorized them?", "Taken as")]
        with talk(folder, [*asked, ("tell me more", "about:"), ("/topic", "asked:")]) as terminal:
            (out / "talk.svg").write_text(svg(terminal, "qa chat"), encoding="utf-8")
        lines = [("How many people did the police arrest in Tijuana?", "Nearest:"), ("/open 1", "whole article")]
        with talk(folder, lines) as terminal:
            (out / "refusal.svg").write_text(svg(terminal, "what no article says"), encoding="utf-8")
        with talk(folder, [*asked, ("/export talk.md", "written to")]) as terminal:
            pass
        with Terminal(
            cwd=folder, command=["fold", "-s", "-w", str(COLUMNS), "talk.md"], columns=COLUMNS, rows=40
        ) as shown:
            shown.end()
            (out / "export.svg").write_text(svg(shown, "talk.md"), encoding="utf-8")
    print(f"drawn: {', '.join(sorted(file.name for file in out.glob('*.svg')))} in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
