"""The assistant: an open index, the models, and the questions put to them. The public Python API."""

from __future__ import annotations

import datetime as dt
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.errors import ArticleQAError, MissingModelError, ignore
from index.filters import Filters
from index.models.weights import find_model, remembered_model
from index.snapshot import Snapshot
from qa.answer import Ask, Models, answer, find
from qa.llm.select import Llm, LlmReader
from qa.reading.confidence import Confidence, in_use
from qa.reading.reader import Reader, SpanReader
from qa.types import Answer, Found

if TYPE_CHECKING:
    from index.models.embed import QuestionEncoder
    from qa.models.ranker_reader import RankerReader

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
        clock: Callable[[], dt.date] = dt.date.today,
        confidence: Confidence | None = None,
    ) -> None:
        """`notify` is told, in one line, what does not work as it should but does not stop an answer. With `llm`, a
        LlamaIndex LLM, that model reads. `ranker`: the cross-encoder that ranks, by its name or folder. `clock` says
        from which day "last week" counts. `confidence` judges answers, in the place of what the index was calibrated
        to or what is shipped.

        Raises NoIndexError, IndexDamagedError, or ModelError for a ranker that is none or not here.
        """
        self.ranker = find_model(ranker, "ranking") if ranker else None
        self.snapshot = Snapshot(folder, notify)
        self._notify = notify
        self._llm = llm
        self._clock = clock
        self._confidence = confidence
        self._loading: threading.Thread | None = None

    def ask(self, question: str, *, filters: Filters = _ANY, constraints: bool = True) -> Answer:
        """The answer with its citations, or a refusal; from the articles that `filters` let through.

        With `constraints` what the question itself says of outlets and dates counts too.
        Raises UsageError for an empty question, UnknownArticleError or UnknownOutletError for what is not there.
        """
        self._ready()
        return answer(question, self.snapshot, self._models, Ask(filters, constraints, self._clock()))

    def search(
        self, question: str, *, filters: Filters = _ANY, constraints: bool = True, explained: bool = False
    ) -> Found:
        """The ranked passages for a question, best first; with `explained`, why each stands there. Raises as `ask`."""
        self._ready()
        ask = Ask(filters, constraints, self._clock())
        return find(question, self.snapshot, self._models, ask, explained=explained)

    def warm_up(self) -> None:
        """Begin to load what a question needs, in the background."""
        if self._loading is None:
            # Two threads will import numpy, which they must not do at once: its parts import each other.
            import numpy  # noqa: F401

            self._loading = threading.Thread(target=self._load, daemon=True)
            self._loading.start()

    def _ready(self) -> None:
        self.warm_up()
        if self._loading is not None:
            self._loading.join()

    def _load(self) -> None:
        with _collector_off():
            other = threading.Thread(target=self._load_search, daemon=True)
            other.start()
            with suppress(ArticleQAError):  # raised again where the question needs the model
                _ = self._ranker_reader
            other.join()
            with suppress(ArticleQAError):
                _ = self._models

    def _load_search(self) -> None:
        import tantivy  # noqa: F401

        from index.stores import chroma

        chroma.preload()
        with suppress(ArticleQAError):
            _ = self._encoder

    @cached_property
    def _models(self) -> Models:
        from qa.models.ranker import Ranker, open_ranker
        from qa.models.shipped import WEIGHTS

        model = self._ranker_reader
        confidence = self._confidence or in_use(self.snapshot.folder, WEIGHTS, self._notify)
        reader: Reader = SpanReader(model, confidence) if self._llm is None else LlmReader(self._llm)
        ranker: Ranker = model if self.ranker is None else open_ranker(self.ranker, model, self._notify)
        return Models(self._encoder, ranker, reader)

    @cached_property
    def _ranker_reader(self) -> RankerReader:
        from qa.models.ranker_reader import RankerReader

        return RankerReader()

    @cached_property
    def _encoder(self) -> QuestionEncoder | None:
        """None, which is said, if the index was made with a model that is not on this machine."""
        from index.models.embed import open_encoder

        try:
            return open_encoder(remembered_model(self.snapshot.embedding), self._notify)
        except MissingModelError as error:
            self._notify(f"{error} (meanwhile passages are found by their words alone)")
            return None

    def close(self) -> None:
        """Let go of every file."""
        if self._loading is not None:  # a process that ends while it still loads is aborted by what it loads
            self._loading.join()
        self.snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _collector_off() -> Iterator[None]:
    """No garbage collection meanwhile, nor ever of what is made meanwhile: modules and models stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
