"""What a change costs: one checkout against another, in turn, on the same index and questions.

    python tests/benchmarks/two_checkouts.py BEFORE AFTER --index DIR [--runs N] [QUESTION ...]

BEFORE and AFTER are folders of checkouts; both run with this Python. Compared are `qa --help` and a cold `qa ask`, each
in fresh processes, and warm questions, each put to both in two processes that stay. A pair gives a ratio, and which of
the two comes first changes from pair to pair, so that a busy spell of the machine falls on both. Told are the ratios'
median and quartiles, by CPU time (all threads; where the machine is shared, compare that one) and by the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Spent = tuple[float, float]
"""Seconds of CPU, and by the clock."""

QUESTIONS = (
    "Who won the election?", "How many people were killed in the attack?", "When did the trial begin?",
    "Why did the company raise its prices?", "What did the mayor say about the bridge?", "Who is the new president?",
    "Which team won the championship?", "How much did the museum pay for the painting?",
)  # fmt: skip

ANSWERS = """
import json, os, sys, time, qa
assistant = qa.open(sys.argv[1])
for line in sys.stdin:
    began, clock = time.process_time(), time.perf_counter()
    assistant.ask(json.loads(line))
    print(json.dumps([time.process_time() - began, time.perf_counter() - clock]), flush=True)
"""


def fresh(folder: Path, words: Sequence[str]) -> Spent:
    """What a command costs in a process of its own."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "qa", *words], cwd=folder, env=environment(), capture_output=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - clock


def environment() -> dict[str, str]:
    """This one, with one thread a library and no log of what was asked."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "QA_LOG": "false"}


def paired(runs: int, before: Callable[[int], Spent], after: Callable[[int], Spent]) -> list[tuple[float, float]]:
    """The ratios of so many pairs, after to before."""
    ratios = []
    for run in range(-1, runs):  # the first warms the files
        first, second = (before, after) if run % 2 else (after, before)
        one, two = first(run), second(run)
        old, new = (one, two) if run % 2 else (two, one)
        if run >= 0:
            ratios.append((new[0] / old[0], new[1] / old[1]))
    return ratios


def told(name: str, ratios: Sequence[tuple[float, float]]) -> str:
    """A row of the table."""
    columns = []
    for values in zip(*ratios, strict=True):
        low, middle, high = statistics.quantiles(values, n=4)
        columns.append(f"{middle:.3f} ({low:.3f} to {high:.3f})")
    return f"| {name} | {len(ratios)} | {' | '.join(columns)} |"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("questions", nargs="*", default=QUESTIONS)
    options = parser.parse_args()
    index, questions = str(options.index.resolve()), options.questions
    sides = (options.before, options.after)
    print("| what | pairs | CPU, after / before | clock |\n|---|---|---|---|")

    def compared(name: str, words: Callable[[int], Sequence[str]]) -> None:
        before, after = (lambda run, side=side: fresh(side, words(run)) for side in sides)
        print(told(name, paired(options.runs, before, after)), flush=True)

    compared("qa --help", lambda _: ["--help"])
    compared("qa ask, cold", lambda run: ["ask", "--index", index, questions[run % len(questions)]])
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", ANSWERS, index], cwd=side, env=environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        for side in sides
    ]  # fmt: skip

    def asked(server: Any) -> Callable[[int], Spent]:
        def put(run: int) -> Spent:
            server.stdin.write(json.dumps(questions[run % len(questions)]) + "\n")
            server.stdin.flush()
            cpu, clock = json.loads(server.stdout.readline())
            return cpu, clock

        return put

    print(told("a warm question", paired(3 * options.runs, asked(servers[0]), asked(servers[1]))))
    for server in servers:
        server.communicate()


if __name__ == "__main__":
    main()
