"""Fetching from a server that misbehaves: a line that says why, nothing hangs, nothing private is reached."""

from __future__ import annotations

import gzip
import socket
import time

import pytest

from index import offline
from index.errors import FetchError, OfflineError
from index.readers.fetch import Fetcher, is_public
from tests.index.readers.serving import BODY, Handler, Server, answer, server

__all__ = ["server"]


class Clock:
    """Takes note of pauses, and makes none."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def fetcher(**options: object) -> Fetcher:
    return Fetcher(**{"allow_private": True, "seconds": 1.0, "sleep": Clock(), "max_bytes": 1_000_000, **options})  # type: ignore[arg-type]


def refused(server: Server, path: str = "/", **options: object) -> str:
    begun = time.monotonic()
    with pytest.raises(FetchError) as caught:
        fetcher(**options).fetch(server.url + path)
    assert time.monotonic() - begun < 5
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_a_page_with_what_it_was_sent_as(server: Server) -> None:
    server.paths["/a"] = answer(BODY, ETag='"7"', Last_Modified="Thu, 18 Oct 2018 09:30:00 GMT")
    found = fetcher().fetch(f"{server.url}/a")
    assert (found.content, found.kind, found.charset, found.etag) == (BODY, "text/html", "utf-8", '"7"')
    assert server.asked == ["/robots.txt", "/a"]


def test_packed_pages_are_unpacked(server: Server) -> None:
    server.paths["/"] = answer(gzip.compress(BODY), Content_Encoding="gzip")
    assert fetcher().fetch(f"{server.url}/").content == BODY


def test_what_did_not_change_is_not_sent_again(server: Server) -> None:
    server.paths["/"] = lambda path, headers, to: to.sendall(
        answer(status="304 Not Modified") if headers.get("if-none-match") == '"7"' else answer(BODY, ETag='"7"')
    )
    first = fetcher().fetch(f"{server.url}/")
    assert fetcher().fetch(f"{server.url}/", first.etag).content is None


def test_redirects_are_followed_and_the_last_address_told(server: Server) -> None:
    server.paths |= {"/a": answer(status="301 Moved", Location="/b"), "/b": answer(BODY)}
    assert fetcher().fetch(f"{server.url}/a").url == f"{server.url}/b"


def drip(path: str, headers: dict[str, str], to: socket.socket) -> None:
    to.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(200):
        to.sendall(b"x")
        time.sleep(0.05)


def drip_headers(path: str, headers: dict[str, str], to: socket.socket) -> None:
    to.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        to.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.05)


def silence(path: str, headers: dict[str, str], to: socket.socket) -> None:
    time.sleep(3)


def endless(path: str, headers: dict[str, str], to: socket.socket) -> None:
    to.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        to.sendall(b"x" * 65_536)


def endless_headers(path: str, headers: dict[str, str], to: socket.socket) -> None:
    to.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        to.sendall(b"X-A: " + b"y" * 4_000 + b"\r\n")


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (drip, "no answer within 1 second"),
        (drip_headers, "no answer within 1 second"),
        (silence, "no answer within 1 second"),
        (endless, "more than 1 MB"),
        (endless_headers, ""),
        (answer(b"", Content_Length="99999999"), "100 MB, more than 1"),
        (answer(gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip"), "more than 1 MB"),
        (answer(b"no gzip", Content_Encoding="gzip"), "damaged on the way"),
        (answer(b"x", Content_Encoding="br"), "not asked for"),
        (answer(b"short", Content_Length="500"), ""),
        (b"", ""),
        (b"\x16\x03\x01 no http at all\r\n\r\n", ""),
        (answer(status="301 Moved", Location="/"), "leads on and on"),
        (answer(status="302 Found", Location="file:///etc/passwd"), "not an address of the web"),
        (answer(status="302 Found", Location="http://u:p@127.0.0.1/"), "a name and a password"),
        (answer(status="302 Found", Location="http://[::1/"), "leads to what is no address"),
        (answer(status="302 Found", Location="http://alder.example:port/"), "not an address"),
        (answer(status="404 Not Found"), "no such page (status 404)"),
        (answer(status="403 Forbidden"), "refuses programs"),
        (answer(status="500 Oops"), "the server failed"),
        (
            answer(status="429 Slow", Retry_After="3600"),
            "asked too often (status 429); it says to try again after 3600",
        ),
        (answer(status="204 Nothing"), "not given (status 204)"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_goes_wrong_is_one_line(server: Server, does: bytes | Handler, said: str) -> None:
    server.paths["/"] = does
    assert said in refused(server)


def test_asked_to_wait_a_little_it_waits_once(server: Server) -> None:
    server.paths["/"] = lambda path, headers, to: to.sendall(
        answer(BODY) if server.asked.count("/") > 1 else answer(status="503 Busy", Retry_After="2")
    )
    clock = Clock()
    assert fetcher(sleep=clock).fetch(f"{server.url}/").content == BODY
    assert 2.0 in clock.slept


def test_a_host_is_asked_once_a_second(server: Server) -> None:
    server.paths |= {"/a": answer(BODY), "/b": answer(BODY)}
    clock = Clock()
    one = fetcher(sleep=clock)
    one.fetch(f"{server.url}/a")
    one.fetch(f"{server.url}/b")
    assert len([pause for pause in clock.slept if pause > 0.5]) == 2  # robots.txt, /a, /b
    assert server.asked.count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (answer(b"User-agent: *\nDisallow: /private\n"), False),
        (answer(b"User-agent: article-qa\nDisallow: /\n"), False),
        (answer(b"User-agent: other\nDisallow: /\n"), True),
        (answer(status="404 Not Found"), True),
        (answer(status="503 Busy"), False),
        (answer(status="301 Moved", Location="/elsewhere.txt"), False),
    ],
)
def test_robots_txt_is_honoured(server: Server, robots: bytes, allowed: bool) -> None:
    server.paths |= {
        "/robots.txt": robots,
        "/private/a": answer(BODY),
        "/elsewhere.txt": answer(b"User-agent: *\nDisallow: /"),
    }
    if allowed:
        assert fetcher().fetch(f"{server.url}/private/a").content == BODY
    else:
        assert "robots.txt" in refused(server, "/private/a")
        assert "/private/a" not in server.asked


def test_private_networks_are_not_reached(server: Server) -> None:
    assert "--allow-private" in refused(server, allow_private=False)
    assert server.asked == []


def test_a_redirect_into_a_private_network_is_not_followed(server: Server) -> None:
    """Where it leads is looked up and checked as any other address."""
    server.paths["/"] = answer(status="302 Found", Location="http://inside.example/")
    names = {"127.0.0.1": ["127.0.0.1"], "inside.example": ["192.168.1.1"]}
    made = fetcher(allow_private=False, resolve=lambda host, port: names[host])
    made._robots |= dict.fromkeys([server.url, "http://inside.example"])
    import index.readers.fetch as module

    allowed = module.is_public
    module.is_public = lambda address: address == "127.0.0.1" or allowed(address)
    try:
        with pytest.raises(FetchError, match=r"inside\.example \(192\.168\.1\.1\) is in a private"):
            made.fetch(f"{server.url}/")
    finally:
        module.is_public = allowed


def test_the_address_that_was_checked_is_the_one_that_is_reached(server: Server) -> None:
    """A name that means another host the second time is looked up once for each connection."""
    answers = iter([["127.0.0.1"], ["127.0.0.1"]])
    server.paths["/"] = answer(BODY)
    made = fetcher(resolve=lambda host, port: next(answers))
    assert made.fetch(f"http://name.example:{server.port}/").content == BODY
    assert next(answers, None) is None  # robots.txt and the page, one each
    assert {headers["host"] for headers in server.headers} == {f"name.example:{server.port}"}


def test_tls_that_nobody_vouches_for(server: Server) -> None:
    with pytest.raises(FetchError) as caught:
        fetcher().fetch(f"https://127.0.0.1:{server.port}/")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://a/", "http:///a", "file:///etc/passwd", "http://u:p@a.example/", "javascript:x"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(FetchError):
        fetcher().fetch(url)


def test_nothing_is_fetched_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "_blocked", True)
    with pytest.raises(OfflineError, match="--offline"):
        fetcher().fetch("http://name.example/")


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 :: "
    "fe80::1 fc00::1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::".split(),
)
def test_private_addresses_in_every_form(address: str) -> None:
    assert not is_public(address)


def test_public_addresses() -> None:
    assert all(map(is_public, ("93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8")))
