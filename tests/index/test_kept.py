"""What was fetched is kept beside the index, indexed with its address, and stays when the page is gone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from index.batch import Event
from index.kept import FOLDER, Kept, addresses_in, is_address
from index.readers.fetch import Fetcher
from index.update import writing
from tests.index.conftest import News
from tests.index.readers.made import PAGE, PARAGRAPHS, pdf
from tests.index.readers.serving import BODY, Server, answer, server

__all__ = ["server"]


def bring(news: News, *addresses: str, limit: int = 20) -> list[Event]:
    """Fetch and index as the command does: the events of both."""
    fetcher = Fetcher(allow_private=True, seconds=2, pause=0)
    with writing(news.index, news.embedder, notify=news.notes.append) as writer:
        brought = Kept(writer.folder, fetcher, news.notes.append).bring(addresses, limit)
        return list(writer.update([], brought=brought))


def test_a_page_is_kept_and_cited_by_its_address(news: News, server: Server) -> None:
    server.paths |= {"/a": answer(status="301 Moved", Location="/ferry"), "/ferry": answer(BODY)}
    (event,) = bring(news, f"{server.url}/a")
    assert event.status == "added"
    assert event.path.startswith(f".qa/{FOLDER}/127.0.0.1-ferry-")
    with closing(news.catalog()) as catalog:
        article = catalog.article(event.id or "")
    assert article is not None
    assert article.url == f"{server.url}/ferry"
    assert PARAGRAPHS[0] in article.text
    assert (news.folder / article.path).read_bytes().endswith(BODY)
    assert news.search("ferry harbor") == [event.id]


def test_a_page_that_is_gone_stays_in_the_index(news: News, server: Server) -> None:
    server.paths["/a"] = answer(BODY)
    bring(news, f"{server.url}/a")
    assert [event.status for event in bring(news, f"{server.url}/a")] == ["unchanged"]
    server.paths["/a"] = answer(status="404 Not Found")
    (event,) = bring(news, f"{server.url}/a")
    assert (event.status, event.path) == ("failed", f"{server.url}/a")
    assert "no such page (status 404); what was fetched on 20" in (event.reason or "")
    assert len(news.stored()) == 1


def test_a_feed_stands_for_its_pages(news: News, server: Server) -> None:
    pages = {f"/{n}": answer(PAGE.replace("nine days", f"{n} days").encode()) for n in range(5)}
    items = "".join(f"<item><title>t</title><link>{server.url}/{n}</link></item>" for n in range(5))
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()
    server.paths |= {**pages, "/feed": answer(feed, Content_Type="application/rss+xml")}
    assert [event.status for event in bring(news, f"{server.url}/feed", limit=3)] == ["added"] * 3
    assert "/3" not in server.asked
    assert "a feed of 5 pages, of which the first 3 are fetched" in news.notes[0]


def test_a_pdf_is_told_by_what_it_is(news: News, server: Server) -> None:
    server.paths["/get?id=7"] = answer(pdf(), Content_Type="application/octet-stream")
    (event,) = bring(news, f"{server.url}/get?id=7")
    assert event.path.endswith(".pdf")
    assert event.status == "added"


def test_a_server_may_name_an_encoding_that_the_page_does_not(news: News, server: Server) -> None:
    page = PAGE.replace("harbor master", "capit\u00e1n del puerto").encode("latin-1")
    server.paths["/"] = answer(page, Content_Type="text/html; charset=ISO-8859-1")
    bring(news, f"{server.url}/")
    (text,) = news.stored().values()
    assert "capit\u00e1n" in text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# mine\nhttps://a.example/1\n\nhttp://b.example/2\n", ["https://a.example/1", "http://b.example/2"]),
        ("See https://a.example/1\n", []),
        ("https://a.example/1\nand more\n", []),
        ("", []),
    ],
)
def test_a_file_of_addresses(tmp_path: Path, text: str, found: list[str]) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert addresses_in(tmp_path / "a.txt") == found


def test_what_is_an_address() -> None:
    assert [one for one in ("https://a", "HTTP://a", "a.txt", "ftp://a", "https:/a") if is_address(one)] == [
        "https://a",
        "HTTP://a",
    ]
