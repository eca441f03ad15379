"""Settings, and which index is meant: flags, then the environment, then `.qa/config.toml`, then the user's file."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ConfigError, NoIndexError, UsageError
from index.files import replace_text
from index.folders import config_folder
from index.types import INDEX_MARK

FOLDER = ".qa"
FILE = "config.toml"
DEFAULT = "default"
"""The origin of a value that nobody set."""


def find_index(named: Path | None, *, to_write: bool = False) -> Path:
    """The folder of the index. With `to_write` it need not exist: a new one is made in `.qa` here.

    Raises NoIndexError, with the command that makes one.
    """
    chosen = named or (Path(os.environ["QA_INDEX"]) if os.environ.get("QA_INDEX") else None)
    if chosen is not None:
        if not to_write and not (chosen / INDEX_MARK).is_file():
            raise NoIndexError(f"no index in {chosen}; make one: qa index PATH --index {chosen}")
        return chosen
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FOLDER / INDEX_MARK).is_file():
            return Path(FOLDER) if folder == here else folder / FOLDER
    if to_write:
        return Path(FOLDER)
    raise NoIndexError("no index here or in a parent folder; make one: qa index PATH")


# ---- what can be set -------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text, like: a name or a path")
    return value.strip()


def _yes_or_no(value: Any) -> bool:
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    found = value if isinstance(value, bool) else words.get(str(value).strip().lower())
    if found is None:
        raise ValueError("true or false")
    return found


def _seconds(value: Any) -> float:
    try:
        found = float("no number" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        found = 0.0
    if not 0 < found <= 86_400:
        raise ValueError("a number of seconds, more than 0 and at most 86400")
    return found


def _count(value: Any) -> int:
    try:
        found = 0 if isinstance(value, bool) else int(value)
    except (TypeError, ValueError):
        found = 0
    if not 0 < found <= 10_000_000:
        raise ValueError("a number, more than 0")
    return found


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(choices))
        return str(value)

    return read


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that can be set. `read` makes its value of a text, or of what TOML has.

    `read` raises ValueError that says what the value must be.
    """

    key: str
    about: str
    read: Callable[[Any], Any]
    default: Any = None

    @property
    def variable(self) -> str:
        """The variable of the environment that sets it."""
        return f"QA_{self.key.upper()}"


SETTINGS = {
    one.key: one
    for one in (
        Setting("model", "the language model that selects and words, as for -m", _text),
        Setting("prose", "whether a language model may word the answer", _yes_or_no),
        Setting("prompts", "a folder of prompts in the place of the shipped ones", _text),
        Setting("timeout", "seconds that a language model may take", _seconds, 120.0),
        Setting("window", "tokens of a language model's window that are used", _count),
        Setting("ranker", "the cross-encoder that ranks, as for --ranker", _text),
        Setting("log", "whether questions and answers are kept in the log", _yes_or_no, True),
        Setting("links", "whether places are links: auto, always or never", _one_of("auto", "always", "never"), "auto"),
        Setting("editing", "the keys of the chat's line: emacs or vi", _one_of("emacs", "vi"), "emacs"),
    )
}


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a setting, and where it comes from: a variable (`$QA_MODEL`), a file, or DEFAULT."""

    key: str
    value: Any
    origin: str


def setting(key: str, flag: Any = None, index: Path | None = None) -> Any:
    """The value of a setting: `flag` if that is not None, else the environment's, the index's, the user's, the default.

    Raises ConfigError for a file that is no TOML or sets what nobody knows, UsageError for a variable's bad value.
    """
    return flag if flag is not None else settings(index)[key].value


def settings(index: Path | None = None) -> dict[str, Value]:
    """Every setting, with where it comes from. Raises as `setting`."""
    found = {one.key: Value(one.key, one.default, DEFAULT) for one in SETTINGS.values()}
    for file in reversed(files(index)):
        found |= {key: Value(key, value, str(file)) for key, value in read_file(file).items()}
    for one in SETTINGS.values():
        if given := os.environ.get(one.variable):
            try:
                found[one.key] = Value(one.key, one.read(given), f"${one.variable}")
            except ValueError as error:
                raise UsageError(f"{one.variable} is {given!r}; it must be {error}") from error
    return found


def files(index: Path | None) -> list[Path]:
    """The files that may set something, what counts more first: the index's, if there is one, then the user's."""
    return [folder / FILE for folder in (index, config_folder()) if folder is not None]


def read_file(file: Path) -> dict[str, Any]:
    """What a file sets, by key; nothing if it is not there. Raises ConfigError."""
    import tomllib

    try:
        held: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {getattr(error, 'strerror', None) or error}; mend or remove it") from error
    values = {}
    for key, value in held.items():
        try:
            values[key] = known(key).read(value)
        except UsageError as error:
            raise ConfigError(f"{file}: {error}") from error
        except ValueError as error:
            raise ConfigError(f"{file}: {key} must be {error}; type: qa config set {key} VALUE") from error
    return values


def known(key: str) -> Setting:
    """The setting of this name. Raises UsageError that names the nearest one."""
    if key in SETTINGS:
        return SETTINGS[key]
    near = difflib.get_close_matches(key.lower(), SETTINGS, n=1, cutoff=0.5)
    meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(SETTINGS)}"
    raise UsageError(f"no setting {key!r}; {meant}")


def set_value(file: Path, key: str, value: str | None) -> None:
    """Write a setting into a file, which is made if need be and keeps its comments; None takes it out.

    Raises UsageError for a key or a value that is none, ConfigError for a file that is no TOML, OSError.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    one = known(key)
    try:
        read = None if value is None else one.read(value)
    except ValueError as error:
        raise UsageError(f"{key} must be {error}, not {value!r}") from error
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8") if file.exists() else "")
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}; mend or remove it") from error
    if read is not None:
        document[key] = int(read) if isinstance(read, float) and read.is_integer() else read
    elif key in document:
        del document[key]
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, tomlkit.dumps(document))
