"""Questions asked as the assistant asks them, with what the model marked: what confidence is fitted on.

Each is asked as it is; with its paragraph taken out, so that nothing answers it ("absent"); and, where that can be
done, with one of its names or numbers changed ("made"). What its set calls "unanswerable" is asked once. Asking is
slow, so cases can be kept in a file.
"""

from __future__ import annotations

import json
import logging
import random
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from index.errors import UsageError
from index.models.embed import QuestionEncoder, SentenceTransformerEmbedder, open_encoder
from index.models.weights import default_model
from index.search import Query
from index.snapshot import Snapshot
from index.types import Facts, Hit, Passage
from index.update import writing
from qa.evaluate.gold import hash_of
from qa.models.ranker_reader import READ, RankerReader
from qa.models.spans import ScoredSpan
from qa.reading.reader import MarkedPassage, mark
from qa.training.data import Example
from qa.training.negatives import Maker

How = Literal["as it is", "absent", "made", "unanswerable"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it was asked, the passages read, and what would be right: () if they do not answer it.

    `paragraph` is where the question comes from; cases of one paragraph are kept together when a set is split.
    """

    question: str
    how: How
    paragraph: str
    gold: tuple[str, ...]
    passages: tuple[MarkedPassage, ...]


def ask_all(examples: Sequence[Example], corpus: Iterable[str], model: RankerReader) -> Iterator[Case]:
    """The cases of `examples`, on an index of the paragraphs of `corpus`, one article each."""
    embedding = default_model()
    maker = Maker(examples)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = [json.dumps({"id": article_id(passage), "text": passage}) for passage in dict.fromkeys(corpus)]
        (folder / "corpus.jsonl").write_text("\n".join(records), encoding="utf-8")
        with writing(folder / ".qa", SentenceTransformerEmbedder(embedding)) as writer:
            for _ in writer.update([folder / "corpus.jsonl"]):
                pass
        asker = _Asker(Snapshot(folder / ".qa"), open_encoder(embedding), model)
        try:
            for number, example in enumerate(examples):
                if number % 20 == 0:
                    log.info("asked %d of %d", number, len(examples))
                yield from asker.cases(example, maker)
        finally:
            asker.snapshot.close()


@dataclass(frozen=True, slots=True)
class _Asker:
    snapshot: Snapshot
    encoder: QuestionEncoder
    model: RankerReader

    def cases(self, example: Example, maker: Maker) -> Iterator[Case]:
        own = article_id(example.passage)
        gold = tuple(answer.text for answer in example.answers)
        hits = self._hits(example.question)
        marked = self._marked(example.question, hits)
        if not gold:
            yield Case(example.question, "unanswerable", own, (), marked)
            return
        yield Case(example.question, "as it is", own, gold, marked)
        others = [hit for hit in hits if hit.passage.article_id != own]
        yield Case(example.question, "absent", own, (), self._marked(example.question, others))
        made = maker.make(example, random.Random(example.id))
        if made is not None and made.question != example.question and made.passage == example.passage:
            yield Case(made.question, "made", own, (), self._marked(made.question, self._hits(made.question)))

    def _hits(self, question: str) -> Sequence[Hit]:
        query = Query(question, self.encoder.encode_questions([question])[0])
        with self.snapshot.view() as view:
            return view.candidates(query).hits

    def _marked(self, question: str, hits: Sequence[Hit]) -> tuple[MarkedPassage, ...]:
        return tuple(mark(self.model, self.model.rank(question, hits)[:READ]))


def article_id(passage: str) -> str:
    """The id of a paragraph as an article."""
    return f"p{hash_of(passage):08x}"


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
    return Case(line["question"], line["how"], line["paragraph"], tuple(line["gold"]), passages)


def _passage(article: dict[str, Any], sentences: Sequence[Sequence[int]], **fields: Any) -> Passage:
    return Passage(article=Facts(**article), sentences=tuple((start, end) for start, end in sentences), **fields)
