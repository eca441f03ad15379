"""Near-duplicates: which articles are linked, and that one story takes one place of what is found."""

from contextlib import closing

import numpy as np
import pytest

from index import near
from index.search import Query
from index.types import Hit
from tests.index.conftest import News

SENTENCES = [
    "A storm closed the port of Dover on Monday, and four ships had to wait outside of it until the morning.",
    "The harbour master said that nobody had been hurt, but that two cranes would have to be repaired.",
    "Winds of up to 120 kilometres an hour were measured on the pier, more than in any storm since 1987.",
    "Lorries queued for nine miles on the road to London while ferries to Calais stayed in port.",
    "Insurers expect claims of 40 million pounds, most of them for roofs and for boats in the marina.",
]
STORY = " ".join(SENTENCES)


def linked(news: News, article_id: str) -> set[str]:
    with closing(news.catalog()) as catalog:
        return set(catalog.near([article_id]).get(article_id, ()))


def found(news: News, question: str) -> list[Hit]:
    with closing(news.open()) as snapshot, snapshot.view() as view:
        return list(view.candidates(Query(question, news.embedder.encode([question])[0])).hits)


@pytest.fixture
def wire(news: News) -> News:
    """A story as three outlets print it (whole, cut at its end, with a line of their own), and another one."""
    news.write(
        one=STORY,
        two=" ".join(SENTENCES[:4]),
        three=f"By our reporters in Kent. {STORY}",
        other="Nobody came to the match in Leeds, as trains had been cancelled since the night before. " * 4,
    )
    news.update()
    return news


def test_a_story_that_several_print_is_linked(wire: News) -> None:
    assert linked(wire, "one") == {"two", "three"}
    assert linked(wire, "other") == set()


def test_links_follow_changes(wire: News) -> None:
    wire.write(two="Something else was printed here, which has nothing to do with any storm at all. " * 5).update()
    assert linked(wire, "one") == {"three"}
    wire.write(four=STORY + " Ships sailed again on Tuesday.").update()
    assert linked(wire, "four") == {"one", "three"}
    wire.remove("one")
    assert linked(wire, "four") == {"three"}
    (wire.folder / "three.txt").unlink()
    wire.update(prune=True)
    assert linked(wire, "four") == set()


def test_notices_in_one_form_are_not_linked(news: News) -> None:
    form = "{} Corp said its board declared a dividend of {} cents a share, payable April {}, record March {}."
    news.write(a=form.format("Acme", 10, 1, 15), b=form.format("Apex", 12, 2, 16)).update()
    assert linked(news, "a") == set()


def test_one_story_takes_one_place(wire: News) -> None:
    hits = found(wire, "Which storm closed the port of Dover on Monday?")
    stories = [hit for hit in hits if hit.passage.article_id in ("one", "two", "three")]
    heads = [hit for hit in stories if "closed the port" in hit.passage.text]
    assert len(heads) == 1
    also = {passage.article_id for passage in heads[0].also}
    assert {heads[0].passage.article_id, *also} == {"one", "two", "three"}
    assert all("closed the port" in passage.text for passage in heads[0].also)
    shown = [hit.passage.id for hit in hits] + [passage.id for hit in hits for passage in hit.also]
    assert len(shown) == len(set(shown))  # nothing is lost, nothing stands twice
    assert any(hit.passage.article_id == "other" for hit in hits)


def test_what_one_outlet_alone_says_keeps_its_place(news: News) -> None:
    own = "The mayor of Dover, Jane Roe, asked for help from the government in a letter that this paper has seen. " * 6
    news.write(one=STORY, two=f"{STORY}\n{own}").update()
    assert linked(news, "one") == {"two"}
    hits = found(news, "Who asked the government for help?")
    assert any("Jane Roe" in hit.passage.text and not hit.also for hit in hits)


def test_the_minhash_estimates_how_much_texts_share() -> None:
    one, two = near.signature(STORY, ()), near.signature(" ".join(SENTENCES[:4]), ())
    shingles = [
        {tuple(words[i : i + 3]) for i in range(len(words) - 2)}
        for words in (near.words_of(text).split() for text in (STORY, " ".join(SENTENCES[:4])))
    ]
    exact = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    assert abs(float(np.mean(one == two)) - exact) < 0.15
    assert (one == near.signature(STORY.upper().replace(",", ""), ())).all()
    assert not near.signature("Too short to say.", ()).any()
    noise = "Read more of our stories about storms and ports. "
    assert (one == near.signature(noise + STORY, [(0, len(noise))])).all()


def test_of_one_story_what_is_preferred_leads(wire: News) -> None:
    def leading(**preferred: int) -> str:
        question = "Which storm closed the port of Dover on Monday?"
        with closing(wire.open()) as snapshot, snapshot.view() as view:
            query = Query(question, wire.embedder.encode([question])[0], preferred=preferred)
            hits = view.candidates(query).hits
        return next(hit.passage.article_id for hit in hits if "closed the port" in hit.passage.text)

    for name in ("one", "two", "three"):
        assert leading(**{name: 1}) == name
