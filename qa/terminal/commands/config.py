"""The commands about settings: config, config set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qa.terminal.commands.common import Commands, IndexOption, JsonOption, emit, errors, note
from qa.terminal.commands.shell import examples

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    invoke_without_command=True,
    epilog=examples("config"),
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def config(context: typer.Context, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show each setting, its value, and where that comes from."""
    if context.invoked_subcommand is not None:
        return
    with errors():
        from qa.config import SETTINGS, files, settings
        from qa.terminal.style import clean

        folder = _index_if_any(index)
        for one in settings(folder).values():
            if as_json:
                emit({"key": one.key, "value": one.value, "origin": one.origin})
                continue
            value = "-" if one.value is None else str(one.value).lower() if isinstance(one.value, bool) else one.value
            shown = (clean(str(text), keep_lines=False) for text in (value, one.origin))
            print("{:<9}{:<12} {}".format(one.key, *shown))
            print(f"         {SETTINGS[one.key].about}; ${SETTINGS[one.key].variable}")
        if not as_json:
            note(f"files, what counts more first: {', '.join(map(str, files(folder))) or 'none'}")


@app.command("set")
def config_set(
    key: Annotated[str, typer.Argument(metavar="KEY", help="What qa config lists.")],
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Without it the setting is taken out.")] = None,
    here: Annotated[bool, typer.Option("--here", help="In the index's own file, for all who ask it.")] = False,
    index: IndexOption = None,
) -> None:
    """Set something, for yourself or with --here for the index."""
    with errors():
        from index.errors import ConfigError
        from index.folders import config_folder
        from qa.config import FILE, find_index, set_value, settings
        from qa.llm.providers import checked

        if key == "model" and value not in (None, "none"):
            checked(str(value))
        own = config_folder()
        if not here and own is None:
            raise ConfigError("no home folder to keep settings in; use --here, or the environment")
        folder = find_index(index) if here else own
        assert folder is not None
        set_value(folder / FILE, key, value)
        note(f"{key} {'taken out' if value is None else 'set'} in {folder / FILE}")
        now = settings(_index_if_any(index))[key]
        if value is not None and now.origin != str(folder / FILE):
            note(f"but {now.origin} counts more here, and says {now.value}")


def _index_if_any(named: Path | None) -> Path | None:
    """The folder of the index that is meant; None if none is here."""
    from index.errors import NoIndexError
    from qa.config import find_index

    try:
        return find_index(named)
    except NoIndexError:
        if named is not None:
            raise
        return None
