"""A terminal that a program runs in: what it shows can be compared as text, or drawn. Kept for tests and pictures."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pyte

ROOT = Path(__file__).parents[1]
_QUIET = 0.05
_WHERE = b"\x1b[6n"  # where is the cursor?


class Terminal:
    """`qa ARGUMENTS` in a terminal of its own, `columns` by `rows`; or with `command` that program."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        columns: int = 80,
        rows: int = 30,
        command: Sequence[str] | None = None,
        **env: str,
    ) -> None:
        self._screen = pyte.HistoryScreen(columns, rows, history=5_000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        """Everything that was written to it."""
        self._own, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "qa", *arguments],
            cwd=cwd, stdin=its, stdout=its, stderr=its, start_new_session=True,
            preexec_fn=_controlling,
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "OMP_NUM_THREADS": "1", **env},
        )  # fmt: skip
        os.close(its)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._own)

    # ---- what somebody does ----------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Press keys; a line ends with "\\r"."""
        os.write(self._own, text.encode())

    def paste(self, text: str) -> None:
        """Paste, as terminals do into a program that asked to be told."""
        assert b"\x1b[?2004h" in self.raw, "it did not ask to be told"
        for start in range(0, len(pasted := f"\x1b[200~{text}\x1b[201~".encode()), 1_000):
            os.write(self._own, pasted[start : start + 1_000])
            self.read(0.01)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def interrupt(self) -> None:
        """Send SIGINT, as `kill -INT` does."""
        self.process.send_signal(signal.SIGINT)

    # ---- what it shows ---------------------------------------------------------------------------------------------

    def read(self, seconds: float) -> bool:
        """Take what it writes until nothing came for so long; whether anything did."""
        took = False
        while select.select([self._own], [], [], seconds)[0]:
            try:
                part = os.read(self._own, 1 << 16)
            except OSError:  # its other end is closed
                return took
            if not part:
                return took
            took = True
            self.raw += part
            self._stream.feed(part.replace(b"\x1b[2m", b"\x1b[90m"))  # it knows no dim text
            for _ in range(part.count(_WHERE)):
                row, column = self.cursor()
                os.write(self._own, f"\x1b[{row + 1};{column + 1}R".encode())
            seconds = min(seconds, _QUIET)
        return took

    def wait(self, for_: str, seconds: float = 60.0) -> str:
        """The screen as soon as it shows `for_`, and stands still. Raises AssertionError if it never does."""
        until = time.monotonic() + seconds
        while for_ not in self.text():
            assert time.monotonic() < until, f"it never showed {for_!r}:\n{self.text()}"
            self.read(0.05)
        self.read(_QUIET)
        return self.text()

    def end(self, seconds: float = 60.0) -> int:
        """Its exit status, once it has ended."""
        until = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it never ended:\n{self.text()}"
            self.read(0.05)
        self.read(_QUIET)
        return self.process.returncode

    def text(self) -> str:
        """What was shown, from the beginning on, without the space at the ends of lines and below."""
        above = ["".join(line[column].data for column in range(self._screen.columns)) for line in self._above()]
        return "\n".join(line.rstrip() for line in (*above, *self._screen.display)).rstrip()

    def screen(self) -> str:
        """What is on the screen now."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def cursor(self) -> tuple[int, int]:
        """Where the cursor is: row and column, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    def _above(self) -> list[dict[int, pyte.screens.Char]]:
        return list(self._screen.history.top)

    def lines(self) -> list[list[pyte.screens.Char]]:
        """The characters of every line that was shown, with their looks."""
        columns = range(self._screen.columns)
        rows = [*self._above(), *(self._screen.buffer[row] for row in range(self._screen.lines))]
        return [[row[column] for column in columns] for row in rows]


_LEFT_OUT = ("COLUMNS", "LINES", "NO_COLOR", "PAGER", "LESS", "TMUX", "TERM_PROGRAM", "VTE_VERSION", "KITTY_WINDOW_ID",
             "WT_SESSION", "DISPLAY", "WAYLAND_DISPLAY")  # fmt: skip


def _controlling() -> None:
    """Make the terminal the one that signals of its keys come from."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
