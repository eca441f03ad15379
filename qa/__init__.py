"""article-qa: ask a folder of news articles, get answers with the sentences that say so.

import qa
assistant = qa.open(".qa")
answer = assistant.ask("How many troops were authorized?")
print(answer.answer, answer.citations[0].quote)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.filters import Filters

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.llm import Llm

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
