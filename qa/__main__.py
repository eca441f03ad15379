"""The entry point of the command `qa`: what can go wrong before there is a command, in one line each."""

from __future__ import annotations

import sys

import qa
from qa.terminal.interrupts import INTERRUPTED, leave, watch


def main() -> None:
    """Run the command; Ctrl-C ends it at any moment, also while modules are imported."""
    watch()
    try:
        if qa._problem:
            sys.stderr.write(f"qa: {qa._problem}\n")
            sys.exit(1)
        from qa.cli import run

        run()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            leave(INTERRUPTED)
        raise


if __name__ == "__main__":
    main()
