"""The assistant: an open index, the models, and the questions put to them. The public Python API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.errors import ArticleQAError, MissingModelError, ignore
from index.filters import Filters
from index.snapshot import Snapshot
from index.weights import find_model, remembered_model
from qa.answer import Models, answer, find
from qa.confidence import load
from qa.llm import Llm, LlmReader
from qa.reader import Reader, SpanReader
from qa.types import Answer, Found

if TYPE_CHECKING:
    from index.embed import QuestionEncoder

_ANY = Filters()


class Assistant:
    """Answers questions from the index in `folder`. Models are loaded once, at the first question or by `warm_up`.

    Not for use from several threads at once.
    """

    def __init__(
        self,
        folder: Path,
        notify: Callable[[str], None] = ignore,
        *,
        llm: Llm | None = None,
        ranker: str | None = None,
    ) -> None:
        """`notify` is told, in one line, what does not work as it should but does not stop an answer. With `llm`, a
        LlamaIndex LLM, that model reads. `ranker`: the cross-encoder that ranks, by its name or folder.

        Raises NoIndexError, IndexDamagedError, or ModelError for a ranker that is none or not here.
        """
        self.ranker = find_model(ranker, "ranking") if ranker else None
        self.snapshot = Snapshot(folder, notify)
        self._notify = notify
        self._llm = llm
        self._loading: list[threading.Thread] = []

    def ask(self, question: str, *, filters: Filters = _ANY) -> Answer:
        """The answer with its citations, or a refusal; from the articles that `filters` let through.

        Raises UsageError for an empty question, UnknownArticleError or UnknownOutletError for what is not there.
        """
        self._ready()
        return answer(question, self.snapshot, self._models, filters)

    def search(self, question: str, *, filters: Filters = _ANY) -> Found:
        """The ranked passages for a question, best first. Raises as `ask` does."""
        self._ready()
        return find(question, self.snapshot, self._models, filters)

    def warm_up(self) -> None:
        """Begin to load what a question needs, in the background."""
        if not self._loading:
            # Models load while chromadb, the slowest import, is imported. Both import numpy, which two threads must not
            # do at once: its parts import each other.
            import numpy  # noqa: F401

            self._loading = [threading.Thread(target=load, daemon=True) for load in (self._load_models, _import_stores)]
            for thread in self._loading:
                thread.start()

    def _ready(self) -> None:
        self.warm_up()
        for thread in self._loading:
            thread.join()

    def _load_models(self) -> None:
        with suppress(ArticleQAError):  # raised again where the question needs the model
            _ = self._models

    @cached_property
    def _models(self) -> Models:
        from qa.ranker import Ranker, open_ranker
        from qa.ranker_reader import WEIGHTS, RankerReader

        model = RankerReader()
        reader: Reader = SpanReader(model, load(WEIGHTS)) if self._llm is None else LlmReader(self._llm)
        ranker: Ranker = model if self.ranker is None else open_ranker(self.ranker, model, self._notify)
        return Models(self._encoder(), ranker, reader)

    def _encoder(self) -> QuestionEncoder | None:
        """None, which is said, if the index was made with a model that is not on this machine."""
        from index.embed import open_encoder

        try:
            return open_encoder(remembered_model(self.snapshot.embedding), self._notify)
        except MissingModelError as error:
            self._notify(f"{error} (meanwhile passages are found by their words alone)")
            return None

    def close(self) -> None:
        """Let go of every file."""
        for thread in self._loading:  # a process that ends while one still loads is aborted by what it loads
            thread.join()
        self.snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _import_stores() -> None:
    import chromadb  # noqa: F401
    import tantivy  # noqa: F401
