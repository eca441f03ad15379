"""One article as text, page, document and PDF is one, in whatever order it comes; a revision is another."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import doctor, same
from index.preview import preview
from index.readers import Reading
from index.readers.wording import find_quote, wording
from index.types import Article
from tests.fakes import HashEmbedder
from tests.index.conftest import News
from tests.index.forms import FORMS, Story
from tests.index.readers.made import PARAGRAPHS, TITLE

FERRY = Story(TITLE, PARAGRAPHS)
REVISED = replace(FERRY, paragraphs=(*PARAGRAPHS[:2], PARAGRAPHS[2].replace("$2.3", "$2.4")))
ELSEWHERE = replace(FERRY, title="Boats sail again", outlet="The Whitby Times")


def put(news: News, name: str, story: Story = FERRY) -> Path:
    """A file of the story, in the format that its name says."""
    file = news.folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(FORMS[file.suffix[1:]](story))
    return file


def put_all(news: News, *names: str) -> News:
    for name in names or [f"story.{kind}" for kind in FORMS]:
        put(news, name)
    return news


def seen(news: News) -> dict[str, tuple[frozenset[str], int]]:
    """Of each article, by the file that it goes with: its other files, and how many passages can be found of it."""
    with closing(news.catalog()) as catalog:
        found = {}
        for article, _ in catalog.articles():
            places = [place.path for place in catalog.places(article.id)]
            assert places[0] == article.path
            assert {catalog.canonical(place.id) for place in catalog.places(article.id)} == {article.id}
            passages = len(catalog.passage_ids([article.id]))
            assert passages > 0
            found[article.path] = (frozenset(places), passages)
        assert sum(passages for _, passages in found.values()) == catalog.count_passages()
        assert catalog.count_articles() == len(found)
    return found


def faults(news: News) -> list[str]:
    return [finding.message for check in doctor.examine(news.index) for finding in check.findings if finding.is_fault]


# ---- what is one -----------------------------------------------------------------------------------------------------


def test_four_formats_are_one_article_with_four_places(news: News) -> None:
    events = put_all(news).update()
    assert [event.status for event in events] == ["added"] * 4
    assert {event.id for event in events} == {"story"}
    files = frozenset(f"story.{kind}" for kind in FORMS)
    assert list(seen(news)) == ["story.html"]
    assert seen(news)["story.html"][0] == files
    assert news.state()["tantivy"] == news.state()["catalog"]
    assert {(event.status, event.id) for event in news.update()} == {("unchanged", "story")}
    assert news.search("Who runs the terminal at Alder Point?") == ["story"]
    assert faults(news) == []


@pytest.mark.parametrize("story", [REVISED, ELSEWHERE, replace(FERRY, published="2019-03-01")])
def test_other_figures_another_outlet_or_another_day_are_another_article(news: News, story: Story) -> None:
    put(news, "a.html")
    put(news, "b.html", story)
    news.update()
    assert set(seen(news)) == {"a.html", "b.html"}


def test_a_text_goes_with_the_first_page_that_has_its_words(news: News) -> None:
    put_all(news, "b.html", "c.txt").update()
    put(news, "a.html", ELSEWHERE)
    news.update()
    assert {path: sorted(files) for path, (files, _) in seen(news).items()} == {
        "a.html": ["a.html", "c.txt"], "b.html": ["b.html"],
    }  # fmt: skip


def said(text: str, title: str = "") -> str:
    return wording(Article("a", text, "a.txt", title=title))


WORDS = " ".join(PARAGRAPHS)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (WORDS, WORDS.upper().replace(" ", "\n"), True),
        (WORDS, WORDS.replace("passengers", "passen-\ngers").replace("first", "ﬁrst"), True),
        (WORDS, f"{TITLE}\nBy Ann Lee\nOct. 18, 2018\n{WORDS}", True),
        (WORDS, f"The Alder Courier\n{TITLE[:12]}\n{TITLE[12:]}\n{WORDS}", True),
        (WORDS, f"{WORDS}\nAdvertisement", True),
        (WORDS, WORDS.replace("1,400", "1.400"), False),
        (WORDS, WORDS.replace("$2.3", "€2.3"), False),
        (WORDS, WORDS.replace("312 of", "-312 of"), False),
        (WORDS.replace("312 of", "31 2 of"), WORDS, False),
        (WORDS, WORDS.replace("has", "has not").replace("had", "had not"), False),
        (WORDS, WORDS + " It was late.", False),
    ],
)
def test_what_counts(one: str, other: str, alike: bool) -> None:
    from index.readers.noise import find_noise

    first, second = (wording(Article("a", text, "a.txt", title=TITLE, noise=find_noise(text))) for text in (one, other))
    assert first
    assert (first == second) is alike


def test_short_notices_are_not_told_by_their_words() -> None:
    assert said("Shares of Kelston rose 2 percent on Monday.") == ""


def test_a_quote_is_found_in_another_form() -> None:
    article = Article("a", "Head\nThe sus-\npension bridge “fell”.", "a.pdf", noise=((0, 4),))
    assert find_quote(article, 'suspension bridge "fell"') == article.text.index("sus-")
    assert find_quote(article, "it stands") is find_quote(article, "—") is None


# ---- whatever the order ----------------------------------------------------------------------------------------------

_FILES = ["a/story.html", "b/story.txt", "c/story.pdf", "d/story.docx", "e/times.html", "f/other.txt"]
_STORIES = (FERRY, REVISED, ELSEWHERE)


def form(name: str, **fields: Any) -> Article:
    return Article(name, "", name, **fields)


@given(st.permutations([
    form("a.txt"), form("b.html", outlet="Post", published="2018-10-18"), form("c.html", outlet="Post"),
    form("d.html", outlet="Times"), form("e.pdf", pages=(0, 9), outlet="Post"), form("f.jsonl", url="https://x.example/1"),
    form("g.jsonl", url="https://x.example/2"), form("h.html", outlet="Post", published="2019-01-02"),
]))  # fmt: skip
def test_who_leads_does_not_depend_on_the_order(forms: list[Article]) -> None:
    found = same.leaders(dict(enumerate(forms)))
    assert {forms[one].id: forms[leader].id for one, leader in found.items()} == {
        "a.txt": "b.html", "b.html": "b.html", "c.html": "b.html", "d.html": "d.html", "e.pdf": "b.html",
        "f.jsonl": "b.html", "g.jsonl": "h.html", "h.html": "h.html",
    }  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(_FILES), st.sampled_from([*range(len(_STORIES)), None]), st.booleans()),
        min_size=2, max_size=8,
    )
)  # fmt: skip
def test_step_by_step_is_as_all_at_once(steps: list[tuple[str, int | None, bool]]) -> None:
    """Files are written, rewritten and deleted, with an update now and then: the index is that of what is there."""
    with tempfile.TemporaryDirectory() as folder:
        grown, fresh = (News(Path(folder) / name, HashEmbedder()) for name in ("grown", "fresh"))
        grown.folder.mkdir()
        for name, story, is_updated in steps:
            if story is None:
                (grown.folder / name).unlink(missing_ok=True)
            else:
                put(grown, name, _STORIES[story])
            if is_updated:
                grown.update(prune=True)
        grown.update(prune=True)
        shutil.copytree(grown.folder, fresh.folder, ignore=shutil.ignore_patterns(".qa"))
        fresh.update()
        # of files that say the very same any may be the one that the article goes with
        assert set(seen(grown).values()) == set(seen(fresh).values())
        assert sorted(grown.stored().values()) == sorted(fresh.stored().values())
        assert faults(grown) == []


# ---- what goes and comes ---------------------------------------------------------------------------------------------


def test_without_the_file_that_it_went_with_an_article_goes_with_another(news: News) -> None:
    put_all(news).update()
    (news.folder / "story.html").unlink()
    removed = next(event for event in news.update(prune=True) if event.status == "removed")
    assert removed.reason == "its file is gone; the article stays, it is in story.docx too"
    assert list(seen(news)) == ["story.docx"]
    assert list(news.stored()) == ["story"]
    assert news.search("Who runs the terminal at Alder Point?") == ["story"]
    for name in ("story.docx", "story.txt", "story.pdf"):
        (news.folder / name).unlink()
    news.update(prune=True)
    assert seen(news) == {}


def test_a_form_that_changes_is_an_article_of_its_own_until_the_others_follow(news: News) -> None:
    put_all(news).update()
    put(news, "story.html", REVISED)
    news.update()
    assert set(seen(news)) == {"story.docx", "story.html"}
    for kind in FORMS:
        put(news, f"story.{kind}", REVISED)
    news.update()
    assert list(seen(news)) == ["story.html"]
    assert faults(news) == []


def test_what_is_taken_out_goes_in_all_its_forms_and_stays_out(news: News) -> None:
    put_all(news, "story.html", "story.txt").update()
    news.remove("story")
    assert seen(news) == {}
    put(news, "story.pdf")
    assert {event.status for event in news.update()} == {"skipped"}
    assert {event.status for event in news.update(news.folder / "story.pdf", restore=True)} == {"added"}
    assert list(seen(news)) == ["story.pdf"]
    news.update(restore=True)
    assert list(seen(news)) == ["story.html"]
    assert len(seen(news)["story.html"][0]) == 3


def test_forms_are_embedded_once_and_compared_once(news: News) -> None:
    news.embedder.encoded.clear()
    put_all(news, "a.html", "b.pdf", "c.txt").update()
    with closing(news.catalog()) as catalog:
        assert len(news.embedder.encoded) == catalog.count_passages()
        assert catalog.near(["a"]) == {}
        assert catalog._one("SELECT count(*) FROM signature")[0] == 1


def test_rules_that_change_reach_every_form_once(news: News) -> None:
    put_all(news).update()
    assert {event.status for event in news.update(clean=True)} == {"unchanged"}


def test_a_preview_tells_the_same(news: News) -> None:
    put_all(news)
    told = [event for event, _ in preview(news.index, [news.folder], Reading())]
    assert [event.id for event in told] == ["story"] * 4
    assert sum(event.reason is not None for event in told) == 3


def test_an_index_of_before_is_settled_by_the_next_writer(news: News) -> None:
    put_all(news)
    with pytest.MonkeyPatch.context() as before:
        before.setattr("index.stores.catalog_writer.wording", lambda article: "")
        before.setattr("index.batch.wording", lambda article: "")
        news.update()
    assert len(seen(news)) == 4
    with closing(sqlite3.connect(news.index / "catalog.sqlite")) as db:
        db.execute("UPDATE article SET wording = NULL")
        db.commit()
    news.update()
    assert list(seen(news)) == ["story.html"]
    assert faults(news) == []
