"""Every format that is read: the article, its facts with where they came from, its place, and its words."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from index import readers
from index.readers import FORMATS, KNOWN, Problem, Reading, read, reread
from index.readers.noise import between_noise
from index.types import Article, Place
from tests.index import forms
from tests.index.readers import made
from tests.index.readers.made import FACTS, FILES, PARAGRAPHS, TITLE


def found_in(path: Path, how: Reading | None = None) -> list[Article]:
    return [item for item in read(path, path.name, how=how) if isinstance(item, Article)]


def problems_in(path: Path) -> list[str]:
    return [item.reason for item in read(path, path.name) if isinstance(item, Problem)]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    for name, make in FILES.items():
        (tmp_path / name).write_bytes(make())
    return tmp_path


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.mark.parametrize("name", FILES)
def test_each_format_gives_the_article(written: Path, name: str) -> None:
    article = found_in(written / name)[0]
    assert article.title == TITLE
    kept = " ".join(
        words(" ".join(article.text[start:end] for start, end in between_noise(article.text, article.noise)))
    )
    for paragraph in PARAGRAPHS:
        assert " ".join(words(paragraph)) in kept
    assert "quote me" not in article.text
    assert (article.published or "")[:10] == "2018-10-18" or name == "a.rtf"
    assert article.author == "Ann Lee"
    assert dict(article.origins).keys() >= {"title", "author"}


def test_every_format_is_tried() -> None:
    same = {".ndjson", ".htm", ".xhtml", ".mht", ".markdown", ".xml"}
    assert {Path(name).suffix for name in FILES} | same == set(KNOWN)


@pytest.mark.parametrize("name", FILES)
def test_what_was_read_is_found_again_at_its_place(written: Path, name: str) -> None:
    for article in found_in(written / name):
        again = reread(written / name, article)
        assert again is not None
        assert again.digest() == article.digest()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a.jsonl", Place(record=1)),
        ("a.json", Place(record=1)),
        ("a.csv", Place(record=2)),
        ("a.xlsx", Place(record=2)),
        ("a.mbox", Place(message=1)),
        ("a.rss", Place(record=1)),
        ("a.zip", Place(member="news/b.html")),
    ],
)
def test_places(written: Path, name: str, place: Place) -> None:
    assert found_in(written / name)[0].place == place


def test_a_page_says_what_it_is_itself(written: Path) -> None:
    (article,) = found_in(written / "a.html")
    assert {name: getattr(article, name) for name in FACTS} == FACTS
    assert dict(article.origins)["published"] == "JSON-LD"
    assert [article.text[start:end] for start, end in article.noise] == ["Read more: Storm closes harbor"]
    assert "All rights" not in article.text


def test_an_address_that_is_none_loses_nothing_of_a_page(written: Path) -> None:
    page = written / "a.html"
    page.write_text(made.PAGE.replace('href="https://alder.example/ferry"', 'href="https://[alder.example/ferry"'))
    (article,) = found_in(page)
    assert (article.title, article.url, article.outlet) == (TITLE, None, FACTS["outlet"])


def test_the_heading_of_a_pdf_is_what_stands_in_the_largest_letters(tmp_path: Path) -> None:
    long = "Ferry service to Alder Point resumes after nine days of storm that closed all of the harbor"
    (tmp_path / "a.pdf").write_bytes(forms.printed(forms.Story(long, PARAGRAPHS)))
    (article,) = found_in(tmp_path / "a.pdf")
    assert (article.title, dict(article.origins)["title"]) == (long, "heading")
    (tmp_path / "a.pdf").write_bytes(made.pdf())  # letters of one size
    assert dict(found_in(tmp_path / "a.pdf")[0].origins)["title"] == "PDF info"


def test_a_page_under_another_name_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(made.PAGE)
    note, article = read(tmp_path / "a.txt", "a.txt")
    assert isinstance(note, Problem)
    assert note.harmless
    assert isinstance(article, Article)
    assert article.outlet == "The Alder Courier"
    assert "<" not in article.text


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    texts = tuple(f"Part {n} of the story. " + paragraph for n, paragraph in enumerate(PARAGRAPHS * 2, 1))
    (tmp_path / "a.pdf").write_bytes(made.pdf(texts, head="THE ALDER COURIER {}"))
    (article,) = found_in(tmp_path / "a.pdf")
    assert len(article.pages) == 6
    for number in range(1, 7):
        at = article.text.index(f"Part {number} of")
        assert article.place_of((at, at + 5)).page == number
    heads = [article.text[start:end] for start, end in article.noise]
    assert heads == [f"THE ALDER COURIER {n}" for n in range(1, 7)]


def test_a_pdf_of_pictures_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(made.pdf(("",)))
    (reason,) = problems_in(tmp_path / "a.pdf")
    assert "ocrmypdf" in reason


@pytest.mark.parametrize("title", ["Microsoft Word - a.docx", "untitled", "x.indd", ""])
def test_a_title_that_a_program_wrote_is_none(tmp_path: Path, title: str) -> None:
    (tmp_path / "a.pdf").write_bytes(made.pdf((f"{TITLE}\n{made.TEXT}",), title=title))
    assert found_in(tmp_path / "a.pdf")[0].title == TITLE


def test_columns_by_the_names_that_the_user_gives(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Kopf,Rumpf,Tag\nStorm,The storm hit.,2018-10-18\n")
    assert problems_in(tmp_path / "a.csv") == [
        'no column with a text (it has "Kopf", "Rumpf", "Tag"); --map text=NAME says which'
    ]
    how = Reading(columns=(("published", "Tag"), ("text", "Rumpf"), ("title", "Kopf")))
    (article,) = found_in(tmp_path / "a.csv", how)
    assert (article.text, article.title, article.published) == ("The storm hit.", "Storm", "2018-10-18")


@pytest.mark.parametrize("name", ["a.html", "a.jsonl", "a.zip", "a.pdf"])
def test_what_the_user_says_wins_and_says_so(written: Path, name: str) -> None:
    how = Reading(given=(("outlet", "The Post"),))
    article = found_in(written / name, how)[0]
    assert article.outlet == "The Post"
    assert dict(article.origins)["outlet"] == "given"
    again = reread(written / name, article, how)
    assert again is not None
    assert again.digest() == article.digest()


def test_settings_are_kept_as_text() -> None:
    how = Reading(7, (("text", "b"),), (("outlet", "x"),))
    assert Reading(7).with_settings(how.settings()) == how
    assert Reading(7, given=(("outlet", "y"),)).with_settings(how.settings()) == Reading(
        7, how.columns, (("outlet", "y"),)
    )
    assert Reading().settings() is None


def test_attachments_and_what_else_an_archive_has_are_said(written: Path) -> None:
    assert problems_in(written / "a.eml") == ["1 attachment left alone; save it to index it"]
    assert problems_in(written / "a.zip") == ["left alone in it: 1 .jpg"]


def test_json_in_many_forms(tmp_path: Path) -> None:
    record = {"headline": TITLE, "body": "<p>Oil <b>rose</b>.</p><p>Gas fell.</p>"}
    forms = [
        [record],
        record,
        {"a": {"docs": [record]}},
        {"hits": {"hits": [{"_source": record}]}},
        {"k1": record, "k2": record},
    ]
    for form in forms:
        (tmp_path / "a.json").write_text(json.dumps(form))
        article = found_in(tmp_path / "a.json")[0]
        assert (article.text, article.title) == ("Oil rose.\n\nGas fell.", TITLE)
    (tmp_path / "a.json").write_text("\n".join([json.dumps(record)] * 2))
    assert len(found_in(tmp_path / "a.json")) == 2


def test_a_package_that_is_missing_is_named_with_the_command(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name in FILES:
        needs = FORMATS.get(Path(name).suffix, FORMATS[".txt"]).needs
        if needs:
            (reason,) = problems_in(written / name)
            assert readers.EXTRA in reason
            assert needs[0] in reason


def test_a_text_in_crlf_is_as_one_in_lf(tmp_path: Path) -> None:
    from index.split import find_sentences

    text = "Oil rose on Monday.\nGas fell.\n\nA\tB\nC\tD\n\nWheat was long-\nterm."
    sentences = []
    for ends in ("\n", "\r\n"):
        said = text.replace("\n", ends)
        found = [said[start:end].replace("\r\n", "\n") for start, end in find_sentences(said, (0, len(said)))]
        sentences.append(found)
    assert sentences[0] == sentences[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Storm hits\nBy Ann Lee and Bo Ek\n\nRain fell.", ("Ann Lee and Bo Ek", None, None)),
        ("Storm hits\nBy ANN LEE | Oct. 18, 2018\n\nRain fell.", ("ANN LEE", "2018-10-18", None)),
        ("WASHINGTON (AP) - Oct. 18, 2018 - Rain fell.", (None, "2018-10-18", "AP")),
        ("LONDON, Oct 18, 2018 (Reuters) - Rain fell.", (None, "2018-10-18", "Reuters")),
        ("Storm\nPublished: 18 October 2018\nRain fell.", (None, "2018-10-18", None)),
        ("By the time Ann Lee arrived, it rained.", (None, None, None)),
        ("The U.S. - Mexico border was closed on Oct. 18, 2018.", (None, None, None)),
    ],
)
def test_what_the_first_lines_say(tmp_path: Path, text: str, expected: tuple[str | None, ...]) -> None:
    (tmp_path / "a.txt").write_text(text)
    (article,) = found_in(tmp_path / "a.txt")
    assert (article.author, article.published, article.outlet) == expected
