"""Processes to be killed and processes that look: forked from one that has imported everything and opened nothing."""

from __future__ import annotations

import contextlib
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromadb  # noqa: F401
import filelock  # noqa: F401
import llama_index.core.node_parser  # noqa: F401
import sentencex  # noqa: F401
import tantivy  # noqa: F401

import qa.terminal.render
from qa.cli import app
from qa.terminal.commands import common
from tests.fakes import HashEmbedder

EMBEDDER = HashEmbedder()
EMBEDDER.tokenizer  # noqa: B018  loaded once


def use_cheap_embedder() -> None:
    """From here on the commands of this process embed by hashing words; all else of them is real."""

    @contextlib.contextmanager
    def open_writer(named: Path, *_: object, wait: bool, **__: object) -> Iterator[Any]:
        from index.update import writing

        with writing(named, EMBEDDER, wait=wait, notify=common.note) as writer:
            yield writer

    import qa.terminal.commands.collection

    qa.terminal.commands.collection.open_writer = open_writer  # type: ignore[assignment]


def qa(*arguments: str) -> int:
    """The exit status of `qa ARGUMENTS`, run in this process."""
    use_cheap_embedder()
    try:
        app(list(arguments), standalone_mode=True)
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def start(task: Callable[[], object], stdout: int, stderr: int | None = None) -> int:
    """The pid of a process that does `task`, with its stdout and stderr where they are said to go."""
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        os.dup2(stdout, 1)
        if stderr is not None:
            os.dup2(stderr, 2)
        status = int(task() or 0)  # type: ignore[call-overload]
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(status)


def outcome(task: Callable[[], Any]) -> Any:
    """What `task` gives, done in a process of its own. Raises RuntimeError if it fails there."""
    reading, writing = os.pipe()

    def done() -> int:
        with os.fdopen(os.dup(1), "wb") as pipe:
            os.dup2(2, 1)
            pickle.dump(task(), pipe)
        return 0

    pid = start(done, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError("a process that looks at the index failed; its traceback stands above")
    return pickle.loads(content)
