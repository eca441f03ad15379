"""Pages from the web: polite, within limits, and never from this machine's own network unless that is allowed.

Every connection is made to an address that was looked up and checked just before, so that a name cannot mean another
host the second time. What robots.txt forbids is not fetched; a host is asked once a second at most.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from index import offline
from index.errors import ArticleQAError, FetchError

if TYPE_CHECKING:
    import httpcore
    from protego import Protego

AGENT = "article-qa"
_HEADERS = {
    "User-Agent": f"{AGENT} (reads single articles for their reader)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,application/rss+xml,text/*;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 6
_ROBOTS_BYTES = 500_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. `url`: where it was found in the end. `content` is None if it is as it was (304)."""

    url: str
    content: bytes | None
    kind: str = ""
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as text."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an address is one of the public network.

    >>> is_public("93.184.216.34"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1"), is_public("64:ff9b::a00:1")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(address.split("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if inner is None and found in _NAT64:
        inner = ipaddress.ip_address(int(found) & 0xFFFFFFFF)
    found = inner or found
    return found.is_global and not found.is_multicast


@dataclass(slots=True)
class Fetcher:
    """Fetches addresses, one after the other. `seconds`: for one, redirects included; `max_bytes`: unpacked."""

    allow_private: bool = False
    seconds: float = 30.0
    max_bytes: int = 20_000_000
    pause: float = 1.0
    longest_pause: float = 10.0
    resolve: Callable[[str, int], list[str]] = look_up
    sleep: Callable[[float], None] = time.sleep
    trusted: ssl.SSLContext | None = None
    _robots: dict[str, Protego | None] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)

    def fetch(self, url: str, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What stands at `url`, or that it is as it was with this `etag` or since it was `modified`.

        Raises FetchError with the reason, and OfflineError.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        deadline = time.monotonic() + self.seconds
        for _ in range(_MOST_HOPS):
            _checked(url)
            if not self._robots_allow(url):
                raise FetchError(f"{url}: its robots.txt asks programs to stay away")
            status, answer, body = self._ask_twice(url, headers, deadline)
            if status in _REDIRECTS and "location" in answer:
                url = _led_to(url, answer["location"])
                continue
            if status == 304 and headers:
                return Fetched(url, None, etag=etag, modified=modified)
            if status != 200:
                raise FetchError(f"{url}: {_said(status, answer)}")
            kind, charset = _kind(answer.get("content-type", ""))
            return Fetched(url, body, kind, charset, answer.get("etag"), answer.get("last-modified"))
        raise FetchError(f"{url}: leads on and on ({_MOST_HOPS} redirects)")

    def _ask_twice(self, url: str, headers: Mapping[str, str], deadline: float) -> tuple[int, dict[str, str], bytes]:
        """An answer; a host that asks to be asked again shortly is."""
        status, answer, body = self._ask(url, headers, deadline, self.max_bytes)
        wait = answer.get("retry-after", "")
        if status in (429, 503) and wait.isdecimal() and int(wait) <= self.longest_pause:
            self.sleep(float(wait))
            return self._ask(url, headers, deadline + float(wait), self.max_bytes)
        return status, answer, body

    def _ask(
        self, url: str, headers: Mapping[str, str], deadline: float, limit: int
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (in small letters) and body of one request."""
        import httpcore

        host = urlsplit(url).hostname or ""
        offline_checked(host)
        self._be_polite(url)
        context = self.trusted or _system_trust()
        sent = [(name.encode(), value.encode("latin-1", "replace")) for name, value in {**_HEADERS, **headers}.items()]
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), min(10.0, self.seconds))
        try:
            with (
                httpcore.ConnectionPool(ssl_context=context, network_backend=_backend(self, deadline)) as pool,
                pool.stream("GET", url, headers=sent, extensions={"timeout": timeouts}) as response,
            ):
                answer = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                if response.status != 200:
                    return response.status, answer, b""
                said = answer.get("content-length", "")
                if said.isdecimal() and int(said) > limit:
                    raise FetchError(f"{url}: {int(said) / 1e6:.0f} MB, more than {limit / 1e6:g}")
                return response.status, answer, _unpacked(response.iter_stream(), answer, url, limit)
        except ArticleQAError:
            raise
        except httpcore.TimeoutException as error:
            raise FetchError(f"{url}: no answer within {self.seconds:g} seconds") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            said = " ".join(str(error.__cause__ or error).split())[:160]
            raise FetchError(f"{url}: {said or type(error).__name__}") from error
        except (ValueError, UnicodeError) as error:
            raise FetchError(f"{url}: not an address ({error})") from error

    def _be_polite(self, url: str) -> None:
        host = urlsplit(url).netloc
        wait = self._asked.get(host, 0.0) + self.pause - time.monotonic()
        if wait > 0:
            self.sleep(wait)
        self._asked[host] = time.monotonic()

    def _robots_allow(self, url: str) -> bool:
        from protego import Protego

        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            where, deadline = f"{origin}/robots.txt", time.monotonic() + self.seconds
            status, body = 0, b""
            for _ in range(_MOST_HOPS):
                status, answer, body = self._ask(where, {}, deadline, _ROBOTS_BYTES)
                if status not in _REDIRECTS or "location" not in answer:
                    break
                where = _led_to(where, answer["location"])
                _checked(where)
            if status >= 500 or status == 429:
                raise FetchError(f"{origin}/robots.txt: {_said(status, {})}; nothing is fetched without knowing it")
            self._robots[origin] = Protego.parse(body.decode("utf-8", "replace")) if status == 200 else None
        rules = self._robots[origin]
        if rules is not None and (delay := rules.crawl_delay(AGENT)):
            self.sleep(min(float(delay), self.longest_pause))
        return rules is None or rules.can_fetch(url, AGENT)


def offline_checked(host: str) -> None:
    """Raises OfflineError where the host is not this machine and --offline is given."""
    if not offline.is_local(host):
        offline.refuse(host)


def _led_to(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchError(f"{url}: leads to what is no address ({error})") from error


def _checked(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise FetchError(f"{url}: not an address ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError(f"{url}: not an address of the web (http:// or https://)")
    if parts.username is not None:
        raise FetchError(f"{parts.scheme}://{parts.hostname}: an address with a name and a password is not fetched")


def _said(status: int, answer: Mapping[str, str]) -> str:
    """What a status means to who wanted the page."""
    known = {401: "wants a password", 403: "refuses programs", 404: "no such page", 410: "gone", 429: "asked too often",
             451: "withheld for legal reasons"}  # fmt: skip
    again = f"; it says to try again after {answer['retry-after']} seconds" if "retry-after" in answer else ""
    return f"{known.get(status, 'the server failed' if status >= 500 else 'not given')} (status {status}){again}"


def _kind(said: str) -> tuple[str, str | None]:
    """The type of what was sent, and its encoding."""
    kind, _, rest = said.partition(";")
    name, _, value = rest.strip().partition("=")
    return kind.strip().lower(), value.strip("\"' ") or None if name.strip().lower() == "charset" else None


def _unpacked(pieces: Iterable[bytes], answer: Mapping[str, str], url: str, limit: int) -> bytes:
    """The body, not packed any more, and no longer than `limit`."""
    packed = answer.get("content-encoding", "identity").strip().lower() or "identity"
    if packed not in ("identity", "gzip", "x-gzip", "deflate"):
        raise FetchError(f"{url}: packed in a way that was not asked for ({packed[:40]})")
    unpack = None if packed == "identity" else zlib.decompressobj(47)
    body = bytearray()
    try:
        for piece in pieces:
            body += piece if unpack is None else unpack.decompress(piece, limit + 1 - len(body))
            if len(body) > limit or (unpack is not None and unpack.unconsumed_tail):
                raise FetchError(f"{url}: more than {limit / 1e6:g} MB")
    except zlib.error as error:
        raise FetchError(f"{url}: damaged on the way ({error})") from error
    return bytes(body)


_CONTEXTS: list[ssl.SSLContext] = []


def _system_trust() -> ssl.SSLContext:
    if not _CONTEXTS:
        _CONTEXTS.append(ssl.create_default_context())
    return _CONTEXTS[0]


def _backend(fetcher: Fetcher, deadline: float) -> httpcore.NetworkBackend:
    """What connects: to an address that was checked, and for no longer than until `deadline`."""
    import httpcore

    class Timed(httpcore.NetworkStream):
        def __init__(self, stream: httpcore.NetworkStream) -> None:
            self._stream = stream

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._stream.read(max_bytes, _left(timeout))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._stream.write(buffer, _left(timeout))

        def close(self) -> None:
            self._stream.close()

        def start_tls(
            self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore.NetworkStream:
            return Timed(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

        def get_extra_info(self, info: str) -> Any:
            return self._stream.get_extra_info(info)

    def _left(timeout: float | None) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return min(timeout or left, left)

    class Checked(httpcore.NetworkBackend):
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.NetworkStream:
            try:
                addresses = fetcher.resolve(host, port)
            except OSError as error:
                raise FetchError(f"{host}: no such host ({error.strerror or error})") from error
            if not fetcher.allow_private and (private := [one for one in addresses if not is_public(one)]):
                named = host if host == private[0] else f"{host} ({private[0]})"
                raise FetchError(f"{named} is in a private network; --allow-private fetches it all the same")
            failed: Exception = httpcore.ConnectError(f"{host}: no address")
            for address in addresses:
                try:
                    return Timed(
                        httpcore.SyncBackend().connect_tcp(address, port, _left(timeout), local_address, socket_options)
                    )
                except httpcore.ConnectError as error:
                    failed = error
            raise failed

    return Checked()
