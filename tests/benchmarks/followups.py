"""What chat makes of questions that point back: the table of docs/lab/retrieval.md.

    python tests/benchmarks/followups.py --data DATA [--questions N] [--folder FOLDER]

Pairs of questions on one paragraph of SQuAD 2.0's articles kept apart that share the only name of the second; there it
becomes "it". All paragraphs of those articles are the corpus. Asked is the second question as it was, with "it" by
itself, and with "it" as chat takes it after the first.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import qa
from index.filters import Filters
from qa.evaluate.answers import f1
from qa.evaluate.scores import RIGHT_F1
from qa.language.followup import points_back, ways
from qa.language.names import find_names
from qa.training.data import Example, load
from qa.types import Answer


def pairs(examples: list[Example], n: int) -> list[tuple[Example, Example, str]]:
    """(first, second, the second with "it"), drawn at random."""
    by_passage = defaultdict(list)
    for example in examples:
        by_passage[example.passage].append(example)
    found = []
    for second in examples:
        names = find_names(second.question)
        if len(names) != 1:
            continue
        name, start = names[0]
        pointing = second.question[:start] + "it" + second.question[start + len(name) :]
        pointing = re.sub(r"\bit['’]s\b", "its", re.sub(r"\bthe it\b", "it", pointing))
        firsts = [
            first
            for first in by_passage[second.passage]
            if name in [other for other, _ in find_names(first.question)] and first.target != second.target
        ]
        if firsts and points_back(pointing):
            found.append((random.Random(second.id).choice(firsts), second, pointing))
    random.Random(2).shuffle(found)
    return found[:n]


def in_chat(assistant: qa.Assistant, question: str, before: Answer) -> Answer:
    """The answer of the first way that has one."""
    for way in ways(question, before):
        answer = assistant.ask(way.text, filters=Filters(article_ids=way.article_ids))
        if answer.found:
            break
    return answer


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--questions", type=int, default=100)
    p.add_argument("--folder", type=Path, help="where the index is kept for the next time")
    options = p.parse_args()
    examples = [example for example in load(options.data).squad if example.answers]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        ids = {passage: f"p{number}" for number, passage in enumerate(dict.fromkeys(e.passage for e in examples))}
        if not (folder / ".qa").exists():
            folder.mkdir(parents=True, exist_ok=True)
            lines = (json.dumps({"id": name, "text": passage}) for passage, name in ids.items())
            (folder / "articles.jsonl").write_text("\n".join(lines), "utf-8")
            subprocess.run([sys.executable, "-m", "qa", "index", "articles.jsonl"], cwd=folder, check=True)
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        chosen = pairs(examples, options.questions)
        with qa.open(folder / ".qa") as assistant:
            for first, second, pointing in chosen:
                before = assistant.ask(first.question)
                for name, answer in (
                    ("with its name", assistant.ask(second.question)),
                    ("“it”, by itself", assistant.ask(pointing)),
                    ("“it”, in chat", in_chat(assistant, pointing, before)),
                ):
                    right = f1(answer.answer, [a.text for a in second.answers]) >= RIGHT_F1
                    there = bool(answer.citations) and answer.citations[0].article_id == ids[second.passage]
                    sums[name][0 if right and there else 1 if answer.found else 2] += 1
    print(f"| {len(chosen)} questions | right, in its article | wrong | refused |\n|---|---:|---:|---:|")
    for name, counts in sums.items():
        print(f"| {name} | " + " | ".join(str(count) for count in counts) + " |")


if __name__ == "__main__":
    main()
