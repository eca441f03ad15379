"""The bar on a terminal, and what it leaves alone."""

import os
import pty
import subprocess
import sys

SCRIPT = """
import threading
from qa.terminal.progress import Counted, progress_bar
drawn = threading.Event()
progress = Counted("embedding", 300, 100)
def shown():
    if progress.done == 101: drawn.set()
    return [f"{progress.done} of 300", "7 articles", "and more that has no room"]
with progress_bar(progress, shown):
    progress.done = 101
    print("an answer, on stdout")
    drawn.wait(%s)
"""


def drawn(columns: int, term: str = "xterm") -> str:
    """What stderr, a terminal, is sent; stdout is none."""
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": term, "COLUMNS": str(columns)}
    script = SCRIPT % (20 if term == "xterm" else 0)
    ran = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=slave, env=env, check=True, timeout=60
    )
    os.write(slave, b"!")  # so that there is something to read
    sent = os.read(master, 100_000).decode()
    os.close(slave)
    os.close(master)
    assert ran.stdout == b"an answer, on stdout\n"
    return sent[:-1]


def test_the_bar_has_what_the_width_has_room_for() -> None:
    assert "101 of 300, 7 articles " in drawn(80)
    narrow = drawn(40)
    assert "101 of 300 " in narrow
    assert "articles" not in narrow
    assert "left" not in narrow  # nothing to tell it from


def test_a_terminal_that_can_draw_nothing_gets_nothing() -> None:
    assert drawn(80, "dumb") == ""
