"""Which articles pass: a law against a plain definition, and names and dates as people write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnknownArticleError, UnknownOutletError, UsageError
from index.filters import Facts, Filters, outlets_named, select

ARTICLES = [
    Facts("a", "The Hill", "2018-10-18"),
    Facts("b", "El País", "2018-10-18T23:30:00-05:00"),
    Facts("c", "FOX News - Health", "2018-10"),
    Facts("d", "FOX News - Sports", "2018"),
    Facts("e", "CBSSports.com", None),
    Facts("f", None, "2019-01-01"),
]


def passed(**filters: object) -> str:
    found = select(Filters(**filters), ARTICLES).article_ids  # type: ignore[arg-type]
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
        ({"since": "2018-10-18", "until": "2018-10-18"}, "abcd"),
        ({"since": "2018-10-19"}, "cdf"),
        ({"since": "Oct. 19, 2018", "until": "2018"}, "cd"),
        ({"until": "2018-09"}, "d"),
        ({"since": "2018-11"}, "df"),
        ({"since": "2019"}, "f"),
        ({"since": "2020"}, ""),
    ],
)
def test_what_passes(filters: dict[str, object], expected: str) -> None:
    assert passed(**filters) == expected


def test_undated_articles_are_counted_where_only_their_date_leaves_them_out() -> None:
    assert select(Filters(since="2018"), ARTICLES).undated == 1
    assert select(Filters(since="2018", outlets="The Hill"), ARTICLES).undated == 0
    assert select(Filters(outlets="The Hill"), ARTICLES).undated == 0


def test_outlets_are_shown_as_the_index_calls_them() -> None:
    assert select(Filters(outlets=["hill", "fox news"]), ARTICLES).filters.outlets == (
        "The Hill", "FOX News - Health", "FOX News - Sports",
    )  # fmt: skip


def test_a_name_that_is_one_outlets_own_means_no_other() -> None:
    assert outlets_named("fox news", [*ARTICLES, Facts("g", "Fox News", None)]) == ["Fox News"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("The Hil", "; near it: The Hill"), ("Le Monde", "; qa articles lists them"), ("", "; qa articles lists them")],
)
def test_an_outlet_that_is_not_there(name: str, hint: str) -> None:
    with pytest.raises(UnknownOutletError) as raised:
        select(Filters(outlets=[name]), ARTICLES)
    assert str(raised.value) == f"no article of the outlet {name!r}{hint}"
    with pytest.raises(UnknownOutletError, match="no article in the index says where it was published"):
        select(Filters(outlets=[name]), [Facts("f", None, "2019")])


def test_what_is_no_filter() -> None:
    with pytest.raises(UnknownArticleError, match="no article 'z' in the index"):
        select(Filters(article_ids=["a", "z"]), ARTICLES)
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
    given = {"article": "a", "outlet": ["The Hill", "X"], "since": 2018, "until": "2018-10"}
    assert Filters.from_json(given) == Filters(("a",), ("The Hill", "X"), "2018-01-01", "2018-10-31")
    assert not Filters.from_json({})


DAYS = st.dates(dt.date(2017, 1, 1), dt.date(2020, 12, 31)).map(str)


@given(st.lists(DAYS, max_size=20), st.none() | DAYS, st.none() | DAYS)
def test_a_full_date_passes_exactly_if_it_lies_between(days: list[str], since: str | None, until: str | None) -> None:
    if since and until and since > until:
        since, until = until, since
    articles = [Facts(str(number), None, day) for number, day in enumerate(days)]
    expected = {
        facts.id
        for facts in articles
        if (since or "") <= (facts.published or "") and (facts.published or "") <= (until or "9")
    }
    found = select(Filters(since=since, until=until), articles).article_ids
    assert (set(found) if found is not None else {facts.id for facts in articles}) == expected


@given(DAYS, st.integers(4, 10))
def test_a_partial_date_passes_if_any_of_its_days_would(day: str, cut: int) -> None:
    partial = day[: {4: 4, 5: 4, 6: 4, 7: 7, 8: 7, 9: 7, 10: 10}[cut]]
    assert select(Filters(since=day, until=day), [Facts("x", None, partial)]).article_ids == {"x"}
