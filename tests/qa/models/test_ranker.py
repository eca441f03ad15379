"""A chosen cross-encoder ranks; what is read keeps the relevance that the reader's score was fitted with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.errors import MissingModelError, ModelError
from index.models.onnx import load_tokenizer
from index.models.weights import default_model, find_model
from index.types import Hit
from qa.assistant import Assistant
from qa.models.ranker import CrossEncoderRanker, OnnxScorer, TorchScorer, open_ranker
from qa.models.ranker_reader import RANKED, READ, RankerReader
from tests.exports import table, write_ranker, write_states
from tests.fakes import passage

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
    return [Hit(passage(text, i), 1 / (i + 1)) for i, text in enumerate(texts)]


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


@pytest.fixture(scope="module")
def torch_ranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of sentence-transformers, with one small layer of random weights."""
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("torch")
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    BertForSequenceClassification(BertConfig(**sizes, num_labels=1)).save_pretrained(folder)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "cls", "sep", "unk", "mask")}
    file = str(default_model().export / "tokenizer.json")
    PreTrainedTokenizerFast(tokenizer_file=file, **special).save_pretrained(folder)
    return folder


def test_any_cross_encoder_of_sentence_transformers(torch_ranker: Path, reader: RankerReader) -> None:
    notes: list[str] = []
    found = open_ranker(find_model(str(torch_ranker), "ranking"), reader, notes.append).rank(QUESTION, hits(4))
    assert sorted(candidate.hit.passage.id for candidate in found) == [0, 1, 2, 3]
    assert [note.partition(":")[2] for note in notes] == [" ranking with it loads torch, which takes some seconds"]
    scorer = TorchScorer(torch_ranker)
    assert scorer.score(QUESTION, []) == []
    one, two = scorer.score(QUESTION, ["Oil rose.", "Troops were sent."])
    assert (one, two) == pytest.approx(
        [scorer.score(QUESTION, [text])[0] for text in ("Oil rose.", "Troops were sent.")], abs=1e-8
    )


def test_a_model_without_a_head_that_scores_is_refused(torch_ranker: Path, tmp_path: Path) -> None:
    for name in torch_ranker.iterdir():
        (tmp_path / name.name).write_bytes(name.read_bytes())
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace("BertForSequenceClassification", "BertModel"))
    with pytest.raises(ModelError, match="no cross-encoder"):
        TorchScorer(tmp_path)


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
