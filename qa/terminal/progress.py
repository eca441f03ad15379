"""A bar on stderr that says how far something is, and only where stderr is a terminal."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from qa.terminal.interrupts import unwinding

_ROOM_FOR_BAR = 60
_TIME = len(" 0:00:00 left")


class Progress(Protocol):
    """How far something is: `done` of `total` (0: not known yet), and what it is about."""

    @property
    def stage(self) -> str: ...

    @property
    def total(self) -> int: ...

    @property
    def done(self) -> int: ...


@dataclass(slots=True)
class Counted:
    """A `Progress` that counts."""

    stage: str
    total: int = 0
    done: int = 0


@contextmanager
def progress_bar(progress: Progress, shown: Callable[[], Sequence[str]]) -> Iterator[None]:
    """A bar on stderr while the block runs, if stderr is a terminal that can draw one.

    `shown` gives what stands beside it, what counts most first: as many of the parts as there is room for.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    import threading

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, soft_wrap=True)  # lines of JSON are not broken
    width = 24 if console.width > 100 else 12 if console.width >= _ROOM_FOR_BAR else 0
    texts = [TextColumn("{task.description}"), TextColumn("{task.fields[done]}"), TextColumn("{task.fields[left]}")]
    columns = [texts[0], BarColumn(bar_width=width), *texts[1:]] if width else texts

    def beside() -> str:
        return fitting(shown(), console.width - len(progress.stage) - width - _TIME - len(columns))

    def left(seconds: float | None) -> str:
        return f"{dt.timedelta(seconds=int(seconds))} left" if seconds else ""

    # Lines that are printed meanwhile stand above the bar; where stdout is a file they go into it as they are.
    drawn = Bar(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty())
    with unwinding(), drawn as bar:
        task = bar.add_task(progress.stage, total=None, done="", left="")
        stop = threading.Event()

        def refresh() -> None:
            while not stop.wait(0.2):
                total = progress.total or None
                bar.update(task, description=progress.stage, total=total, completed=progress.done, done=beside(),
                           left=left(bar.tasks[task].time_remaining))  # fmt: skip

        ticking = threading.Thread(target=refresh, daemon=True)
        ticking.start()
        try:
            yield
        finally:
            stop.set()
            ticking.join()


def fitting(parts: Sequence[str], width: int) -> str:
    """The first parts, joined, as many as `width` has room for, and at least one.

    >>> fitting(["3 of 9 MB", "66 articles", "2 failed"], 24)
    '3 of 9 MB, 66 articles'
    """
    text = parts[0]
    for part in parts[1:]:
        if len(text) + len(part) + 2 > width:
            break
        text = f"{text}, {part}"
    return text


def of_total(done: int, total: int) -> str:
    """Bytes of bytes, in the unit of the total.

    >>> of_total(300_000, 4_200_000), of_total(30_000, 90_000)
    ('0.3 of 4.2 MB', '30 of 90 kB')
    """
    if total >= 1e6:
        return f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB"
    return f"{done / 1e3:.0f} of {total / 1e3:.0f} kB"
