"""Lines that an outlet prints under everything are no part of its articles; what versions of a story share is."""

from __future__ import annotations

import json
from contextlib import closing

from tests.index.conftest import News

FOOT = "The Courier welcomes letters to its editors, and may shorten them for print."
PLACES = "Alder Brook Cedar Dover Elm Ford Grove Hill Isle Jetty".split()


def store(news: News, outlet: str, texts: list[str]) -> None:
    lines = [json.dumps({"id": f"{outlet}{n}", "outlet": outlet, "text": text}) for n, text in enumerate(texts)]
    (news.folder / f"{outlet}.jsonl").write_text("\n".join(lines))


def noise(news: News) -> dict[str, list[str]]:
    with closing(news.catalog()) as catalog:
        found = [catalog.article(article.id) for article, _ in catalog.articles()]
        return {one.id: [one.text[start:end] for start, end in one.noise] for one in found if one}


def story(n: int) -> str:
    place = PLACES[n]
    return "\n".join([f"A bridge opened in {place} on Monday.", f"It cost {n + 2} million dollars, {place} said.",
                      f"Traffic through {place} was halved."])  # fmt: skip


def test_what_stands_under_everything_is_noise(news: News) -> None:
    store(news, "c", [f"{story(n)}\n{FOOT}" for n in range(9)])
    store(news, "d", [story(n) for n in range(9)])
    news.update()
    found = noise(news)
    assert all(found[f"c{n}"] == [FOOT] and found[f"d{n}"] == [] for n in range(9))
    assert news.notes[-1].startswith("9 articles with lines that many others of the outlet have too")
    with closing(news.catalog()) as catalog:
        assert all(
            FOOT not in passage.text for passage in catalog.passages(catalog.all_passage_ids().tolist()).values()
        )
    news.notes.clear()
    news.update()
    assert news.notes == []


def test_what_came_later_is_counted_with_what_was_there(news: News) -> None:
    store(news, "c", [f"{story(n)}\n{FOOT}" for n in range(6)])
    news.update()
    assert noise(news)["c0"] == []
    store(news, "c", [f"{story(n)}\n{FOOT}" for n in range(9)])
    news.update()
    assert noise(news)["c0"] == [FOOT]


def test_what_one_day_brought_may_be_one_story(news: News) -> None:
    texts = [f"{story(n)}\n{FOOT}" for n in range(9)]
    records = [{"id": f"c{n}", "outlet": "c", "published": "2018-10-18", "text": text} for n, text in enumerate(texts)]
    (news.folder / "c.jsonl").write_text("\n".join(map(json.dumps, records)))
    news.update()
    assert noise(news)["c0"] == []
    records[0]["published"] = "2018-10-19"
    (news.folder / "c.jsonl").write_text("\n".join(map(json.dumps, records)))
    news.update()
    assert noise(news)["c0"] == [FOOT]


def test_versions_of_one_story_are_left_as_they_are(news: News) -> None:
    store(news, "c", [f"{story(0)}\nRain fell for {n} days." for n in range(9)])
    news.update()
    assert set(map(len, noise(news).values())) == {0}
