"""Questions asked as the assistant asks them, with what the model marked: what confidence is fitted on.

Each is asked as it is; with its article taken out, so that nothing answers it ("absent"); and, where that can be done,
with one of its names or numbers changed ("made"). Turns of a dialogue are put to its article ("given"), each with what
was said before it. Asking is slow, so cases can be kept in a file.
"""

from __future__ import annotations

import json
import logging
import random
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from index.errors import UsageError
from index.models.embed import QuestionEncoder, SentenceTransformerEmbedder, open_encoder
from index.models.weights import default_model
from index.search import Query
from index.snapshot import Snapshot
from index.types import Facts, Hit, Passage, Span
from index.update import writing
from qa.answer import texts_of
from qa.evaluate.gold import hash_of
from qa.language.checks import absent
from qa.language.followup import with_context
from qa.language.names import Question
from qa.models.ranker_reader import READ, Candidate, Halfway, RankerReader
from qa.models.spans import ScoredSpan
from qa.reading.findings import MarkedPassage
from qa.reading.reader import mark
from qa.training.data import Example, read
from qa.training.negatives import Maker

How = Literal["as it is", "absent", "made", "given"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it was asked, the passages read, and what would be right: () if they do not answer it.

    `source` is its set, `article` where it comes from; cases of one article are kept together when a set is split.
    `own`: its own words, where it goes with what was said before it. `missing`: its names and numbers that stand
    nowhere in what was found. `place`: where the evidence stands, if the
    set says so, as offsets into the article.
    """

    question: str
    how: How
    source: str
    article: str
    gold: tuple[str, ...]
    passages: tuple[MarkedPassage, ...]
    missing: tuple[str, ...] = ()
    place: Span | None = None
    own: str = ""


def of_paragraphs(examples: Sequence[Example], corpus: Iterable[str], model: RankerReader) -> Iterator[Case]:
    """The cases of `examples`, on an index of the paragraphs of `corpus`, one article each."""
    maker = Maker(examples)
    records = [{"id": article_id(passage), "text": passage} for passage in dict.fromkeys(corpus)]
    with _asker(records, model) as asker:
        for number, example in enumerate(examples):
            _tell(number, len(examples), "paragraphs")
            own = article_id(example.passage)
            gold = tuple(answer.text for answer in example.answers)
            yield from asker.there_and_not("shifts", example.question, (own,), gold)
            made = maker.make(example, random.Random(example.id))
            if made is not None and made.question != example.question and made.passage == example.passage:
                yield asker.case("shifts", made.question, "made", own, asker.hits(made.question))


def of_news(folder: Path, changed: Iterable[Mapping[str, Any]], model: RankerReader) -> Iterator[Case]:
    """The cases of `folder`'s news questions, and of those that were `changed` so that nothing answers them."""
    questions = [*read(folder, "questions.jsonl"), *changed]
    with _asker(list(read(folder, "articles.jsonl")), model) as asker:
        for number, one in enumerate(questions):
            _tell(number, len(questions), "news")
            own = tuple(one["article_ids"])
            if one["answers"]:
                yield from asker.there_and_not("news", one["question"], own, tuple(one["answers"]))
            else:
                yield asker.case("news", one["question"], "made", own[0], asker.hits(one["question"]))


def of_dialogues(folder: Path, names: Iterable[str], model: RankerReader) -> Iterator[Case]:
    """The cases of the turns of the dialogues with these `names`, each put to its own article."""
    wanted = set(names)
    dialogues = [one for one in read(folder, "dialogues.jsonl") if one["id"] in wanted]
    with _asker([{"id": one["id"], "text": one["text"]} for one in dialogues], model) as asker:
        for number, dialogue in enumerate(dialogues):
            _tell(number, len(dialogues), "dialogues")
            earlier: list[tuple[str, str | None]] = []
            for turn in dialogue["turns"]:
                asked, answers = turn.get("say") or turn["question"], tuple(turn["answers"])
                text = with_context(asked, earlier)
                hits = asker.hits(text, frozenset((dialogue["id"],)))
                case = asker.case("dialogues", text, "given", dialogue["id"], hits, answers, asked)
                yield replace(case, place=tuple(turn["span"]) if turn.get("span") and answers else None)
                earlier.append((asked, answers[0] if answers else None))


@dataclass(frozen=True, slots=True)
class _Asker:
    snapshot: Snapshot
    encoder: QuestionEncoder
    model: RankerReader

    def there_and_not(self, source: str, question: str, own: Sequence[str], gold: tuple[str, ...]) -> Iterator[Case]:
        """The question with its articles there, and taken out."""
        hits = self.hits(question)
        yield self.case(source, question, "as it is", own[0], hits, gold)
        others = [hit for hit in hits if hit.passage.article_id not in own]
        yield self.case(source, question, "absent", own[0], others)

    def case(
        self,
        source: str,
        question: str,
        how: How,
        article: str,
        hits: Sequence[Hit],
        gold: tuple[str, ...] = (),
        own_words: str | None = None,
    ) -> Case:
        candidates = self.model.rank(question, hits, own=own_words)
        return Case(
            question,
            how,
            source,
            article,
            gold,
            tuple(mark(self.model, candidates[:READ])),
            absent(Question(own_words or question), texts_of(candidates)),
            own=own_words or "",
        )

    def hits(self, question: str, among: frozenset[str] | None = None) -> Sequence[Hit]:
        query = Query(question, self.encoder.encode_questions([question])[0], among)
        with self.snapshot.view() as view:
            return view.candidates(query).hits


@contextmanager
def _asker(records: Sequence[Mapping[str, Any]], model: RankerReader) -> Iterator[_Asker]:
    """Asks of an index of these articles."""
    with indexed(records) as snapshot:
        yield _Asker(snapshot, open_encoder(default_model()), model)


@contextmanager
def indexed(records: Iterable[Mapping[str, Any]]) -> Iterator[Snapshot]:
    """An index of these articles, as long as it is needed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
        with writing(folder / ".qa", SentenceTransformerEmbedder(default_model())) as writer:
            for _ in writer.update([folder / "corpus.jsonl"]):
                pass
        snapshot = Snapshot(folder / ".qa")
        try:
            yield snapshot
        finally:
            snapshot.close()


class Remembering(RankerReader):
    """The model, which reads nothing twice for one question: with its article there, and then taken out."""

    _asked: str | None = None
    _halves: dict[int, Halfway]
    _weighed: dict[int, Candidate]

    def _encode(self, question: str, hits: Sequence[Hit]) -> list[Halfway]:
        if question != self._asked:
            self._asked, self._halves, self._weighed = question, {}, {}
        new = [hit for hit in hits if hit.passage.id not in self._halves]
        self._halves.update((hit.passage.id, (hit, encoded)) for hit, encoded in super()._encode(question, new))
        return [(hit, self._halves[hit.passage.id][1]) for hit in hits]

    def _weigh(self, halfway: Sequence[Halfway]) -> list[Candidate]:
        new = [one for one in halfway if one[0].passage.id not in self._weighed]
        self._weighed.update((one.hit.passage.id, one) for one in super()._weigh(new))
        return [replace(self._weighed[hit.passage.id], hit=hit) for hit, _ in halfway]


def article_id(passage: str) -> str:
    """The id of a paragraph as an article."""
    return f"p{hash_of(passage):08x}"


def _tell(number: int, count: int, what: str) -> None:
    if number % 50 == 0:
        log.info("%s: asked %d of %d", what, number, count)


# ---- in a file -----------------------------------------------------------------------------------------------------


def write_cases(cases: Iterable[Case], file: Path, weights: Mapping[str, str]) -> None:
    """A JSON line that says with which weights (the sha256 of each file) they were asked, and one for each."""
    with file.open("w", encoding="utf-8") as out:
        out.write(json.dumps({"weights": dict(weights)}) + "\n")
        for case in cases:
            out.write(json.dumps(asdict(case), ensure_ascii=False) + "\n")


def read_cases(file: Path, weights: Mapping[str, str]) -> list[Case]:
    """What `write_cases` wrote. Raises UsageError if that was with other weights."""
    with file.open(encoding="utf-8") as lines:
        if json.loads(next(lines, "{}")).get("weights") != weights:
            raise UsageError(f"{file} was asked with other weights; name another file")
        return [_case(json.loads(line)) for line in lines]


def _case(line: dict[str, Any]) -> Case:
    passages = tuple(
        MarkedPassage(
            _passage(**marked["passage"]),
            marked["relevance"],
            tuple(ScoredSpan(**span) for span in marked["spans"]),
        )
        for marked in line["passages"]
    )
    held = {name: tuple(line[name]) for name in ("gold", "missing")}
    place = tuple(line["place"]) if line["place"] else None
    return Case(**{**line, **held, "passages": passages, "place": place})


def _passage(article: dict[str, Any], sentences: Sequence[Sequence[int]], **fields: Any) -> Passage:
    return Passage(article=Facts(**article), sentences=tuple((start, end) for start, end in sentences), **fields)
