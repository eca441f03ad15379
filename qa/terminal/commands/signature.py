"""Options that several commands have: what they take is changed by decorators, each of which goes through here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


def taking(
    options: Mapping[str, Any], command: Callable[..., None], run: Callable[..., None], *, without: str = "",
    default: Any = None,
) -> Callable[..., None]:  # fmt: skip
    """`run` with the parameters of `command`, but one, and `options` (annotations by name), as Typer sees them.

    All annotations are objects, which Typer, that asks for them several times, need not evaluate each time.
    """
    own = inspect.signature(command, eval_str=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [one.replace(kind=keyword) for name, one in own.parameters.items() if name != without]
    parameters += [inspect.Parameter(name, keyword, default=default, annotation=one) for name, one in options.items()]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run
