"""Offline: what leaves the machine is refused, what stays on it is not."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from index import offline
from index.errors import ArticleQAError, OfflineError

_TRIED = """
import socket, sys
from index.offline import block
block()
kind = sys.argv[1]
server = socket.create_server(("127.0.0.1", 0))
tries = {
    "connect": lambda: socket.socket().connect(("192.0.2.1", 80)),
    "connect6": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)),
    "mapped": lambda: socket.socket(socket.AF_INET6).connect(("::ffff:192.0.2.1", 80)),
    "send": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53)),
    "look up": lambda: socket.getaddrinfo("example.invalid", 80),
    "look up back": lambda: socket.gethostbyaddr("192.0.2.1"),
    "old look up": lambda: socket.gethostbyname("example.invalid"),
    "http": lambda: __import__("urllib.request").request.urlopen("http://192.0.2.1/"),
    "this machine": lambda: socket.create_connection(server.getsockname()),
    "by name": lambda: socket.getaddrinfo("localhost", 80),
}
try:
    tries[kind]()
    print("went through")
except OSError as error:
    print(type(error).__name__, error)
"""


def tried(kind: str) -> str:
    done = subprocess.run([sys.executable, "-c", _TRIED, kind], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


@pytest.mark.parametrize("kind", ["connect", "connect6", "mapped", "send", "look up", "old look up", "http"])
def test_nothing_leaves(kind: str) -> None:
    assert "--offline" in tried(kind)


@pytest.mark.parametrize("kind", ["this machine", "by name"])
def test_this_machine_is_reached(kind: str) -> None:
    assert tried(kind) == "went through\n"


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in offline._TOLD:
        monkeypatch.setenv(name, "")
    offline.block()
    yield
    offline._blocked = False


@pytest.mark.usefixtures("blocked")
def test_what_would_go_outside_is_refused_before_it_begins() -> None:
    assert offline.is_blocked()
    with pytest.raises(OfflineError, match=r"^the hub: .*--offline"):
        offline.refuse("the hub")
    assert issubclass(OfflineError, ArticleQAError)
    assert issubclass(OfflineError, OSError)  # libraries translate these


def test_nothing_is_refused_otherwise() -> None:
    offline.refuse("the hub")
