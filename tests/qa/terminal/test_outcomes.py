"""What the command says of files: the report, fields that are given, what would be done, where an original stands."""

import csv
from pathlib import Path

import pytest

from index.errors import UsageError
from qa.terminal.outcomes import COLUMNS, fields_said
from tests.index.readers.made import PAGE, TITLE, archive, pdf
from tests.qa.terminal.test_cli import qa


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.html").write_text(PAGE)
    (folder / "b.pdf").write_bytes(
        pdf(("The mill closed on Friday, its owner said. " * 4, "It opens again in May. " * 5))
    )
    (folder / "c.csv").write_text("Kopf,Rumpf\nStorm,The storm hit the coast on Monday.\n")
    (folder / "d.odt").write_bytes(b"x")
    (folder / "e.txt").write_text("")
    return tmp_path


def rows(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return {row["path"]: row for row in csv.DictReader(opened)}


def test_a_dry_run_and_then_the_run_report_the_same(news: Path) -> None:
    options = ("--map", "text=Rumpf,title=Kopf", "--set", "outlet=The Post", "--report", "report.csv")
    status, out, errors = qa("index", "news", "--dry-run", *options, cwd=news)
    assert (status, out) == (0, "")
    assert f"qa: added: news/a.html: {TITLE} (2018-10-18 · The Post)" in errors
    assert "qa: 1 other file left alone: 1 .odt (save it as .docx)\n" in errors
    assert errors.endswith("qa: would be: 3 added, 1 failed, 1 skipped; nothing was written\n")
    assert not (news / ".qa").exists()
    would = rows(news / "report.csv")
    assert list(next(iter(would.values()))) == list(COLUMNS)

    status, _, errors = qa("index", "news", *options, cwd=news)
    assert status == 1
    assert "1 other file left alone: 1 .odt (save it as .docx)" in errors
    did = rows(news / "report.csv")
    assert did == would
    assert did["news/d.odt"]["reason"] == "left alone: .odt (save it as .docx)"
    assert did["news/a.html"]["origins"].startswith("title: heading; outlet: given")
    assert (did["news/e.txt"]["outcome"], did["news/e.txt"]["reason"]) == ("failed", "empty")
    assert int(did["news/c.csv"]["words"]) == 7

    status, out, _ = qa("ask", "When does the mill open again?", cwd=news)
    assert status == 0
    assert "May" in out
    assert "news/b.pdf, page 2" in out


@pytest.mark.parametrize(
    ("said", "option", "several", "found"),
    [
        (["outlet=The Post, London"], "--set", False, (("outlet", "The Post, London"),)),
        (["published=Oct. 18, 2018"], "--set", False, (("published", "2018-10-18"),)),
        (["text=a,id=b", "title=c"], "--map", True, (("id", "b"), ("text", "a"), ("title", "c"))),
    ],
)
def test_fields_that_are_given(said: list[str], option: str, several: bool, found: tuple[tuple[str, str], ...]) -> None:
    assert fields_said(said, option, several=several) == found


@pytest.mark.parametrize("said", ["outlet", "outlet=", "color=red", "text=a", "published=yesterday"])
def test_fields_that_cannot_be_given(said: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        fields_said([said], "--set")


def test_what_is_opened(news: Path) -> None:
    (news / "news" / "pack.zip").write_bytes(archive(**{"p.html": PAGE.encode(), "mill.txt": b"The mill has burnt."}))
    qa("index", "news/b.pdf", "news/pack.zip", cwd=news)
    program = {"BROWSER": f"sh -c 'echo \"$0\" > {news}/opened' %s"}
    status, _, errors = qa("show", "b:180-190", "--open", cwd=news, env=program)
    assert status == 0, errors
    assert (news / "opened").read_text().strip() == f"{(news / 'news' / 'b.pdf').as_uri()}#page=2"
    # of a file with more in it the address, or which part of it
    assert qa("show", "p", "--open", cwd=news, env=program)[2] == "qa: opened https://alder.example/ferry\n"
    file = (news / "news" / "pack.zip").as_uri()
    assert qa("show", "mill", "--open", cwd=news, env=program)[2] == f"qa: opened {file}; it is mill.txt of it\n"
