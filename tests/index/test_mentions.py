"""Which articles have certain words: against a plain count over the stored text, and where the words stand."""

import json
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from index.errors import UnknownOutletError, UsageError
from index.filters import Filters
from index.mentions import Mentions, first_sentence, is_mentioned
from index.stores.lexical import Lexical
from tests.fakes import HashEmbedder
from tests.index.conftest import News

EMBEDDER = HashEmbedder()
LONG = "x" * 70  # longer than the words that tantivy keeps


def mentions(news: News, words: str, filters: Filters | None = None) -> Mentions:
    with closing(news.open()) as snapshot, snapshot.view() as view:
        return view.mentions(words, filters or Filters())


def ids(found: Mentions) -> list[str]:
    return [mention.article.id for mention in found.articles]


def quoted(news: News, found: Mentions) -> list[str | None]:
    """The sentence of each mention."""
    stored = news.stored()
    return [
        mention.sentence and stored[mention.article.id][slice(*mention.sentence)] for mention in found.articles
    ]  # fmt: skip


# ---- against a plain count -------------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "Perez", "Pérez", "Pe\u0301rez", "PÉREZ", "Pérez’s", "Perez's", "Perezes", "Pe\u0301", "rez", "vote", "votes",
    "Voting", "border", "Border", "wall", "walls", "border wall", "Border\u2009Wall", "border-wall", "\n{mosads}\n",
    "Übung", "ﬁre", "fire", "O\u0308l", "Öl", LONG, LONG + "y", "the", "2018", "A.", "end.", "end. Wall",
    "“wall,”", "(wall)", "\n", "\n\nAdvertisement\n",
])  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: f"Begin {' '.join(words)} so.")
ARTICLES = st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), TEXTS), min_size=1, max_size=8)
SOUGHT = [
    "perez", "Pérez", "Pe\u0301rez", "rez", "vote", "votes", "border wall", "Wall border", "wall", "the end", "ubung",
    "fire", "öl", LONG, f"{LONG} the", "end wall", "mosads", "advertisement", "the border wall", "2018", "absent",
]  # fmt: skip


def plain(text: str) -> list[str]:
    """The words of a text, the simple way."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    without = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", re.sub(r"(?<=\w)'s\b", "", without))


def has(wanted: Sequence[str], title: str, text: str) -> bool:
    parts = [title, *re.split(r"\{mosads\}|^Advertisement$", text, flags=re.MULTILINE)]
    count = len(wanted)
    return any(words[i : i + count] == list(wanted) for words in map(plain, parts) for i in range(len(words)))


@settings(max_examples=15, phases=[Phase.explicit, Phase.generate])  # shrinking would index hundreds of times
@given(ARTICLES, ARTICLES)
def test_as_a_plain_count(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> None:
    """Articles, and then others in their place: some of the words are then in tantivy of passages that are gone."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "news"
        folder.mkdir()
        news = News(folder, EMBEDDER)
        for articles in (first, second):
            lines = [
                json.dumps({"id": f"a{i}", "title": title, "text": text}) for i, (title, text) in enumerate(articles)
            ]
            (folder / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")
            news.update(prune=True)
        with closing(news.open()) as snapshot, snapshot.view() as view:
            stored = [view.catalog.article(article.id) for article, _ in view.catalog.articles()]
            for words in SOUGHT:
                counted = {a.id for a in stored if a is not None and has(plain(words), a.title, a.text)}
                found = view.mentions(words)
                assert {mention.article.id for mention in found.articles} == counted, words
                assert len(found.articles) == len(counted)
                for mention in found.articles:
                    article = view.catalog.article(mention.article.id)
                    assert article is not None
                    if mention.sentence is None:
                        assert not has(plain(words), "", article.text)
                    else:
                        assert has(plain(words), "", article.text[slice(*mention.sentence)])


# ---- where, which, and in what order ---------------------------------------------------------------------------------


def test_the_first_sentence_that_has_the_words(news: News) -> None:
    news.write(a="Nobody votes. The border wall stands. The border wall fell.", b="No wall at all.")
    found = mentions(news_indexed(news), "border wall")
    assert found.words == ("border", "wall")
    assert quoted(news, found) == ["The border wall stands."]


def news_indexed(news: News) -> News:
    news.update()
    return news


def test_words_that_go_on_into_the_next_sentence(news: News) -> None:
    news.write(a="It rained. He was at the border. Wall Street fell. It snowed.")
    assert quoted(news, mentions(news_indexed(news), "border wall")) == ["He was at the border. Wall Street fell."]


def test_noise_parts_words(news: News) -> None:
    news.write(a="He saw the border {mosads}wall.", b="Advertisement\nHe saw it.")
    assert ids(mentions(news_indexed(news), "border wall")) == []
    assert ids(mentions(news, "advertisement")) == []
    assert ids(mentions(news, "mosads")) == []
    assert not is_mentioned(("mosads",), "", "He saw the border {mosads}wall.", [(18, 26)])
    text = "At the border. {mosads} Wall Street. The border wall."
    assert first_sentence(("border", "wall"), text, [(15, 23)], [(0, 14), (24, 36), (37, 53)]) == (37, 53)


def write_records(news: News) -> None:
    records = [
        {"id": "old", "title": "Oil", "outlet": "The Hill", "published": "2017-01-01", "text": "It rose on Monday."},
        {"id": "undated", "title": "Gas", "outlet": "The Hill", "text": "Gas fell, and oil rose on Friday."},
        {"id": "new", "title": "Gas", "outlet": "Vox", "published": "2018-05", "text": "OIL fell. Oil rose again."},
    ]
    (news.folder / "news.jsonl").write_text("\n".join(map(json.dumps, records)))
    news.update()


def test_words_that_tantivy_does_not_keep(news: News) -> None:
    news.write(a=f"He wrote {LONG} on the wall.", b=f"He wrote {LONG}y on it.", c="He met Pe\u0301rez there.")
    assert ids(mentions(news_indexed(news), LONG)) == ["a"]
    assert ids(mentions(news, "perez")) == ["c"]


def test_the_newest_first_and_titles_count(news: News) -> None:
    write_records(news)
    found = mentions(news, "oil")
    assert ids(found) == ["new", "old", "undated"]
    assert quoted(news, found) == ["OIL fell.", None, "Gas fell, and oil rose on Friday."]
    assert found.articles[0].article.outlet == "Vox"


def test_filters(news: News) -> None:
    write_records(news)
    assert ids(mentions(news, "oil", Filters(outlets=["hill"]))) == ["old", "undated"]
    assert ids(mentions(news, "oil", Filters(since="2018"))) == ["new"]
    assert ids(mentions(news, "x" * 61, Filters(since="2018"))) == []
    with pytest.raises(UnknownOutletError):
        mentions(news, "oil", Filters(outlets=["Le Monde"]))


def test_no_word_is_a_wrong_use(news: News) -> None:
    write_records(news)
    with pytest.raises(UsageError):
        mentions(news, " ?! ")


def test_without_tantivy(news: News) -> None:
    write_records(news)
    for file in (news.index / "tantivy").iterdir():
        file.unlink()
    assert ids(mentions(news, "oil")) == ["new", "old", "undated"]
    assert len(news.notes) == 1


def test_only_articles_that_may_have_the_words_are_read(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counting costs grows with the articles that match, not with all of them."""
    write_records(news)
    with closing(news.open()) as snapshot, snapshot.view() as view:
        read: list[str] = []
        texts_of = view.catalog.texts_of

        def noted(article_ids: frozenset[str] | None) -> object:
            read.extend(["all"] if article_ids is None else sorted(article_ids))
            return texts_of(article_ids)

        monkeypatch.setattr(view.catalog, "texts_of", noted)
        view.mentions("gas oil fell")
    assert read == ["new", "undated"]


def test_passages_that_hold_a_term() -> None:
    store = Lexical(None)
    store.update([], [(1, "a", "Oil", "It rose."), (2, "b", "Gas", "Oil fell."), (3, "c", "Gas", "It fell.")])
    assert sorted(store.holders("oil")) == [1, 2]
    assert store.holders("coal") == []
