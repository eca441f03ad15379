"""The chat in a real terminal; what it shows is compared as text. tests/soak/chats.py tries many moments."""

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.types import TALK_MARK
from tests.qa.conftest import SEED
from tests.terminals import ROOT, Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
TROOPS = "How many troops were authorized?"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder of state of a user who has used the chat before."""
    (tmp_path / "article-qa").mkdir()
    return tmp_path


def chat(seed_index: Path, state: Path, *arguments: str, **how: object) -> Terminal:
    return Terminal("chat", *arguments, cwd=seed_index.parent, XDG_STATE_HOME=str(state), **how)  # type: ignore[arg-type]


def talked(text: str) -> str:
    """The screen without the line at the bottom."""
    return "\n".join(line for line in text.split("\n") if " · shipped model" not in line).rstrip()


_TALK = [
    (TROOPS, "    000_957251fa41a97581.txt"),
    ("Who authorized them?", "Taken as"),
    ("What is the capital of Mongolia?", "Nearest:"),
    ("/open 1", "The whole article"),
    ("thanks", "You are welcome"),
    ("/topic", "asked:"),
    ("/filter since=2019", "1 undated article left out"),
    ("/filter off", "From now on: 1 article."),
    ("summarize that", "[3]"),
    ("/sorces", "did you mean /sources?"),
    ("/undo", "Taken back: “summarize that”."),
    ("/export talk.md", "written to"),
]


def test_a_talk_is_held_left_and_gone_on_with(seed_index: Path, state: Path) -> None:
    (seed_index.parent / "talk.md").unlink(missing_ok=True)
    with chat(seed_index, state, columns=90, rows=200, PAGER="cat") as terminal:
        terminal.wait("›")
        for line, shown in _TALK:
            before = terminal.text().count("›")
            terminal.type(f"{line}\r")
            terminal.wait(shown)
            while terminal.text().count("›") <= before:
                terminal.read(0.05)
        screen = talked(terminal.text())
        terminal.type(":q\r")
        assert terminal.end() == 0
    blocks = screen.split("\n\n› ")
    assert blocks[0] == (
        "1 article. Ask, or type /help.\n"
        f"› {TROOPS}\n"
        "up to 4,000\n\n"
        "Sure:\n"
        "[1] Defense Secretary James Mattis later authorized the National Guard to deploy up to\n"
        "    4,000 troops to the U.S.-Mexico border.\n"
        "    The Mexican government said Thursday it would seek help from the United … ·\n"
        "    000_957251fa41a97581.txt"
    )
    assert [block.split("\n")[0] for block in blocks[1:12]] == [line for line, _ in _TALK[1:]]
    refused = blocks[2].split("\n")
    assert refused[1].startswith("Not found in the articles: “Mongolia” stands in none of the passages found. Searched")
    assert len(refused) <= 7
    assert "\n\n" not in blocks[5], "the topic is a list"
    exported = (seed_index.parent / "talk.md").read_text()
    (seed_index.parent / "talk.md").unlink()
    assert exported.startswith(f"<!-- {TALK_MARK} -->\n\n# How many troops were authorized?\n")
    assert "up to 4,000[^1]" in exported
    assert "`000_957251fa41a97581:2397-2519`" in exported

    with chat(seed_index, state, "--continue", columns=90, rows=200) as terminal:
        shown = terminal.wait("Going on with “how-many-troops-were-authorized”: 4 questions")
        assert "› What is the capital of Mongolia?\n  not found\n› thanks\n" in shown
        terminal.wait("shipped model")
        terminal.type("who says so?\r")
        terminal.wait("[1] ")
        terminal.type("/undo\r")
        terminal.wait("Taken back: “who says so?”")
        terminal.type("\x04")
        assert terminal.end() == 0


_NARROW = {
    40: """\
up to 4,000

Sure:
[1] Defense Secretary James Mattis later
    authorized the National Guard to
    deploy up to 4,000 troops to the
    U.S.-Mexico border.
    The Mexican government said Thursday
    it would seek help from the United …
    · 000_957251fa41a97581.txt

› What is the capital of Mongolia?
Not found in the articles: “Mongolia”
stands in none of the passages found.
Searched: 1 article. Nearest:
[1] “Finally, the government of Mexico …
[2] “In addition to stopping all …
[3] “The assault on our country at our …

› /filter outlet=X
qa: no outlet 'X': no article in the
index says where it was published

›""",
    60: """\
up to 4,000

Sure:
[1] Defense Secretary James Mattis later authorized the
    National Guard to deploy up to 4,000 troops to the
    U.S.-Mexico border.
    The Mexican government said Thursday it would seek help
    from the United … · 000_957251fa41a97581.txt

› What is the capital of Mongolia?
Not found in the articles: “Mongolia” stands in none of the
passages found. Searched: 1 article. Nearest:
[1] “Finally, the government of Mexico reiterates its …
[2] “In addition to stopping all payments to these …
[3] “The assault on our country at our Southern Border, …

› /filter outlet=X
qa: no outlet 'X': no article in the index says where it was
published

›""",
}


@pytest.mark.parametrize("columns", [40, 60])
def test_whole_screens_of_narrow_terminals(columns: int, seed_index: Path, state: Path) -> None:
    with chat(seed_index, state, columns=columns, rows=40) as terminal:
        terminal.wait("›")
        for line, shown in (
            (TROOPS, "about:"),
            ("What is the capital of Mongolia?", "[3]"),
            ("/filter outlet=X", "qa:"),
        ):
            before = terminal.text().count("›")
            terminal.type(f"{line}\r")
            terminal.wait(shown)
            while terminal.text().count("›") <= before:
                terminal.read(0.05)
        *lines, bottom = terminal.screen().split("\n")
        assert "\n".join(lines).rstrip() == f"1 article. Ask, or type /help.\n› {TROOPS}\n{_NARROW[columns]}"
        head = "seed0 · 1 article · shipped model"[: 17 if columns == 40 else None]
        assert bottom.startswith(f"{head} · about: The Mexican")
        terminal.type("half a line")
        terminal.resize(100, 30)
        shown = terminal.wait("shipped model · about: The Mexican government said Thursday")
        assert "› half a line\n" in shown, "it is drawn again"


def test_keys_complete_search_suggest_and_begin_another_line(seed_index: Path, state: Path) -> None:
    (state / "article-qa" / "history").write_text(f"\n# 2026-01-01 00:00:00\n+{TROOPS}\n")
    with chat(seed_index, state, columns=60, rows=20) as terminal:
        terminal.wait("shipped model")
        terminal.type("/so")
        terminal.type("\x15/he\t")
        terminal.wait("/help", 30)
        terminal.type(" \x15How")
        terminal.wait(TROOPS)  # what it suggests
        terminal.type("\x15\x12troops")
        terminal.wait("I-search backward: troops")
        terminal.type("\x07\x15How many troops\x1b\rwere authorized?")
        terminal.wait("› How many troops\n  were authorized?")
        terminal.type("\r")
        assert "Taken as" not in terminal.wait("up to 4,000"), "two lines are one question"
        terminal.type("/s\t")
        terminal.wait("/sources")
        terminal.resize(40, 20)
        terminal.read(0.3)
        terminal.type("\x15/sources\r")
        terminal.wait("Passages found")
        assert all(len(line) <= 40 for line in terminal.screen().split("\n"))


def test_many_lines_pasted_are_asked_one_by_one_or_as_one(seed_index: Path, state: Path) -> None:
    with chat(seed_index, state, columns=80, rows=24) as terminal:
        terminal.wait("shipped model")
        terminal.paste("\n".join("/help quit" if n == 0 else TROOPS for n in range(200)))
        terminal.wait("200 lines: Enter asks them one after the other, Alt-Enter as one")
        terminal.type("\r")
        terminal.wait("/quit: leave.")
        terminal.wait("up to 4,000")
        terminal.type("\x03")
        shown = terminal.wait("pasted lines not asked)")
        left = int(re.findall(r"\(stopped; (\d+) pasted", shown)[0])
        assert 150 < left < 199
        terminal.type("\x03")
        terminal.paste("How many troops\r\nwere authorized?")
        terminal.wait("2 lines:")
        terminal.type("\x1b\r")
        terminal.wait("[1] Defense")
        assert terminal.text().rstrip().count("up to 4,000") >= 2
        terminal.type("/quit\r")
        assert terminal.end() == 0


@pytest.mark.parametrize("stop", ["\x1b", "\x03", "SIGINT"])
def test_an_answer_is_stopped_while_models_load(stop: str, seed_index: Path, state: Path) -> None:
    with chat(seed_index, state) as terminal:
        terminal.wait("›")
        terminal.type(f"{TROOPS}\r")
        while b"4l" not in terminal.raw[-400:] and b"2004l" not in terminal.raw:  # the prompt has let the line go
            terminal.read(0.01)
        began = time.monotonic()
        terminal.interrupt() if stop == "SIGINT" else terminal.type(stop)
        if stop == "SIGINT" and not terminal.read(1.0):  # it came while the prompt was let go, which takes it away
            terminal.interrupt()
        terminal.wait("(stopped")
        assert time.monotonic() - began < 3.0, "of a busy machine; .5 s of one that is not"
        terminal.type(f"{TROOPS}\r")
        terminal.wait("up to 4,000")
        terminal.type("/quit\r")
        assert terminal.end() == 0
        assert "Traceback" not in terminal.text()


_STREAMED = """
import sys, time
from pathlib import Path
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.llm.providers import LanguageModel
from qa.terminal.chat.input import Plain
from qa.terminal.chat.repl import Chat
from qa.terminal.chat.stopping import Keys
from qa.terminal.chat.talk import Talk
from qa.terminal.interrupts import staying, watch
from qa.terminal.style import Style
from qa.types import Answer, Citation, Event, RankedPassage, Searched, Statement
from index.types import WHOLE_FILE

QUOTES = ("It rained.", "Ships waited.", "The port closed.")
CITED = tuple(
    Citation(n, "a", "Port", None, None, None, "a.txt", WHOLE_FILE, "utf-8", False, None, 0, len(q), q)
    for n, q in enumerate(QUOTES, 1)
)
SAID = tuple(Statement(f"Thing {n}.", "prose", (n,), "verified") for n in (1, 2, 3))

class Slow(Conversation):
    def events(self, line):
        yield Event("passages", ())
        for statement in SAID:
            time.sleep(0.4)
            yield Event("statement", statement, CITED)
        time.sleep(0.4)
        self.last = Answer(line, (), Searched(1, None, 1), SAID, CITED, method="llm", model="slow")
        yield Event("done", self.last)

class Lines(Plain):
    pass

watch()
with staying(), Assistant(Path(sys.argv[1]), model=LanguageModel("ollama:slow")) as assistant:
    talk = Talk(Slow(assistant), "0", None, print)
    Chat(talk, lambda: Style(60, in_chat=True), Keys()).run(Plain())
"""


@pytest.fixture
def streaming(seed_index: Path, tmp_path: Path) -> Iterator[Terminal]:
    command = [sys.executable, "-c", _STREAMED, str(seed_index)]
    with Terminal(cwd=tmp_path, command=command, columns=60) as terminal:
        terminal.wait("›")
        yield terminal


def test_statements_come_one_by_one(streaming: Terminal) -> None:
    streaming.type("What happened?\n")
    shown = streaming.wait("Thing 1. [1]")
    assert "Thing 2" not in shown
    shown = streaming.wait("[3] The port closed.")
    assert b"ollama:slow (Esc stops)" in streaming.raw
    said = shown[shown.index("Thing 1") : shown.index("    Port", shown.index("[3] The"))]
    assert said == (
        "Thing 1. [1]\nThing 2. [2]\nThing 3. [3]\n"
        "Check it:\n[1] It rained.\n    Port · a.txt\n\n[2] Ships waited.\n    Port · a.txt\n\n[3] The port closed.\n"
    )


@pytest.mark.parametrize("stop", ["\x1b", "\x03"])
def test_what_was_checked_stays_when_an_answer_is_stopped(stop: str, streaming: Terminal) -> None:
    streaming.type("What happened?\n")
    streaming.wait("Thing 2. [2]")
    streaming.type(stop)
    shown = streaming.wait("(stopped)")
    assert "Thing 1. [1]\nThing 2. [2]\n" in shown
    assert "Thing 3" not in shown


def test_an_arrow_key_stops_nothing(streaming: Terminal) -> None:
    streaming.type("What happened?\n")
    streaming.wait("Thing 1. [1]")
    streaming.type("\x1b[A\x1b[B\x1bx")
    streaming.wait("[3] The port closed.")


def test_a_terminal_that_knows_no_codes(seed_index: Path, state: Path) -> None:
    with chat(seed_index, state, TERM="dumb", rows=60) as terminal:
        terminal.wait("›")
        for line, shown in ((TROOPS, "4,000 troops"), ("/open 1", "The whole article"), ("/help", "/quit")):
            terminal.type(f"{line}\n")
            terminal.wait(shown)
        terminal.type("\x04")
        assert terminal.end() == 0
        assert b"\x1b" not in terminal.raw


def test_no_colours_where_none_are_wanted(seed_index: Path, state: Path) -> None:
    alone = {"cwd": seed_index.parent, "XDG_STATE_HOME": str(state)}
    with Terminal(columns=40, rows=60, NO_COLOR="1", **alone) as terminal:  # type: ignore[arg-type]
        terminal.wait("›")  # `qa` alone is the chat, where there is an index
        terminal.type(f"{TROOPS}\r")
        terminal.wait("up to 4,000")
        terminal.type("/")
        terminal.wait("/sources")
        terminal.type("\x15/quit\r")
        assert terminal.end() == 0
        codes = {code for found in re.findall(rb"\x1b\[([\d;]*)m", terminal.raw) for code in found.split(b";")}
        assert not [code for code in codes if re.fullmatch(rb"(?:3|4|9|10)[0-8]", code)]


def test_over_a_pipe_there_is_not_one_code_and_the_talk_is_kept(seed_index: Path, state: Path) -> None:
    import os
    import subprocess

    lines = f"{TROOPS}\n/help\n/sources\nWho is in Tijuana?\n/copy\n/private\nthanks\n"
    done = subprocess.run(
        [sys.executable, "-m", "qa", "chat", "--session", "piped"], input=lines.encode(), capture_output=True,
        cwd=seed_index.parent, timeout=120, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(state), "TERM": "xterm"},
    )  # fmt: skip
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"/copy: only a terminal has a clipboard." in done.stdout
    assert b"/copy" not in done.stdout.split(b"/copy: only")[0], "what cannot work is not listed"
    kept = subprocess.run(
        [sys.executable, "-m", "qa", "log", "--session", "piped", "--json"], capture_output=True, check=True,
        cwd=seed_index.parent, env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(state)},
    )  # fmt: skip
    assert [json.loads(line)["line"] for line in kept.stdout.splitlines()] == [TROOPS, "Who is in Tijuana?"]


def test_articles_without_an_index_are_offered_to_be_indexed(tmp_path: Path) -> None:
    (tmp_path / SEED.name).write_bytes(SEED.read_bytes())
    with Terminal("chat", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path / "state"), rows=40) as terminal:
        terminal.wait("1 file that may hold articles")
        terminal.type("n")
        assert terminal.end() == 1
        assert "no index here or in a parent folder; make one: qa index PATH" in terminal.text()
    assert not (tmp_path / ".qa").exists()
    with Terminal("chat", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path / "state"), rows=40) as terminal:
        terminal.wait("any other key: no")
        terminal.type("y")
        shown = terminal.wait("›")
        assert "qa: 1 added" in shown
        assert "1 article. Ask, or type /help.\nFor instance:\n  What is said about El Salvador?\n" in shown
        terminal.type("/quit\r")
        assert terminal.end() == 0
