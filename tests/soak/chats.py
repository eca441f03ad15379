"""Answers of a chat stopped at many moments, by Esc, Ctrl-C and a signal; windows that are closed. In a real terminal.

    python -m tests.soak.chats [--moments N]

Each chat is asked two questions, the first while models load, and each is stopped at another moment; the third must be
answered, and no word of Python's be shown. Then chats end as when their window is closed, and nothing may be lost.
Exits 1 if something was otherwise, or if a stop took longer than half a second.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.terminals import ROOT, Terminal

QUESTION, ANSWER = "How many troops were authorized?", "up to 4,000"
LONGEST = 0.5
LOADING, ANSWERING = 2.5, 0.4
"""Over how many seconds the moments are spread: while models load, and when they are there."""
BAD = ("Traceback", "KeyboardInterrupt", "Exception ignored", "terminate called", "core dumped")
STOPS = ("\x1b", "\x03", "SIGINT")


def stopped(terminal: Terminal, stop: str, after: float) -> float | None:
    """Seconds that a stop took, pressed `after` seconds after a question; None where the answer was there first."""
    before = terminal.text().count("(stopped"), terminal.text().count(ANSWER)
    terminal.type(f"{QUESTION}\r")
    until = time.monotonic() + after
    while (left := until - time.monotonic()) > 0:
        terminal.read(min(left, 0.02))
    began = time.monotonic()
    terminal.interrupt() if stop == "SIGINT" else terminal.type(stop)
    while time.monotonic() - began < 60:
        text = terminal.text()
        if text.count("(stopped") > before[0]:
            return time.monotonic() - began
        if text.count(ANSWER) > before[1]:
            return None
        terminal.read(0.01)
    raise AssertionError("it was neither stopped nor answered")


def once(folder: Path, number: int, share: float) -> tuple[list[float], str | None]:
    """One chat, stopped twice: how long each stop took, and what was wrong."""
    stop = STOPS[number % len(STOPS)]
    with Terminal("chat", cwd=folder, XDG_STATE_HOME=str(folder / "state")) as terminal:
        terminal.wait("›")
        took = []
        for most in (LOADING, ANSWERING):
            took.append(stopped(terminal, stop, most * share))
            terminal.wait("›")
            terminal.read(0.3)
        shown = terminal.text().count(ANSWER)
        terminal.type(f"{QUESTION}\r")
        until = time.monotonic() + 60
        while terminal.text().count(ANSWER) <= shown:
            if time.monotonic() > until:
                return [], f"it did not answer afterwards:\n{terminal.text()}"
            terminal.read(0.05)
        terminal.wait("shipped model")
        terminal.type("/quit\r")
        status = terminal.end()
        text = terminal.text()
    if status or any(bad in text for bad in BAD):
        return [], f"status {status}:\n{text}"
    return [seconds for seconds in took if seconds is not None], None


def closed(folder: Path, how: int) -> str | None:
    """What is wrong with a talk whose window was closed, or whose process was killed, after an answer."""
    state = {"XDG_STATE_HOME": str(folder / f"closed-{how}")}
    with Terminal("chat", "--session", "closed", cwd=folder, **state) as terminal:  # type: ignore[arg-type]
        terminal.wait("›")
        terminal.type(f"{QUESTION}\r")
        terminal.wait(ANSWER)
        terminal.wait("about:")
        os.killpg(terminal.process.pid, how)
        terminal.process.wait()
    with Terminal("chat", "--continue", cwd=folder, **state) as terminal:  # type: ignore[arg-type]
        terminal.wait("Going on with “closed”: 1 question")
        terminal.wait("›")
        terminal.type("\x04")
        return None if terminal.end() == 0 else terminal.text()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--moments", type=int, default=50)
    moments = parser.parse_args().moments
    failed, took = 0, []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(ROOT / "seeds", folder / "articles", ignore=shutil.ignore_patterns("*.jsonl"))
        made = [sys.executable, "-m", "qa", "index", "articles"]
        subprocess.run(made, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
        (folder / "state" / "article-qa").mkdir(parents=True)
        for number in range(chats := (moments + 1) // 2):
            seconds, fault = once(folder, number, (number + 0.5) / chats)
            took += seconds
            if fault is not None:
                failed += 1
                print(f"chat {number}: {fault}", file=sys.stderr)
        for how in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
            if fault := closed(folder, how):
                failed += 1
                print(f"signal {how}: {fault}", file=sys.stderr)
    slow = [seconds for seconds in took if seconds > LONGEST]
    middle = sorted(took)[len(took) // 2] if took else 0.0
    print(f"{len(took)} answers stopped, in {middle:.2f} s (median), {max(took, default=0.0):.2f} s at most")
    print(f"{failed} bad, {len(slow)} slow" if failed or slow else "every one stopped, none was lost")
    return 1 if failed or slow else 0


if __name__ == "__main__":
    sys.exit(main())
