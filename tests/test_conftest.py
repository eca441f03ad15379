"""The guards of this test suite guard."""

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443)])
def test_connections_that_leave_this_machine_are_refused(address: tuple[str, int]) -> None:
    with pytest.raises(AssertionError, match="a test tried to reach"):
        socket.create_connection(address)
    with socket.socket() as one, pytest.raises(AssertionError):
        one.connect(address)
    with socket.socket() as one, pytest.raises(AssertionError):
        one.connect_ex(address)


def test_connections_to_this_machine_are_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
        assert one.getpeername() == server.getsockname()
