"""What the README says can be typed can be typed, and what can be typed is in the README."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from qa.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(name: str) -> None:
    assert COMMANDS[name].help
    assert f"qa {name}" in README


def test_every_command_and_option_in_the_readme_exists() -> None:
    typed = re.findall(r"^    (?:\$ )?(?:.*\| )?(?:\.venv/bin/)?qa (\S.*?)(?:  .*)?$", README, re.MULTILINE)
    assert len(typed) > 10
    for line in typed:
        name, *rest = line.split()
        options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        assert {word.split("=")[0] for word in rest if re.fullmatch(r"--[a-z][a-z-]*(?:=.*)?", word)} <= options, line


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"`?make (\w+)", README)) <= targets
