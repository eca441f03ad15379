"""A hub and a package index on this machine, and a small model that both have."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from index.models.manifest import File, KnownModel, Wheel

REVISION = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = b"\r\n\x00weights" * 20_000
TOKENIZER = '{\n  "lines": "éü",\n  "end": 1\n}\n'.encode() * 100
WHEEL_FILE = "tiny_weights-1.0-py3-none-any.whl"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel() -> bytes:
    """A real wheel whose package must never be imported; its tokenizer has CRLF line ends."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tiny_weights/__init__.py", "raise SystemExit('imported')\n")
        archive.writestr("tiny_weights/data/int8/model.onnx", WEIGHTS)
        archive.writestr("tiny_weights/data/tokenizer.json", TOKENIZER.replace(b"\n", b"\r\n"))
        info = "tiny_weights-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: none-such\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


WHEEL = make_wheel()

KNOWN = KnownModel(
    name="owner/tiny",
    use="embedding",
    form="8-bit ONNX",
    license="MIT",
    revision=REVISION,
    package=None,
    wheel=Wheel("tiny-weights", "1.0", len(WHEEL), sha256(WHEEL)),
    description={"dimension": 4, "max_length": 8},
    files=(
        File(
            "model.onnx", "onnx/model.onnx", "tiny_weights/data/int8/model.onnx", len(WEIGHTS), sha256(WEIGHTS), False
        ),
        File(
            "tokenizer.json",
            "tokenizer.json",
            "tiny_weights/data/tokenizer.json",
            len(TOKENIZER),
            sha256(TOKENIZER),
            True,
        ),
    ),
)


@dataclass
class Sources:
    """The files of both servers by path, what was asked of them, and how they misbehave.

    `cut`: how many bytes of a file are sent before the connection ends. `hold`: the server says nothing more of a file
    until this is set, once half of it is sent; `held` is set then. `told`: who asked, as they said.
    """

    url: str
    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    cut: int | None = None
    hold: threading.Event | None = None
    held: threading.Event = field(default_factory=threading.Event)

    @property
    def index_url(self) -> str:
        return f"{self.url}/simple"

    def got(self, ending: str) -> int:
        """How often a file was fetched."""
        return sum(line.startswith("GET") and line.endswith(ending) for line in self.asked)


@contextmanager
def serve() -> Iterator[Sources]:
    """Both, at one address of this machine."""
    hub = f"/owner/tiny/resolve/{REVISION}"
    files = {
        "/": b"hello",
        f"{hub}/onnx/model.onnx": WEIGHTS,
        f"{hub}/tokenizer.json": TOKENIZER,
        "/simple/tiny-weights/": f'<a href="/files/{WHEEL_FILE}">{WHEEL_FILE}</a>'.encode(),
        f"/files/{WHEEL_FILE}": WHEEL,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            sources.asked.append(f"{self.command} {self.path}")
            sources.told.update(filter(None, [self.headers["Authorization"]]))
            data = files.get(self.path)
            if data is None:
                self.send_error(404)
                return
            self.send_response(200)
            is_page = self.path.startswith("/simple")
            self.send_header("Content-Type", "text/html" if is_page else "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", f'"{sha256(data)}"')
            self.send_header("X-Repo-Commit", REVISION)
            self.end_headers()
            if not with_body:
                return
            half = len(data) // 2
            if sources.hold is not None and not is_page:
                self.wfile.write(data[:half])
                self.wfile.flush()
                sources.held.set()
                sources.hold.wait()
                data = data[half:]
            self.wfile.write(data if sources.cut is None or is_page else data[: sources.cut])

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # who asked was killed
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sources = Sources(f"http://127.0.0.1:{server.server_port}", files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield sources
    finally:
        if sources.hold is not None:
            sources.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
