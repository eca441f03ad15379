"""A file is the old one or the new one, whatever happens while it is written; and what is to be synced is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from index.files import fsync_tree, replace_bytes, replace_text, replacing


class Killed(BaseException):
    """Stands for what ends a process."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_read_meanwhile_is_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("old")
    with replacing(file) as draft:
        draft.write_text("new")
        assert file.read_text() == "old"
        assert draft.parent == file.parent, "a rename is one step only within a folder"
    assert file.read_text() == "new"
    assert names(tmp_path) == ["run.json"]


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("old")

    def write_half() -> None:
        with replacing(file) as draft:
            draft.write_text("ne")
            raise Killed

    with pytest.raises(Killed):
        write_half()
    assert file.read_text() == "old"
    assert names(tmp_path) == ["run.json"]


def test_nothing_is_left_where_nothing_was_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "never"):
        pass
    assert names(tmp_path) == []


def test_bytes_and_texts(tmp_path: Path) -> None:
    file = tmp_path / "a"
    replace_bytes(file, b"one\r\n")
    assert file.read_bytes() == b"one\r\n"
    replace_text(file, "“two”\n")
    assert file.read_bytes() == "“two”\n".encode()
    replace_text(file, "half \ud800", errors="replace")
    assert file.read_bytes() == b"half ?"
    with pytest.raises(UnicodeEncodeError):
        replace_text(file, "half \ud800")
    assert file.read_bytes() == b"half ?"


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were synced, in order."""
    found: list[int] = []
    real = os.fsync

    def noting(handle: int) -> None:
        found.append(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    return found


def test_a_synced_file_is_on_the_disk_before_it_has_its_name_and_its_name_after(
    tmp_path: Path, synced: list[int]
) -> None:
    replace_text(tmp_path / "a", "x", sync=True)
    assert synced == [(tmp_path / "a").stat().st_ino, tmp_path.stat().st_ino]
    replace_text(tmp_path / "b", "x")
    assert len(synced) == 2, "only where it is asked for"


def test_a_tree_is_synced_with_its_own_name(tmp_path: Path, synced: list[int]) -> None:
    made = tmp_path / "made"
    (made / "in").mkdir(parents=True)
    (made / "in" / "file").write_text("x")
    fsync_tree(made)
    paths = (tmp_path, made, made / "in", made / "in" / "file")
    assert sorted(synced) == sorted(path.stat().st_ino for path in paths)
