"""What a question says of outlets and dates, against those that the index's articles have."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.filters import Facts
from qa.language.constraints import is_named, meets, passing, preferred, recognise

TODAY = dt.date(2018, 10, 25)
ARTICLES = [
    Facts("hill", "The Hill", "2018-10-18"),
    Facts("crunch", "TechCrunch", "2018-10-20T10:00:00+00:00"),
    Facts("age", "The Age", "2017-10-10"),
    Facts("fox", "FOX News - Health", "2018-09"),
    Facts("bbc", "BBC News", "2018-05-01"),
    Facts("times", "The New York Times", "2018-06-01"),
    Facts("fortune", "Fortune", "2018-06-02"),
    Facts("plain", None, None),
]


def found(question: str, articles: list[Facts] = ARTICLES) -> list[tuple[str, ...]]:
    """What was recognised: the effect, the words, and what they mean."""
    constraints = recognise(question, articles, TODAY)
    for one in constraints:
        assert question[one.start : one.start + len(one.text)] == one.text
    return [
        (one.effect, one.text, *(one.outlets if one.kind == "outlet" else (f"{one.since or ''}/{one.until or ''}",)))
        for one in constraints
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who won, according to The Hill?", [("required", "The Hill", "The Hill")]),
        ("who won according to the hill", [("required", "the hill", "The Hill")]),
        ("What was reported by Fox News?", [("required", "Fox News", "FOX News - Health")]),
        ("What does the TechCrunch article say of Google?", [("required", "TechCrunch", "TechCrunch")]),
        ("Who won, as 'The Age' reported?", [("required", "The Age", "The Age")]),
        ("What did The Hill report?", [("required", "The Hill", "The Hill")]),
        ("Who won, according to the BBC?", [("required", "BBC", "BBC News")]),
        ("Who won, according to the NYT?", [("required", "NYT", "The New York Times")]),
        (
            "Did the TechCrunch article say so, while The Age article did not?",
            [("required", "TechCrunch", "TechCrunch"), ("required", "The Age", "The Age")],
        ),
        (
            "Who is it, in articles by The Hill, Fortune and TechCrunch?",
            [("required", name, name) for name in ("The Hill", "Fortune", "TechCrunch")],
        ),
        # outlets that the index lacks
        ("Who won, according to Bloomberg?", [("unknown", "Bloomberg", "Bloomberg")]),
        (
            "Considering an article by The Times of India and another by The Hindu, who won?",
            [("unknown", "Times of India", "Times of India"), ("unknown", "Hindu", "Hindu")],
        ),
        ("Who won, according to Prof. Kwame Asante?", [("unknown", "Prof. Kwame Asante", "Prof. Kwame Asante")]),
        ("Does the Gizmodo article say so?", [("unknown", "Gizmodo", "Gizmodo")]),
        # no source
        ("What did Mattis tell The Hill?", []),
        ("Who bought TechCrunch?", []),
        ("At what age did she make a fortune?", []),
        ("How many came, according to U.S. officials?", []),
        ("How many came, according to Monday's count?", []),
        ("What did the report by the police say?", []),
    ],
)  # fmt: skip
def test_outlets(question: str, expected: list[tuple[str, ...]]) -> None:
    assert found(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What did the article published on October 18, 2018 say?",
            [("required", "October 18, 2018", "2018-10-18/2018-10-18")],
        ),
        ("What does the report of 18 Oct. 2018 say?", [("required", "18 Oct. 2018", "2018-10-18/2018-10-18")]),
        ("Who won, in articles published in May 2031?", [("required", "May 2031", "2031-05-01/2031-05-31")]),
        ("Who won in October 2018?", [("preferred", "October 2018", "2018-10-01/2018-10-31")]),
        ("Who won on October 10?", [("preferred", "October 10", "2017-10-10/2017-10-10")]),
        (
            "Who won between October 10 and October 25, 2018?",
            [("preferred", "October 10 and October 25, 2018", "2018-10-10/2018-10-25")],
        ),
        ("Who won from May 1 to June 3, 2018?", [("preferred", "May 1 to June 3, 2018", "2018-05-01/2018-06-03")]),
        ("Who won before November 2017?", [("preferred", "before November 2017", "/2017-10-31")]),
        ("What was published before June 2018?", [("required", "before June 2018", "/2018-05-31")]),
        ("Who won since 2018-10-19?", [("preferred", "since 2018-10-19", "2018-10-19/")]),
        ("Who won last week?", [("required", "last week", "2018-10-18/2018-10-25")]),
        ("Who won yesterday?", [("required", "yesterday", "2018-10-24/2018-10-24")]),
        ("Who won in the past two months?", [("required", "past two months", "2018-08-25/2018-10-25")]),
        ("Who won last month?", [("required", "last month", "2018-09-01/2018-09-30")]),
        ("Who won this week?", [("required", "this week", "2018-10-22/2018-10-25")]),
        ("Who won last year?", [("preferred", "last year", "2017-01-01/2017-12-31")]),
        # the dates of what happened, and none
        ("What happened in 1989?", []),
        ("Who won on February 30, 2018?", []),
        ("Who won last week's game?", []),
        ("What does USA Today say?", []),
        ("What may happen?", []),
        ("Who ran 100 m in 2018 seconds flat?", [("preferred", "2018", "2018-01-01/2018-12-31")]),
    ],
)  # fmt: skip
def test_dates(question: str, expected: list[tuple[str, ...]]) -> None:
    assert found(question) == expected


def test_dates_of_several_articles_leave_none_out() -> None:
    effects = found("Did the Hill article of October 18, 2018 and the Fortune article say so?")
    assert [effect for effect, *_ in effects] == ["required", "preferred", "required"]


def test_an_index_that_knows_no_outlets_or_dates_constrains_nothing() -> None:
    bare = [Facts("a", None, None)]
    assert found("What was published last week, according to Bloomberg?", bare) == []
    assert passing((), ARTICLES) is None


def test_who_passes() -> None:
    one = recognise("Who won last week, according to The Hill?", ARTICLES, TODAY)
    assert passing(one, ARTICLES) == {"hill", "plain"}  # of the plain one nobody knows
    assert [article.id for article in ARTICLES if meets(one, article)] == ["hill"]
    assert preferred(one, ARTICLES) == {"hill": 2, "crunch": 1}
    two = recognise("Did the Hill article say so, and the TechCrunch article?", ARTICLES, TODAY)
    assert passing(two, ARTICLES) == {"hill", "crunch", "plain"}
    none = recognise("Who won yesterday, according to The Hill?", ARTICLES, TODAY)
    assert passing(none, ARTICLES) == frozenset()


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("Bloomberg", "Bloomberg reported it.", True),
        ("Defense Secretary James Mattis", "Mattis said so.", True),
        ("United Nations", "The U.N. said so.", True),
        ("Times of India", "In India, times are hard.", False),
        ("Times of India", "the Times of India said", True),
        ("The Age", "at her age", False),
        ("Fox News", "the news was bad", False),
        ("ESPN", "respn", False),
    ],
)
def test_whether_a_text_names_it(name: str, text: str, named: bool) -> None:
    assert is_named(name, text) is named


WORDS = st.lists(
    st.sampled_from(
        "according to The Hill article published on October 18 2018 between and before last week in 99 past".split()
    ),
    max_size=14,
).map(" ".join)


@given(WORDS | st.text(max_size=60), st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)))
def test_any_question_on_any_day(question: str, today: dt.date) -> None:
    for one in recognise(question, ARTICLES, today):
        assert question[one.start : one.start + len(one.text)] == one.text
        assert one.since is None or one.until is None or one.since <= one.until or "and" in one.text
