"""The open calls to a model's server: hung up, they end at once, and the server stops writing.

A stream of LlamaIndex that is closed leaves its connection to the garbage collector, and so to chance. Until then a
server goes on with a reply that nobody reads, and one that answers one call at a time keeps the next one waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class Calls:
    """Those of one client."""

    def __init__(self) -> None:
        self._open: list[httpx.Response] = []

    @property
    def hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """What a client of httpx is made with, as `event_hooks`."""
        return {"response": [self._open.append]}

    def client(self, timeout: float) -> httpx.Client:
        """A client whose calls these are. `timeout`: the seconds for which a server may be silent."""
        import httpx

        return httpx.Client(timeout=timeout, follow_redirects=True, event_hooks=self.hooks)

    def hang_up(self) -> None:
        """Ends those that are open."""
        while self._open:
            self._open.pop().close()
