"""The library in a host: nothing of the host's is changed, and one assistant serves its threads, each with a View."""

import gc
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import qa
from tests.qa.conftest import SEED

SWITCHES = ("ORT_DISABLE_TELEMETRY", "ANONYMIZED_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
"""Of the environment; index/__init__.py sets them, so that no dependency reports its use."""

LOGGERS = ("sentence_transformers", "transformers", "huggingface_hub", "chromadb", "onnxruntime", "llama_index")


def state_of_host() -> dict[str, Any]:
    """What a library might change, and must not."""
    found = {
        "gc": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
        "loggers": {name: logging.getLogger(name).level for name in LOGGERS},
        "root": (logging.root.level, len(logging.root.handlers), logging.root.manager.disable),
        "warnings": [str(filter_) for filter_ in warnings.filters],
        "signals": [str(signal.getsignal(number)) for number in signal.valid_signals()],
        "hooks": [str(hook) for hook in (sys.excepthook, sys.unraisablehook, sys.displayhook, sys.stdout, sys.stderr)],
        "environ": {name: value for name, value in os.environ.items() if name not in SWITCHES},
        "cwd": os.getcwd(),
    }
    if "torch" in sys.modules:
        import torch

        found["threads"] = torch.get_num_threads()
    if "transformers" in sys.modules:
        from transformers.utils import logging as transformers_logging

        found["bars"] = transformers_logging.is_progress_bar_enabled()
    return found


_HOST = """
import json, sys
from contextlib import contextmanager
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident

import numpy  # adds filters of warnings when it is imported

from tests.qa.test_host import state_of_host

before = state_of_host()
import qa

questions = ["How many troops were authorized?", "Who approved the deployment?",
             "Which countries did the caravan set out from?", "How many people did the police arrest in Tijuana?"]
with qa.open(sys.argv[1]) as assistant:
    def ask(question):
        return [{**assistant.ask(question).to_json(), "timings_ms": None} for _ in range(2)]

    one_after_the_other = [ask(question) for question in questions]

    together, entered, seen, view = Barrier(4, timeout=60), {}, [], assistant.snapshot.view

    @contextmanager
    def watched():
        with view() as opened:
            seen.append(id(opened.catalog) if opened.catalog not in entered.values() else None)
            first = get_ident() not in entered
            entered[get_ident()] = opened.catalog
            if first:
                together.wait()  # four are open now
            yield opened
            entered[get_ident()] = None

    assistant.snapshot.view = watched
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(ask, questions))
print(json.dumps({
    "same": at_once == one_after_the_other, "answers": [asked[0]["answer"] for asked in at_once],
    "shared": seen.count(None), "views": len(set(seen)), "before": before, "after": state_of_host(),
}))
"""


def test_a_host_that_asks_from_threads_is_as_it_was(seed_index: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _HOST, str(seed_index)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()  # nothing was printed
    said = json.loads(line)
    assert said["answers"][0] == "up to 4,000"
    assert said["answers"][3] is None
    assert said["same"]
    assert (said["shared"], said["views"]) == (0, 4)
    assert said["after"] == said["before"]


def test_a_host_that_indexes_is_as_it_was(
    seed_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    monkeypatch.setenv("QA_THREADS", str(torch.get_num_threads() + 1))
    shutil.copy(SEED, tmp_path)
    before = state_of_host()
    (event,) = qa.index([tmp_path / SEED.name], tmp_path / ".qa")
    assert event.status == "added"
    assert state_of_host() == before
    assert capfd.readouterr() == ("", "")
    (event,) = qa.index(str(tmp_path / SEED.name), tmp_path / ".qa")
    assert event.status == "unchanged"


def test_the_index_is_found_as_the_command_finds_it(
    seed_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QA_INDEX", raising=False)
    (seed_index.parent / "below").mkdir(exist_ok=True)
    monkeypatch.chdir(seed_index.parent / "below")
    with qa.open() as assistant:
        assert assistant.snapshot.folder.resolve() == seed_index.resolve()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(qa.NoIndexError, match="qa index PATH"):
        qa.open()
    monkeypatch.setenv("QA_INDEX", str(seed_index))
    with qa.open() as assistant:
        assert assistant.snapshot.folder == seed_index
    with pytest.raises(qa.NoIndexError, match="nowhere"):
        qa.open("nowhere")


def test_every_public_name_is_there() -> None:
    import index.errors

    for name in qa.__all__:
        assert getattr(qa, name) is not None
        assert name in dir(qa)
    kinds = {name for name in vars(index.errors) if name.endswith("Error")}
    assert kinds <= set(qa.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = qa.Nothing  # type: ignore[attr-defined]


def test_importing_it_is_light() -> None:
    code = "import sys, qa; print(sorted({'index', 'numpy', 'typer', 'pathlib', 'sqlite3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})  # fmt: skip
    assert done.stdout == "[]\n"
