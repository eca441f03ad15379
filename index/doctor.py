"""Whether an index is whole: what each store holds, against the catalog; and the repair of what is derived from it.

Looking writes nothing (Chroma is opened in a copy). What a derived store lacks at its end (the tail) or has too much is
normal: readers make up for it, and the next writer mends it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArticleQAError, IndexDamagedError, MissingModelError, ModelError, NoIndexError, StoreError
from index.models.weights import DESCRIPTION, file_sha256, remembered_model, torch_folder
from index.readers.boilerplate import VERSION
from index.readers.metadata import doubts
from index.stores import lexical, vectors
from index.stores.catalog import FILE, Catalog, Meta
from index.stores.lock import Holder

if TYPE_CHECKING:
    import numpy as np

    from index.types import Article, Span
    from index.update import Writer

REPAIR = "qa doctor --repair makes it again"
_COPY = "put a copy of the file back or index the articles again into another folder (--index)"
_NEXT = "the next qa index sees to it"
_AGAIN = "take it out and in again: qa remove ID, then qa index --restore PATH"
_NOT_AS_INDEXED = "its text or title is not what was indexed (another sha256)"
_LOOKS = 3
_ALL_UPTO, _SAMPLE = 5_000, 2_000
_BATCH = 500
_NAMED = 3
_UNIT = 1e-3
_RECALL = 0.9
_SHORT = 40
_MARK = "\N{REPLACEMENT CHARACTER}"
_WHAT = {
    "undated": "{} without a date: --since and --until leave them out; qa index --set published=DATE FILE",
    "untitled": "{} without a title of their own",
    "short": f"{{}} of less than {_SHORT} words",
    "doubtful": "{} not in English, cut off by a paywall, or with characters that could not be read",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what is wrong, where, and what mends it. No fault: nothing is wrong, but there is something to know."""

    message: str
    is_fault: bool = True


@dataclass(slots=True)
class Check:
    """One part of the index that was looked at: what was counted there, and what was found."""

    name: str
    counts: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not any(finding.is_fault for finding in self.findings)

    def fault(self, message: str) -> None:
        self.findings.append(Finding(message))

    def note(self, message: str) -> None:
        self.findings.append(Finding(message, is_fault=False))


def examine(folder: Path) -> list[Check]:
    """What is to be said of the index in `folder`: of the catalog, the vectors, the words, and the folder.

    Raises NoIndexError.
    """
    if not (folder / FILE).is_file():
        raise NoIndexError(f"no index in {folder}; make one: qa index PATH --index {folder}")
    try:
        with closing(Catalog.open(folder)) as catalog:
            for _ in range(_LOOKS):
                before = _meta(catalog)
                checks = _look(folder, catalog)
                # A writer may have changed a derived store after the catalog was read: then it is looked at again.
                if all(check.is_whole for check in checks) or _meta(catalog).generation == before.generation:
                    break
    except NoIndexError:
        raise
    except ArticleQAError as error:  # what cannot be opened is all that can be said
        return [Check("catalog", findings=[Finding(str(error))])]
    return checks


def examine_weights(folder: Path, shipped: Mapping[Path, str]) -> Check:
    """Whether the weights are here and are what they should be: the index's embedding model, and files by sha256.

    What is only needed to index may be missing.
    """
    check = Check("weights")
    sums = dict(shipped)
    try:
        with closing(Catalog.open(folder)) as catalog:
            model = remembered_model(_meta(catalog).embedding)
        if model.export is not None:
            described = json.loads((model.export / DESCRIPTION).read_text(encoding="utf-8"))
            if expected := described.get("onnx_sha256"):
                sums[model.export / "model.onnx"] = expected
        if model.source is not None:
            torch_folder(model)
    except MissingModelError as error:
        check.note(str(error))
    except (ArticleQAError, OSError, ValueError) as error:
        check.fault(str(error))
    for path, expected in sums.items():
        try:
            found = file_sha256(path)
        except ModelError as error:
            check.fault(str(error))
            continue
        if found != expected:
            check.fault(f"{path}: its sha256 is {found}, not {expected}; install article-qa again")
    check.counts = {"files": len(sums)}
    return check


def examine_articles(folder: Path) -> Check:
    """What a user may want to look at among the articles of the index in `folder`: no faults of the index."""
    check = Check("articles")
    named: dict[str, list[str]] = {kind: [] for kind in _WHAT}
    try:
        with closing(Catalog.open(folder)) as catalog, catalog.transaction():
            for article, *_ in catalog.inspect():
                for kind in _kinds(article):
                    named[kind].append(article.id)
            stale = catalog.files_by_older_rules(VERSION)
    except ArticleQAError:
        check.note("not looked at, since the catalog is at fault")
        return check
    check.counts = {kind: len(ids) for kind, ids in named.items()}
    for kind, ids in named.items():
        if ids:
            shown = ", ".join(ids[:_NAMED]) + ", ..." * (len(ids) > _NAMED)
            check.note(f"{len(ids):,} {_WHAT[kind].format('article' if len(ids) == 1 else 'articles')} ({shown})")
    if stale:
        noun = "file was" if stale == 1 else "files were"
        check.note(f"{stale:,} {noun} read before today's rules for leftovers of pages; qa index --reread PATH")
    return check


def _kinds(article: Article) -> Iterator[str]:
    """In which ways an article is worth a look."""
    if article.published is None:
        yield "undated"
    if not article.title or (dict(article.origins).get("title") == "text" and article.title.endswith(("…", "."))):
        yield "untitled"
    if len(article.text.split()) < _SHORT:
        yield "short"
    if _MARK in article.text or any(doubts(article.text)):
        yield "doubtful"


def repair(writer: Writer, checks: Sequence[Check]) -> Iterator[str]:
    """Make again what `checks` say is broken and can be derived from the catalog; what was done, a line each."""
    broken = {check.name for check in checks if not check.is_whole}
    if "catalog" in broken:
        writer.rebuild_catalog_indexes()
        yield "the catalog's own indexes were made again from its tables"
    if "vectors" in broken and writer.derived.rebuild_vectors():
        yield "Chroma was made again from the catalog's vectors"
    if "words" in broken and writer.derived.rebuild_words():
        yield "the word index was made again from the catalog's texts"
    writer.sync()
    if any(not finding.is_fault for check in checks for finding in check.findings):
        yield "what a writer had left undone was done, what it had left behind was cleared away"


def _meta(catalog: Catalog) -> Meta:
    with catalog.transaction():
        return catalog.meta()


def _look(folder: Path, catalog: Catalog) -> list[Check]:
    with catalog.transaction():
        found = [_catalog(catalog)]
        meta = catalog.meta()
        found += [
            _guarded(_vectors, folder, catalog, meta),
            _guarded(_words, folder, catalog, meta),
        ]
    return [*found, _folder(folder, meta)]


def _guarded(look: Callable[[Path, Catalog, Meta, Check], None], folder: Path, catalog: Catalog, meta: Meta) -> Check:
    """A derived store that cannot be looked at is a fault of it, whatever it raises."""
    check = Check(look.__name__.strip("_"))
    try:
        look(folder, catalog, meta, check)
    except StoreError as error:
        check.fault(f"{error}; {REPAIR}")
    except IndexDamagedError:
        check.note("not compared with the catalog, which is itself at fault")
    return check


# ---- the catalog -----------------------------------------------------------------------------------------------------


def _catalog(catalog: Catalog) -> Check:
    check = Check("catalog")
    for line in catalog.damage():
        what = line.splitlines()[-1]
        check.fault(f"{catalog.file}: {what}; qa doctor --repair makes its indexes again, for the rest {_COPY}")
    counts = {"articles": catalog.count_articles(), "passages": catalog.count_passages()}
    check.counts = {**counts, "schema_version": catalog.schema_version()}
    for article, digest, passages, sentences in catalog.inspect():
        for what in _article_faults(article, digest, passages, sentences):
            check.fault(f"{catalog.file}: article {article.id!r}: {what}; {_AGAIN}")
    for form, digest in catalog.other_forms():
        if form.digest() != digest:
            check.fault(f"{catalog.file}: article {form.id!r}: {_NOT_AS_INDEXED}; {_AGAIN}")
    lengths = catalog.vector_bytes()
    if len(lengths) > 1 or any(not length or length % 4 for length in lengths):
        check.fault(f"{catalog.file}: vectors of {_listed(lengths)} bytes; {_COPY}")
        return check
    import numpy as np

    ids = catalog.all_passage_ids()
    for first in range(0, len(ids), _BATCH):
        some, matrix = catalog.vectors(only=ids[first : first + _BATCH].tolist())
        wrong = some[~(np.abs(np.linalg.norm(matrix, axis=1) - 1) < _UNIT)]  # not a number is wrong too
        if len(wrong):
            check.fault(f"{catalog.file}: {_some(wrong.tolist())} no vector of unit length; {_AGAIN}")
    return check


def _article_faults(
    article: Article, digest: str, passages: Sequence[Span], sentences: Sequence[Span]
) -> Iterator[str]:
    """What is wrong with an article as it is stored."""
    if article.digest() != digest:
        yield _NOT_AS_INDEXED
    if not passages:
        yield "it has no passage"
    starts, ends = {start for start, _ in sentences}, {end for _, end in sentences}
    for kind, spans in (("sentence", sentences), ("passage", passages)):
        if any(not article.text[start:end].strip() or start < 0 or end > len(article.text) for start, end in spans):
            yield f"a {kind} lies outside of its text or is blank"
        if any(end > start for (_, end), (start, _) in itertools.pairwise(spans)):
            yield f"its {kind}s overlap"
    if any(start not in starts or end not in ends for start, end in passages):
        yield "a passage does not begin or end where a sentence does"


# ---- the derived stores ----------------------------------------------------------------------------------------------


def _vectors(folder: Path, catalog: Catalog, meta: Meta, check: Check) -> None:
    import numpy as np

    ids = catalog.all_passage_ids()
    covered = ids[ids <= meta.chroma_upto]
    check.counts = {"in_chroma": 0, "in_the_tail": len(ids) - len(covered)}
    if meta.chroma_in_use is None or not len(ids):
        return
    place = folder / vectors.FOLDER / meta.chroma_in_use
    with vectors.opened_copy(place) as store:
        held = store.ids()
        check.counts |= {"in_chroma": len(held), "deleted_since": len(np.setdiff1d(held, covered))}
        missing = np.setdiff1d(covered, held)
        _report_missing(check, place, missing, "not in Chroma")
        if not len(missing) and (len(held) != meta.chroma_count or held.max(initial=0) > meta.chroma_upto):
            check.fault(f"{place}: holds {len(held):,} vectors, {meta.chroma_count:,} were put into it; {REPAIR}")
        tried = _sampled(np.intersect1d(covered, held))
        others: list[int] = []
        for first in range(0, len(tried), _BATCH):
            others += store.differing(*catalog.vectors(only=tried[first : first + _BATCH].tolist()))
        check.counts["compared"] = len(tried)
        _report_missing(check, place, np.array(others), "in Chroma with another vector")
        recall = store.recall()
        check.counts["recall@10"] = round(recall, 3)
        if recall < _RECALL:
            check.fault(f"{place}: recall@10 {recall:.3f} against exact search, less than {_RECALL}; {REPAIR}")


def _words(folder: Path, catalog: Catalog, meta: Meta, check: Check) -> None:
    import numpy as np

    place = folder / lexical.FOLDER
    ids = catalog.all_passage_ids()
    covered = ids[ids <= meta.tantivy_upto]
    check.counts = {"in_tantivy": 0, "in_the_tail": len(ids) - len(covered)}
    if not len(covered):
        return
    damaged = lexical.damaged_files(place)
    if damaged:
        check.fault(f"{place}: {', '.join(damaged[:_NAMED])} not as written, or gone; {REPAIR}")
        return
    with lexical.opened_copy(place) as store:
        held = store.ids()
        check.counts |= {"in_tantivy": len(held), "deleted_since": len(np.setdiff1d(held, ids))}
        _report_missing(check, place, np.setdiff1d(covered, held), "not in the word index")
        if len(held) != len(np.unique(held)):
            check.fault(f"{place}: some passages are in it twice; {REPAIR}")
        tried = _sampled(np.intersect1d(covered, held))
        passages = catalog.passages(tried.tolist()).values()
        lost = [passage.id for passage in passages if not store.finds(passage.id, passage.article_id, passage.text)]
        check.counts["searched_for"] = len(tried)
        _report_missing(check, place, np.array(lost), "not found by their own words")


def _sampled(ids: np.ndarray) -> np.ndarray:
    """All of the ids, or as many as can be tried in some seconds, evenly spread."""
    import numpy as np

    return ids if len(ids) <= _ALL_UPTO else ids[np.linspace(0, len(ids) - 1, _SAMPLE, dtype=int)]


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _report_missing(check: Check, place: Path, ids: np.ndarray, how: str) -> None:
    if len(ids):
        check.fault(f"{place}: {_some(ids.tolist())} {how}; {REPAIR}")


def _some(ids: Sequence[int]) -> str:
    """A few passages by name, and how many there are.

    >>> _some([7]), _some([1, 2, 3, 4])
    ('1 passage (7)', '4 passages (1, 2, 3, ...)')
    """
    named = [str(id_) for id_ in ids[:_NAMED]] + ["..."] * (len(ids) > _NAMED)
    return f"{len(ids):,} passage{'s' * (len(ids) != 1)} ({', '.join(named)})"


# ---- the folder ------------------------------------------------------------------------------------------------------


def _folder(folder: Path, meta: Meta) -> Check:
    """Who writes, and what writers that were stopped left behind."""
    check = Check("folder")
    holder = Holder.read(folder)
    if holder is not None and not holder.is_gone():
        check.note(f"{folder}: {holder}")
        return check  # what lies there is its work
    if holder is not None:
        check.note(f"{folder}: process {holder.pid}, writing since {holder.since}, was stopped; {_NEXT}")
    left = [path.name for path in vectors.leftovers(folder / vectors.FOLDER, meta.chroma_dir)]
    if left:
        check.note(f"{folder / vectors.FOLDER}: left half-made, in use by nobody: {', '.join(left[:_NAMED])}; {_NEXT}")
    wal = folder / f"{FILE}-wal"
    if wal.is_file() and wal.stat().st_size:
        check.note(f"{wal}: the last commits, not folded into the catalog yet; {_NEXT}")
    return check
