"""A server on this machine that sends what a test wants."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.index.readers.made import PAGE

Handler = Callable[[str, dict[str, str], socket.socket], None]
BODY = PAGE.encode()


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    named = {"Content_Length": str(len(body)), "Content_Type": "text/html; charset=utf-8", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body


class Server:
    """A server on this machine: each path has what it sends, or does."""

    def __init__(self) -> None:
        self.paths: dict[str, bytes | Handler] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                said = b""
                while b"\r\n\r\n" not in said:
                    piece = self.request.recv(65_536)
                    if not piece:
                        return
                    said += piece
                first, *lines = said.decode("latin-1").split("\r\n")
                path = first.split()[1]
                headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
                outer.asked.append(path)
                outer.headers.append(headers)
                does = outer.paths.get(path, answer(status="404 Not Found"))
                try:
                    if callable(does):
                        does(path, headers, self.request)
                    else:
                        self.request.sendall(does)
                except OSError:
                    return  # the other side has had enough

        class Threads(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Threads(("127.0.0.1", 0), Connection)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()
