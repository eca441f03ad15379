"""article-qa: ask a folder of news articles, get answers with the sentences that say so.

import qa
qa.index(["articles"])
assistant = qa.open()
answer = assistant.ask("How many troops were authorized?")
print(answer.answer, answer.citations[0].quote)

Importing this costs next to nothing: what is named here is loaded when it is used.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec

TYPE_CHECKING = False  # as typing has it; the command imports this before it can see to Ctrl-C
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from index.batch import Event as Indexed
    from index.errors import ArticleQAError as ArticleQAError
    from index.errors import ConfigError as ConfigError
    from index.errors import EmbeddingMismatchError as EmbeddingMismatchError
    from index.errors import FetchError as FetchError
    from index.errors import IndexBusyError as IndexBusyError
    from index.errors import IndexDamagedError as IndexDamagedError
    from index.errors import LogError as LogError
    from index.errors import MissingModelError as MissingModelError
    from index.errors import ModelError as ModelError
    from index.errors import NoIndexError as NoIndexError
    from index.errors import OfflineError as OfflineError
    from index.errors import StoreError as StoreError
    from index.errors import UnknownArticleError as UnknownArticleError
    from index.errors import UnknownAuthorError as UnknownAuthorError
    from index.errors import UnknownOutletError as UnknownOutletError
    from index.errors import UsageError as UsageError
    from index.filters import Filters as Filters
    from qa.assistant import Assistant as Assistant
    from qa.conversation import Conversation as Conversation
    from qa.llm.providers import Llm
    from qa.types import Answer as Answer
    from qa.types import Citation as Citation
    from qa.types import Event as Event
    from qa.types import Refusal as Refusal
    from qa.types import Statement as Statement

__version__ = "0.2.0"

_FROM = {
    "qa.assistant": "Assistant",
    "qa.conversation": "Conversation",
    "qa.types": "Answer Citation Event Refusal Statement",
    "index.filters": "Filters",
    "index.errors": "ArticleQAError ConfigError EmbeddingMismatchError FetchError IndexBusyError IndexDamagedError "
    "LogError MissingModelError ModelError NoIndexError OfflineError StoreError UnknownArticleError UnknownAuthorError "
    "UnknownOutletError UsageError",
}
_HOMES = {name: module for module, names in _FROM.items() for name in names.split()}
__all__ = ["__version__", "index", "open", *_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'qa' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def _foreign_index() -> str | None:
    """Why `import index` would not bring article-qa's: `index` is a generic name. None if it would."""
    found = find_spec("index")
    where = found.origin if found else None
    if where and os.path.dirname(os.path.dirname(where)) == os.path.dirname(os.path.dirname(__file__)):
        return None
    return f"{where or 'a folder'}: another module named 'index' hides article-qa's; move it, or give each its own venv"


# The command says it on its own (`qa.__main__`), without a traceback.
_by_command = os.path.splitext(os.path.basename(sys.argv[0]))[0] in ("qa", "__main__", "-m") if sys.argv else False
if (_problem := _foreign_index()) and not _by_command:
    raise ImportError(_problem)


def open(
    folder: str | Path | None = None,
    *,
    llm: Llm | None = None,
    model: str | None = None,
    prose: bool | None = None,
    ranker: str | None = None,
    notify: Callable[[str], None] | None = None,
) -> Assistant:
    """The assistant for the index in `folder`. Close it, or use it in a `with`, when you are done.

    Without `folder` the index is found as the command finds it: $QA_INDEX, or `.qa` here or in a parent folder. With
    `llm`, any LlamaIndex LLM, or with `model`, the name of one ("ollama:qwen3:8b"), that model too says which sentences
    answer; with `prose` it may word the answer, each statement checked against its sentences. `ranker`: the
    name or folder of a cross-encoder that ranks passages. `notify` is told, in one line, what does not work as it
    should but does not stop an answer: a model that is not reached, too.

    Raises ArticleQAError: NoIndexError if there is no index.
    """
    from pathlib import Path

    from index.errors import ignore
    from qa.assistant import Assistant
    from qa.config import find_index

    language = None
    if llm is not None or model is not None:
        from qa.llm.providers import LanguageModel

        language = LanguageModel(model or "", llm, prose)
    found = find_index(None if folder is None else Path(folder))
    return Assistant(found, notify or ignore, model=language, ranker=ranker)


def index(
    paths: Iterable[str | Path],
    folder: str | Path = ".qa",
    *,
    embedding: str | None = None,
    max_bytes: int | None = None,
    restore: bool = False,
    prune: bool = False,
    wait: bool = True,
    notify: Callable[[str], None] | None = None,
) -> list[Indexed]:
    """Add or update the articles of `paths`, files and folders, in the index in `folder`, which is made if need be.

    What became of each article: its `status` is added, changed, unchanged, renamed, removed, skipped or failed, which
    is no exception and has a `reason`. `embedding`: the model of a new index. An article may have `max_bytes`. With
    `restore` removed articles are taken in again; with `prune` those go whose file is gone. While another process
    writes, wait, or raise IndexBusyError.

    Raises ArticleQAError: EmbeddingMismatchError if the index was made with another model than `embedding`.
    """
    from pathlib import Path

    from index.errors import ignore
    from index.readers import DEFAULT_MAX_BYTES
    from index.update import embedder_for, writing

    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    largest = DEFAULT_MAX_BYTES if max_bytes is None else max_bytes
    target = Path(folder)
    with writing(target, embedder_for(target, embedding), wait=wait, notify=notify or ignore) as writer:
        return list(writer.update(list(map(Path, paths)), max_bytes=largest, restore=restore, prune=prune))
