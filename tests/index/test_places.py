"""One article in several files, files that are renamed or copied, revisions, and what a second run costs."""

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from index import update
from index.errors import UnknownArticleError
from tests.index.conftest import News

OIL, TROOPS, GAS = "Oil rose on Monday.", "Troops came to the border.", "Gas fell on Friday."


def places(news: News, article_id: str) -> list[tuple[str, str]]:
    """Id and file of each place of an article."""
    with closing(news.catalog()) as catalog:
        return [(place.id, place.path) for place in catalog.places(article_id)]


def events(news: News, *paths: Path, **options: bool) -> list[tuple[str, str | None, str]]:
    return [(event.path, event.id, event.status) for event in news.update(*paths, **options)]


def texts(news: News, article_id: str) -> list[str]:
    """What an article said, oldest first."""
    with closing(news.catalog()) as catalog:
        return [revision.article.text for revision in catalog.revisions(article_id)]


# ---- the same article in several files -------------------------------------------------------------------------------


def test_the_same_article_in_two_files_is_one(news: News) -> None:
    news.embedder.encoded.clear()
    news.write(a=OIL, b=OIL, c=TROOPS)
    assert events(news) == [("a.txt", "a", "added"), ("c.txt", "c", "added"), ("b.txt", "a", "added")]
    assert news.embedder.encoded == [OIL, TROOPS]
    assert news.stored() == {"a": OIL, "c": TROOPS}
    assert places(news, "b") == places(news, "a") == [("a", "a.txt"), ("b", "b.txt")]
    with closing(news.catalog()) as catalog:
        assert catalog.canonical("b") == "a"
        assert [other.path for other in catalog.other_places()["a"]] == ["b.txt"]
    assert events(news) == [("a.txt", "a", "unchanged"), ("b.txt", "a", "unchanged"), ("c.txt", "c", "unchanged")]


def test_files_of_one_name_are_told_apart_where_they_differ(news: News) -> None:
    for folder, text in (("x", OIL), ("y", OIL), ("z", TROOPS)):
        (news.folder / folder).mkdir()
        (news.folder / folder / "a.txt").write_text(text)
    news.update()
    assert news.stored() == {"a": OIL, "a-2": TROOPS}
    assert places(news, "a") == [("a", "x/a.txt"), ("a-3", "y/a.txt")]


def test_two_records_with_one_text(news: News) -> None:
    lines = [json.dumps({"id": name, "text": OIL, "title": "T"}) for name in ("one", "two")]
    (news.folder / "n.jsonl").write_text("\n".join(lines))
    news.update()
    assert news.stored() == {"one": OIL}
    assert [id_ for id_, _ in places(news, "two")] == ["one", "two"]


@pytest.mark.parametrize(("gone", "left"), [("a", "b"), ("b", "a")])
def test_prune_keeps_an_article_that_another_file_has(news: News, gone: str, left: str) -> None:
    news.write(a=OIL, b=OIL).update()
    news.embedder.encoded.clear()
    (news.folder / f"{gone}.txt").unlink()
    event = next(event for event in news.update(prune=True) if event.status == "removed")
    assert event.reason == f"its file is gone; the article stays, it is in {left}.txt too"
    assert places(news, "a") == [(left, f"{left}.txt")]
    assert news.stored() == {"a": OIL}
    (news.folder / f"{left}.txt").unlink()
    assert events(news, prune=True) == [(f"{left}.txt", "a", "removed")]
    assert news.stored() == {}
    assert news.embedder.encoded == []


def test_the_ids_of_all_places_remove_it(news: News) -> None:
    news.write(a=OIL, b=OIL, c=TROOPS).update()
    news.remove("b")
    assert news.stored() == {"c": TROOPS}
    assert [status for *_, status in events(news)] == ["skipped", "skipped", "unchanged"]
    assert {status for *_, status in events(news, restore=True)} == {"added", "unchanged"}
    assert places(news, "b") == [("a", "a.txt"), ("b", "b.txt")]
    news.remove("a", "b")
    with pytest.raises(UnknownArticleError):
        news.remove("b")


def test_a_copy_of_what_was_taken_out_stays_out(news: News) -> None:
    news.write(a=OIL).update()
    news.remove("a")
    news.write(b=OIL)
    assert events(news) == [("a.txt", "a", "skipped"), ("b.txt", "a", "skipped")]
    assert news.stored() == {}
    (news.folder / "a.txt").unlink()
    assert [status for *_, status in events(news, news.folder / "b.txt", restore=True)] == ["added"]
    assert news.stored() == {"a": OIL}


def test_an_article_goes_with_the_file_that_it_is_named_for(news: News) -> None:
    news.write(a=OIL, b=OIL, c=OIL).update()
    news.write(a=GAS)
    news.embedder.encoded.clear()
    assert events(news) == [("a.txt", "a", "changed"), ("b.txt", "b", "unchanged"), ("c.txt", "b", "unchanged")]
    assert news.embedder.encoded == [GAS]  # what the others still say is not embedded again
    assert news.stored() == {"a": GAS, "b": OIL}
    assert news.search("oil") == ["b", "a"]
    news.write(c=TROOPS)
    assert events(news)[2] == ("c.txt", "c", "changed")
    assert news.stored() == {"a": GAS, "b": OIL, "c": TROOPS}
    assert [texts(news, name) for name in "abc"] == [[OIL, GAS], [OIL], [OIL, TROOPS]]
    news.write(b=GAS, c=GAS)
    assert {status for *_, status in events(news)} == {"unchanged", "changed"}
    assert news.stored() == {"a": GAS}
    assert news.state()["tantivy"] == 1


# ---- renamed files ---------------------------------------------------------------------------------------------------


def test_a_renamed_file_keeps_its_article(news: News) -> None:
    news.write(a=OIL, b=TROOPS).update()
    news.embedder.encoded.clear()
    (news.folder / "a.txt").rename(news.folder / "z.txt")
    renamed = next(event for event in news.update(prune=True) if event.status == "renamed")
    assert (renamed.path, renamed.id, renamed.reason) == ("z.txt", "a", "was a.txt")
    assert places(news, "a") == places(news, "z") == [("z", "z.txt")]
    assert news.embedder.encoded == []
    assert events(news, prune=True) == [("b.txt", "b", "unchanged"), ("z.txt", "a", "unchanged")]
    news.write(z=GAS, a=TROOPS + " Again.").update()
    assert news.stored() == {"a": GAS, "b": TROOPS, "a-2": TROOPS + " Again."}


def test_a_renamed_folder_and_a_renamed_file_of_records(news: News) -> None:
    (news.folder / "old").mkdir()
    (news.folder / "old" / "a.txt").write_text(OIL)
    (news.folder / "n.jsonl").write_text(f'{{"text": "{TROOPS}"}}\n{{"id": "r", "text": "{GAS}"}}\n')
    news.update()
    (news.folder / "old").rename(news.folder / "new")
    (news.folder / "n.jsonl").rename(news.folder / "m.jsonl")
    news.embedder.encoded.clear()
    assert events(news, prune=True) == [
        ("m.jsonl", "n-1", "renamed"), ("m.jsonl", "r", "renamed"), ("new/a.txt", "a", "renamed"),
    ]  # fmt: skip
    assert news.embedder.encoded == []
    assert news.stored() == {"a": OIL, "n-1": TROOPS, "r": GAS}


def test_a_copy_is_not_a_rename(news: News) -> None:
    news.write(a=OIL).update()
    news.write(b=OIL)
    assert events(news) == [("a.txt", "a", "unchanged"), ("b.txt", "a", "added")]


def test_swapped_files(news: News) -> None:
    news.write(a=OIL, b=TROOPS).update()
    news.write(a=TROOPS, b=OIL).update()
    assert sorted(news.stored().values()) == [OIL, TROOPS]
    with closing(news.catalog()) as catalog:
        said = {place.path: article.text for name in news.stored() for place in catalog.places(name)
                if (article := catalog.article(name))}  # fmt: skip
    assert said == {"a.txt": TROOPS, "b.txt": OIL}


def test_linked_files_and_folders(news: News, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text(OIL)
    (news.folder / "folder").symlink_to(elsewhere)
    (news.folder / "b.txt").symlink_to(elsewhere / "a.txt")
    (news.folder / "circle").symlink_to(news.folder)
    assert events(news) == [("b.txt", "b", "added")]
    assert news.notes == ["2 other files left alone: 2 links to folders"]
    assert events(news, news.folder / "folder") == [("folder/a.txt", "b", "added")]  # named, so it is followed
    assert places(news, "a") == [("b", "b.txt"), ("a", "folder/a.txt")]
    (elsewhere / "a.txt").unlink()
    assert {event.status for event in news.update(prune=True)} == {"removed", "failed"}


def test_an_index_is_moved_with_its_files(news: News, tmp_path: Path) -> None:
    news.write(a=OIL, b=OIL, c=TROOPS).update()
    news.embedder.encoded.clear()
    moved = News(news.folder.rename(tmp_path / "moved"), news.embedder)
    assert {status for *_, status in events(moved, prune=True)} == {"unchanged"}
    copied = News(Path(shutil.copytree(moved.folder, tmp_path / "copied")), news.embedder)
    assert {status for *_, status in events(copied, prune=True)} == {"unchanged"}
    assert news.embedder.encoded == []
    assert copied.search("troops") == ["c", "a"]


# ---- revisions -------------------------------------------------------------------------------------------------------


def test_what_an_article_said_before_is_kept_and_not_searched(news: News) -> None:
    news.write(a=OIL).update()
    news.write(a=GAS).update()
    news.write(a=TROOPS).update()
    assert texts(news, "a") == [OIL, GAS, TROOPS]
    with closing(news.open()) as snapshot, snapshot.view() as view:
        found = view.catalog.revisions("a")
        assert [revision.number for revision in found] == [1, 2, 3]
        seen = [revision.seen or "" for revision in found]
        assert seen == sorted(seen)
        assert all(time.endswith("+00:00") for time in seen)
        assert view.catalog.count_passages() == 1
        assert [len(view.matches(word, 5)) for word in ("oil", "gas", "troops")] == [0, 0, 1]
    news.remove("a")
    with closing(news.catalog()) as catalog:
        assert catalog.revisions("a") == []
    news.write(a=GAS).update()
    assert texts(news, "a") == [GAS]


# ---- cost ------------------------------------------------------------------------------------------------------------


def test_unchanged_files_are_not_read(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    news.write(a=OIL, b=TROOPS)
    (news.folder / "n.jsonl").write_text(f'{{"text": "{GAS}"}}\n{{"id": "r", "text": "Nobody came."}}\n')
    monkeypatch.setattr("index.readers.state._SETTLED_NS", -(10**18))  # as if the files were old
    first = {(path, id_) for path, id_, _ in events(news)}
    asked: list[str] = []
    read = update.read
    monkeypatch.setattr(update, "read", lambda file, *rest, **how: asked.append(file.name) or read(file, *rest, **how))
    assert {(path, id_) for path, id_, status in events(news, prune=True) if status == "unchanged"} == first
    assert asked == []
    news.write(b="Troops left the border again.")
    events(news)
    assert asked == ["b.txt"]
    news.remove("a")
    events(news)
    assert asked == ["b.txt"]
    assert ("a.txt", "a", "added") in events(news, restore=True)
    assert asked == ["b.txt", "a.txt"]


def test_what_was_not_read_whole_is_read_again(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.readers.state._SETTLED_NS", -(10**18))
    (news.folder / "n.jsonl").write_text(f'{{"id": "r", "text": "{GAS}"}}\nbroken\n')
    for status in ("added", "unchanged"):
        assert {event.status for event in news.update()} == {status, "failed"}
    (news.folder / "n.jsonl").write_text(f'{{"id": "s", "text": "{OIL}"}}\n')
    assert events(news) == [("n.jsonl", "s", "added")]
    assert events(news, prune=True) == [("n.jsonl", "s", "unchanged"), ("n.jsonl", "r", "removed")]


def test_a_change_that_keeps_size_and_time_is_seen(news: News) -> None:
    news.write(a="Oil rose.").update()
    before = (news.folder / "a.txt").stat()
    news.write(a="Gas fell.")
    os.utime(news.folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert events(news) == [("a.txt", "a", "changed")]
