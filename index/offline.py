"""Offline: from a moment on this process reaches nothing but itself and this machine. For commands; a library never.

`block()` cannot be undone by a dependency: Python asks an audit hook before any socket connects, sends or looks a name
up. Code that is not Python's, and programs that are started, are told by the switches that they know.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from index.errors import OfflineError

SWITCH = "QA_OFFLINE"
"""The environment variable that says the same as `--offline`; programs that are started inherit it."""

_TOLD = {SWITCH: "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PIP_NO_INDEX": "1"}
_LOOK_UPS = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"))
_SENDS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
_hooked = _blocked = False


def block() -> None:
    """Let this process open no connection but to this machine itself; whatever tries to gets an OfflineError."""
    global _hooked, _blocked
    os.environ.update(_TOLD)
    _blocked = True
    if not _hooked:
        import ipaddress  # noqa: F401  before the hook needs it

        sys.addaudithook(_watch)
        _hooked = True


def is_blocked() -> bool:
    """Whether `block` was called."""
    return _blocked


def refuse(what: str) -> None:
    """Raises OfflineError where `block` was called: for what would go outside, before it begins. `what`: a noun."""
    if _blocked:
        raise OfflineError(f"{what}: not reached, since --offline (or {SWITCH}) is given")


def is_local(host: object) -> bool:
    """Whether a host, by name or address, is this machine.

    >>> is_local("127.0.0.1"), is_local("::ffff:10.0.0.1"), is_local("localhost"), is_local("example.org")
    (True, False, True, False)
    """
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    if name.lower().rstrip(".") in ("", "localhost"):
        return True
    import ipaddress

    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _blocked or not event.startswith("socket."):
        return
    if event in _SENDS:
        import socket  # of which the event is: it is there

        opened, address = arguments[:2]
        if getattr(opened, "family", None) in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            _check(address[0])
    elif event in _LOOK_UPS:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
        if not _is_address(host):  # of an address nothing is asked outside
            _check(host)


def _is_address(host: object) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return True


def _check(host: object) -> None:
    if not is_local(host):
        refuse(str(host))
