"""Which articles pass: a law against a plain definition, and names and dates as people write them."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import Days, published_between
from index.errors import UnknownArticleError, UnknownAuthorError, UnknownOutletError, UsageError
from index.filters import Criteria, Filters, Selection, authors_named, outlets_named
from index.snapshot import Snapshot, View
from tests.fakes import HashEmbedder
from tests.index.conftest import News

ARTICLES = [
    ("a", "The Hill", "2018-10-18", "By Jane Doe"),
    ("b", "El País", "2018-10-18T23:30:00-05:00", "Juan Roe and Ann Poe"),
    ("c", "FOX News - Health", "2018-10", None),
    ("d", "FOX News - Sports", "2018", "Jane Doe, Ann Poe"),
    ("e", "CBSSports.com", None, None),
    ("f", None, "2019-01-01", None),
]


def index_of(news: News, articles: Sequence[tuple[str, str | None, str | None, str | None]]) -> Snapshot:
    lines = (
        {"id": id_, "text": f"{id_} says so.", "outlet": outlet, "published": published, "author": author}
        for id_, outlet, published, author in articles
    )
    (news.folder / "news.jsonl").write_text("\n".join(map(json.dumps, lines)))
    news.update()
    return news.open()


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    news = News(tmp_path_factory.mktemp("news"), HashEmbedder())
    with closing(index_of(news, ARTICLES)) as snapshot, snapshot.view() as opened:
        yield opened


def passed(view: View, **filters: object) -> str:
    found = view.select(Filters(**filters)).article_ids  # type: ignore[arg-type]
    return "all" if found is None else "".join(sorted(found))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "all"),
        ({"article_ids": []}, ""),
        ({"article_ids": ["f", "a"]}, "af"),
        ({"article_ids": ["a", "b"], "outlets": ["hill"]}, "a"),
        ({"outlets": "the hill"}, "a"),
        ({"outlets": ["HILL", "el pais"]}, "ab"),
        ({"outlets": ["Fox News"]}, "cd"),
        ({"outlets": ["fox news - health"]}, "c"),
        ({"outlets": ["CBS Sports"]}, "e"),
        ({"not_outlets": ["Fox News", "hill"]}, "bef"),
        ({"outlets": ["Fox News"], "not_outlets": ["fox news - sports"]}, "c"),
        ({"authors": ["jane doe"]}, "ad"),
        ({"authors": ["Poe"]}, "bd"),
        ({"authors": ["Juan Roe"], "until": "2018-10-17"}, ""),
        ({"since": "2018-10-18", "until": "2018-10-18"}, "abcd"),
        ({"since": "2018-10-19"}, "cdf"),
        ({"since": "Oct. 19, 2018", "until": "2018"}, "cd"),
        ({"until": "2018-09"}, "d"),
        ({"since": "2018-11"}, "df"),
        ({"since": "2019"}, "f"),
        ({"since": "2020"}, ""),
    ],
)
def test_what_passes(view: View, filters: dict[str, object], expected: str) -> None:
    assert passed(view, **filters) == expected


def test_undated_articles_are_counted_where_only_their_date_leaves_them_out(view: View) -> None:
    assert view.select(Filters(since="2018")).undated == 1
    assert view.select(Filters(since="2018", outlets="The Hill")).undated == 0
    assert view.select(Filters(outlets="The Hill")).undated == 0


def test_names_are_shown_as_the_index_has_them(view: View) -> None:
    chosen = view.select(Filters(outlets=["hill", "fox news"], authors=["doe"])).filters
    assert chosen.outlets == ("The Hill", "FOX News - Health", "FOX News - Sports")
    assert chosen.authors == ("By Jane Doe", "Jane Doe, Ann Poe")


def test_a_name_that_is_one_outlets_own_means_no_other() -> None:
    assert outlets_named("fox news", ["FOX News - Health", "Fox News"]) == ["Fox News"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("The Hil", "; near it: The Hill"), ("Le Monde", "; qa articles lists them"), ("", "; qa articles lists them")],
)
def test_an_outlet_that_is_not_there(view: View, name: str, hint: str) -> None:
    for filters in (Filters(outlets=[name]), Filters(not_outlets=[name])):
        with pytest.raises(UnknownOutletError) as raised:
            view.select(filters)
        assert str(raised.value) == f"no article of the outlet {name!r}{hint}"
    with pytest.raises(UnknownOutletError, match="no article in the index says where it was published"):
        outlets_named(name, [])


def test_an_author_who_is_not_there(view: View) -> None:
    with pytest.raises(UnknownAuthorError, match=r"no article by 'Jane Do'; near it: .*Jane Doe"):
        view.select(Filters(authors=["Jane Do"]))
    with pytest.raises(UnknownAuthorError, match="no article in the index says who wrote it"):
        authors_named("Roe", [])


def test_what_is_no_filter(view: View) -> None:
    with pytest.raises(UnknownArticleError, match="no article 'z' in the index"):
        view.select(Filters(article_ids=["a", "z"]))
    for fields in (
        {"since": "soon"},
        {"until": "2018-02-30"},
        {"since": "03/04/2018"},
        {"since": "2019", "until": "2018"},
    ):
        with pytest.raises(UsageError):
            Filters(**fields)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="unknown filter 'from'"):
        Filters.from_json({"from": "2018"})


def test_filters_of_a_gold_set() -> None:
    given = {"article": "a", "outlet": ["The Hill", "X"], "since": 2018, "until": "2018-10", "author": "Roe"}
    expected = Filters(("a",), ("The Hill", "X"), "2018-01-01", "2018-10-31", authors=("Roe",))
    assert Filters.from_json(given) == expected
    assert not Filters.from_json({})


def test_nothing_given_goes_through_no_article(view: View) -> None:
    assert view.select(Filters()) == Selection(Filters())


DAYS = st.dates(dt.date(2017, 1, 1), dt.date(2020, 12, 31)).map(str)
PARTIAL = st.builds(lambda day, length: day[:length], DAYS, st.sampled_from((4, 7, 10)))


@given(st.lists(PARTIAL, max_size=20), st.none() | DAYS, st.none() | DAYS)
def test_any_day_between_is_told_without_going_through_all(
    published: list[str], since: str | None, until: str | None
) -> None:
    expected = any(published_between(day, since, until) for day in published)
    assert Days(published).any_between(since, until) == expected
    assert Days(published).years == tuple(sorted({int(day[:4]) for day in published}))


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.sampled_from([None, "X", "Y"]), st.none() | PARTIAL), min_size=1, max_size=12),
    st.none() | DAYS,
    st.none() | DAYS,
    st.booleans(),
)
def test_the_catalog_finds_what_a_plain_definition_would(
    articles: list[tuple[str | None, str | None]], since: str | None, until: str | None, or_unknown: bool
) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        news = News(Path(folder), HashEmbedder())
        rows = [(str(number), outlet, published, None) for number, (outlet, published) in enumerate(articles)]
        with closing(index_of(news, rows)) as snapshot, snapshot.view() as view:
            criteria = Criteria(outlets=("X",), days=((since, until),), or_unknown=or_unknown)
            found = view.catalog.article_ids(criteria)
            count = view.catalog.count(criteria)
    expected = {
        id_
        for id_, outlet, published, _ in rows
        if (outlet == "X" or (or_unknown and outlet is None))
        and (published_between(published, since, until) or (or_unknown and published is None))
    }
    assert found == expected
    assert count == len(expected)
