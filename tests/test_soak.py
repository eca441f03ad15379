"""The soak scripts, so short that they run with every test."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts fork")
@pytest.mark.parametrize(
    "command", ["kill_nine --rounds 2", "writers_and_readers --seconds 2", "memory --megabytes 0.2"]
)
def test_a_soak_script_finds_nothing(command: str) -> None:
    name, *options = command.split()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.soak.{name}", *options], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
