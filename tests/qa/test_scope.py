"""What a question says of outlets and dates, against those that the index's articles have, and what comes of it."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import Days
from index.errors import UsageError
from index.filters import Filters, outlet_key
from index.snapshot import Snapshot, View
from index.types import Hit
from index.update import writing
from qa.models.ranker_reader import Candidate
from qa.scope import Ask, citable, compose, pools, recognise, searchable, without_met
from qa.types import Scope
from tests.fakes import HashEmbedder, passage

TODAY = dt.date(2018, 10, 25)
ARTICLES = {
    "hill": ("The Hill", "2018-10-18"),
    "crunch": ("TechCrunch", "2018-10-20T10:00:00+00:00"),
    "age": ("The Age", "2017-10-10"),
    "fox": ("FOX News - Health", "2018-09"),
    "bbc": ("BBC News", "2018-05-01"),
    "times": ("The New York Times", "2018-06-01"),
    "fortune": ("Fortune", "2018-06-02"),
    "plain": (None, None),
}
OUTLETS = sorted(outlet for outlet, _ in ARTICLES.values() if outlet)
DAYS = Days(day for _, day in ARTICLES.values() if day)


def found(question: str) -> list[tuple[str, ...]]:
    """What was recognised: the effect, the words, and what they mean."""
    constraints = recognise(question, OUTLETS, DAYS, TODAY)
    for one in constraints:
        assert question[one.start : one.start + len(one.text)] == one.text
    return [
        (one.effect, one.text, *(one.outlets if one.kind == "outlet" else (f"{one.since or ''}/{one.until or ''}",)))
        for one in constraints
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who won, according to The Hill?", [("preferred", "The Hill", "The Hill")]),
        ("who won according to the hill", [("preferred", "the hill", "The Hill")]),
        ("What was reported by Fox News?", [("preferred", "Fox News", "FOX News - Health")]),
        ("What does the TechCrunch article say of Google?", [("preferred", "TechCrunch", "TechCrunch")]),
        ("Who won, as 'The Age' reported?", [("preferred", "The Age", "The Age")]),
        ("What did The Hill report?", [("preferred", "The Hill", "The Hill")]),
        ("Who won, according to the BBC?", [("preferred", "BBC", "BBC News")]),
        ("Who won, according to the NYT?", [("preferred", "NYT", "The New York Times")]),
        (
            "Did the TechCrunch article say so, while The Age article did not?",
            [("preferred", "TechCrunch", "TechCrunch"), ("preferred", "The Age", "The Age")],
        ),
        (
            "Who is it, in articles by The Hill, Fortune and TechCrunch?",
            [("preferred", name, name) for name in ("The Hill", "Fortune", "TechCrunch")],
        ),
        # outlets that are not to be asked
        ("Who won, but not the Times?", []),  # no outlet of the index is called so
        ("Who won, in any paper except The Hill?", [("excluded", "The Hill", "The Hill")]),
        ("What did all but The Age report?", [("excluded", "The Age", "The Age")]),
        ("Was the film not reported by Fortune?", [("preferred", "Fortune", "Fortune")]),  # "not" is of the film
        ("Who won, not according to Fortune?", [("preferred", "Fortune", "Fortune")]),  # "not" is of the winning
        ("Who won, in stories other than TechCrunch and by The Age?",
         [("excluded", "TechCrunch", "TechCrunch")]),
        ("Who won, but not The Hill?", [("excluded", "The Hill", "The Hill")]),
        # the thing that is called like an outlet
        ("Who lived to any age other than The Age of forty?", []),
        ("Which climbs in the county are not The Hill?", []),
        ("what failed according to fortune tellers of the fair", []),
        ("who won according to fortune, and who lost", [("preferred", "fortune", "Fortune")]),
        # outlets that the index lacks
        ("Who won, according to Bloomberg?", []),
        ("Does the Gizmodo article say so?", []),
        # a name that goes on
        ("Who spoke in Fortune Square, according to police?", []),
        ("What did Faith Hill say?", []),
        ("What was reported by Jane Fortune?", []),
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
        ("What was published before June 2018?", [("preferred", "before June 2018", "/2018-05-31")]),
        ("Who won since 2018-10-19?", [("preferred", "since 2018-10-19", "2018-10-19/")]),
        ("Who won last week?", [("preferred", "last week", "2018-10-18/2018-10-25")]),
        ("Who won yesterday?", [("preferred", "yesterday", "2018-10-24/2018-10-24")]),
        ("Who won in the past two months?", [("preferred", "past two months", "2018-08-25/2018-10-25")]),
        ("Who won last month?", [("preferred", "last month", "2018-09-01/2018-09-30")]),
        ("Who won this week?", [("preferred", "this week", "2018-10-22/2018-10-25")]),
        ("Who won last year?", [("preferred", "last year", "2017-01-01/2017-12-31")]),
        ("What does the report of June 2018 say?", [("preferred", "June 2018", "2018-06-01/2018-06-30")]),
        ("Which novel was written in 2018?", [("preferred", "2018", "2018-01-01/2018-12-31")]),
        ("How many cases were reported in May 2018?", [("preferred", "May 2018", "2018-05-01/2018-05-31")]),
        ("Who took the post in 2018?", [("preferred", "2018", "2018-01-01/2018-12-31")]),
        ("Which book was published in 1862?", []),
        ("How many live there today?", []),
        # dates of other things than articles
        ("Who wrote the memoir published on October 18, 2018?",
         [("preferred", "October 18, 2018", "2018-10-18/2018-10-18")]),
        ("What does the report say of the law published on October 18, 2018?",
         [("preferred", "October 18, 2018", "2018-10-18/2018-10-18")]),
        ("Who held the post from May 1, 2018?", [("preferred", "May 1, 2018", "2018-05-01/2018-05-01")]),
        ("What was published on October 18, 2018?", [("required", "October 18, 2018", "2018-10-18/2018-10-18")]),
        ("Which story was published on October 18, 2018?", [("required", "October 18, 2018", "2018-10-18/2018-10-18")]),
        ("What does the report of June say?", [("preferred", "June", "2018-06-01/2018-06-30")]),
        # names, and days that are counted from something else
        ("Who called the aides of May wasteful?", []),
        ("Who painted the house of June Acker?", []),
        ("Whom did she meet after May Acker?", []),
        ("Who spoke on the last day of the fair?", []),
        ("Who spoke on the last day?", []),
        ("Who spoke in the last week of the war?", []),
        # over the turn of a year
        ("Which stories were published between December 20 and January 5, 2019?",
         [("required", "December 20 and January 5, 2019", "2018-12-20/2019-01-05")]),
        ("Which stories were published from December 28, 2018 to January 3?",
         [("required", "December 28, 2018 to January 3", "2018-12-28/2019-01-03")]),
        ("Which stories were published on 2018-12-22 to 2019-01-03?",
         [("required", "2018-12-22 to 2019-01-03", "2018-12-22/2019-01-03")]),
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
    assert [effect for effect, *_ in effects] == ["preferred"] * 3


def test_an_index_that_knows_no_outlets_or_dates_constrains_nothing() -> None:
    assert recognise("What was published last week, according to The Hill?", [], Days([]), TODAY) == ()


def test_a_number_of_days_beyond_counting_is_none() -> None:
    assert found(f"Who won in the last {'1' * 5_000} days?") == []


def test_thousands_of_outlets_are_looked_up_and_not_compared_with_each_other() -> None:
    many = [f"Paper {number}" for number in range(3_000)]
    keys = Counter[str]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qa.scope.outlet_key", lambda name: keys.update([name]) or outlet_key(name))
        (one,) = recognise("Who won, according to Paper 17?", many, Days([]), TODAY)
    assert one.outlets == ("Paper 17",)
    assert max(keys[name] for name in many) <= 2


WORDS = st.lists(
    st.sampled_from(
        "according to The Hill article published on October 18 2018 between and before last week in 99 past not".split()
    ),
    max_size=14,
).map(" ".join)


@given(WORDS | st.text(max_size=60), st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)))
def test_any_question_on_any_day(question: str, today: dt.date) -> None:
    for one in recognise(question, OUTLETS, DAYS, today):
        assert question[one.start : one.start + len(one.text)] == one.text
        assert one.since is None or one.until is None or one.since <= one.until or "and" in one.text


# ---- on an index -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    folder = tmp_path_factory.mktemp("scope")
    lines = (
        {"id": id_, "text": f"{id_} says so.", "outlet": outlet, "published": published}
        for id_, (outlet, published) in ARTICLES.items()
    )
    (folder / "news.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with writing(folder / ".qa", HashEmbedder()) as writer:
        list(writer.update([folder / "news.jsonl"]))
    with closing(Snapshot(folder / ".qa")) as snapshot, snapshot.view() as opened:
        yield opened


def put(view: View, question: str, filters: Filters | None = None, **how: object) -> tuple[set[str] | None, Scope]:
    """The articles to which a question is put, None for all."""
    ask = Ask(filters or Filters(), **{"constraints": True, "today": TODAY, **how})  # type: ignore[arg-type]
    query, scope = compose(question, view, ask)
    return None if query.article_ids is None else set(query.article_ids), scope


def test_who_is_asked(view: View) -> None:
    assert put(view, "Who won?") == (None, Scope(Filters()))
    assert put(view, "Who won last week, according to The Hill?")[0] is None  # they are preferred, no more
    one, scope = put(view, "Who won, in the article published on October 18, 2018?")
    assert one == {"hill", "plain"}  # of the plain one nobody knows
    assert not scope.unmet
    assert put(view, "Who won, in any paper except The Hill?")[0] == set(ARTICLES) - {"hill"}
    assert put(view, "Who won, in any paper except The Hill?", constraints=False)[0] is None


def test_what_is_preferred_counts_by_kind(view: View) -> None:
    query, _ = compose("Who won last week, according to The Hill?", view, Ask(Filters(), True, TODAY))
    assert query.preferred == {"hill": 2, "crunch": 1}


def test_what_no_article_is_leaves_all_to_be_looked_at_and_none_to_be_cited(view: View) -> None:
    only, scope = put(view, "Who won, in the article published on October 19, 2018?")
    assert only is None
    assert scope.unmet
    assert scope.undated == 1
    assert citable(scope, [candidate("hill")]) == []


def test_what_is_given_goes_before_what_the_question_says(view: View) -> None:
    only, scope = put(view, "Who won last week, according to The Hill?", Filters(outlets=["TechCrunch"]))
    assert only == {"crunch"}
    assert [one.kind for one in scope.recognised] == ["published"]


def test_a_topic_is_the_conversations_and_no_filter_of_the_users(view: View) -> None:
    only, scope = put(view, "When did he do so?", topic=("age", "bbc"))
    assert only is None
    assert scope.topic == ("age", "bbc")
    assert not scope
    everything = [candidate("plain"), candidate("age"), candidate("hill")]
    assert [(ids(pool), given) for pool, given in pools(scope, everything)] == [
        (["age"], True),
        (ids(everything), False),
    ]


def test_an_empty_question(view: View) -> None:
    for question in ("", " \n", "?!"):
        with pytest.raises(UsageError, match="the question is empty"):
            put(view, question)


def test_what_a_terminal_passes_on_that_is_no_word() -> None:
    assert searchable("\x1aWho\x00 won\x1b[A?\x9f") == "Who won [A?"
    assert searchable("Who is Zo\udcc3\udcab?") == "Who is Zoë?"  # as Python decodes it in a locale without the letter
    assert searchable("Who is \ud800?") == "Who is ??"


# ---- of candidates ---------------------------------------------------------------------------------------------------


def candidate(article: str, text: str = "It is so.", **facts: str) -> Candidate:
    outlet, published = ARTICLES[article]
    return Candidate(Hit(passage(text, article=article, **{"outlet": outlet, "published": published, **facts}), 0.5))


def ids(candidates: list[Candidate]) -> list[str]:
    return [one.hit.passage.article_id for one in candidates]


def test_only_what_is_known_to_be_of_that_day_is_cited(view: View) -> None:
    _, scope = put(view, "Who won, in the article published on October 18, 2018?")
    assert ids(citable(scope, [candidate("hill"), candidate("crunch"), candidate("plain")])) == ["hill"]
    assert ids(citable(Scope(Filters()), [candidate("plain")])) == ["plain"]


def test_what_fits_most_is_read_first_and_all_of_it_last(view: View) -> None:
    everything = [candidate("age"), candidate("plain"), candidate("crunch"), candidate("hill")]
    _, scope = put(view, "Who won last week, according to The Hill?")
    assert [ids(pool) for pool, _ in pools(scope, everything)] == [["hill"], ["crunch", "hill"], ids(everything)]
    _, dated = put(view, "Who won in October 2018?")
    assert [ids(pool) for pool, _ in pools(dated, everything)] == [["crunch", "hill"], ids(everything)]
    assert pools(Scope(Filters()), everything) == [(everything, False)]
    assert pools(Scope(Filters(["hill"])), everything) == [(everything, True)]
    assert pools(scope, [candidate("hill")]) == [([candidate("hill")], False)]
    assert pools(scope, []) == []


def test_what_is_known_of_the_cited_need_not_stand_in_their_text(view: View) -> None:
    question = "Who won in October 2018, according to The Hill?"
    _, scope = put(view, question)
    left = without_met(question, scope, [candidate("hill")])
    assert len(left) == len(question)
    assert left.split() == ["Who", "won", "in", ",", "according", "to", "?"]
    left = without_met(question, scope, [candidate("age")])  # when it happened has to stand somewhere
    assert left.split() == ["Who", "won", "in", "October", "2018,", "according", "to", "?"]
