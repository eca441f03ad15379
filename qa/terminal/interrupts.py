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
    from typing import Any

INTERRUPTED = 130
_ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_SHOWN = b"\x1b[?2004l\x1b[?25h\r\n"  # pasted text comes without marks, the cursor is seen
_came = False  # whether a Ctrl-C is on its way through a block that unwinds
_waits = False  # whether one came to a chat that was at nothing, for what it does next


def watch() -> None:
    """From here on Ctrl-C ends the process. To be called by the command alone, first of all.

    Not where who started it ignores Ctrl-C: a shell script's `qa index news &` goes on.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end)


def leave(status: int) -> None:
    """End the process at once: what is loading in another thread would abort an orderly end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError, AttributeError):  # closed, being written to, or nobody reads
            continue
    os._exit(status)


def leave_if_busy(is_busy: bool) -> None:
    """End the process of a command at once, in good order, if another thread of it is still at work."""
    if is_busy and signal.getsignal(signal.SIGINT) in (_end, _nothing):
        leave(0)


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
    """In this block Ctrl-C does nothing, but for what is `droppable`.

    What else ends the process leaves the terminal as it was before the block: who edits a line has it changed.
    """
    if signal.getsignal(signal.SIGINT) is not _end:
        yield
        return
    signal.signal(signal.SIGINT, _nothing)
    before = _terminal()
    endings = [one for one in _ENDINGS if before is not None and signal.getsignal(one) is signal.SIG_DFL]
    for ending in endings:
        signal.signal(ending, lambda number, _frame: _end_with(number, before))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _end)
        for ending in endings:
            signal.signal(ending, signal.SIG_DFL)


def forget() -> None:
    """What Ctrl-C came before counts no more: another line is asked for."""
    global _waits
    _waits = False


@contextmanager
def droppable() -> Iterator[None]:
    """Within `staying`: a block that Ctrl-C leaves by one KeyboardInterrupt; one that came just before counts too."""
    if signal.getsignal(signal.SIGINT) is not _nothing:
        yield
        return
    signal.signal(signal.SIGINT, _drop)
    try:
        if _waits:
            forget()
            raise KeyboardInterrupt
        yield
    finally:
        signal.signal(signal.SIGINT, _nothing)


# ---- handlers --------------------------------------------------------------------------------------------------------


def _end(_number: int, _frame: FrameType | None) -> None:
    leave(INTERRUPTED)


def _terminal() -> list[Any] | None:
    """How the terminal is set that stdin is; None if it is none."""
    try:
        import termios

        return termios.tcgetattr(sys.stdin.fileno())
    except (ImportError, OSError, ValueError, termios.error):
        return None


def _end_with(number: int, before: list[Any] | None) -> None:
    """End by a signal, the terminal set as it was `before`."""
    if before is not None and _terminal() not in (None, before):
        import termios

        try:
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, before)
            os.write(sys.stdout.fileno(), _SHOWN)
        except (OSError, ValueError, termios.error):  # it is gone
            pass
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    global _waits
    _waits = True


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
