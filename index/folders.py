"""The folders that a program may use for its user, by the customs of the system it runs on.

On Linux: `$XDG_CACHE_HOME/article-qa`, else `~/.cache/article-qa`; `$XDG_STATE_HOME/article-qa`, else
`~/.local/state/article-qa`; `$XDG_CONFIG_HOME/article-qa`, else `~/.config/article-qa`. Nothing is made here. Each is
None for a user who has no home: a service, or a container, whose user is in no list of users.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_NAME = "article-qa"


def cache_folder() -> Path | None:
    """What can be made or fetched again."""
    from platformdirs import user_cache_path

    return _known(lambda: user_cache_path(_NAME, appauthor=False))


def state_folder() -> Path | None:
    """What a user would miss, and no one else needs."""
    from platformdirs import user_state_path

    return _known(lambda: user_state_path(_NAME, appauthor=False))


def config_folder() -> Path | None:
    """What a user has set."""
    from platformdirs import user_config_path

    return _known(lambda: user_config_path(_NAME, appauthor=False))


def _known(find: Callable[[], Path]) -> Path | None:
    try:
        found = find()
    except (RuntimeError, KeyError):
        return None
    return found if found.is_absolute() else None  # "~" as it stands, of a platformdirs that does not raise
