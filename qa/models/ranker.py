"""Ranking by a cross-encoder that the user chose, in the place of the shipped one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from index.errors import ModelError
from index.models.embed import quietly
from index.models.onnx import load_tokenizer, open_session, run_padded
from index.models.weights import Description, Model
from index.text import joined
from index.types import Hit
from qa.models.ranker_reader import RANKED, READ, Candidate, RankerReader, behind, sigmoid

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class Ranker(Protocol):
    """Puts passages in order."""

    def rank(
        self, question: str, hits: Sequence[Hit], *, early: bool = True, own: str | None = None
    ) -> list[Candidate]:
        """The hits, best first; what is to be read is encoded, and has the reader's relevance.

        `early`: whether those need not be ranked that come after a sure answer, or look worse than others. `own`: the
        question's own words, where it goes with what was said before it.
        """


class Scorer(Protocol):
    """A cross-encoder."""

    def score(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        """A logit for each passage: how well it answers the question."""


def open_ranker(model: Model, reader: RankerReader, notify: Callable[[str], None]) -> Ranker:
    """What ranks with `model`, loaded; `notify` is told if that takes torch. Raises ModelError."""
    if model.export is not None:
        return CrossEncoderRanker(OnnxScorer(model.export), reader)
    notify(f"{model.name} is no ONNX export: ranking with it loads torch, which takes some seconds")
    assert model.source is not None
    return CrossEncoderRanker(TorchScorer(model.source), reader)


class CrossEncoderRanker:
    """Ranks by any cross-encoder. Its scale is not the one that answers are judged on, so that is asked once more.

    The score of an answer, and the threshold below which it is refused, were fitted with the shipped ranker's
    relevance: the few passages that are read get that one, and keep the order of the chosen ranker.
    """

    def __init__(self, scorer: Scorer, reader: RankerReader) -> None:
        self._scorer = scorer
        self._reader = reader

    def rank(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        early: bool = True,  # noqa: ARG002
        own: str | None = None,
    ) -> list[Candidate]:
        chosen = hits[:RANKED]
        scores = self._scorer.score(question, [joined(hit.passage.text).text for hit in chosen])
        scored = sorted(zip(scores, chosen, strict=True), key=lambda pair: (-pair[0], pair[1].passage.id))
        to_read = self._reader.rank(question, [hit for _, hit in scored[:READ]], own=own)
        read = {candidate.hit.passage.id: candidate for candidate in to_read}
        candidates = []
        for score, hit in scored:
            found = read.get(hit.passage.id, Candidate(hit))
            candidates.append(Candidate(replace(hit, score=sigmoid(score)), found.relevance, found.encoded))
        return candidates + behind(candidates, [Candidate(hit, ranked=False) for hit in hits[RANKED:]])


class OnnxScorer:
    """A cross-encoder's ONNX export, with its `model.json` and `tokenizer.json`."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError if a file is missing or broken, or the model is no cross-encoder."""
        description = Description.read(folder)
        self._max_batch = description.max_batch
        self._tokenizer = load_tokenizer(folder / "tokenizer.json")
        self._tokenizer.enable_truncation(description.max_length, strategy="only_second")
        self._session = open_session(folder / "model.onnx")
        self._inputs = [found.name for found in self._session.get_inputs()]
        (output,) = self._session.get_outputs()
        if len(output.shape) != 2 or output.shape[1] != 1:
            raise ModelError(
                f"{folder}: it gives {output.name} {output.shape}, not one score a pair; is it for ranking?"
            )

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        pairs = self._tokenizer.encode_batch([(question, passage) for passage in passages])
        rows = [{name: np.asarray(getattr(pair, _FEED[name]), np.int64) for name in self._inputs} for pair in pairs]
        found = run_padded(lambda feed: self._session.run(None, feed), rows, self._max_batch)
        return [float(logits[0]) for (logits,) in found]


_FEED = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""What a BERT's ONNX export is fed, and where tokenizers has it."""


def _is_classifier(folder: Path) -> bool:
    try:
        architectures = json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"]
        return any(str(name).endswith("ForSequenceClassification") for name in architectures)
    except (OSError, ValueError, KeyError, TypeError):
        return False


class TorchScorer:
    """A cross-encoder of sentence-transformers."""

    def __init__(self, folder: Path) -> None:
        """Import torch and load the model; nothing is looked up anywhere else. Raises ModelError."""
        if not _is_classifier(folder):  # sentence-transformers would put a head of random numbers on it
            raise ModelError(f"{folder}: it is no cross-encoder (its config.json names no sequence classifier)")
        with quietly():
            from sentence_transformers import CrossEncoder
            from torch.nn import Identity

            try:
                self._model: CrossEncoder = CrossEncoder(str(folder), local_files_only=True)
            except Exception as error:  # whatever the model's parts raise
                raise ModelError(
                    f"{folder}: sentence-transformers cannot load it as a cross-encoder ({error})"
                ) from error
        if self._model.num_labels != 1:
            raise ModelError(f"{folder}: it gives {self._model.num_labels} scores a pair, not one; is it for ranking?")
        self._activation = Identity()

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        if not passages:
            return []
        pairs = [(question, passage) for passage in passages]
        scores = self._model.predict(pairs, activation_fn=self._activation, show_progress_bar=False)
        return [float(score) for score in scores]
