"""Lists of articles and small talk, over a few articles that are made up."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest

from index.filters import Filters
from index.snapshot import Snapshot
from index.update import writing
from qa.collection import CITED, articles, talk
from qa.examples import examples_of
from qa.scope import Ask
from qa.types import Answer
from tests.fakes import HashEmbedder

ARTICLES = [
    (
        "spice",
        "Herald",
        "2015-05-06",
        "Ann Roe",
        "Spice sends hundreds to hospital",
        "The drug spice is sold. Spice kills.",
    ),
    (
        "cook",
        "Herald",
        "2015-06-07",
        "Bo Ek",
        "A cook's garden",
        "She grows herbs. Every spice has its bed. It rained.",
    ),
    (
        "kabul",
        "The Post",
        "2014-01-02",
        "Ann Roe",
        "Kabul votes",
        "Kabul voted on Monday. The winner in Kabul is Ashraf Ghani. Mr. Ghani was calm.",
    ),
    ("passing", "The Post", None, None, "A life", "He was born in Lund. He left. " + "He ran. " * 90 + "He saw Kabul."),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    folder = tmp_path_factory.mktemp("collection")
    names = ("id", "outlet", "published", "author", "title", "text")
    lines = [json.dumps(dict(zip(names, one, strict=True))) for one in ARTICLES]
    (folder / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with writing(folder / ".qa", HashEmbedder()) as writer:
        list(writer.update([folder / "articles.jsonl"]))
    opened = Snapshot(folder / ".qa")
    yield opened
    opened.close()


def asked(snapshot: Snapshot, line: str, want: str, filters: Filters | None = None) -> Answer:
    return articles(line, want, snapshot, Ask(filters or Filters(), True, dt.date(2016, 1, 1)))


def ids(answer: Answer) -> list[str]:
    return [listed.id for listed in answer.articles]


def test_what_mentions_a_word_is_counted_exactly(snapshot: Snapshot) -> None:
    found = asked(snapshot, "how many articles mention spice?", "mentions")
    assert (ids(found), found.count) == (["cook", "spice"], 2)  # the newest first
    assert found.answer == "2 articles mention “spice”."
    assert [citation.quote for citation in found.citations] == ["Every spice has its bed.", "The drug spice is sold."]
    assert asked(snapshot, "which articles mention spi?", "mentions").count == 0
    assert asked(snapshot, "which articles mention the spice?", "mentions").count == found.count


def test_what_is_about_something_is_not_all_that_mentions_it(snapshot: Snapshot) -> None:
    assert ids(asked(snapshot, "any articles on Kabul?", "about")) == ["kabul"]
    found = asked(snapshot, "what do you have about the drug spice", "about")
    assert (ids(found), found.answer) == (["spice"], "1 article is about “the drug spice”.")


def test_none_is_said_and_nothing_else_is_offered(snapshot: Snapshot) -> None:
    none = asked(snapshot, "any articles on volcanoes?", "about")
    assert (none.found, none.count, none.articles, none.citations) == (False, 0, (), ())
    assert none.refusal is not None
    assert none.refusal.absent == ("volcanoes",)


def test_outlets_days_and_authors_of_a_line_choose(snapshot: Snapshot) -> None:
    assert ids(asked(snapshot, "what do you have from the Herald?", "newest")) == ["cook", "spice"]
    assert ids(asked(snapshot, "articles by Ann Roe", "newest")) == ["spice", "kabul"]
    assert ids(asked(snapshot, "which articles are from May 2015?", "newest")) == ["spice"]
    assert ids(asked(snapshot, "what are the newest articles?", "newest"))[0] == "cook"
    own = Filters(outlets=["The Post"])
    assert set(ids(asked(snapshot, "which articles do you have?", "all", own))) == {"kabul", "passing"}


def test_everything_is_listed_and_a_screenful_cited(snapshot: Snapshot) -> None:
    found = asked(snapshot, "which articles do you have?", "all")
    assert (found.count, len(found.articles)) == (4, 4)
    assert len(found.citations) <= CITED


def test_talk_gives_questions_about_the_collections_own_articles(snapshot: Snapshot) -> None:
    for want in ("hello", "thanks", "help", "bye", "other"):
        reply = talk("hi", want, snapshot)
        assert (reply.act, reply.found) == ("talk", True)
        assert "Ashraf Ghani" in (reply.answer or "")
    assert len(examples_of(["In Lima, Bo Ek said so. Mr. Ek left."] * 9)) == 1  # each name once
