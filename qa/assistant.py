"""The assistant: an open index, the models, and the questions put to them. The public Python API."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from index.errors import MissingModelError, ignore
from index.filters import Filters
from index.models.weights import default_model, find_model, remembered_model
from index.snapshot import Snapshot
from qa.answer import Models, find, more, source, stream, summary, which
from qa.collection import Near, articles, talk
from qa.language.acts import Acts, Wanted
from qa.language.spelling import respelled
from qa.llm import check, prompts
from qa.llm.providers import LanguageModel, Model, checked
from qa.llm.rewrite import Rewritten, rewritten
from qa.llm.say import ModelSayer
from qa.llm.select import ModelSelector
from qa.models.shipped import WEIGHTS, shipped_policy
from qa.reading.confidence import Confidence, in_use
from qa.reading.reader import SpanReader
from qa.reading.topical import Topical
from qa.scope import Ask, searchable
from qa.types import Answer, Citation, Event, Found

if TYPE_CHECKING:
    from index.models.embed import QuestionEncoder
    from index.types import Span
    from qa.models.ranker_reader import RankerReader

T = TypeVar("T")
_ANY = Filters()


class Assistant:
    """Answers questions from the index in `folder`. Models are loaded once, at the first question or by `warm_up`.

    One assistant may be asked by several threads at a time.
    """

    def __init__(
        self,
        folder: Path,
        notify: Callable[[str], None] = ignore,
        *,
        model: LanguageModel | None = None,
        ranker: str | None = None,
        clock: Callable[[], dt.date] = dt.date.today,
        confidence: Confidence | None = None,
    ) -> None:
        """`notify` is told, in one line, what does not work as it should but does not stop an answer. `model`: the
        language model that chooses sentences too. `ranker`: the cross-encoder that ranks, by its name or folder.
        `clock` says from which day "last week" counts. `confidence` judges answers, in the place of what the index was
        calibrated to or what is shipped.

        Raises NoIndexError, IndexDamagedError, ModelError for a ranker that is none or not here, and UsageError for
        a model's name, or prompts, that are none.
        """
        self.ranker = find_model(ranker, "ranking") if ranker else None
        self.snapshot = Snapshot(folder, notify)
        self._notify = notify
        self._clock = clock
        self._confidence = confidence
        self._encoder = _Loaded(self._load_encoder)
        self._reader = _Loaded(self._load_reader)
        self._acts = _Loaded(self._load_acts)
        self.use(model)

    def ask(self, question: str, *, filters: Filters = _ANY, constraints: bool = True) -> Answer:
        """The answer with its citations, or a refusal; from the articles that `filters` let through.

        With `constraints` what the question itself says of outlets and dates counts too.
        Raises UsageError for an empty question, and UnknownArticleError, UnknownOutletError or UnknownAuthorError for
        what is not there.
        """
        *_, done = self.stream(question, filters=filters, constraints=constraints)
        assert isinstance(done.value, Answer)
        return done.value

    def stream(
        self,
        question: str,
        *,
        filters: Filters = _ANY,
        constraints: bool = True,
        topic: tuple[str, ...] = (),
        earlier: tuple[tuple[str, str | None], ...] = (),
    ) -> Iterator[Event]:
        """The answer as it comes about; the last event is the whole of it. Raises as `ask`.

        `topic`: the articles that a conversation is about, which come first; `earlier`: what was asked in it before,
        each with its answer, if the question may point back to that.
        """
        ask = Ask(filters, constraints, self._clock(), topic, earlier)
        if self.model is not None:
            self._connected.start()
        asked = searchable(question)
        text = self.respelled(asked)
        if text == asked:
            yield from stream(asked, self.snapshot, self._models.get(), ask)
            return
        yield Event("understood", text)
        for event in stream(text, self.snapshot, self._models.get(), ask):
            if isinstance(event.value, Answer):
                event = replace(event, value=replace(event.value, question=asked, understood=text))
            yield event

    def respelled(self, line: str) -> str:
        """The line with what was typed wrong as it was meant: see `qa.language.spelling`."""
        with self.snapshot.view() as view:
            return respelled(line, view.is_written)

    def search(
        self, question: str, *, filters: Filters = _ANY, constraints: bool = True, explained: bool = False
    ) -> Found:
        """The ranked passages for a question, best first; with `explained`, why each stands there. Raises as `ask`."""
        ask = Ask(filters, constraints, self._clock())
        return find(question, self.snapshot, self._models.get(), ask, explained=explained)

    def summary(self, article_id: str) -> Answer:
        """The article in three to five of its own sentences, each cited, in its order.

        `article_id`: its id, or a REF to something in it. Raises UnknownArticleError, and UsageError for a revision
        that is not the article as it is.
        """
        return summary(article_id, self.snapshot, self._encoder.get())

    def wants(self, line: str) -> tuple[Wanted, float]:
        """What a line of a talk wants, and how probable it is that, as a question, it needs the talk."""
        acts, encoder, _ = self._acts.get()
        vector = encoder.encode_questions([line])[0]
        return acts.of(line, vector), acts.leans(line, vector)

    def articles(
        self,
        line: str,
        want: str,
        *,
        filters: Filters = _ANY,
        constraints: bool = True,
        subject: str | None = None,
        like: tuple[tuple[str, ...], str] | None = None,
    ) -> Answer:
        """The articles that a line asks for; the rest: see `qa.collection.articles`. Raises as `ask`."""
        *_, near = self._acts.get()
        return articles(line, want, self.snapshot, Ask(filters, constraints, self._clock()), subject, like, near)

    def talk(self, line: str, want: str) -> Answer:
        """The reply to small talk."""
        return talk(line, want, self.snapshot)

    def more(self, ref: str, told: Collection[Span], near: Sequence[Span]) -> Answer:
        """What else an article says: see `qa.answer.more`. Raises UnknownArticleError."""
        return more(ref, told, near, self.snapshot)

    def source(self, citation: Citation) -> Answer:
        """Who says what is cited. Raises UnknownArticleError."""
        return source(citation, self.snapshot)

    def rewritten(self, line: str, earlier: Sequence[tuple[str, str | None]], seen: Sequence[str]) -> Rewritten:
        """A line of a talk as a question by itself, in the language model's words; none where there is no model, or
        where it says what neither the talk nor what was `seen` in it says.
        """
        if self.model is None:
            return Rewritten()
        template = prompts.load("rewrite", self.model.prompts)
        return rewritten(line, earlier, seen, self._connected.get, template, self._notify)

    def which(self, text: str, filters: Filters = _ANY) -> str | None:
        """The id of the article that a text means best, None if none comes near. Raises as `ask`."""
        return which(text, self.snapshot, self._encoder.get(), filters)

    def use(self, model: LanguageModel | None) -> None:
        """From now on that language model chooses sentences too, or none.

        Raises UsageError for a name that is none, and for prompts that are none.
        """
        if model is not None and model.llm is None:
            checked(model.name)
        if model is not None and model.prompts is not None:
            prompts.check(model.prompts)
        self.model = model
        self._connected = _Loaded(self._connect)
        self._models = _Loaded(self._load_models)  # what takes long of it is there

    def warm_up(self) -> None:
        """Begin to load what a question needs, in the background."""
        self._models.start()
        if self.model is not None:
            self._connected.start()

    @property
    def loaded(self) -> threading.Event:
        """Set when what a question needs is loaded, or failed to be."""
        return self._models.done

    def wait(self) -> None:
        """Return when what was begun to be loaded is there, or failed to be."""
        self._models.wait()
        self._connected.wait()

    def close(self) -> None:
        """Let go of every file."""
        self.wait()  # a process that ends while it still loads is aborted by what it loads
        self.snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- what is loaded --------------------------------------------------------------------------------------------

    def _load_models(self) -> Models:
        from qa.models.ranker import Ranker, open_ranker

        self._encoder.start()
        model = self._reader.get()
        policy = shipped_policy()
        confidence = self._confidence or in_use(self.snapshot.folder, WEIGHTS, self._notify)
        selector = sayer = None
        if (language := self.model) is not None:
            selector = ModelSelector(self._connected.get, prompts.load("select", language.prompts), self._notify)
            if check.may_write(language):
                say, cite = (prompts.load(name, language.prompts) for name in ("say", "cite"))
                sayer = ModelSayer(self._connected.get, say, cite, self._notify)
        reader = SpanReader(model, confidence, policy, selector)
        ranker: Ranker = model if self.ranker is None else open_ranker(self.ranker, model, self._notify)
        return Models(self._encoder.get(), ranker, reader, policy, sayer)

    def _connect(self) -> Model:
        assert self.model is not None
        return self.model.connect()

    def _load_acts(self) -> tuple[Acts, QuestionEncoder, Near | None]:
        """What lines want, and the encoder that this was fitted with: the shipped one, whatever made the index.

        Which articles are about something is told by that too, if it made the index.
        """
        from index.models.embed import open_encoder

        model = default_model()
        own = self._encoder.get() if self.snapshot.embedding == model.fingerprint else None
        encoder = own or open_encoder(model)
        return Acts.load(WEIGHTS), encoder, Near(Topical.load(WEIGHTS), encoder) if own is not None else None

    def _load_reader(self) -> RankerReader:
        from qa.models.ranker_reader import RankerReader

        return RankerReader()

    def _load_encoder(self) -> QuestionEncoder | None:
        """What searching needs. None, which is said, if the index was made with a model that is not on this machine."""
        import tantivy  # noqa: F401

        from index.models.embed import open_encoder
        from index.stores import chroma

        chroma.preload()
        try:
            return open_encoder(remembered_model(self.snapshot.embedding), self._notify)
        except MissingModelError as error:
            self._notify(f"{error} (meanwhile passages are found by their words alone)")
            return None


class _Loaded(Generic[T]):
    """Something that is loaded once, in a thread of its own; who needs it waits.

    Waited for by an Event, never by `join`: Python 3.11 takes a thread for ended if its `join` was interrupted.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.done = threading.Event()
        self._value: T
        self._error: BaseException | None = None

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                # Two threads will import numpy, which they must not do at once: its parts import each other.
                import numpy  # noqa: F401

                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def wait(self) -> None:
        if self._thread is not None:
            self.done.wait()

    def get(self) -> T:
        """Raises what loading it raised."""
        self.start()
        self.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._load()
        except BaseException as error:  # noqa: BLE001  raised again where it is needed
            self._error = error
        finally:
            self.done.set()
