"""Which first stage and which ranking put the right article first: the tables of docs/lab/retrieval.md.

    python tests/benchmarks/retrieval.py --data DATA [--sets NAME,NAME] [--questions N] [--embedding NAME=FOLDER ...]
        [--pieces 128] [--shape plain|overlap|joined] [--prepend none|title|lead] [--no-titles]
        [--rank N [--ranker FOLDER]] [--cache DIR] [--out FILE]

An article is a paragraph of the set (of MultiHop-RAG a piece of evidence, with title, outlet and date), all paragraphs
of a set are one corpus, and an article stands where its best passage does. Every row is scored on the same questions,
drawn by --seed; differences are paired by question. Vectors and rankings are kept in --cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.models.embed import load_export, open_embedder
from index.models.onnx import load_tokenizer
from index.models.weights import default_model
from index.readers.noise import find_noise
from index.search import CANDIDATES, LEXICAL_WEIGHT, fuse
from index.snapshot import Scored
from index.split import Split, Splitter
from index.stores.lexical import Lexical
from index.types import Hit, Passage, Span
from qa.evaluate.formats import load, load_articles
from qa.evaluate.gold import GoldArticle, GoldQuestion, resolve, sample
from qa.evaluate.retrieval import score_ranking
from qa.models import ranker_reader
from qa.models.ranker import OnnxScorer, TorchScorer
from qa.models.ranker_reader import FIRST, LONG_QUESTION, PROMISING, RANKED, SURE, RankerReader
from qa.models.shipped import weights_of
from qa.models.spans import QUESTION

SETS = {
    "new_wiki": ("squadshifts/new_wiki_v1.0.json.gz", None),
    "reddit": ("squadshifts/reddit_v1.0.json.gz", None),
    "amazon": ("squadshifts/amazon_reviews_v1.0.json.gz", None),
    "squad2": ("squad/dev-v2.0.json.gz", None),  # questions of the articles kept apart, all paragraphs
    "multihop": ("multihop_rag/questions.jsonl.gz", "multihop_rag/evidence_pool.jsonl.gz"),
    "hotpotqa": ("hotpotqa/dev_distractor_v1.jsonl.xz", None),
}
METRICS = ("hits@1", "hits@4", "hits@5", "hits@10", "map")
Ranking = dict[str, list[str]]  # question id -> article ids, best first


@dataclass(frozen=True)
class Corpus:
    """Passages of a set, its questions, and how the passages were cut."""

    name: str
    questions: Sequence[GoldQuestion]
    passages: Sequence[Passage]
    articles: Sequence[GoldArticle]
    of: dict[str, GoldArticle]

    def ranked(self, found: Iterable[int]) -> list[str]:
        """The articles of passages (ids from 1) in order."""
        return list(dict.fromkeys(self.passages[i - 1].article_id for i in found))


def read(name: str, data: Path, n: int, seed: int, pieces: int, shape: str = "plain") -> Corpus:
    """A set, its paragraphs cut into passages of `pieces` word pieces, as they are or in another `shape`."""
    questions, pool = SETS[name]
    gold = load(data / questions)
    articles = list(gold.articles)
    if pool is not None:
        found = load_articles(data / pool)
        assert found is not None
        articles = found[0]
    elif name == "squad2":
        gold = load(data / questions, True)
    known = {article.id: article for article in articles}
    asked = [
        resolve(question, lambda name: name if name in known else None)
        for question in gold.questions
        if question.relevant
    ]
    asked = list(sample(type(gold)(gold.name, gold.format, gold.digest, tuple(asked)), n, seed).questions)
    splitter = Splitter(load_tokenizer(default_model().export / "tokenizer.json"), 254, pieces)
    passages: list[Passage] = []
    for article in articles:
        for start, end in shaped(splitter.split(article.text, find_noise(article.text)), shape):
            passages.append(Passage(len(passages) + 1, article.id, start, end, article.text[start:end]))
    return Corpus(name, asked, passages, articles, known)


def shaped(split: Split, shape: str) -> list[Span]:
    """The passages as they are; overlapping by a sentence; or each joined with the one that follows."""
    spans = list(split.passages)
    if shape == "overlap":
        begins = [start for start, _ in split.sentences]
        return [(max((begin for begin in begins if begin < start), default=start), end) for start, end in spans]
    if shape == "joined":
        return (
            [(start, after[1]) for (start, _), after in zip(spans, [*spans[1:], spans[-1]], strict=True)]
            if spans
            else []
        )
    return spans


def shown(corpus: Corpus, prepend: str) -> list[str]:
    """What is embedded of each passage: itself, or itself after its article's title or first sentence."""
    texts = []
    for passage in corpus.passages:
        article = corpus.of[passage.article_id]
        before = {"none": "", "title": article.title or "", "lead": article.text[:100] if passage.start else ""}[
            prepend
        ]
        texts.append(f"{before}\n{passage.text}" if before else passage.text)
    return texts


def kept(cache: Path, key: Sequence[object], make: Callable[[], np.ndarray]) -> np.ndarray:
    """An array from the cache, or made."""
    file = cache / (hashlib.sha256(repr(key).encode()).hexdigest()[:20] + ".npy")
    if not file.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, make())
    return np.load(file)


def embedded(encoder: Any, texts: Sequence[str], what: str) -> np.ndarray:
    """Vectors of many texts, with a line of progress now and then."""
    began = time.monotonic()
    parts = []
    for first in range(0, len(texts), 2048):
        parts.append(encoder.encode(texts[first : first + 2048]))
        speed = (first + len(parts[-1])) / (time.monotonic() - began)
        print(f"{what}: {first + len(parts[-1])} of {len(texts)}, {speed:.0f} a second", file=sys.stderr)
    return np.concatenate(parts)


def first_stage(corpus: Corpus, encoder: Any, options: argparse.Namespace, name: str) -> list[tuple[Scored, Scored]]:
    """What BM25 and the vectors find for each question. Passages are embedded as `qa index` does, if by the default."""
    lexical = Lexical(None)
    titles = {a.id: (a.title or "") for a in corpus.articles} if options.titles else {}
    lexical.update([], [(p.id, p.article_id, titles.get(p.article_id, ""), p.text) for p in corpus.passages])
    texts = shown(corpus, options.prepend)
    key = [f"{name} as indexed", hashlib.sha256("\0".join(texts).encode()).hexdigest()]

    def make() -> np.ndarray:
        return embedded(
            open_embedder(default_model()) if name == "default" else encoder, texts, f"{corpus.name}, {name}"
        )

    matrix = kept(options.cache, key, make)
    found = []
    for question in corpus.questions:
        scores = matrix @ encoder.encode_questions([question.question])[0]
        best = np.argsort(-scores, kind="stable")[:CANDIDATES]
        found.append((lexical.search(question.question, CANDIDATES), [(int(i) + 1, float(scores[i])) for i in best]))
    return found


def reciprocal(matching: Scored, near: Scored, weight: float) -> Scored:
    """Weighted reciprocal rank fusion (Cormack, Clarke and Büttcher 2009), k = 60."""
    scores: dict[int, float] = {}
    for found, share in ((matching, weight), (near, 1 - weight)):
        for rank, (passage_id, _) in enumerate(found, 1):
            scores[passage_id] = scores.get(passage_id, 0.0) + share / (60 + rank)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def standardised(matching: Scored, near: Scored, weight: float) -> Scored:
    """A sum of scores with mean 0 and deviation 1 within each search; what one did not find gets its lowest."""
    scores: dict[int, float] = {}
    ids = {passage_id for found in (matching, near) for passage_id, _ in found}
    for found, share in ((matching, weight), (near, 1 - weight)):
        values = np.array([score for _, score in found] or [0.0])
        spread = values.std() or 1.0
        given = {passage_id: (score - values.mean()) / spread for passage_id, score in found}
        lowest = min(given.values(), default=0.0)
        for passage_id in ids:
            scores[passage_id] = scores.get(passage_id, 0.0) + share * given.get(passage_id, lowest)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


def from_zero(matching: Scored, near: Scored, weight: float) -> Scored:
    """A sum of scores, each scaled by the best that its search found."""
    scores: dict[int, float] = {}
    for found, share in ((matching, weight), (near, 1 - weight)):
        top = max((score for _, score in found), default=0.0)
        for passage_id, score in found:
            scores[passage_id] = scores.get(passage_id, 0.0) + (share * max(score, 0.0) / top if top > 0 else 0.0)
    return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))


WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def fusions() -> dict[str, Callable[[Scored, Scored], Scored]]:
    """Every way to make one ranking of two that was tried."""
    ways: dict[str, Callable[[Scored, Scored], Scored]] = {
        "BM25": lambda matching, near: matching,
        "vectors": lambda matching, near: near,
    }
    for kind, how in (("RRF", reciprocal), ("z", standardised), ("from 0", from_zero), ("fuse", fuse)):
        for weight in WEIGHTS:
            ways[f"{kind} {weight}"] = lambda matching, near, how=how, weight=weight: how(matching, near, weight)
    return ways


def rankings(
    corpus: Corpus, fused: Sequence[Scored], model: RankerReader, n: int, cache: Path, key: object
) -> np.ndarray:
    """float [questions, n, 3]: the cross-encoder's logit, the reader's margin and what the lower half alone expects of
    each question's first `n` passages. NaN where there are fewer.
    """

    def make() -> np.ndarray:
        out = np.full((len(fused), n, 3), np.nan)
        for row, (question, found) in enumerate(zip(corpus.questions, fused, strict=True)):
            hits = [Hit(corpus.passages[i - 1], score) for i, score in found[:n]]
            place = {hit.passage.id: i for i, hit in enumerate(hits)}
            candidates = [c for c in model.rank(question.question, hits, early=False) if c.encoded is not None]
            for candidate, spans in zip(
                candidates, model.spans([c.encoded for c in candidates if c.encoded], 1), strict=True
            ):
                margin = spans[0].score if spans else np.nan
                guess = model.early_relevance(candidate.encoded)
                out[row, place[candidate.hit.passage.id]] = candidate.relevance, margin, guess
            if row % 50 == 49:
                print(f"{corpus.name}: ranked {row + 1} of {len(fused)}", file=sys.stderr)
        return out

    ids = hashlib.sha256(repr([[i for i, _ in found[:n]] for found in fused]).encode()).hexdigest()
    return kept(cache, [key, weights_of(ranker_reader.WEIGHTS), ids, n, "read, guessed"], make)


def by_other(corpus: Corpus, fused: Sequence[Scored], options: argparse.Namespace) -> np.ndarray:
    """As `rankings`, by the cross-encoder --ranker; it reads nothing."""
    n = min(RANKED, options.rank)

    def make() -> np.ndarray:
        is_export = (options.ranker / "model.onnx").is_file()
        scorer = OnnxScorer(options.ranker) if is_export else TorchScorer(options.ranker)
        out = np.full((len(fused), n, 3), np.nan)
        for row, (question, found) in enumerate(zip(corpus.questions, fused, strict=True)):
            texts = [corpus.passages[i - 1].text for i, _ in found[:n]]
            out[row, : len(texts), 0] = scorer.score(question.question, texts)
            if row % 50 == 49:
                print(f"{corpus.name}: ranked {row + 1} of {len(fused)} by {options.ranker.name}", file=sys.stderr)
        return out

    ids = hashlib.sha256(repr([[i for i, _ in found[:n]] for found in fused]).encode()).hexdigest()
    return kept(options.cache, [str(options.ranker.resolve()), ids, n, 3], make)


@dataclass(frozen=True)
class Way:
    """How many are ranked, the first stage's weight by the question's word pieces, and when ranking ends early.

    Beyond the first `stop[0]`, all layers rank only the best `sift` by what the lower half expects. Of the first `read`
    the reader's margin counts by `share`.
    """

    ranked: int
    weight: Callable[[int], float] = lambda pieces: 0.0
    stop: tuple[int, float] | None = None
    read: int = 0
    share: float = 0.0
    sift: int | None = None

    def order(self, found: Scored, scores: np.ndarray, pieces: int) -> tuple[list[int], float]:
        """The passages in order, and how many went through all layers, those through half of them counted half.

        `scores` as in `rankings`.
        """
        halfway = min(self.ranked, len(found))
        if self.stop is not None and np.nanmax(scores[: self.stop[0], 0]) >= self.stop[1]:
            halfway = min(halfway, self.stop[0])
        first_stage = self.weight(pieces) * np.array([score for _, score in found[:halfway]])
        by = scores[:halfway, 0] + first_stage
        ranked, left = list(range(halfway)), []
        if self.stop is not None and self.sift is not None:
            guessed = [int(i) for i in np.argsort(-(scores[:halfway, 2] + first_stage), kind="stable")]
            promising = {*ranked[: self.stop[0]], *guessed[: self.sift]}
            ranked, left = sorted(promising), [i for i in guessed if i not in promising]
        first = sorted(ranked, key=lambda i: -by[i])
        margins = np.nan_to_num(scores[:, 1], nan=-20.0)
        best = sorted(first[: self.read], key=lambda i: -(by[i] + self.share * margins[i]))
        order = [*best, *first[self.read :], *left, *range(halfway, len(found))]
        return [found[i][0] for i in order], (halfway + len(ranked)) / 2


def by_length(pieces: int) -> float:
    """The weight of the first stage's score, as shipped."""
    return (pieces / LONG_QUESTION) ** 2


def ways_to_rank(n: int) -> dict[str, Way]:
    """Every way that was tried, with at most `n` ranked."""
    few = min(RANKED, n)
    ways = {"as shipped": Way(few, by_length, (FIRST, SURE), sift=PROMISING)}
    for sift in (4, 6, 10, 12):
        ways[f"{FIRST}, and the best {sift} of {few} halfway if not {SURE}"] = Way(
            few, by_length, (FIRST, SURE), sift=sift
        )
    for ranked in (count for count in (4, 8, 12, 16, 24, 32, 48) if count <= n):
        ways[f"{ranked} by logit"] = Way(ranked)
        ways[f"{ranked}"] = Way(ranked, by_length)
    for first in (3, 4, 6, 8):
        for sure in (2.0, 4.0, 5.0, 6.0, 7.0):
            ways[f"{first}, and {few} if not {sure}"] = Way(few, by_length, (first, sure))
    for weight in (4, 8, 12, 24):
        ways[f"+ {weight} x first"] = Way(few, lambda pieces, weight=weight: weight)
    for by in (1.5, 2.0, 3.0):
        ways[f"+ pieces / {by} x first"] = Way(few, lambda pieces, by=by: pieces / by)
    for by in (8, 9, 11, 12, 14):
        ways[f"+ (pieces / {by})2 x first"] = Way(few, lambda pieces, by=by: (pieces / by) ** 2)
    for read in (3, 5, 8, 16):
        for share in (0.2, 0.3, 0.4, 0.6):
            ways[f"read {read} x {share}"] = Way(few, read=read, share=share)
    return ways


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default="new_wiki,reddit,amazon,squad2,multihop")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--embedding", action="append", metavar="NAME=FOLDER", help="default: the shipped one")
    parser.add_argument("--pieces", type=int, default=128)
    parser.add_argument("--shape", choices=("plain", "overlap", "joined"), default="plain", help="of the passages")
    parser.add_argument("--prepend", choices=("none", "title", "lead"), default="none")
    parser.add_argument("--no-titles", dest="titles", action="store_false", help="no title field on the lexical side")
    parser.add_argument("--rank", type=int, default=0, metavar="N", help="rank the first N by the cross-encoder too")
    parser.add_argument(
        "--ranker", type=Path, metavar="FOLDER", help="with --rank: a CrossEncoder to rank with as well"
    )
    parser.add_argument("--weight", type=float, default=LEXICAL_WEIGHT, help="of BM25 in what is ranked")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/article-qa-retrieval"))
    parser.add_argument("--out", type=Path, default=None, help="JSON lines: set, embedding, row, metric per question")
    options = parser.parse_args()
    named = [one.split("=", 1) for one in options.embedding or [f"default={default_model().export}"]]
    for name, folder in named:
        encoder = load_export(Path(folder))
        for one in options.sets.split(","):
            corpus = read(one, options.data, options.questions, options.seed, options.pieces, options.shape)
            stage = first_stage(corpus, encoder, options, name)
            rows: dict[str, Ranking] = {}
            for way, fused_by in fusions().items():
                rows[way] = {
                    q.id: corpus.ranked(i for i, _ in fused_by(*found))
                    for q, found in zip(corpus.questions, stage, strict=True)
                }
            if options.rank:
                fused = [fuse(*found, options.weight) for found in stage]
                ranker_reader.RANKED = options.rank  # here, not where it was imported to
                model = RankerReader(threads=options.threads)
                asked = [min(QUESTION, len(model.pieces(q.question).ids)) for q in corpus.questions]
                by = {"": rankings(corpus, fused, model, options.rank, options.cache, name)}
                if options.ranker:
                    by[f", {options.ranker.name}"] = by_other(corpus, fused, options)
                for whose, scores in by.items():
                    for way, how in ways_to_rank(scores.shape[1]).items():
                        if how.sift is not None and np.isnan(scores[:, 0, 2]).all():
                            continue  # only the shipped one expects anything halfway
                        done = list(map(how.order, fused, scores, asked))
                        rows[f"rank {way}{whose} ({np.mean([count for _, count in done]):.1f})"] = {
                            q.id: corpus.ranked(order) for q, (order, _) in zip(corpus.questions, done, strict=True)
                        }
            report(corpus, name, rows, options)
    return 0


def report(corpus: Corpus, name: str, rows: dict[str, Ranking], options: argparse.Namespace) -> None:
    """Prints a table; appends each question's scores to --out."""
    about = {
        "set": corpus.name,
        "embedding": name,
        "pieces": options.pieces,
        "shape": options.shape,
        "prepend": options.prepend,
    }
    about |= {"titles": options.titles}
    size = f"{len(corpus.articles)} articles, {len(corpus.passages)} passages, {len(corpus.questions)} questions"
    print(f"\n{size}: {about}")
    for way, ranking in rows.items():
        scores = []
        for question in corpus.questions:
            relevant = {item.article_ids[0]: item.grade for item in question.relevant}
            found = score_ranking(ranking[question.id], relevant)
            found["hits@4"] = float(not relevant.keys().isdisjoint(ranking[question.id][:4]))
            scores.append({metric: found[metric] for metric in METRICS})
        means = (f"{metric} {np.mean([s[metric] for s in scores]):.3f}" for metric in METRICS)
        print(f"{way:34}" + "  ".join(means), flush=True)
        if options.out:
            columns = {metric: [s[metric] for s in scores] for metric in METRICS}
            with options.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**about, "row": way, **columns}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
