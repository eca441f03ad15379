"""BM25 over passages by tantivy: (passage id, score), nothing else. Titles are a field of their own."""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError, store_errors
from index.files import replace_text
from index.text import FOLDING, analyzer, fold, stems, with_whole_words

if TYPE_CHECKING:
    import numpy as np
    import tantivy

FOLDER = "tantivy"
FOLDING_FILE = "folding"
"""Says how its texts were folded; an index made before it was written has none, and is of folding 1."""

TITLE_BOOST = 0.3
_ANALYZER = "english"
_WRITER_MEMORY = 64_000_000
_FOOTER_MARK = 1337


class Lexical:
    """One tantivy index, on disk or (folder None) in memory; both score with the same schema and analyzer.

    `folding`: how its texts are folded, and so the questions to it.
    """

    def __init__(self, folder: Path | None, folding: int = FOLDING) -> None:
        """Open the index in `folder`, made there, with this `folding`, if there is none.

        Raises StoreError if that cannot be done.
        """
        import tantivy

        schema = (
            tantivy.SchemaBuilder()
            .add_unsigned_field("id", stored=False, indexed=True, fast=True)
            .add_text_field("article", tokenizer_name="raw", index_option="basic")
            .add_text_field("title", tokenizer_name=_ANALYZER, index_option="freq")
            .add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
            .build()
        )
        with store_errors(f"{folder}: the word index cannot be used"):
            if folder is not None:
                folder.mkdir(exist_ok=True)
                if not (folder / "meta.json").exists():
                    replace_text(folder / FOLDING_FILE, f"{folding}\n", sync=True)
            self._index = tantivy.Index(schema, path=str(folder) if folder is not None else None)
            self._index.register_tokenizer(_ANALYZER, analyzer())
            self._index.config_reader("manual")  # it need not watch the folder: `reload` is called when there is news
            self._searcher = self._index.searcher()
        self._folder = folder
        self.folding = folding if folder is None else _folding_of(folder)
        self._tantivy = tantivy

    @classmethod
    def open(cls, folder: Path) -> Lexical:
        """The index in `folder` for a reader, who makes none. Raises StoreError if there is none, or it is broken."""
        if not (folder / "meta.json").is_file():
            raise StoreError(f"{folder}: no word index")
        return cls(folder)

    def update(self, gone: Iterable[int], new: Iterable[tuple[int, str, str, str]]) -> None:
        """Take the passages `gone` out and put `new` in: (id, article id, title, text). Twice is the same as once."""
        with self._writing() as writer:
            for passage_id in gone:
                writer.delete_documents_by_query(self._with_id(passage_id))
            for passage_id, article_id, title, text in new:
                writer.delete_documents_by_query(self._with_id(passage_id))
                document = self._tantivy.Document()
                document.add_unsigned("id", passage_id)
                document.add_text("article", article_id)
                document.add_text("title", fold(title, self.folding))
                document.add_text("text", fold(with_whole_words(text), self.folding))
                writer.add_document(document)

    def _with_id(self, passage_id: int) -> tantivy.Query:
        # deleting by the term itself takes it for a signed number, and deletes nothing
        return self._tantivy.Query.term_query(self._index.schema, "id", passage_id)

    @contextmanager
    def _writing(self) -> Iterator[tantivy.IndexWriter]:
        """What is done inside is committed at its end, and seen by this index's searches."""
        with store_errors("the word index cannot be written"):
            writer = self._index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
            yield writer
            writer.commit()
            writer.wait_merging_threads()
        self.reload()

    def __len__(self) -> int:
        """How many passages it holds."""
        return self._searcher.num_docs

    def reload(self) -> None:
        """See what a writer has committed since."""
        with store_errors("the word index cannot be read"):
            self._index.reload()
            self._searcher = self._index.searcher()
        if self._folder is not None:
            self.folding = _folding_of(self._folder)  # it may have been made again meanwhile

    def search(self, question: str, k: int, article_ids: Collection[str] | None = None) -> list[tuple[int, float]]:
        """The best `k` passages that share a word with the question: (id, BM25 score), best first."""
        query = self._query(question, article_ids)
        if query is None or k < 1:
            return []
        with store_errors("the word index cannot be searched"):
            hits = self._searcher.search(query, limit=k, count=False).hits
            ids = self._searcher.fast_field_values("id", [address for _, address in hits])
            found = [(int(id_), float(score)) for id_, (score, _) in zip(ids, hits, strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def holders(self, term: str) -> list[int]:
        """The ids of all passages that have `term` (as `index.text.stems` gives it) in their text or title."""
        q, should = self._tantivy.Query, self._tantivy.Occur.Should
        either = q.boolean_query([
            (should, q.term_query(self._index.schema, field, term)) for field in ("title", "text")
        ])  # fmt: skip
        return self._ids(q.const_score_query(either, 1.0))

    def ids(self) -> np.ndarray:
        """The id of every passage that it holds, int64 [n], in order."""
        import numpy as np

        return np.array(sorted(self._ids(self._tantivy.Query.all_query())), dtype=np.int64)

    def _ids(self, query: tantivy.Query) -> list[int]:
        """The ids of all passages that `query` finds, in no order."""
        with store_errors("the word index cannot be searched"):
            hits = self._searcher.search(query, limit=max(1, len(self)), count=False).hits
            return list(map(int, self._searcher.fast_field_values("id", [address for _, address in hits])))

    def finds(self, passage_id: int, article_id: str, text: str) -> bool:
        """Whether the passage is found by the words of its own text (or there are none), in its article."""
        query = self._query(text, [article_id])
        if query is None:
            return True
        must = self._tantivy.Occur.Must
        both = self._tantivy.Query.boolean_query([(must, query), (must, self._with_id(passage_id))])
        with store_errors("the word index cannot be searched"):
            return len(self._searcher.search(both, limit=2, count=False).hits) == 1

    def _query(self, question: str, article_ids: Collection[str] | None) -> tantivy.Query | None:
        q, must = self._tantivy.Query, self._tantivy.Occur.Must
        should = self._tantivy.Occur.Should
        schema = self._index.schema
        terms = dict.fromkeys(stems(question, self.folding))  # each once, in order; a 10,000-word question is cut
        parts = []
        for term in list(terms)[:256]:
            parts.append((should, q.term_query(schema, "text", term)))
            parts.append((should, q.boost_query(q.term_query(schema, "title", term), TITLE_BOOST)))
        if not parts:
            return None
        query = q.boolean_query(parts)
        if article_ids is not None:
            only = q.const_score_query(q.term_set_query(schema, "article", list(article_ids)), 0.0)
            query = q.boolean_query([(must, query), (must, only)])
        return query


def _folding_of(folder: Path) -> int:
    """Raises StoreError where it is not known: a later version made the index, or its note is garbled."""
    file = folder / FOLDING_FILE
    try:
        written = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 1
    except (OSError, ValueError) as error:
        raise StoreError(f"{file}: cannot be read ({error})") from error
    if written not in map(str, range(1, FOLDING + 1)):
        raise StoreError(f"{file}: this version knows no folding {written[:20]!r}")
    return int(written)


@contextmanager
def opened_copy(folder: Path) -> Iterator[Lexical]:
    """A copy of the index in `folder`, open for questions: to open one, tantivy must be able to lock its folder.

    Raises StoreError if the index is missing or broken.
    """
    # tantivy may put its lock file into the copy for a moment while that is deleted
    with tempfile.TemporaryDirectory(prefix="qa-", ignore_cleanup_errors=True) as temporary:
        copy = Path(temporary) / folder.name
        with store_errors(f"{folder}: the word index cannot be read"):
            shutil.copytree(folder, copy, copy_function=shutil.copyfile)
            copy.chmod(0o700)
        try:
            yield Lexical.open(copy)
        except StoreError as error:
            raise StoreError(str(error).replace(str(copy), str(folder))) from error


def damaged_files(folder: Path) -> list[str]:
    """The names of the files of the index in `folder` that are not as tantivy wrote them, or are gone.

    Each file of a segment ends with a footer: JSON with the CRC-32 of what stands before, its length, and a mark.
    """
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        segments = {str(segment["segment_id"]).replace("-", ""): segment["deletes"] for segment in meta["segments"]}
    except (OSError, ValueError, KeyError, TypeError):
        return ["meta.json"]
    names = {path.name for path in folder.iterdir() if path.stem in segments}
    names |= {f"{segment}.{deletes['opstamp']}.del" for segment, deletes in segments.items() if deletes}
    return sorted(name for name in names if not _is_as_written(folder / name))


def _is_as_written(path: Path) -> bool:
    try:
        content = path.read_bytes()
        length, mark = struct.unpack("<II", content[-8:])
        body = content[: -8 - length]
        return bool(mark == _FOOTER_MARK and json.loads(content[len(body) : -8])["crc"] == zlib.crc32(body))
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return False
