"""Outlets and dates in questions, recognised or not: what is found by the first stage, and what is refused.

    python tests/benchmarks/constraints.py questions.jsonl.gz evidence_pool.jsonl.gz [--half 0|1] [--answers N]

The files are MultiHop-RAG's, or any gold set and published corpus that `qa eval GOLD --articles PATH` takes. Prints the
share of answerable questions with a relevant article among the first 1, 4 and 10, by BM25 alone, and by the fused first
stage without and with constraints. --half: only questions whose id hashes to it (settings were chosen on 0, and are
reported on 1). --answers N: also asks N of them, a third unanswerable, in full (seconds
each), and prints how many are refused.
"""

import argparse
import datetime as dt
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from index.filters import Filters
from index.models.embed import open_embedder
from index.models.weights import default_model
from index.search import search
from qa.answer import Ask, compose
from qa.assistant import Assistant
from qa.evaluate.corpus import index_of
from qa.evaluate.formats import load, load_articles
from qa.evaluate.gold import GoldQuestion, resolve

TODAY = dt.date(2024, 1, 1)  # MultiHop-RAG's articles are of the last months of 2023


def number_of(question: GoldQuestion) -> int:
    """The same for a question on any machine."""
    return int(hashlib.sha256(question.id.encode()).hexdigest()[:8], 16)


def hits(questions: Sequence[GoldQuestion], find: Callable[[GoldQuestion], list[str]]) -> str:
    """Hits@1, 4 and 10 of the articles that `find` ranks."""
    counts = Counter[int]()
    for question in questions:
        gold = {relevant.article_ids[0] for relevant in question.relevant}
        ranking = list(dict.fromkeys(find(question)))
        counts.update(k for k in (1, 4, 10) if gold & set(ranking[:k]))
    return " | ".join(f"{counts[k] / len(questions):.4f}" for k in (1, 4, 10))


def first_stage(assistant: Assistant, questions: Sequence[GoldQuestion]) -> None:
    """Print a table of what is found without the ranker."""
    snapshot, encoder = assistant.snapshot, assistant._models.encoder

    def by_bm25(question: GoldQuestion) -> list[str]:
        with snapshot.view():
            found = [passage_id for passage_id, _ in snapshot.matching(question.question, 50)]
            passages = snapshot.passages(found)
            return [passages[passage_id].article_id for passage_id in found]

    def fused(constraints: bool) -> Callable[[GoldQuestion], list[str]]:
        def find(question: GoldQuestion) -> list[str]:
            with snapshot.view():
                query, _ = compose(question.question, encoder, snapshot, Ask(Filters(), constraints, TODAY))
                return [hit.passage.article_id for hit in search(snapshot, query)]

        return find

    print(f"| first stage, {len(questions):,} answerable questions | Hits@1 | Hits@4 | Hits@10 |\n|---|---|---|---|")
    for name, find in (("BM25 alone", by_bm25), ("fused", fused(False)), ("fused, with constraints", fused(True))):
        print(f"| {name} | {hits(questions, find)} |", flush=True)


def answers(assistant: Assistant, questions: Sequence[GoldQuestion], n: int) -> None:
    """Print how many of a fixed sample are refused, and what the ranker finds."""
    drawn = sorted(questions, key=number_of)
    parts = {
        "no answer": [question for question in drawn if not question.answers][: n // 3],
        "answerable": [question for question in drawn if question.answers][: n - n // 3],
    }
    print("\n| asked in full | n | refused | reasons | Hits@4 | Hits@10 |\n|---|---|---|---|---|---|")
    for constraints in (False, True):
        for name, part in parts.items():
            said = {q.id: assistant.ask(q.question, constraints=constraints) for q in part}
            reasons = Counter(answer.refusal.reason for answer in said.values() if answer.refusal)
            listed = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
            ranked = {name: [passage.article_id for passage in answer.passages] for name, answer in said.items()}
            found = hits(part, lambda q, ranked=ranked: ranked[q.id]).split(" | ") if part[0].answers else ["", "", ""]
            print(
                f"| {name}, constraints {'on' if constraints else 'off'} | {len(part)} | "
                f"{reasons.total() / len(part):.3f} | {listed} | {found[1]} | {found[2]} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gold", type=Path)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--answers", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    read = load_articles(arguments.articles)
    if read is None:
        parser.error(f"{arguments.articles}: records of a published corpus are needed (JSON, .gz)")
    folder = index_of(read[0], open_embedder(default_model()), lambda line: print(line, file=sys.stderr))
    with Assistant(folder, clock=lambda: TODAY) as assistant:
        chosen = [q for q in load(arguments.gold).questions if arguments.half in (None, number_of(q) % 2)]
        with assistant.snapshot.view():
            known = {facts.id for facts in assistant.snapshot.facts()}
        questions = [resolve(question, lambda name: name if name in known else None) for question in chosen]
        first_stage(assistant, [question for question in questions if question.answers])
        if arguments.answers:
            answers(assistant, questions, arguments.answers)


if __name__ == "__main__":
    main()
