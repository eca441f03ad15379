"""Where a quote stands: in its file, and in the other files that have its article."""

import random
from contextlib import closing
from pathlib import Path

from index.types import WHOLE_FILE, Place
from qa.reading.citations import cite_spans
from qa.terminal.render import citation_text
from qa.types import Citation, Copy
from tests.fakes import HashEmbedder
from tests.index.conftest import News
from tests.index.forms import FORMS, Story
from tests.index.readers.made import PARAGRAPHS, TITLE


def cited(news: News) -> Citation:
    """The citation of a sentence at the end of the one article."""
    with closing(news.open()) as snapshot, snapshot.view() as view:
        ((one, _),) = view.catalog.articles()
        article = view.catalog.article(one.id)
        assert article is not None
        start = article.text.index("Repairs to the pier")
        (citation,) = cite_spans(article, [(start, start + 37)], view, news.index)
        return citation


def test_a_citation_names_the_other_files_of_its_article_with_the_page(tmp_path: Path) -> None:
    news = News(tmp_path, HashEmbedder())
    chance, words = random.Random(3), " ".join(PARAGRAPHS).split()
    between = tuple(" ".join(chance.sample(words, 40)).capitalize() + "." for _ in range(16))
    for kind, write in FORMS.items():
        (tmp_path / f"ferry.{kind}").write_bytes(write(Story(TITLE, (*PARAGRAPHS[:2], *between, PARAGRAPHS[2]))))
    news.update()
    citation = cited(news)
    others = [(str(tmp_path / "ferry.docx"), WHOLE_FILE), (str(tmp_path / "ferry.pdf"), Place(page=2)),
              (str(tmp_path / "ferry.txt"), WHOLE_FILE)]  # fmt: skip
    assert (citation.path, citation.place) == (str(tmp_path / "ferry.html"), WHOLE_FILE)
    assert citation.copies == tuple(Copy(*other) for other in others)
    assert citation.to_json()["other_places"][1] == {"path": others[1][0], "place": {"page": 2}}
    assert f"ferry.pdf, page 2; {others[2][0]}" in citation_text(citation)

    for kind in ("html", "docx", "txt"):  # before the index knows of it
        (tmp_path / f"ferry.{kind}").unlink()
    citation = cited(news)
    assert (citation.path, citation.place, citation.changed) == (*others[1], False)
    news.update(prune=True)
    citation = cited(news)
    assert (citation.path, citation.place, citation.copies) == (*others[1], ())
