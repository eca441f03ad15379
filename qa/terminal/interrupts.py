"""What Ctrl-C does to the command: the process ends at once, with status 130 and without a word.

Nothing is raised for it: imports and native code swallow exceptions or make others of them, and an interpreter that
ends in good order is aborted by the models that its threads still load. Only two kinds of blocks see a
KeyboardInterrupt: those that have something to tidy up (`unwinding`), and what a chat can drop (`droppable`).
Without `watch`, so in a host that calls the commands, nothing here does anything.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager

TYPE_CHECKING = False  # as typing has it, whose import takes longer than all the rest here
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

INTERRUPTED = 130
_came = False  # whether a Ctrl-C is on its way through a block that unwinds


def watch() -> None:
    """From here on Ctrl-C ends the process. To be called by the command alone, first of all."""
    signal.signal(signal.SIGINT, _end)


def leave(status: int) -> None:
    """End the process at once: what is loading in another thread would abort an orderly end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError, AttributeError):  # closed, being written to, or nobody reads
            continue
    os._exit(status)


@contextmanager
def unwinding() -> Iterator[None]:
    """In this block Ctrl-C is a KeyboardInterrupt, after which the process ends however the block does.

    A second one does not wait for that.
    """
    if signal.getsignal(signal.SIGINT) is not _end:  # within another such block, or not watched
        yield
        return
    hook = sys.unraisablehook
    sys.unraisablehook = _not_raised
    signal.signal(signal.SIGINT, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _end)
        sys.unraisablehook = hook
        if _came:
            leave(INTERRUPTED)


@contextmanager
def staying() -> Iterator[None]:
    """In this block Ctrl-C does nothing, but for what is `droppable`."""
    if signal.getsignal(signal.SIGINT) is not _end:
        yield
        return
    signal.signal(signal.SIGINT, _nothing)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _end)


@contextmanager
def droppable() -> Iterator[None]:
    """Within `staying`: a block that Ctrl-C leaves by one KeyboardInterrupt."""
    if signal.getsignal(signal.SIGINT) is not _nothing:
        yield
        return
    signal.signal(signal.SIGINT, _drop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _nothing)


# ---- handlers --------------------------------------------------------------------------------------------------------


def _end(_number: int, _frame: FrameType | None) -> None:
    leave(INTERRUPTED)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    pass


def _drop(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _nothing)
    raise KeyboardInterrupt


def _raise(_number: int, _frame: FrameType | None) -> None:
    global _came
    _came = True
    signal.signal(signal.SIGINT, _end)
    raise KeyboardInterrupt


def _not_raised(unraisable: sys.UnraisableHookArgs) -> None:
    """Python has nobody to raise it to: in a finalizer, or a callback of the garbage collection."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        leave(INTERRUPTED)
    sys.__unraisablehook__(unraisable)
