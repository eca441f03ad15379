"""A chosen cross-encoder ranks; what is read keeps the relevance that the reader's score was fitted with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.errors import MissingModelError, ModelError
from index.onnx import load_tokenizer
from index.types import Hit, Passage
from index.weights import default_model, find_model
from qa.assistant import Assistant
from qa.ranker import CrossEncoderRanker, OnnxScorer, open_ranker
from qa.ranker_reader import RANKED, RankerReader
from qa.reader import READ
from tests.exports import table, write_ranker, write_states

QUESTION = "How many troops were sent?"


class Longest:
    """Scores a passage by its length."""

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        return [float(len(passage)) for passage in passages]


@pytest.fixture(scope="module")
def reader() -> RankerReader:
    return RankerReader()


def hits(n: int) -> list[Hit]:
    texts = [f"Up to {i} troops were sent. " + "No more. " * i for i in range(n)]
    return [Hit(Passage(i, "article", 0, len(text), text), 1 / (i + 1)) for i, text in enumerate(texts)]


def test_the_chosen_one_ranks_and_the_reader_keeps_its_relevance(reader: RankerReader) -> None:
    found = CrossEncoderRanker(Longest(), reader).rank(QUESTION, hits(RANKED + 3))
    assert [candidate.hit.passage.id for candidate in found] == [*range(RANKED - 1, -1, -1), *range(RANKED, RANKED + 3)]
    scores = [candidate.hit.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    assert [candidate.encoded is not None for candidate in found] == [i < READ for i in range(RANKED + 3)]
    own = {c.hit.passage.id: c.relevance for c in reader.rank(QUESTION, [c.hit for c in found[:READ]])}
    assert [c.relevance for c in found[:READ]] == pytest.approx([own[c.hit.passage.id] for c in found[:READ]], abs=1e-4)
    assert CrossEncoderRanker(Longest(), reader).rank(QUESTION, []) == []


@pytest.mark.parametrize("max_batch", [None, 1])
def test_an_export_scores_pairs(tmp_path: Path, max_batch: int | None) -> None:
    scorer = OnnxScorer(write_ranker(tmp_path / "ranker", max_length=64, max_batch=max_batch))
    numbers = table(1)[:, 0]
    tokenizer = load_tokenizer(default_model().export / "tokenizer.json")
    passages = ["Oil rose.", "Troops were sent to the border on Monday.", "", "Who?"]
    end = numbers[tokenizer.token_to_id("[SEP]")]
    expected = [numbers[tokenizer.encode(p, add_special_tokens=False).ids].sum() + end for p in passages]
    np.testing.assert_allclose(scorer.score("Which troops?", passages), expected, rtol=1e-5)
    assert scorer.score("Which troops?", []) == []


def test_a_long_passage_is_cut_and_not_the_question(tmp_path: Path) -> None:
    scorer = OnnxScorer(write_ranker(tmp_path / "ranker", max_length=12))
    (cut,), (short,) = (scorer.score("Which troops were sent?", [text]) for text in ("border " * 50, "border " * 4))
    assert cut == pytest.approx(short)


def test_a_model_of_another_kind_is_refused(tmp_path: Path, reader: RankerReader) -> None:
    folder = write_states(tmp_path / "states")
    with pytest.raises(ModelError, match="not one score a pair"):
        open_ranker(find_model(str(folder), "ranking"), reader, print)
    with pytest.raises(ModelError, match="is for embedding, not for ranking"):
        find_model("all-MiniLM-L6-v2", "ranking")


def test_a_ranker_that_is_not_here_stops(seed_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError, match="qa models pull cross-encoder/ms-marco-MiniLM-L-12-v2"):
        Assistant(seed_index, ranker="ms-marco-MiniLM-L-12-v2")


def test_the_assistant_ranks_with_it(seed_index: Path, tmp_path: Path) -> None:
    folder = write_ranker(tmp_path / "ranker", max_length=512)
    with Assistant(seed_index, ranker=str(folder)) as chosen, Assistant(seed_index) as shipped:
        found, usual = (a.search(QUESTION).passages for a in (chosen, shipped))
        answer = chosen.ask("How many troops were authorized?")
    assert {passage.passage_id for passage in found} == {passage.passage_id for passage in usual}
    assert [passage.passage_id for passage in found] != [passage.passage_id for passage in usual]
    assert answer.passages[0].score > answer.passages[-1].score
