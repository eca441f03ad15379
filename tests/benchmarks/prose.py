"""A language model's own words on real questions, for a person to read; and how long the first of them takes.

    python tests/benchmarks/prose.py QUESTIONS --index DIR --model NAME --out FILE [--statements N] [--alone N] [--say]

QUESTIONS: a question a line. FILE, JSONL, keeps what comes of each, statements with their quotes, and a run that was
stopped goes on; it ends when so many statements are shown. The first --alone questions are put to the model by itself
too: one prompt with the sentences that it is shown to choose from, and the wait until its first line. With --say it is
not asked to choose, only to write, from what comes nearest without it: half the time. Told are how many statements are
the model's own words, how many were struck, how many are unsupported by a plain rule that is not the check (a figure or
a capitalised word that stands in none of the quotes), and the two waits beside each other.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.assistant import Assistant
from qa.llm import prompts
from qa.llm.providers import LanguageModel, Model
from qa.reading.selected import Selection
from qa.types import Answer
from tests.qa.llm.test_attacks import unsupported_in


class Nearest:
    """Names what the shipped model finds nearest."""

    def __init__(self, index: Path) -> None:
        self._shipped = Assistant(index)

    def select(self, question: str, _passages: object) -> Selection:
        near = self._shipped.ask(question).near[:3]
        return Selection("nearest", tuple((article, (start, end)) for article, start, end in near))


def asked(assistant: Assistant, question: str) -> dict[str, Any]:
    """What comes of a question, and after how many seconds its first statement."""
    began, first = time.perf_counter(), None
    for event in assistant.stream(question):
        if event.kind == "statement" and first is None:
            first = round(time.perf_counter() - began, 2)
    answer = event.value
    assert isinstance(answer, Answer)
    quotes = {one.marker: one.quote for one in answer.citations}
    return {
        "question": question,
        "first": first,
        "seconds": round(time.perf_counter() - began, 2),
        "statements": [
            {"text": one.text, "kind": one.kind, "check": one.check, "quotes": [quotes[m] for m in one.citations]}
            for one in answer.statements
        ],
        "struck": [[one.text, one.reason] for one in answer.struck],
        "unsupported": unsupported_in(answer),
        "model": answer.model,
        "shown": shown_in(answer.prompts[0]) if answer.prompts else "",
    }


def shown_in(prompt: str) -> str:
    """The sentences of a prompt to choose from, numbered as in one to write from."""
    fence = re.search(r"^=== \w+ ===$", prompt, re.MULTILINE)
    assert fence is not None
    return re.sub(r"^S(\d+) ", r"[\1] ", prompt.split(f"\n{fence[0]}\n")[1], flags=re.MULTILINE)


def by_itself(model: Model, question: str, sentences: str) -> float:
    """The seconds until the first line of a model that is shown all and asked once."""
    prompt = prompts.load("say").substitute(fence="=== alone ===", sentences=sentences, question=question)
    began = time.perf_counter()
    reply = model.reply(f"{question}\n\n{prompt}")  # nothing of it was computed before
    said = ""
    for piece in reply:
        said += piece
        if "\n" in said.strip():
            break
    reply.close()
    return round(time.perf_counter() - began, 2)


def kept(file: Path) -> list[dict[str, Any]]:
    """What a file has."""
    return list(map(json.loads, file.read_text(encoding="utf-8").splitlines())) if file.exists() else []


def own(lines: list[dict[str, Any]]) -> int:
    """How many statements are in the model's own words."""
    return sum(one["check"] == "verified" for line in lines for one in line["statements"])


def report(lines: list[dict[str, Any]]) -> Iterator[str]:
    """The figures."""
    statements = [one for line in lines for one in line["statements"]]
    answered = sum(bool(line["statements"]) for line in lines)
    replaced = sum(one["check"] == "replaced" for one in statements)
    yield (
        f"{len(lines)} questions, {answered} answered: {own(lines)} statements in "
        f"its own words, {sum(len(line['struck']) for line in lines)} struck, {replaced} sentences in their place; "
        f"unsupported by the plain rule: {sum(len(line['unsupported']) for line in lines)}"
    )
    pairs = [(line["first"], line["alone"]) for line in lines if line.get("alone") and line["first"]]
    if pairs:
        ratios = [first / alone for first, alone in pairs]
        yield (
            f"first checked statement: {statistics.median(first for first, _ in pairs):.1f} s, the model by itself "
            f"{statistics.median(alone for _, alone in pairs):.1f} s to its first line, ratio "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of {len(pairs)}"
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--statements", type=int, default=50)
    parser.add_argument("--alone", type=int, default=10)
    parser.add_argument("--say", action="store_true")
    options = parser.parse_args()
    lines = kept(options.out)
    done = {line["question"] for line in lines}
    language = LanguageModel(options.model, prose=True, timeout=600.0)
    with Assistant(options.index, print, model=language) as assistant:
        assistant.warm_up()
        assistant.wait()
        if options.say:
            assistant._models.get().reader._selector = Nearest(options.index)  # type: ignore[attr-defined]
        for question in options.questions.read_text(encoding="utf-8").splitlines():
            if question in done or own(lines) >= options.statements:
                continue
            line = asked(assistant, question)
            if line["first"] and line["shown"] and sum("alone" in one for one in lines) < options.alone:
                line["alone"] = by_itself(language.connect(), question, line["shown"])
            lines.append(line)
            with options.out.open("a", encoding="utf-8") as out:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
    for told in report(lines):
        print(told)


if __name__ == "__main__":
    main()
