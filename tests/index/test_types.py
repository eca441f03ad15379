"""Places: what of them applies, how a screen and JSON show it, and the page of a span."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import WHOLE_FILE, Article, Place

NUMBER = st.none() | st.integers(1)
PLACES = st.builds(Place, NUMBER, NUMBER, NUMBER, st.none() | st.text())


@pytest.mark.parametrize(
    ("place", "shown", "fields"),
    [
        (Place(), "", None),
        (Place(record=7), "line 7", {"record": 7}),
        (Place(page=3), "page 3", {"page": 3}),
        (Place(message=2, page=1), "message 2, page 1", {"page": 1, "message": 2}),
        (Place(member="a/b.txt", record=3), "a/b.txt, line 3", {"record": 3, "member": "a/b.txt"}),
    ],
)
def test_how_places_are_shown(place: Place, shown: str, fields: dict[str, object] | None) -> None:
    assert (str(place), place.to_json()) == (shown, fields)
    assert place.within("n.zip") == (f"n.zip, {shown}" if shown else "n.zip")


@given(PLACES)
def test_a_place_is_what_its_json_says(place: Place) -> None:
    assert Place(**place.to_json() or {}) == place
    assert bool(place) == (place != WHOLE_FILE) == (place.to_json() is not None)


@given(st.text("ab ", min_size=1), st.data(), PLACES)
def test_a_span_stands_on_the_page_on_which_it_begins(text: str, data: st.DataObject, place: Place) -> None:
    more = data.draw(st.lists(st.integers(0, len(text)), max_size=5).map(sorted))
    article = Article("a", text, "a.pdf", place=place, pages=(0, *more))
    start = data.draw(st.integers(0, len(text) - 1))
    found = article.place_of((start, len(text)))
    assert found.page == sum(offset <= start for offset in article.pages) >= 1
    assert (found.record, found.message, found.member) == (place.record, place.message, place.member)


def test_without_pages_a_span_stands_where_its_article_does() -> None:
    assert Article("a", "Oil rose.", "a.jsonl", place=Place(record=2)).place_of((0, 3)) == Place(record=2)


def test_a_digest_is_what_version_0_1_0_made_it() -> None:
    """Else every article of an older index would be embedded again."""
    shown = {"encoding": "cp1252", "title": "T", "outlet": "AP", "published": "2018-10-18", "url": "http://x/"}
    one = Article("a", "Oil — rose.", "a.jsonl", "k", Place(record=2), **shown)
    moved = Article("b", "Oil — rose.", "b.txt", noise=((0, 3),), pages=(0, 4), **shown)
    assert one.digest() == moved.digest() == "0f68a61860c96ef40811474da48589e3eee8eeb74d3c2cd13ec7305913601768"
