from __future__ import annotations

import os
import pty
import subprocess
import sys

SCRIPT = """
from qa.evaluate.progress import Bar
with Bar("answering", 300, 100) as bar:
    bar.advance()
"""


def test_nothing_is_drawn_off_a_terminal() -> None:
    shown = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    assert (shown.stdout, shown.stderr) == (b"", b"")


def test_on_a_terminal_stderr_shows_how_far_it_is() -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    shown = subprocess.run(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=slave, env=environment, check=True
    )
    drawn = os.read(master, 100_000).decode()
    os.close(slave)
    os.close(master)
    assert shown.stdout == b""
    assert "answering" in drawn
    assert "101/300" in drawn
