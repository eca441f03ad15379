"""Nothing leaves the machine: no dependency reports its use, looks a name up, or leaves files with the user."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[1] / "seeds"
OURS = ("article-qa",)
"""The only names that may come into the user's folders: what the README says is kept there."""

_EVERYTHING = """
import sys

def watched(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("PYTHON", event, arguments, file=sys.stderr)

sys.addaudithook(watched)
from qa.cli import app

def run(*arguments):
    try:
        app(list(arguments), standalone_mode=False)
    except SystemExit:
        pass

run("index", "article.txt")
run("ask", "--batch", "questions.txt")
run("eval", "gold.jsonl")
run("doctor")
import qa.training.export
import huggingface_hub, transformers.utils, llama_index.core, tokenizers, chromadb.utils.embedding_functions
"""

# Settings that lie where the user happens to be, and are not meant for this program.
_ANOTHER_PROGRAMS = """\
CHROMA_OTEL_COLLECTION_ENDPOINT=http://traces.example:4317
CHROMA_OTEL_GRANULARITY=all
CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI
CHROMA_SERVER_HOST=chroma.example
CHROMA_SERVER_HTTP_PORT=8000
MIGRATIONS=none
"""

# What libraries that are not written in Python call: named on stderr, and refused.
_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
int connect(int socket, const struct sockaddr *address, socklen_t length) {
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) {
        int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
        return real(socket, address, length);
    }
    fprintf(stderr, "NATIVE connect\n");
    errno = ECONNREFUSED;
    return -1;
}
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    if (node) fprintf(stderr, "NATIVE getaddrinfo %s\n", node);
    return EAI_FAIL;
}
"""


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty home, no switch set, and name look-ups of native code named on stderr."""
    switches = ("ORT_DISABLE_TELEMETRY", "ANONYMIZED_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
    taken = {"HF_HOME", "QA_INDEX", "QA_MODELS", *switches, *(name for name in os.environ if name.startswith("XDG_"))}
    environment = {name: value for name, value in os.environ.items() if name not in taken}
    (tmp_path / "home").mkdir()
    (tmp_path / "shim.c").write_text(_SHIM)
    made = [shutil.which("cc") or "cc", "-shared", "-fPIC", "-o", "shim.so", "shim.c", "-ldl"]
    subprocess.run(made, cwd=tmp_path, check=True, timeout=60)
    return {**environment, "HOME": str(tmp_path / "home"), "LD_PRELOAD": str(tmp_path / "shim.so")}


def left_in(home: Path) -> list[str]:
    """What lies in the user's folders that is not ours."""
    files = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return sorted(str(path) for path in files if not set(path.parts) & set(OURS))


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="native look-ups are watched by a shim")
def test_no_command_reports_its_use(tmp_path: Path, watched: dict[str, str]) -> None:
    shutil.copy(next(SEEDS.glob("*.txt")), tmp_path / "article.txt")
    (tmp_path / "questions.txt").write_text("How many troops were authorized?\nWho spoke for the army?\n")
    (tmp_path / ".env").write_text(_ANOTHER_PROGRAMS)
    (tmp_path / "gold.jsonl").write_text('{"question": "How many troops were authorized?", "answers": ["4,000"]}\n')
    done = subprocess.run(
        [sys.executable, "-c", _EVERYTHING], cwd=tmp_path, env=watched, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "up to 4,000" in done.stdout
    assert "token F1" in done.stdout
    lines = done.stderr.splitlines()
    assert [line for line in lines if line.startswith(("PYTHON", "NATIVE"))] == []
    assert "Chroma cannot" not in done.stderr
    assert left_in(tmp_path / "home") == []


def test_the_switches_are_set_before_anything_is_loaded(tmp_path: Path) -> None:
    """Whatever the caller's environment says, and without importing what reads them."""
    code = (
        "import os, sys, index\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'], os.environ['ANONYMIZED_TELEMETRY'],"
        " {'onnxruntime', 'chromadb', 'huggingface_hub'} & set(sys.modules))"
    )
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "0", "ANONYMIZED_TELEMETRY": "True"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split(maxsplit=2) == ["1", "False", "set()\n"]
