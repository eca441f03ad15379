"""What the README says can be typed can be typed, and what can be typed is in the README."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from qa.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def commands(group: Any, before: str = "") -> dict[str, Any]:
    """Every command by what is typed after `qa`, those within a group too."""
    found = {}
    for name, command in group.commands.items():
        found[f"{before}{name}"] = command
        found |= commands(command, f"{before}{name} ") if hasattr(command, "commands") else {}
    return found


COMMANDS = commands(get_command(app))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(name: str) -> None:
    assert COMMANDS[name].help
    assert f"qa {name}" in README


def test_every_command_and_option_in_the_readme_exists() -> None:
    typed = re.findall(r"^    (?:\$ )?(?:.*\| )?(?:\.venv/bin/)?qa (\S.*?)(?:  .*)?$", README, re.MULTILINE)
    assert len(typed) > 10
    for line in typed:
        name, *rest = line.split()
        if rest and f"{name} {rest[0]}" in COMMANDS:
            name = f"{name} {rest.pop(0)}"
        options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        assert {word.split("=")[0] for word in rest if re.fullmatch(r"--[a-z][a-z-]*(?:=.*)?", word)} <= options, line


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"`?make (\w+)", README)) <= targets
