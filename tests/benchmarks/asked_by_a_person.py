"""What is said to a person's own questions, to be read and judged by people: docs/lab/confidence.md has the verdicts.

    python tests/benchmarks/asked_by_a_person.py --data DATA --index INDEX [--changed]

INDEX is one of `news/articles.jsonl.gz`, unpacked. Questions go through a conversation of one line each, as `qa ask`
puts them. `--changed`: the questions of `changed_news.jsonl` that are kept for judging, and how many are refused.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

from changed_news import changed

import qa
from qa.types import Answer


def shown(answer: Answer) -> str:
    """An answer as text."""
    if answer.refusal is not None:
        leads = "".join(f"\n    lead: {lead.quote}" for lead in answer.refusal.leads)
        return f"  REFUSED ({answer.refusal.reason}) {answer.refusal.absent}{leads}"
    lines = [f"  SAID ({answer.confidence or 1:.2f}): {answer.answer}"]
    lines += [f"    [{one.marker}] {one.article_id}: {one.quote}" for one in answer.citations]
    lines += [f"    NOT ANSWERED: {part}" for part in answer.unanswered]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with news/")
    parser.add_argument("--index", type=Path, required=True, help="the index")
    parser.add_argument("--changed", action="store_true", help="the changed questions instead")
    options = parser.parse_args()
    with qa.open(options.index) as assistant:
        if options.changed:
            judged = [one for one in changed(options.data) if one["part"] == "judge"]
            answers = [assistant.ask(one["question"]) for one in judged]
            for one, answer in zip(judged, answers, strict=True):
                print(f"{one['kind']}: {one['question']}\n{shown(answer)}")
            print(f"refused {sum(not answer.found for answer in answers)} of {len(answers)}")
            return
        with gzip.open(options.data / "news" / "asked_by_a_person.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                one = json.loads(line)
                answer = qa.Conversation(assistant).say(one["question"])
                right = "; ".join(one["answers"]) or "(nothing)"
                print(f"{one['id']} {one['question']}\n  right: {right}\n{shown(answer)}\n")


if __name__ == "__main__":
    main()
