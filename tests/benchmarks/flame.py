"""Draws where a program spends its time: a flame graph, from the outermost call down.

    py-spy record -r 250 --threads -f raw -o STACKS -- python -m qa ask "Who was fined?"
    python tests/benchmarks/flame.py STACKS OUT        writes OUT.png and OUT.svg (needs matplotlib)

A line of STACKS is `outermost;...;innermost COUNT`. A box is a call, as wide as its share of all samples; calls of less
than half a percent are left out.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SMALLEST = 0.005
DEEPEST = 28
_PLUMBING = re.compile(
    r"^(?:process|thread) |importlib|runpy|typer/|threading\.py|functools\.py|contextlib\.py|<locals>"
)
"""Frames that say nothing: threads, imports of imports, what calls a command."""


@dataclass
class Call:
    """A function called by the one above it: samples in it and below, and what it calls."""

    samples: int = 0
    calls: dict[str, Call] = field(default_factory=lambda: defaultdict(Call))


def read(file: Path) -> Call:
    """The calls of all stacks, without plumbing."""
    root = Call()
    for line in file.read_text(encoding="utf-8").splitlines():
        stack, count = line.rsplit(" ", 1)
        at = root
        at.samples += int(count)
        for frame in stack.split(";"):
            name = re.sub(r" \((?:.*/)?([^/)]*/)?([^/:)]+)(?::\d+)?\)$", r" (\1\2)", frame)
            if _PLUMBING.search(name):
                continue
            at = at.calls[name]
            at.samples += int(count)
    return root


def boxes(call: Call, total: int, left: float = 0.0, depth: int = 0) -> Iterator[tuple[str, float, float, int]]:
    """(name, left edge, width, depth) of every call that is wide enough; edges and widths are shares of all samples."""
    for name, below in sorted(call.calls.items()):
        width = below.samples / total
        if width >= SMALLEST and depth < DEEPEST:
            yield name, left, width, depth
            yield from boxes(below, total, left, depth + 1)
        left += width


def main() -> None:
    """The command."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    root = read(Path(sys.argv[1]))
    drawn = list(boxes(root, root.samples))
    deepest = 1 + max(depth for *_, depth in drawn)
    figure, axes = pyplot.subplots(figsize=(16, 0.28 * deepest + 0.6), layout="constrained")
    colors = pyplot.get_cmap("YlOrRd")
    for name, left, width, depth in drawn:
        axes.barh(-depth, width, left=left, height=0.94, color=colors(0.15 + 0.5 * (hash_of(name) % 100) / 100), lw=0)
        if (room := int(width * 190)) > 4:
            axes.text(left + 0.001, -depth, name[:room], va="center", fontsize=6.5, clip_on=True)
    axes.set_xlim(0, 1)
    axes.set_ylim(0.6 - deepest, 0.6)
    axes.set_yticks([])
    axes.set_xlabel(f"share of {root.samples:,} samples, all threads")
    for kind in ("png", "svg"):
        figure.savefig(Path(sys.argv[2]).with_suffix(f".{kind}"), dpi=110)


def hash_of(name: str) -> int:
    """The same for a name in every run, for its colour."""
    return sum((place + 1) * ord(letter) for place, letter in enumerate(name))


if __name__ == "__main__":
    main()
