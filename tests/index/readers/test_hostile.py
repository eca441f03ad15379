"""Files that mean harm: each is read, or named with its reason; nothing else is opened, and no socket."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index.readers import Problem, Skipped, read, walk
from index.types import Article
from tests.index.conftest import News
from tests.index.readers import made
from tests.index.readers.hostile import SMALL, damaged
from tests.index.readers.made import PARAGRAPHS

_EVENTS = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.sendto",
    "socket.gethostbyname",
    "subprocess.Popen",
    "os.system",
)

_watched: list[Any] = []
_watching: set[int] = set()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if threading.get_ident() in _watching and (event == "open" or event in _EVENTS):
        _watched.append((event, arguments))


sys.addaudithook(_watch)


@contextmanager
def watched(tmp_path: Path) -> Iterator[None]:
    """Nothing is opened outside of the test's folder but code; no program, no connection."""
    allowed = (str(tmp_path), sys.prefix, sys.base_prefix, str(Path(__file__).parents[3]), "/usr/")
    found: list[str] = []
    _watched.clear()
    _watching.add(threading.get_ident())
    yield
    _watching.discard(threading.get_ident())
    for event, arguments in _watched:
        name = arguments[0] if event == "open" else None
        if event == "open" and (
            isinstance(name, int) or str(name).startswith(allowed) or "/mime" in str(name) or name == "/tmp"
        ):
            continue
        found.append(f"{event} {arguments}")
    assert found == []


@pytest.mark.parametrize("name", SMALL)
def test_a_hostile_file_is_read_or_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(SMALL[name]())
    begun = time.monotonic()
    with watched(tmp_path):
        found = list(read(path, name))
    assert time.monotonic() - begun < 15
    assert found
    for item in found:
        if isinstance(item, Problem):
            assert item.reason
            assert "\n" not in item.reason
            assert len(item.reason) < 400
        else:
            assert isinstance(item, Article)
            assert item.text.strip()
            item.text.encode()
            assert "root:x:" not in item.text
            assert "alert(1)" not in item.text
            assert "\0" not in item.text
            assert not (item.url or "").startswith("javascript")


def test_what_becomes_of_some(tmp_path: Path) -> None:
    def reasons(name: str) -> list[str]:
        (tmp_path / name).write_bytes(SMALL[name]())
        return [item.reason if isinstance(item, Problem) else "read" for item in read(tmp_path / name, name)]

    assert reasons("encrypted.pdf") == ["encrypted; save it without its password"]
    assert reasons("pages.pdf") == ["10,000 pages, more than 2,000; split it"]
    assert reasons("line.jsonl")[0].startswith("too large (50.0 MB")
    assert reasons("line.jsonl")[1:] == ["read"]
    assert reasons("up.zip") == ["read", "read"]
    assert reasons("encrypted.zip") == ["encrypted"]
    assert reasons("lying.zip") == ["damaged (longer than it says)"] or reasons("lying.zip")[0].startswith("damaged")
    assert reasons("laughs.xml") == ["declares entities, as no feed does; not read"]
    assert reasons("deep.json") == ["not JSON (nested too deep)"]
    assert reasons("sjis.txt")[-1] == "read"
    assert reasons("attachments.eml") == ["read", "1,000 attachments left alone; save them to index them"]


def test_damaged_files_of_each_format(tmp_path: Path) -> None:
    for name, data in damaged(copies=3):
        (tmp_path / name).write_bytes(data)
        for item in read(tmp_path / name, name):
            if isinstance(item, Problem):
                assert "\n" not in item.reason
            else:
                item.text.encode()
                assert all(0 <= start < end <= len(item.text) for start, end in item.noise)


def test_the_good_ones_among_them_go_in(news: News) -> None:
    for name in ("cut.pdf", "deep.json", "laughs.xml", "nul.txt", "none.zip", "cut.docx"):
        (news.folder / name).write_bytes(SMALL[name]())
    os.mkfifo(news.folder / "fifo.html")
    (news.folder / "loop").symlink_to(news.folder)
    (news.folder / "bad\udce9.html").write_bytes(b"x")
    news.write(good=PARAGRAPHS[0])
    found = {event.path: event.status for event in news.update()}
    assert found.pop("good.txt") == "added"
    assert set(found.values()) == {"failed"}
    assert len(found) == 8


def test_one_that_is_damaged_does_not_lose_the_others(tmp_path: Path) -> None:
    good, bad = made.FILES["a.docx"](), SMALL["zip.docx"]()
    (tmp_path / "a.zip").write_bytes(made.archive(**{"1.docx": good, "2.docx": bad, "3.docx": good}))
    found = list(read(tmp_path / "a.zip", "a.zip"))
    assert [item.place.member for item in found] == ["1.docx", "2.docx", "3.docx"]
    assert [isinstance(item, Problem) for item in found] == [False, True, False]
    dated = made.eml().replace(b"18 Oct 2018", b"99999999999999999999 Oct 2018")
    (tmp_path / "a.mbox").write_bytes(b"From a\n" + dated + b"\n\nFrom b\n" + made.eml())
    messages = [item.place.message for item in read(tmp_path / "a.mbox", "a.mbox") if isinstance(item, Article)]
    assert messages == [1, 2]


def test_a_file_that_goes_while_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(SMALL["scripts.html"]())
    files = list(walk(tmp_path, Skipped()))
    (tmp_path / "a.html").unlink()
    assert [item.reason for item in read(files[0], "a.html") if isinstance(item, Problem)] == ["no such file or folder"]


def test_memory_stays_small() -> None:
    """After all of the above, in the same process."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_500_000  # KB; with torch and the models in it
