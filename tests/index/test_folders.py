"""The user's folders are where they always were, and a user without a home has none."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest

from index.errors import ModelError
from index.folders import cache_folder, config_folder, state_folder
from index.models.manifest import find_known
from index.models.weights import default_model, find_model, folder_of, models_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the customs of Linux")


def test_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("QA_MODELS", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cache_folder() == tmp_path / ".cache" / "article-qa"
    assert state_folder() == tmp_path / ".local" / "state" / "article-qa"
    assert config_folder() == tmp_path / ".config" / "article-qa"
    assert models_folder() == tmp_path / ".cache" / "article-qa" / "models"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert (cache_folder(), state_folder()) == (tmp_path / "c" / "article-qa", tmp_path / "s" / "article-qa")
    assert not any(tmp_path.iterdir()), "asking makes none"
    monkeypatch.setenv("QA_MODELS", "~/m")
    assert models_folder() == tmp_path / "m"


@pytest.mark.usefixtures("no_home")
def test_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (cache_folder(), config_folder(), state_folder()) == (None, None, None)
    with pytest.raises(ModelError, match="QA_MODELS"):
        models_folder()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "article-qa"


@pytest.mark.usefixtures("no_home")
def test_a_platformdirs_that_does_not_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/article-qa"))
    assert cache_folder() is None, "not a folder called ~ beside the user's files"


@pytest.mark.usefixtures("no_home")
def test_the_default_model_needs_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    known = find_known(default_model().name)
    assert known is not None
    assert folder_of(known).is_dir(), "it comes with a package"
    with pytest.raises(ModelError, match="no home folder to keep weights in"):
        find_model("ms-marco-MiniLM-L-12-v2", "ranking")
