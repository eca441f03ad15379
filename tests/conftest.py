"""What every test gets: no network."""

import os
import signal
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No deadline: machines differ. The same examples in each run, so that a failure is a change.
settings.register_profile(
    "offline", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("offline")

# Who runs the tests in the background has Ctrl-C ignored, and programs that are started inherit that; the tests of
# Ctrl-C start programs as a terminal does.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine, and every look-up of a foreign name."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse(host: object) -> None:
        if host not in (None, "", "localhost", "::1") and not str(host).startswith("127."):
            raise AssertionError(f"a test tried to reach {host}")

    def checked(function: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                refuse(address[0])
            return function(self, address)

        return call

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host.decode() if isinstance(host, bytes) else host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", checked(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", checked(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(autouse=True, scope="session")
def _folders_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the developer has set or asked is nothing to the tests, and they leave nothing there."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))
    for name in [name for name in os.environ if name.startswith("QA_") and name != "QA_MODELS"]:
        del os.environ[name]


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom no list of users has, and HOME is not set: a service, or a container."""
    import pwd

    def unknown(_user: int) -> None:
        raise KeyError("getpwuid(): uid not found")

    for name in ("HOME", "QA_MODELS", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
