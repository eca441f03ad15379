"""Temporary indexes: what they depend on, and a line where none can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

import index
from index.errors import ArticleQAError, ignore
from index.models.embed import ExportEmbedder
from qa.evaluate import corpus
from qa.evaluate.corpus import index_of, index_of_files
from qa.evaluate.gold import GoldArticle

ARTICLES = [GoldArticle("a", "Lima has five bridges.")]


def test_every_pattern_of_the_key_names_modules() -> None:
    root = Path(index.__file__).parent
    assert all(any(root.glob(pattern)) for pattern in corpus._SPLITTING)
    named = {path.name for pattern in corpus._SPLITTING for path in root.glob(pattern)}
    assert {"schema.py", "catalog_writer.py", "lexical.py", "vectors.py", "split.py", "jsonl.py"} <= named


@pytest.mark.usefixtures("no_home")
def test_without_a_home_the_variable_is_named(embedder: ExportEmbedder, tmp_path: Path) -> None:
    with pytest.raises(ArticleQAError, match=r"no home folder .*; name a folder for it in XDG_CACHE_HOME"):
        index_of(ARTICLES, embedder, ignore)
    (tmp_path / "a.txt").write_text(ARTICLES[0].text)
    with pytest.raises(ArticleQAError, match="XDG_CACHE_HOME"):
        index_of_files(tmp_path, embedder, ignore)


def test_where_nothing_can_be_written_the_variable_is_named(
    embedder: ExportEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file")  # not even root can make a folder in it
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ArticleQAError, match=r"cache/article-qa/evaluate/\w+: no temporary index .*XDG_CACHE_HOME"):
        index_of(ARTICLES, embedder, ignore)
    (tmp_path / "a.txt").write_text(ARTICLES[0].text)
    with pytest.raises(ArticleQAError, match="XDG_CACHE_HOME"):
        index_of_files(tmp_path / "a.txt", embedder, ignore)
