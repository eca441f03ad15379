"""Scripted language models on loopback, as real servers: they speak as OpenAI's, Ollama's and Anthropic's do."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import zip_longest
from typing import Any

Reply = Callable[[str], str]

FAILURES = ("429", "500", "broken", "invalid", "silent", "huge", "404", "400")


@dataclass
class Script:
    """What a server says. `reply` makes it of the prompt; `failures` come first, one a call (of `FAILURES`)."""

    reply: Reply
    failures: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    pieces: int = 8  # characters that come at a time
    hung_up: threading.Event = field(default_factory=threading.Event)  # set when a reply was not read to its end


@contextmanager
def served(script: Script) -> Iterator[str]:
    """The address of a server that goes by the script: http://127.0.0.1:PORT."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # the end of the connection ends a reply

        def log_message(self, *_: Any) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            if self.path == "/v1/models":
                self._json({"data": [{"id": "scripted", "max_model_len": 4096}]})
            elif self.path == "/api/tags":
                self._json({"models": [{"name": "scripted:1b"}]})
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/show":
                self._json({"model_info": {"x.context_length": 4096}, "details": {}})
                return
            script.headers.append({name.lower(): value for name, value in self.headers.items()})
            script.bodies.append(body)
            content = body["messages"][-1]["content"]
            prompt = _text_of(content)
            script.prompts.append(prompt)
            failure = script.failures.pop(0) if script.failures else ""
            if failure in ("429", "500", "404", "400"):
                self._json({"error": {"message": f"scripted {failure}", "type": "x"}}, int(failure))
                return
            self.send_response(200)
            self.end_headers()
            if failure == "silent":
                time.sleep(1.0)
                return
            reply = "x " * 2_500_000 if failure == "huge" else script.reply(prompt)
            step = 100_000 if failure == "huge" else script.pieces
            stream = {"/api/chat": _ollama, "/v1/messages": _anthropic}.get(self.path, _openai)
            if stream is _anthropic and _is_citable(content):
                stream = _citing
            lines = list(stream([reply[at : at + step] for at in range(0, len(reply), step)]))
            if failure == "invalid":
                lines = ["data: {no json\n\n" if stream is not _ollama else "{no json\n"]
            if failure == "broken":
                lines = lines[: len(lines) // 2]
                lines[-1] = lines[-1][: len(lines[-1]) // 2]
            try:
                for line in lines:
                    self.wfile.write(line.encode())
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                script.hung_up.set()  # who asked has heard enough

        def _json(self, data: Any, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _openai(pieces: list[str]) -> Iterator[str]:
    for piece in pieces:
        chunk = {
            "id": "1", "object": "chat.completion.chunk", "created": 0, "model": "scripted",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}],
        }  # fmt: skip
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"


def _ollama(pieces: list[str]) -> Iterator[str]:
    for piece in pieces:
        yield json.dumps({"model": "m", "message": {"role": "assistant", "content": piece}, "done": False}) + "\n"
    yield json.dumps({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True}) + "\n"


def _text_of(content: Any) -> str:
    """What a message says, its citable blocks each on a line."""
    if isinstance(content, str):
        return content
    parts = [f"{part['text']}\n" for one in content if "content" in one for part in one["content"]]
    return "".join([*parts, *(one["text"] for one in content if "text" in one)])


def _is_citable(content: Any) -> bool:
    return not isinstance(content, str) and any(one.get("citations", {}).get("enabled") for one in content)


def _anthropic(pieces: list[str]) -> Iterator[str]:
    yield from _message(_block(0, pieces))


def _citing(pieces: list[str]) -> Iterator[str]:
    """As Anthropic's models cite: the reply without its numbers in brackets; what stands before some, as a block."""
    parts = re.split(r"((?: ?\[[\d, ]+\])+)", "".join(pieces))
    blocks: list[str] = []
    for number, (text, marks) in enumerate(zip_longest(parts[::2], parts[1::2], fillvalue="")):
        cited = [int(one) for one in re.findall(r"\d+", marks)]
        step = max(1, len(text) // 3)
        blocks += _block(number, [text[at : at + step] for at in range(0, len(text), step)], cited)
    yield from _message(blocks)


def _message(blocks: Iterable[str]) -> Iterator[str]:
    message: dict[str, Any] = {
        "id": "1", "type": "message", "role": "assistant", "content": [], "model": "m", "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    yield _event("message_start", message=message)
    yield from blocks
    yield _event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 1})
    yield _event("message_stop")


def _block(number: int, pieces: Iterable[str], cited: Iterable[int] = ()) -> Iterator[str]:
    yield _event("content_block_start", index=number, content_block={"type": "text", "text": "", "citations": []})
    for one in cited:
        citation = {
            "type": "search_result_location", "cited_text": "x", "source": "articles", "title": "Sentences",
            "search_result_index": 0, "start_block_index": one - 1, "end_block_index": one,
        }  # fmt: skip
        yield _event("content_block_delta", index=number, delta={"type": "citations_delta", "citation": citation})
    for piece in pieces:
        yield _event("content_block_delta", index=number, delta={"type": "text_delta", "text": piece})
    yield _event("content_block_stop", index=number)


def _event(kind: str, **data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"
