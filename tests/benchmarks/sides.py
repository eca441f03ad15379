"""The two sides that `tests/benchmarks/compare.py` compares, each in a process of its own that answers line by line.

    python tests/benchmarks/sides.py ours|llama_index

Reads `{"do": METHOD, ...arguments}` a line, writes `{"seconds", "cpu", "peak_mb", "value"}` a line. Loading is done by
`load`, so that what follows is warm. LlamaIndex is used as its documentation has it: default chunks (1,024 tokens), its
Chroma vector store, its default batch of texts, its SentenceTransformerRerank; with the same weights as ours.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import zlib
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

CANDIDATES = 20
SHOWN = 5
DIMENSION = 384


def records(articles: str) -> list[dict[str, Any]]:
    """The articles of a JSONL file."""
    with Path(articles).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def filler(texts: Sequence[str]) -> np.ndarray:
    """Random unit vectors, the same for the same text: where only the number of vectors counts."""
    rows = [np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSION) for text in texts]
    matrix = np.array(rows, dtype=np.float32).reshape(len(rows), DIMENSION)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


class Budget:
    """Embeds the first so many texts by the model, the others by `filler`."""

    def __init__(self, texts: int | None) -> None:
        self.left = texts

    def encode(self, embed: Any, texts: Sequence[str]) -> np.ndarray:
        count = len(texts) if self.left is None else min(self.left, len(texts))
        if self.left is not None:
            self.left -= count
        parts = [np.asarray(embed(texts[:count]), np.float32).reshape(count, DIMENSION), filler(texts[count:])]
        return np.concatenate(parts)


class Ours:
    """article-qa."""

    def load(self) -> None:
        """What indexing needs: torch and the weights."""
        from index.models.embed import open_embedder
        from index.models.weights import default_model

        self._embedder = open_embedder(default_model())
        self._embedder.encode(["a text"])

    def index(self, articles: str, folder: str) -> dict[str, int]:
        from index.update import writing

        with writing(Path(folder) / ".qa", self._embedder) as writer:
            count = sum(event.status == "added" for event in writer.update([Path(articles)]))
        return {"articles": count}

    def passages(self, folder: str, n: int) -> list[str]:
        """The first `n` passages of an index."""
        from index.stores.catalog import Catalog

        with closing(Catalog.open(Path(folder) / ".qa")) as catalog:
            return [text for *_, text in islice(catalog.texts(), n)]

    def open(self, folder: str) -> None:
        import qa

        self._assistant = qa.open(Path(folder) / ".qa")
        self._assistant.ask("Who said what?")

    def first_stage(self, question: str) -> int:
        from index.search import Query, search

        snapshot, encoder = self._assistant.snapshot, self._assistant._models.encoder
        with snapshot.view():
            return len(search(snapshot, Query(question, encoder.encode_questions([question])[0])))

    def answer(self, question: str) -> dict[str, float]:
        return dict(self._assistant.ask(question).timings_ms)


class LlamaIndex:
    """LlamaIndex, Chroma and sentence-transformers, put together as one does."""

    def load(self) -> None:
        from llama_index.core import Settings
        from llama_index_script import MiniLM

        Settings.llm = None
        self._model = Settings.embed_model = MiniLM()
        self._model.get_text_embedding("a text")

    def _store(self, folder: str) -> Any:
        from llama_index_script import store

        return store(str(Path(folder) / "llama_index"))

    def index(self, articles: str, folder: str, budget: int | None = None) -> dict[str, int]:
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        storage = StorageContext.from_defaults(vector_store=self._store(folder))
        documents = [Document(text=record["text"]) for record in records(articles)]
        if budget is None:
            VectorStoreIndex.from_documents(documents, storage)
            return {"articles": len(documents)}
        nodes = SentenceSplitter().get_nodes_from_documents(documents)
        texts = [node.get_content() for node in nodes]
        vectors = Budget(budget).encode(self._model._get_text_embeddings, texts)
        for node, vector in zip(nodes, vectors.tolist(), strict=True):
            node.embedding = vector
        VectorStoreIndex(nodes, storage_context=storage)
        return {"articles": len(documents), "chunks": len(nodes)}

    def index_passages(self, passages: list[str], folder: str) -> None:
        """The same passages as ours, as nodes."""
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode

        storage = StorageContext.from_defaults(vector_store=self._store(folder))
        VectorStoreIndex([TextNode(text=text) for text in passages], storage_context=storage)

    def open(self, folder: str, reranker: str | None = None) -> None:
        from llama_index.core import VectorStoreIndex
        from llama_index.core.postprocessor import SentenceTransformerRerank

        index = VectorStoreIndex.from_vector_store(self._store(folder))
        self._retriever = index.as_retriever(similarity_top_k=CANDIDATES)
        self._rerank = SentenceTransformerRerank(model=reranker, top_n=SHOWN, device="cpu") if reranker else None
        self.answer("Who said what?")

    def first_stage(self, question: str) -> int:
        return len(self._retriever.retrieve(question))

    def answer(self, question: str) -> dict[str, float]:
        from llama_index.core.schema import QueryBundle

        found = self._retriever.retrieve(question)
        if self._rerank is not None:
            found = self._rerank.postprocess_nodes(found, QueryBundle(question))
        return {"found": len(found)}


def serve(side: object) -> None:
    """Do what each line of stdin says until it ends."""
    out, sys.stdout = sys.stdout, sys.stderr  # libraries may print
    for line in sys.stdin:
        call = json.loads(line)
        method = getattr(side, call.pop("do"))
        began, used = time.perf_counter(), time.process_time()
        value = method(**call)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak, "value": value}), file=out, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.path.insert(0, str(Path(__file__).parents[2]))
    with suppress(KeyboardInterrupt):
        serve({"ours": Ours, "llama_index": LlamaIndex}[sys.argv[1]]())
