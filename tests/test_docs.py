"""The documentation is in step: with the commands, with the modules, with the Makefile, and with itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from qa.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
CARD = ROOT / "qa" / "models" / "weights" / "MODEL_CARD.md"
CODE = sorted(file for folder in ("qa", "index", "tests") for file in (ROOT / folder).rglob("*.py"))

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (DOCS / "contributing.md").read_text(encoding="utf-8")


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


# ---- commands ------------------------------------------------------------------------------------------------------


def commands(group: Any, before: str = "") -> dict[str, Any]:
    """Every command by what is typed after `qa`, those within a group too."""
    found = {}
    for name, command in group.commands.items():
        found[f"{before}{name}"] = command
        found |= commands(command, f"{before}{name} ") if hasattr(command, "commands") else {}
    return found


COMMANDS = commands(get_command(app))


def options_of(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("-")}


def documented() -> dict[str, set[str]]:
    """The commands of docs/commands.md, with the options in the first column of their tables."""
    sections = re.split(r"^## ", read(DOCS / "commands.md"), flags=re.MULTILINE)[1:]
    found = {}
    for section in sections:
        if heading := re.match(r"`qa ([a-z ]+)`\n", section):
            found[heading[1]] = set(re.findall(r"^\| `(--?[a-z][a-z-]*)", section, re.MULTILINE))
    return found


def test_the_page_has_every_command_and_no_other() -> None:
    assert documented().keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_has_every_option_of_a_command_and_no_other(name: str) -> None:
    assert COMMANDS[name].help
    assert documented()[name] == options_of(COMMANDS[name]) - {"--help", "-h"}


def typed() -> Iterator[tuple[str, str]]:
    """Each command line `qa ...` in an example, with the page that has it."""
    for page in PAGES:
        for line in re.findall(
            r"^ {4}(?:\$ )?(?:.*\| )?(?:\.venv/bin/)?qa ([a-z].*?)(?:  .*)?$", read(page), re.MULTILINE
        ):
            yield name_of(page), line


@pytest.mark.parametrize(("page", "line"), sorted(set(typed())))
def test_what_an_example_types_exists(page: str, line: str) -> None:
    name, *rest = line.split()
    if rest and f"{name} {rest[0]}" in COMMANDS:
        name = f"{name} {rest.pop(0)}"
    used = {word.split("=")[0] for word in rest if re.fullmatch(r"--[a-z][a-z-]*(?:=.*)?", word)}
    assert used <= options_of(COMMANDS[name]), page


def test_the_readme_shows_examples() -> None:
    assert sum(page == "README.md" for page, _ in typed()) >= 5


def test_make_targets_are_in_step() -> None:
    targets = set(re.findall(r"^(\w+):", read(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"^\| `make (\w+)`", CONTRIBUTING, re.MULTILINE)) == targets
    assert {"demo", "test"} <= set(re.findall(r"(?:`|^ {4})make (\w+)", README, re.MULTILINE)) <= targets


# ---- modules -------------------------------------------------------------------------------------------------------


def test_architecture_names_every_module_and_no_other() -> None:
    named, folder = set(), ""
    for line in read(DOCS / "architecture.md").splitlines():
        if heading := re.match(r"#+ `((?:qa|index)/[\w/]*)`", line):
            folder = heading[1]
        elif row := re.match(r"\| `(\w+\.py)` \|", line):
            named.add(f"{folder}{row[1]}")
    modules = {name_of(file) for file in CODE if file.name != "__init__.py" and not name_of(file).startswith("tests/")}
    assert named == modules


# ---- what refers to what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [*PAGES, CARD, *CODE], ids=name_of)
def test_files_that_are_named_exist(file: Path) -> None:
    """Paths of documents, in pages and in code; in pages, paths of any file of the project."""
    folders = "docs" if file.suffix == ".py" else "docs|qa|index|tests|prompts|seeds"
    text = read(file)
    paths = set(
        re.findall(rf"(?<![\w/.-])((?:{folders})/[\w/.-]*\w\.(?:py|md|txt|json|jsonl|html|toml|npy|onnx))\b", text)
    )
    missing = {path for path in paths if not (ROOT / path).exists()}
    if file.suffix == ".md":
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        missing |= {link for link in links if not (file.parent / link).exists()}
    assert not missing


@pytest.mark.parametrize("file", [*PAGES, CARD, *CODE], ids=name_of)
def test_decisions_are_named_by_their_file(file: Path) -> None:
    assert not re.search(r"\bdecisions? \d", read(file))


def test_every_decision_is_dated_and_listed() -> None:
    listed = re.findall(
        r"^- \[(.+)\]\((\d{4}-[a-z0-9-]+\.md)\), (\d{4}-\d\d-\d\d)$",
        read(DOCS / "decisions" / "README.md"),
        re.MULTILINE,
    )
    records = []
    for number, file in enumerate(sorted((DOCS / "decisions").glob("0*.md")), 1):
        begin = re.match(rf"# {number}\. (.+)\n\nDate: (\d{{4}}-\d\d-\d\d)", read(file))
        assert begin, file.name
        assert re.findall(r"^## (.+)$", read(file), re.MULTILINE) == ["Decision", "Why", "What it rules out"]
        records.append((begin[1], file.name, begin[2]))
    assert listed == records


def test_every_page_of_the_lab_is_reached_from_its_front() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", read(DOCS / "lab" / "README.md")))
    assert linked == {file.name for file in (DOCS / "lab").glob("*.md")} - {"README.md"}


# ---- form ----------------------------------------------------------------------------------------------------------


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a page, numbered, without tables and examples; links count as what is read of them."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith(("|", "    ")):
            yield number, re.sub(r"\]\([^)]*\)", "]", line)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_prose_lines_have_at_most_120_characters(page: Path) -> None:
    assert [number for number, line in prose(read(page)) if len(line) > 120] == []
