"""A dry run says what an update would do, and leaves everything as it is."""

from __future__ import annotations

from pathlib import Path

from index.preview import preview
from index.readers import Reading
from tests.index.conftest import News
from tests.index.readers.made import PAGE, pdf


def said(news: News, *paths: Path) -> dict[str, tuple[str, str | None]]:
    found = preview(news.index, paths or [news.folder], Reading())
    return {event.path: (event.status, event.reason) for event, _ in found}


def test_before_there_is_an_index(news: News) -> None:
    news.write(a="Oil rose.", b="Oil rose.", c="")
    (news.folder / "d.html").write_text(PAGE)
    (news.folder / "e.doc").write_bytes(b"x")
    found = said(news)
    other = found.pop(str(news.folder / "e.doc"))
    assert other == ("skipped", "left alone: .doc (save it as .docx)")
    assert found == {
        "a.txt": ("added", None),
        "b.txt": ("added", "the same article as 'a'"),
        "c.txt": ("failed", "empty"),
        "d.html": ("added", None),
    }
    assert not news.index.exists()


def test_it_says_what_the_update_then_does(news: News) -> None:
    news.write(a="Oil rose.", b="Gas fell.").update()
    news.write(b="Gas rose.", c="Wheat fell.")
    (news.folder / "d.pdf").write_bytes(pdf())
    would = {path: status for path, (status, _) in said(news).items()}
    assert {event.path: event.status for event in news.update()} == would
    assert would == {"a.txt": "unchanged", "b.txt": "changed", "c.txt": "added", "d.pdf": "added"}
