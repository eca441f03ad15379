"""Ctrl-C at many moments of every command: status 130, no word of Python's, no aborted process, a whole index.

    python -m tests.soak.interrupts [--moments N]

Each command runs once to its end, then N times more, interrupted at fixed fractions of the time that this took, counted
from when the command has come to see to Ctrl-C. Indexing is with the real models. Exits 1 if a process ended otherwise.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from index.doctor import examine
from index.snapshot import Snapshot
from index.stores.catalog import FILE

ROOT = Path(__file__).parents[2]
QUESTION, ANSWER = "How many troops were authorized?", b"up to 4,000"
WATCHING = b" qa.terminal.interrupts\n"
"""What Python says of the last import before the command sees to Ctrl-C itself."""

COMMANDS: dict[str, list[str]] = {
    "ask": ["ask", QUESTION],
    "search": ["search", QUESTION],
    "batch": ["ask", "--batch", "questions.txt"],
    "eval": ["eval", "gold.jsonl", "--out", "run"],
    "doctor": ["doctor"],
    "index": ["index", "articles", "--index", "new"],
    "chat": ["chat"],
}
BAD = ("Traceback", "KeyboardInterrupt", "Exception ignored", "terminate called", "core dumped")


class Started:
    """A command, its output gathered; `begun` once it sees to Ctrl-C. A chat gets a terminal."""

    def __init__(self, name: str, folder: Path) -> None:
        command = [sys.executable, "-X", "importtime", "-m", "qa", *COMMANDS[name]]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "XDG_STATE_HOME": str(folder)}
        self.screen, end = pty.openpty() if name == "chat" else os.pipe()
        with open(os.devnull, "rb") as nothing:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=end if name == "chat" else nothing, stdout=end, stderr=end
            )
        os.close(end)
        self.said = b""

    def read_until(self, wanted: bytes | None = None, seconds: float = 60.0) -> bool:
        """Read until `wanted` is said, the time is over or the process ends; whether it was said."""
        until = time.monotonic() + seconds
        while wanted is None or wanted not in self.said.replace(b"\r\n", b"\n"):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.screen], [], [], left)[0]:
                return False
            try:
                part = os.read(self.screen, 1 << 16)
            except OSError:  # the other end of a terminal is closed
                part = b""
            if not part:
                return False
            self.said += part
        return True

    def end(self) -> int:
        """Its status, once it has ended."""
        self.read_until()
        with suppress(OSError):
            os.close(self.screen)
        return self.process.wait(timeout=120)

    @property
    def words(self) -> str:
        """What it said, imports aside."""
        lines = self.said.decode(errors="replace").splitlines()
        return "\n".join(line for line in lines if not line.startswith("import time:"))


def clean(folder: Path) -> None:
    for name in ("new", "run"):
        shutil.rmtree(folder / name, ignore_errors=True)


def fault_of(name: str, status: int, words: str, folder: Path) -> str | None:
    """What is wrong with how a command ended, in words."""
    if any(bad in words for bad in BAD):
        return "it said something of Python's"
    # after its last word the interpreter takes itself apart, and SIGINT is the system's again
    if status not in ((0,) if name == "chat" else (0, 130, -signal.SIGINT)):
        return f"its status is {status}"
    if name == "index" and (folder / "new" / FILE).exists():
        return index_fault(folder / "new")
    return None


def index_fault(folder: Path) -> str | None:
    with closing(Snapshot(folder)):
        pass
    found = [finding.message for check in examine(folder) for finding in check.findings if finding.is_fault]
    return "; ".join(found) or None


def once(name: str, folder: Path, after: float) -> tuple[int, str | None, str]:
    """A command interrupted `after` seconds: its status, what is wrong with that, what it said."""
    clean(folder)
    started = Started(name, folder)
    if not started.read_until(WATCHING):
        return started.end(), "it never saw to Ctrl-C", started.words
    if name == "chat":
        started.read_until("›".encode())
        os.write(started.screen, f"{QUESTION}\r".encode())
    started.read_until(None, after)
    started.process.send_signal(signal.SIGINT)
    if name == "chat":  # it stays, and answers the next question
        os.write(started.screen, b"\x03")
        started.read_until(None, 0.2)
        started.said = b""
        os.write(started.screen, f"{QUESTION}\r".encode())
        if not started.read_until(ANSWER):
            started.process.kill()
            return started.end(), "it did not answer afterwards", started.words
        os.write(started.screen, b"/quit\r")
    status = started.end()
    return status, fault_of(name, status, started.words, folder), started.words


def duration(name: str, folder: Path) -> float:
    """Seconds that the command takes from when it sees to Ctrl-C; of a chat, to answer its first question."""
    clean(folder)
    started = Started(name, folder)
    started.read_until(WATCHING)
    if name == "chat":
        started.read_until("›".encode())
        os.write(started.screen, f"{QUESTION}\r".encode())
    began = time.monotonic()
    if name == "chat":
        started.read_until(ANSWER)
        os.write(started.screen, b"/quit\r")
    started.end()
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--moments", type=int, default=24)
    parser.add_argument("--commands", nargs="*", choices=COMMANDS, default=list(COMMANDS))
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(ROOT / "seeds", folder / "articles")
        shutil.copy(ROOT / "seeds" / "questions.jsonl", folder / "gold.jsonl")
        (folder / "articles" / "questions.jsonl").unlink()
        (folder / "questions.txt").write_text(f"{QUESTION}\n" * 5)
        made = [sys.executable, "-m", "qa", "index", "articles"]
        subprocess.run(made, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
        for name in args.commands:
            whole = duration(name, folder)
            ends: Counter[int] = Counter()
            for moment in range(args.moments):
                after = whole * (moment + 0.5) / args.moments
                status, fault, words = once(name, folder, after)
                ends[status] += 1
                if fault is not None:
                    failed += 1
                    print(f"{name}, interrupted after {after:.2f} s: {fault}\n{words[-2000:]}", file=sys.stderr)
            told = ", ".join(f"{count} x {status}" for status, count in sorted(ends.items()))
            print(f"{name} ({whole:.1f} s): {told}", flush=True)
    print(f"{failed} bad" if failed else "every one ended as it should")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
