"""Settings: which source counts most, and what is said of one that is none."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from index.errors import ConfigError, UsageError
from qa.cli import app
from qa.config import FILE, SETTINGS, read_file, set_value, setting, settings


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    return tmp_path / "user" / "article-qa" / FILE


def test_flags_then_environment_then_index_then_user(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".qa"
    assert (setting("timeout"), settings()["timeout"].origin) == (120.0, "default")
    set_value(user, "timeout", "1")
    assert (setting("timeout", index=folder), settings(folder)["timeout"].origin) == (1.0, str(user))
    set_value(folder / FILE, "timeout", "2")
    assert (setting("timeout", index=folder), settings(folder)["timeout"].origin) == (2.0, str(folder / FILE))
    assert setting("timeout") == 1.0, "of another index"
    monkeypatch.setenv("QA_TIMEOUT", "3")
    assert (setting("timeout", index=folder), settings(folder)["timeout"].origin) == (3.0, "$QA_TIMEOUT")
    assert setting("timeout", 4.0, folder) == 4.0


def test_a_flag_that_says_no_counts(user: Path) -> None:
    set_value(user, "prose", "yes")
    assert setting("prose") is True
    assert setting("prose", False) is False


def test_comments_stay_and_a_setting_can_be_taken_out(user: Path) -> None:
    user.parent.mkdir(parents=True)
    user.write_text("# mine\nediting = 'vi' # as ever\n")
    set_value(user, "log", "off")
    assert user.read_text() == "# mine\nediting = 'vi' # as ever\nlog = false\n"
    set_value(user, "editing", None)
    assert user.read_text() == "# mine\nlog = false\n"
    assert read_file(user) == {"log": False}


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=12))
def test_what_is_written_is_read_as_it_was_meant(key: str, value: str) -> None:
    one = SETTINGS[key]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        try:
            wanted = one.read(value)
        except ValueError:
            with pytest.raises(UsageError, match="must be"):
                set_value(file, key, value)
            assert not file.exists()
        else:
            set_value(file, key, value)
            assert read_file(file) == {key: wanted}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("logg = false", "did you mean 'log'?"),
        ("log = 3", "log must be true or false"),
        ("log =", "mend or remove it"),
        ("timeout = true", "a number of seconds"),
        ("timeout = -1", "a number of seconds"),
        ("editing = 'nano'", "emacs or vi"),
        ("model = ''", "a text"),
        ("[log]\nx = 1", "true or false"),
    ],
)
def test_a_bad_file_is_one_line_that_names_it(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ConfigError) as raised:
        settings(tmp_path)
    assert str(tmp_path / FILE) in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_bad_variable_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_TIMEOUT", "soon")
    with pytest.raises(UsageError, match="QA_TIMEOUT is 'soon'; it must be a number of seconds"):
        settings()


def test_the_commands(user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    done = run(app, ["config", "set", "editing", "vi"])
    assert (done.exit_code, done.stderr) == (0, f"qa: editing set in {user}\n")
    shown = run(app, ["config"]).stdout
    assert f"editing  vi           {user}\n" in shown
    assert "timeout  120.0        default\n" in shown
    monkeypatch.setenv("QA_EDITING", "emacs")
    assert "but $QA_EDITING counts more here, and says emacs" in run(app, ["config", "set", "editing", "vi"]).stderr
    done = run(app, ["config", "set", "editng", "vi"])
    assert (done.exit_code, done.stderr) == (2, "qa: no setting 'editng'; did you mean 'editing'?\n")
    assert run(app, ["config", "set", "log", "x", "--here"]).exit_code == 1, "no index here"
    assert os.listdir(user.parent) == [FILE], "no draft is left"
