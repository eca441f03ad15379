"""Something that runs while its user watches: a spinner after a moment, and Esc or Ctrl-C stops it at once."""

from __future__ import annotations

import os
import queue
import select
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from qa.terminal.style import fit

if TYPE_CHECKING:
    from prompt_toolkit.input import Input

T = TypeVar("T")
ANSWERING = "answering"
"""The name of the threads in which something is waited for."""

_PATIENCE = 0.3
_TICK = 0.1
_ESCAPE = 0.05  # how long the rest of an arrow key may take
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ERASE = "\r\x1b[2K"


class Keys:
    """The keys of a terminal while nothing is asked there; what is typed is kept for the next prompt."""

    def __init__(self) -> None:
        from prompt_toolkit.input import create_input

        self._input: Input = create_input(sys.stdin)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """In this block keys are neither shown nor made signals."""
        with self._input.raw_mode():
            yield

    @contextmanager
    def kept(self) -> Iterator[None]:
        """In this block keys are not shown, also while nobody looks at them; the next prompt gets them."""
        import termios

        number = self.fileno()
        before = termios.tcgetattr(number)
        quiet = termios.tcgetattr(number)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(number, termios.TCSANOW, quiet)
        try:
            yield
        finally:
            termios.tcsetattr(number, termios.TCSANOW, before)

    def fileno(self) -> int:
        """What `select` takes."""
        return self._input.fileno()

    def one(self) -> str:
        """The next key that is pressed, as it comes; "" for Ctrl-C, Escape, and where nobody can press any."""
        with self.watched():
            while True:
                select.select([self], [], [])
                keys = self._input.read_keys() or self._input.flush_keys()
                if keys or self._input.closed:
                    return "".join(key.data for key in keys[:1] if key.data.isprintable() or key.data in "\r\n")

    def stop_was_pressed(self) -> bool:
        """Whether a key to stop is among those that wait to be read."""
        from prompt_toolkit.input.typeahead import store_typeahead
        from prompt_toolkit.keys import Keys as Known

        keys = self._input.read_keys()
        if not select.select([self], [], [], _ESCAPE)[0]:
            keys += self._input.flush_keys()
        pressed = [key.key for key in keys]
        # Alt with a key comes as Escape and that key: it is typed, not pressed to stop
        escaped = any(
            key == Known.Escape and after in (None, Known.Escape) for key, after in pairwise([*pressed, None])
        )
        if escaped or Known.ControlC in pressed or self._input.closed:
            return True
        store_typeahead(self._input, keys)
        return False


class Spinner:
    """A line that says what is done, shown once that has taken a moment. Where `can_draw` is False never."""

    def __init__(self, can_draw: bool) -> None:
        self.about = "looking"
        self._can_draw = can_draw
        self._since = time.monotonic()
        self._frame = 0
        self._is_shown = False

    def tick(self) -> None:
        """Draw it, or its next frame."""
        if self._can_draw and time.monotonic() - self._since >= _PATIENCE:
            frame = _FRAMES[self._frame % len(_FRAMES)]
            self._frame += 1
            self._is_shown = True
            room = shutil.get_terminal_size().columns - 1
            print(f"{_ERASE}{fit(f'{frame} {self.about} (Esc stops)', room)}", end="", flush=True)

    def clear(self) -> None:
        """Take it from the screen; it comes again if it takes another moment."""
        if self._is_shown:
            print(_ERASE, end="", flush=True)
            self._is_shown = False
        self._since = time.monotonic()


def watching(produce: Callable[[], Iterator[T]], keys: Keys | None, spinner: Spinner) -> Iterator[T | None]:
    """What `produce` yields, in a thread of its own; None whenever what came has been taken and nothing came at once.

    Raises KeyboardInterrupt for a key to stop: `produce` is then left to itself, and ends at its next step. Raises what
    it raises.
    """
    if keys is None:
        yield from produce()
        return
    came: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    stopped = threading.Event()
    woken, wake = os.pipe()

    def tell(what: str, one: object = None) -> None:
        came.put((what, one))
        with suppress(OSError):  # nobody waits any more
            os.write(wake, b".")

    def run() -> None:
        try:
            for one in produce():
                if stopped.is_set():
                    break
                tell("came", one)
            tell("ended")
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            tell("failed", error)
        finally:
            os.close(wake)

    with ExitStack() as stack:
        stack.callback(os.close, woken)
        stack.callback(spinner.clear)
        stack.callback(stopped.set)
        stack.enter_context(keys.watched())
        threading.Thread(target=run, name=ANSWERING, daemon=True).start()
        quiet = True
        while True:
            ready, _, _ = select.select([woken, keys.fileno()], [], [], _TICK if quiet else _ESCAPE)
            if keys.fileno() in ready and keys.stop_was_pressed():
                raise KeyboardInterrupt
            if woken in ready:
                os.read(woken, 1)
                what, one = came.get()
                if what == "ended":
                    return
                if what == "failed":
                    raise one
                quiet = False
                yield one
            elif not ready:
                if not quiet:
                    spinner.clear()
                    yield None
                quiet = True
                spinner.tick()


def waited(work: Callable[[], T], keys: Keys | None) -> T:
    """What `work` returns, in a thread of its own. Raises KeyboardInterrupt for a key to stop, and what it raises."""
    found = [one for one in watching(lambda: iter([(work(),)]), keys, Spinner(keys is not None)) if one is not None]
    return found[0][0]
