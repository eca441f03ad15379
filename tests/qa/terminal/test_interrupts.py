"""Ctrl-C: the process ends with status 130, without a word, at whatever moment; a chat only drops what it was at.

tests/soak/interrupts.py tries many moments of every command.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from index.stores.lock import LOCK
from tests.qa.conftest import SEED

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
QUESTION = "How many troops were authorized?"


def started(*arguments: str, cwd: Path, **options: Any) -> subprocess.Popen[bytes]:
    """`qa ARGUMENTS`; each module that it has imported is named on stderr."""
    command = [sys.executable, "-X", "importtime", "-m", "qa", *arguments]
    path = os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, cwd=cwd, env={**os.environ, "PYTHONPATH": path}, **pipes)


def interrupted(process: subprocess.Popen[bytes], after: str) -> tuple[str, str]:
    """What it said on stdout and, imports aside, on stderr, interrupted once it said `after` on one of them."""
    assert process.stderr is not None
    assert process.stdout is not None
    streams = {process.stdout: b"", process.stderr: b""}
    while not any(after.encode() in said for said in streams.values()):
        ready, _, _ = select.select(list(streams), [], [], 60)
        assert ready, f"never said {after!r}"
        for stream in ready:
            said = os.read(stream.fileno(), 1 << 16)
            assert said or process.poll() is None, f"ended and never said {after!r}"
            streams[stream] += said
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    lines = (streams[process.stderr] + err).decode().splitlines()
    return (streams[process.stdout] + out).decode(), "\n".join(x for x in lines if not x.startswith("import time:"))


@pytest.mark.parametrize("module", ["typer", "qa.assistant", "onnxruntime"])
def test_while_modules_are_imported_and_models_load(module: str, seed_index: Path) -> None:
    process = started("ask", QUESTION, cwd=seed_index.parent)
    assert interrupted(process, f" {module}\n") == ("", "")
    assert process.returncode == 130


def test_who_is_started_to_ignore_it_does(seed_index: Path) -> None:
    """As a shell starts what a script runs in the background."""
    process = started("ask", QUESTION, cwd=seed_index.parent, preexec_fn=_ignore)
    out, err = interrupted(process, " typer\n")
    assert (process.returncode, err) == (0, "")
    assert out.startswith("up to 4,000")


def _ignore() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_between_the_questions_of_a_batch(seed_index: Path) -> None:
    process = started("ask", "--batch", "-", cwd=seed_index.parent)
    assert process.stdin is not None
    process.stdin.write(f"{QUESTION}\n".encode() * 200)
    process.stdin.flush()
    out, err = interrupted(process, "up to 4,000")
    assert (process.returncode, err) == (130, "")
    assert out.endswith("}\n")  # whole lines


def test_a_writer_lets_go_of_the_index(tmp_path: Path) -> None:
    shutil.copy(SEED, tmp_path)
    process = started("index", SEED.name, cwd=tmp_path)
    out, err = interrupted(process, " torch.torch_version\n")  # which is loaded in the writer, for its first article
    assert (process.returncode, out, err) == (130, "", "")
    assert not (tmp_path / ".qa").exists()  # nothing came into it, and nobody holds it


def test_while_it_waits_for_another_writer(tmp_path: Path) -> None:
    shutil.copy(SEED, tmp_path)
    (tmp_path / ".qa").mkdir()
    with FileLock(tmp_path / ".qa" / LOCK):
        process = started("index", SEED.name, cwd=tmp_path)
        interrupted(process, "waiting for it to finish")
        assert process.returncode == 130


def test_a_chat_drops_the_question_and_goes_on(seed_index: Path, tmp_path: Path) -> None:
    import pty

    own, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    chat = subprocess.Popen(
        [sys.executable, "-m", "qa", "chat", "--index", str(seed_index)],
        stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(its)
    shown = ""

    def wait(for_: str, interrupt: bool = False) -> None:
        """Until it is shown; what was shown before is forgotten. With `interrupt`, Ctrl-C whenever nothing comes."""
        nonlocal shown
        waited = 0.0
        while for_ not in shown:
            if select.select([own], [], [], 0.05)[0]:
                shown += os.read(own, 1 << 16).decode(errors="replace")
                continue
            waited += 0.05
            assert waited < 60, shown
            if interrupt:
                chat.send_signal(signal.SIGINT)
        shown = ""

    try:
        wait("›")
        chat.send_signal(signal.SIGINT)
        os.write(own, b"a line\x03")
        os.write(own, f"{QUESTION}\r".encode())
        wait("(stopped)", interrupt=True)  # the models are being loaded
        os.write(own, b"\x03" + f"{QUESTION}\r".encode())
        wait("up to 4,000")
        os.write(own, b"/quit\r")
        assert chat.wait(timeout=60) == 0
    finally:
        chat.kill()
        chat.wait()
        os.close(own)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_chat_that_is_ended_leaves_the_terminal_as_it_was(ending: int, seed_index: Path, tmp_path: Path) -> None:
    import pty
    import termios

    own, its = pty.openpty()
    before = termios.tcgetattr(its)
    environment = {**os.environ, "TERM": "xterm", "XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    chat = subprocess.Popen(
        [sys.executable, "-m", "qa", "chat", "--index", str(seed_index)],
        stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        shown = b""
        while "›".encode() not in shown:
            assert select.select([own], [], [], 60)[0], shown
            shown += os.read(own, 1 << 16)
        assert termios.tcgetattr(its) != before  # a line is edited
        chat.send_signal(ending)
        assert chat.wait(timeout=60) == -ending
        assert termios.tcgetattr(its) == before
    finally:
        chat.kill()
        chat.wait()
        os.close(its)
        os.close(own)


def test_a_chat_can_be_put_aside_and_taken_up(seed_index: Path, tmp_path: Path) -> None:
    import pty

    own, its = pty.openpty()
    environment = {
        **os.environ,
        "TERM": "xterm",
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONPATH": ":".join(sys.path),
        "PS1": "ready>",
    }
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=its, stdout=its, stderr=its, env=environment, preexec_fn=_own_terminal,
    )  # fmt: skip
    os.close(its)
    try:
        for typed, shown in (
            (f"{sys.executable} -m qa chat --index {seed_index}\r", "›"),
            ("\x1a", "Stopped"),
            ("fg\r", "›"),
            ("/quit\r", "ready>"),
        ):
            os.write(own, typed.encode())
            said = b""
            while shown.encode() not in said:
                assert select.select([own], [], [], 60)[0], said
                said += os.read(own, 1 << 16)
    finally:
        shell.kill()
        shell.wait()
        os.close(own)


def _own_terminal() -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


_BLOCKS = """
import signal, sys
from qa.terminal import interrupts

def press():
    signal.raise_signal(signal.SIGINT)

interrupts.watch()
with interrupts.staying():
    press()  # before a line is answered: it counts for that
    try:
        with interrupts.droppable():
            print("never")
    except KeyboardInterrupt:
        print("counted")
    press()
    interrupts.forget()  # another line is asked for
    try:
        with interrupts.droppable():
            try:
                press()
            finally:
                press()  # a second one is not heard
                print("tidied")
    except KeyboardInterrupt:
        print("dropped")
    press()
try:
    with interrupts.unwinding(), interrupts.unwinding():
        try:
            press()
        finally:
            print("unwound")
            if sys.argv[1] == "twice":
                press()
            print("to the end")
except BaseException:
    print("never")
print("never")
"""


@pytest.mark.parametrize(("how", "last"), [("once", ["to the end"]), ("twice", [])])
def test_what_the_blocks_promise(how: str, last: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", _BLOCKS, how], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")
    assert done.stdout.split("\n")[:-1] == ["counted", "tidied", "dropped", "unwound", *last]


def test_one_that_python_can_raise_to_nobody_ends_the_process() -> None:
    code = (
        "import signal\nfrom qa.terminal import interrupts\n"
        "class Gone:\n    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        "interrupts.watch()\n"
        "with interrupts.unwinding():\n    gone = Gone()\n    del gone\n    print('never')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_without_the_command_nothing_is_changed() -> None:
    from qa.terminal import interrupts

    before = signal.getsignal(signal.SIGINT)
    with interrupts.staying(), interrupts.droppable(), interrupts.unwinding():
        assert signal.getsignal(signal.SIGINT) is before
