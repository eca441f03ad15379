"""The entry point of the command `qa`: what can go wrong before there is a command, in one line each."""

from __future__ import annotations

import os
import sys

import qa

INTERRUPTED = 130


def main() -> None:
    """Run the command; Ctrl-C ends it at any moment, also while modules are imported."""
    try:
        if qa._problem:
            sys.stderr.write(f"qa: {qa._problem}\n")
            sys.exit(1)
        from qa.cli import run

        run()
    except KeyboardInterrupt:
        leave(INTERRUPTED)


def leave(status: int) -> None:
    """End the process at once: what is loading in another thread would abort an orderly end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed, or nobody reads
            continue
    os._exit(status)


if __name__ == "__main__":
    main()
