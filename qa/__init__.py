"""article-qa: ask a folder of news articles, get answers with the sentences that say so.

import qa
assistant = qa.open(".qa")
answer = assistant.ask("How many troops were authorized?")
print(answer.answer, answer.citations[0].quote)
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING


def _foreign_index() -> str | None:
    """Why `import index` would not bring article-qa's: `index` is a generic name. None if it would."""
    found = find_spec("index")
    where = found.origin if found else None
    if where and Path(where).parent.parent == Path(__file__).parent.parent:
        return None
    return f"{where or 'a folder'}: another module named 'index' hides article-qa's; move it, or give each its own venv"


# The command says it on its own (`qa.__main__`), without a traceback.
if (_problem := _foreign_index()) and Path(sys.argv[0]).stem not in ("qa", "__main__"):
    raise ImportError(_problem)

if TYPE_CHECKING:
    from index.filters import Filters
    from qa.assistant import Assistant
    from qa.llm.select import Llm

__version__ = "0.1.1"
__all__ = ["Filters", "__version__", "open"]


def open(folder: str | Path = ".qa", *, llm: Llm | None = None, ranker: str | None = None) -> Assistant:
    """The assistant for the index in `folder`. Close it, or use it in a `with`, when you are done.

    With `llm`, any LlamaIndex LLM, that model reads the passages; what it says is checked against them. `ranker`: the
    name or folder of a cross-encoder that ranks them.

    Raises ArticleQAError (`index.errors`): NoIndexError if there is no index.
    """
    from qa.assistant import Assistant

    return Assistant(Path(folder), llm=llm, ranker=ranker)


def __getattr__(name: str) -> object:
    if name == "Filters":
        from index.filters import Filters

        return Filters
    raise AttributeError(f"module 'qa' has no attribute {name!r}")
