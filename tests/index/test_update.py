"""The one writer: what becomes of files, and that every store follows the catalog."""

import errno
import hashlib
import json
import os
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index import batch, update
from index.errors import EmbeddingMismatchError, IndexBusyError, IndexDamagedError, UnknownArticleError
from index.readers import state_of
from index.stores import derived
from index.stores.catalog_writer import CatalogWriter
from index.types import Place
from index.update import Progress, writing
from tests.fakes import HashEmbedder
from tests.index.conftest import News

OIL, TROOPS, GAS = "Oil rose on Monday.", "Troops came to the border.", "Gas fell on Friday."


# ---- add, change, leave alone ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("settled", [True, False])
def test_a_second_run_does_nothing(news: News, settled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.readers.state._SETTLED_NS", -(10**18) if settled else 10**18)
    news.write(a=OIL, b=TROOPS)
    assert news.statuses() == {"a": "added", "b": "added"}
    before = news.embedder.encoded.copy()
    catalog = (news.index / "catalog.sqlite").read_bytes()
    assert news.statuses() == {"a": "unchanged", "b": "unchanged"}
    assert news.embedder.encoded == before
    assert (news.index / "catalog.sqlite").read_bytes() == catalog
    assert news.state() == {"catalog": 2, "tantivy": 2, "chroma": 2}


def test_a_changed_file_replaces_its_passages_everywhere(news: News) -> None:
    news.write(a=OIL, b=TROOPS).update()
    news.write(a="Gas fell on Friday.")
    assert news.statuses() == {"a": "changed", "b": "unchanged"}
    assert news.stored() == {"a": "Gas fell on Friday.", "b": TROOPS}
    with closing(news.open()) as snapshot, snapshot.view() as view:
        assert [len(view.matches(word, 5)) for word in ("oil", "gas")] == [0, 1]
    assert news.search("gas Friday")[0] == "a"
    assert news.state()["tantivy"] == 2


def test_a_change_costs_what_changed(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    news.write(a=OIL, b=TROOPS).update()
    monkeypatch.setattr(derived.Derived, "_new_tantivy", None)
    monkeypatch.setattr(derived.vectors, "make_generation", None)
    news.embedder.encoded.clear()
    news.write(a="Gas fell.").update()
    news.remove("b")
    assert news.embedder.encoded == ["Gas fell."]


def test_an_event_comes_after_its_commit(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_PASSAGES", 2)
    news.write(**{f"a{i}": f"Article {i} says so." for i in range(5)})
    with writing(news.index, news.embedder) as writer:
        for event in writer.update([news.folder]):
            assert event.id in news.stored()


def test_progress_ends_at_its_total(news: News) -> None:
    news.write(a=OIL, b="é" * 50 + ". " + TROOPS)
    progress = Progress()
    news.update(progress=progress)
    size = sum(path.stat().st_size for path in news.folder.glob("*.txt"))
    assert (progress.total, progress.done, progress.articles, progress.passages) == (size, size, 2, 2)


def test_progress_goes_on_while_a_batch_is_embedded(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_SLICE", 2)
    news.write(**{f"a{i}": f"Article {i} says {'so ' * i}." for i in range(5)})
    progress, seen = Progress(), []
    encode = news.embedder.encode

    def noted(texts: list[str]) -> np.ndarray:
        seen.append((progress.stage, progress.passages, progress.done))
        return encode(texts)

    monkeypatch.setattr(news.embedder, "encode", noted)
    news.update(progress=progress)
    assert [passages for _, passages, _ in seen] == [0, 2, 4]
    assert seen[0] == ("loading the model", 0, 0)
    assert 0 < seen[1][2] < seen[2][2] < progress.total
    with closing(news.catalog()) as catalog:
        texts = [text for _, _, _, text in catalog.texts()]
        assert np.allclose(catalog.vectors()[1], encode(texts))  # each at its own passage


def test_what_is_not_embedded_is_no_part_of_the_total(news: News) -> None:
    news.write(a=OIL).update()
    news.write(b=TROOPS, c="\n" * 900)
    progress = Progress()
    news.update(progress=progress)
    assert progress.total == progress.done == len(TROOPS.encode())


def test_an_index_into_which_nothing_came_is_not_left_behind(news: News) -> None:
    news.write(a=" ")
    for kept in (False, True):
        with writing(news.index, news.embedder, keep_empty=kept) as writer:
            assert [event.status for event in writer.update([news.folder])] == ["failed"]
        assert news.index.exists() == kept
    with writing(news.index, news.embedder, keep_empty=False) as writer:
        list(writer.update([news.folder]))
    assert news.index.exists()  # it was there before
    news.write(a=OIL)
    other = news.folder / "other"
    other.mkdir()
    (other / "notes").write_text("the user's own")
    with writing(other, news.embedder, keep_empty=False):
        pass
    assert [path.name for path in other.iterdir()] == ["notes"]
    with writing(other, news.embedder, keep_empty=False) as writer:
        list(writer.update([news.folder]))
        writer.remove(["a"])
    assert (other / "catalog.sqlite").exists()  # it knows what was taken out


def test_who_waited_for_a_writer_that_left_nothing_goes_on(news: News) -> None:
    """The folder, and the lock in it, go while another waits."""
    waiting, done = threading.Event(), threading.Event()

    def second() -> None:
        with writing(news.index, HashEmbedder(), notify=lambda _: waiting.set()) as writer:
            list(writer.update([news.folder]))
        done.set()

    with writing(news.index, news.embedder, keep_empty=False):
        thread = threading.Thread(target=second, daemon=True)
        thread.start()
        assert waiting.wait(20)
        news.write(a=OIL)
    assert done.wait(20)
    assert set(news.stored()) == {"a"}


def test_an_empty_folder(news: News) -> None:
    assert news.update() == []
    assert news.search("oil") == []
    assert news.notes == []


def test_a_path_given_twice_is_read_once(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    news.write(a=OIL)
    monkeypatch.chdir(news.folder)
    paths = [news.folder, Path(), Path("a.txt"), news.folder / "x" / ".." / "a.txt", Path("../news/a.txt")]
    assert [(event.status, event.id) for event in news.update(*paths)] == [("added", "a")]


def test_bad_files_are_named_and_the_good_ones_go_in(news: News) -> None:
    news.write(good=OIL, empty="", noise="{mosads}")
    (news.folder / "binary.txt").write_bytes(b"\0\1\2")
    (news.folder / "big.txt").write_text("Oil. " * 300)
    (news.folder / "other.doc").write_bytes(b"%DOC")
    (news.folder / "gold.jsonl").write_text('{"question": "Who?", "answers": []}\n')
    os.mkfifo(news.folder / "fifo.txt")
    if os.name == "posix":
        Path(os.fsdecode(os.fsencode(news.folder) + b"/caf\xe9.txt")).write_text(OIL)
    found = {event.path: (event.status, event.reason) for event in news.update(max_bytes=1000)}
    assert found.pop("good.txt") == ("added", None)
    assert found == {
        "big.txt": ("failed", "too large (0.0 MB, more than the limit of 0.001 MB an article; --max-mb raises it)"),
        "binary.txt": (
            "failed",
            "not a text file (or in an encoding other than UTF-8, UTF-16 with a mark, Windows-1252, Latin-1)",
        ),
        r"caf\xe9.txt": ("failed", "its name is not UTF-8; rename it"),
        "empty.txt": ("failed", "empty"),
        "fifo.txt": ("failed", "not a file"),
        "gold.jsonl": ("skipped", "1 question of a gold set, no article"),
        "noise.txt": ("failed", "no text beside leftovers of the page"),
    }
    assert news.notes == ["1 other file left alone: 1 .doc (save it as .docx)"]
    assert news.search("oil") == ["good"]


def test_a_file_that_fails_keeps_what_was_indexed(news: News) -> None:
    news.write(a=OIL).update()
    news.write(a="")
    assert news.statuses(prune=True) == {"a.txt": "failed"}
    assert news.stored() == {"a": OIL}


# ---- identity --------------------------------------------------------------------------------------------------------


def test_files_with_one_name_get_ids_of_their_own(news: News) -> None:
    for folder in "xyz":
        (news.folder / folder).mkdir()
        (news.folder / folder / "a.txt").write_text(f"Article {folder} says so.")
    events = news.update()
    assert [event.id for event in events] == ["a", "a-2", "a-3"]
    assert events[1].reason == "the id 'a' is taken by another article, this one is 'a-2'"
    assert news.statuses() == {"a": "unchanged", "a-2": "unchanged", "a-3": "unchanged"}
    (news.folder / "x" / "a.txt").write_text("Changed.")
    assert news.statuses() == {"a": "changed", "a-2": "unchanged", "a-3": "unchanged"}


def test_very_many_files_of_one_name_take_a_linear_number_of_queries(
    news: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_PASSAGES", 1)
    asked: list[str] = []
    is_taken = CatalogWriter.is_taken
    monkeypatch.setattr(CatalogWriter, "is_taken", lambda self, *what: asked.append(what[0]) or is_taken(self, *what))
    for number in range(100):
        (news.folder / str(number)).mkdir()
        (news.folder / str(number) / "a.txt").write_text(f"{OIL} {number}")
    assert len(news.statuses()) == 100
    assert len(asked) <= 300


def test_records_keep_their_ids_and_their_new_lines(news: News) -> None:
    path = news.folder / "n.jsonl"
    one, two = ({"id": name, "text": f"{name} says so."} for name in ("x: 1", "y 2"))
    path.write_text(json.dumps(one) + "\n" + json.dumps(two))
    assert news.statuses() == {"x: 1": "added", "y 2": "added"}
    path.write_text("\n\n" + json.dumps(two) + "\n" + json.dumps(one))
    assert news.statuses() == {"y 2": "unchanged", "x: 1": "unchanged"}
    with closing(news.catalog()) as catalog:
        found = catalog.article("x: 1")
        assert found is not None
        assert found.place == Place(record=4)
        note = catalog.file_note("n.jsonl")
        assert note is not None
        assert note.state == state_of(path)


def test_paths_are_relative_below_the_index_and_move_with_it(news: News, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(TROOPS)
    news.write(a=OIL)
    assert [event.path for event in news.update(news.folder, outside)] == ["a.txt", outside.as_posix()]
    moved = News(news.folder.rename(tmp_path / "moved"), news.embedder)
    assert moved.statuses(moved.folder, outside) == {"a": "unchanged", "outside": "unchanged"}


def test_a_change_while_a_file_is_read_does_not_go_unnoticed(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    news.write(a=OIL)

    def read_and_change(*args: object, **how: object) -> list[object]:
        found = list(read(*args, **how))  # type: ignore[arg-type]
        news.write(a="Gas fell.")
        return found

    read = update.read
    monkeypatch.setattr(update, "read", read_and_change)
    news.update()
    with closing(news.catalog()) as catalog:
        assert catalog.file_note("a.txt") is None


def notes(news: News, *paths: str) -> list[tuple[bool, str | None] | None]:
    """Of files, whether they were taken in whole, and the digest they had; None where nothing is known."""
    with closing(news.catalog()) as catalog:
        found = [catalog.file_note(path) for path in paths]
        return [note and (note.is_whole, note.digest) for note in found]


def test_what_a_file_was_is_noted(news: News) -> None:
    news.write(a=OIL)
    whole, part = news.folder / "a.txt", news.folder / "n.jsonl"
    part.write_text(f'{{"id": "r", "text": "{TROOPS}"}}\nbroken\n')
    (news.folder / "b.txt").write_text(" ")
    for _ in range(2):
        news.update()
        sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (whole, part)]
        assert notes(news, "a.txt", "n.jsonl", "b.txt") == [(True, sums[0]), (False, sums[1]), None]
    news.write(a=GAS).update()
    assert notes(news, "a.txt") == [(True, hashlib.sha256(whole.read_bytes()).hexdigest())]


def test_nothing_is_noted_of_a_file_of_which_the_index_has_what_it_no_longer_says(news: News) -> None:
    news.write(a=OIL)
    path = news.folder / "n.jsonl"
    path.write_text(f'{{"id": "r", "text": "{TROOPS}"}}\n{{"id": "s", "text": "{GAS}"}}\n')
    news.update()
    assert all(notes(news, "a.txt", "n.jsonl"))
    news.write(a="Advertisement\n")
    path.write_text(f'{{"id": "r", "text": "{TROOPS}"}}\n')
    news.update()
    assert notes(news, "a.txt", "n.jsonl") == [None, None]
    assert len(news.stored()) == 3


def test_a_change_that_leaves_size_and_time_does_not_go_unnoticed(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a clock that ticks slowly hides: the state is the same before and after."""
    news.write(a=OIL)
    state = state_of(news.folder / "a.txt")
    monkeypatch.setattr("index.readers.state.state_of", lambda file: state)

    def read_and_change(*args: object, **how: object) -> list[object]:
        found = list(read(*args, **how))  # type: ignore[arg-type]
        news.write(a=OIL.upper())
        return found

    read = update.read
    monkeypatch.setattr(update, "read", read_and_change)
    news.update()
    assert notes(news, "a.txt") == [None]


# ---- remove, restore, prune ------------------------------------------------------------------------------------------


def test_removed_articles_stay_away_until_they_change(news: News) -> None:
    news.write(a=OIL, b=TROOPS).update()
    news.remove("a", "a")
    assert news.stored() == {"b": TROOPS}
    assert news.search("oil") == ["b"]
    assert news.state()["tantivy"] == 1
    event = news.update()[0]
    assert (event.status, event.id, event.reason) == (
        "skipped",
        "a",
        "taken out by qa remove; qa index --restore PATH brings it back",
    )
    assert news.statuses(restore=True) == {"a": "added", "b": "unchanged"}
    news.remove("a")
    news.write(a="Gas fell.")
    assert news.statuses() == {"a": "added", "b": "unchanged"}
    assert news.search("gas")[0] == "a"


def test_removing_the_last_article(news: News) -> None:
    news.write(a=OIL).update()
    news.remove("a")
    assert news.search("oil") == []
    assert news.state()["tantivy"] == 0


def test_one_unknown_id_removes_nothing(news: News) -> None:
    news.write(a=OIL, b=TROOPS).update()
    with pytest.raises(UnknownArticleError, match="no article 'x' in"):
        news.remove("a", "x")
    news.remove("b")
    with pytest.raises(UnknownArticleError):
        news.remove("b")
    assert news.stored() == {"a": OIL}


def test_prune_drops_what_is_gone_below_the_paths_given(news: News, tmp_path: Path) -> None:
    for name in ("x", "y"):
        (news.folder / name).mkdir()
        (news.folder / name / f"{name}.txt").write_text(f"{OIL} {name}")
    outside = tmp_path / "z"
    outside.mkdir()
    (outside / "z.txt").write_text(OIL)
    records = news.folder / "n.jsonl"
    records.write_text('{"id": "r1", "text": "One."}\n{"id": "r2", "text": "Two."}\n')
    news.update(news.folder, outside)
    for path in (news.folder / "x" / "x.txt", news.folder / "y" / "y.txt", outside / "z.txt"):
        path.unlink()
    records.write_text('{"id": "r1", "text": "One."}\n')
    assert news.statuses() == {"r1": "unchanged"}
    assert news.statuses(news.folder / "missing", prune=True) == {str(Path("missing")): "failed"}
    assert set(news.stored()) == {"x", "y", "z", "r1", "r2"}
    assert news.statuses(news.folder / "x", prune=True) == {"x": "removed"}
    events = {event.id: (event.status, event.reason) for event in news.update(tmp_path, prune=True)}
    assert events == {
        "r1": ("unchanged", None),
        "r2": ("removed", "is no longer in the file"),
        "y": ("removed", "its file is gone"),
        "z": ("removed", "its file is gone"),
    }
    assert set(news.stored()) == {"r1"}
    assert news.statuses(prune=True) == {"r1": "unchanged"}


def test_prune_keeps_what_it_cannot_look_at(unprivileged: Path, embedder: HashEmbedder) -> None:
    news = News(unprivileged, embedder)
    (news.folder / "locked").mkdir()
    (news.folder / "locked" / "a.txt").write_text(OIL)
    (news.folder / "n.jsonl").write_text('{"id": "r1", "text": "One."}\n{"id": "r2", "text": "Two."}\n')
    news.update()
    (news.folder / "locked").chmod(0)
    (news.folder / "n.jsonl").write_text('{"id": "r1", "text": "One."}\n{"id": "r2", "text": "Two\n')
    events = [(event.path, event.status, event.reason) for event in news.update(prune=True)]
    (news.folder / "locked").chmod(0o700)
    assert events[0] == ("locked", "failed", os.strerror(errno.EACCES))
    assert [status for _, status, _ in events[1:]] == ["unchanged", "failed"]
    assert set(news.stored()) == {"a", "r1", "r2"}


# ---- two writers, Ctrl-C, other failures -----------------------------------------------------------------------------


def test_a_second_writer_that_does_not_wait_fails(news: News) -> None:
    said = f"process {os.getpid()} on .* has been writing since"
    with writing(news.index, news.embedder), pytest.raises(IndexBusyError, match=said):
        writing(news.index, news.embedder, wait=False).__enter__()
    with writing(news.index, news.embedder, wait=False):
        pass
    assert not (news.index / "writer.json").exists()


def test_a_second_writer_waits_and_says_for_whom(news: News) -> None:
    news.write(a=OIL)
    waiting, notes = threading.Event(), []

    def notify(note: str) -> None:
        notes.append(note)
        waiting.set()

    def second() -> None:
        with writing(news.index, news.embedder, notify=notify) as writer:
            notes.append([event.status for event in writer.update([news.folder])])

    thread = threading.Thread(target=second)
    with writing(news.index, news.embedder) as writer:
        thread.start()
        assert waiting.wait(60)
        assert [event.status for event in writer.update([news.folder])] == ["added"]
    thread.join(60)
    assert "waiting for it to finish" in notes[0]
    assert notes[1:] == [["unchanged"]]


class Interrupted(HashEmbedder):
    """Stands for a user who types Ctrl-C while the second batch is embedded."""

    def encode(self, texts):  # type: ignore[no-untyped-def]
        if any("stop" in text for text in texts):
            raise KeyboardInterrupt
        return super().encode(texts)


def test_ctrl_c_keeps_what_is_committed_and_frees_the_lock(news: News, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_PASSAGES", 1)
    news.write(a=OIL, b="Please stop.", c=TROOPS)
    seen: list[str | None] = []

    def index() -> None:
        with writing(news.index, Interrupted()) as writer:
            seen.extend(event.id for event in writer.update([news.folder]))

    with pytest.raises(KeyboardInterrupt):
        index()
    assert seen == ["a"]
    assert news.stored() == {"a": OIL}
    assert news.search("oil") == ["a"]
    assert news.statuses() == {"a": "unchanged", "b": "added", "c": "added"}
    assert news.state() == {"catalog": 3, "tantivy": 3, "chroma": 3}


def test_another_model_is_refused(news: News) -> None:
    news.write(a=OIL).update()
    with pytest.raises(EmbeddingMismatchError, match="made with the embedding fake@1, not other@2"):
        writing(news.index, HashEmbedder("other@2")).__enter__()
    assert news.statuses() == {"a": "unchanged"}
    assert not (news.index / "writer.json").exists()


def test_places_where_no_index_can_be(tmp_path: Path, unprivileged: Path, embedder: HashEmbedder) -> None:
    (unprivileged / "file").write_text("")
    closed = unprivileged / "closed"
    closed.mkdir(mode=0o500)
    for folder in (unprivileged / "file", unprivileged / "file" / "x", closed / ".qa", closed):
        with pytest.raises(IndexDamagedError, match=r"cannot be written .*; name another with --index"):
            writing(folder, embedder).__enter__()
