"""Makes `changed_news.jsonl`: a hundred news questions with one thing changed by rule, so that no article answers them.

    python tests/benchmarks/changed_news.py --data DATA [--show 20 | --gold FILE]

Twenty have another verb, relation, name or number, or their roles turned round. A line says what was changed into what
in which question of `news/questions.jsonl.gz`; `changed` puts them together. Made once, before the decision was fitted:
every other one of a kind (`part` "fit") may be used for that, the rest ("judge") only measures.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.training.names import Pool, find_names, find_numbers
from qa.training.relations import Relations

FILE = Path(__file__).with_name("changed_news.jsonl")
KINDS = ("verb", "relation", "name", "number", "role")
OF_EACH = 20
SEED = 28


def changed(data: Path) -> Iterator[dict[str, Any]]:
    """The changed questions, as gold: nothing answers them.

    `kind` says what was changed, `part` what for it may be used, `article_ids` where the question that it was made of
    is answered.
    """
    asked = {record["id"]: record for record in _read(data / "news" / "questions.jsonl.gz")}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        made = json.loads(line)
        record = asked[made["id"]]
        yield {
            "id": f"{made['id']}-{made['kind']}",
            "question": _put(record["question"], made["start"], made["old"], made["new"]),
            "answers": [],
            "kind": made["kind"],
            "part": made["part"],
            "article_ids": record["article_ids"],
        }


def make(data: Path) -> list[dict[str, Any]]:
    """The lines of the file."""
    records = _read(data / "news" / "questions.jsonl.gz")
    texts = {
        record["id"]: f"{record.get('title', '')} {record['text']}"
        for record in _read(data / "news" / "articles.jsonl.gz")
    }
    relations = Relations.of((record["question"] for record in records), texts.values())
    pool = Pool((*(record["question"] for record in records), *texts.values()))
    rng = random.Random(SEED)
    rng.shuffle(records)
    found: list[dict[str, Any]] = []
    count: Counter[str] = Counter()
    for record in records:
        text = " ".join(texts[article_id] for article_id in record["article_ids"])
        for kind in sorted(KINDS, key=lambda kind: count[kind]):  # what is rare is taken where it can be
            if count[kind] < OF_EACH and (change := _change(kind, record["question"], text, relations, pool, rng)):
                part = "fit" if count[kind] % 2 else "judge"
                found.append({"id": record["id"], "kind": kind, "part": part, **change})
                count[kind] += 1
                break
    return sorted(found, key=lambda line: (KINDS.index(line["kind"]), line["part"], line["id"]))


def _change(
    kind: str, question: str, text: str, relations: Relations, pool: Pool, rng: random.Random
) -> dict[str, Any] | None:
    """What is changed in a question into what, which the article (`text`) does not have; None if nothing can be."""
    if kind == "role":
        turned = relations.turn(question, rng)
        return {"start": 0, "old": question, "new": turned} if turned else None
    if kind in ("name", "number"):
        places = find_names(question) if kind == "name" else find_numbers(question)
        for each in places:
            if each.text in text and (other := pool.stand_in(each, f"{text} {question}", rng)):
                return {"start": each.start, "old": each.text, "new": other}
        return None
    for place in relations.verb_places(question) if kind == "verb" else relations.relation_places(question):
        other = relations._stand_in(place, question, text, text, rng)
        if other is not None:
            return {"start": place.start, "old": question[place.start : place.end], "new": other}
    return None


def _put(question: str, start: int, old: str, new: str) -> str:
    if question[start : start + len(old)] != old:
        raise ValueError(f"{old!r} does not stand at {start} of {question!r}")
    return question[:start] + new + question[start + len(old) :]


def _read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with news/")
    parser.add_argument("--gold", type=Path, help="write the changed questions here, as gold, and nothing else")
    parser.add_argument("--show", type=int, help="print so many, and write nothing")
    options = parser.parse_args()
    if options.gold:
        lines = [json.dumps(line, ensure_ascii=False) for line in changed(options.data)]
        options.gold.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return 0
    if options.show:
        lines = list(changed(options.data))
        for line in random.Random(0).sample(lines, min(options.show, len(lines))):
            sys.stdout.write(f"{line['kind']:9}{line['question']}\n")
        return 0
    FILE.write_text(
        "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in make(options.data)), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
