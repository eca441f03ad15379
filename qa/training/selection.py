"""Fits how much a language model's choice counts, beside the shipped one: the numbers of `policy.json` for it.

    python -m qa.training.selection --data DATA --cases FILE --replies FILE [--model NAME] [--part fit|judge]
                                    [--there N] [--out N] [--hard N] [--reverse] [--write]

FILE of cases: what `qa.training.fit --cases` kept. The news articles are halved: on questions about one half the
weights are fitted ("fit"), those about the other judge ("judge"). Each question is put to the model with its article
there, or with it taken out. --hard adds others of the part that the shipped way gets wrong though a gold answer is
shown: with few of these nothing is seen to be won. They count as many as there are of them, the others likewise.
A model takes half a minute a question on a small machine, so replies are kept, and a run that was stopped goes on;
without --model what is kept is judged. --reverse shows the passages in reverse order.

`named` and `said` are found on a grid: of those with most right first quotes the one in the middle. The
logit's three numbers are a logistic regression beside the shipped logit; then its constant is lowered until as many of
the questions whose article is taken out are refused as without the model.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.files import replace_text
from qa.evaluate.answers import contains
from qa.evaluate.gold import hash_of
from qa.llm import prompts
from qa.llm.providers import Model, connect
from qa.llm.select import first_lines, offer, read_reply
from qa.models.ranker_reader import sigmoid
from qa.models.shipped import POLICY, WEIGHTS, Policy, weights_of
from qa.reading.confidence import Confidence, load
from qa.reading.findings import Finding, answers, by_sentence, findings, in_context, with_neighbour
from qa.reading.reader import Asked, features
from qa.reading.selected import Selection, Support, fused, support, support_of, with_model
from qa.training.cases import Case, read_cases
from qa.training.fit import fit

NAMED = (0.0, 0.1, 0.2, 0.3, 0.5)
SAID = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.2)
PARTS = {"fit": 0, "judge": 1}


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said to a case. `right`: the first quote holds a gold answer; `score`: the shipped logit."""

    right: bool
    score: float
    speaks: Support


def chosen_cases(cases: Sequence[Case], part: str, there: int, out: int) -> list[Case]:
    """So many of the news questions of a part of the articles, as they are and with their article taken out, mixed."""
    own = [case for case in cases if case.source == "news" and hash_of(case.article) // 7 % 2 == PARTS[part]]
    chance = random.Random(7)
    groups = {how: [case for case in own if case.how == how] for how in ("as it is", "absent")}
    for group in groups.values():
        chance.shuffle(group)
    first, second = groups["as it is"][:there], groups["absent"][:out]
    every = max(1, round(len(first) / max(1, len(second))))
    mixed: list[Case] = []
    while first or second:
        mixed += [*first[:every], *second[:1]]
        first, second = first[every:], second[1:]
    return mixed


def hard_cases(cases: Sequence[Case], part: str, policy: Policy, confidence: Confidence) -> list[Case]:
    """The news questions of a part whose first quote is wrong without a model, though a gold answer is shown to it."""
    template = prompts.load("select")
    own = chosen_cases(cases, part, len(cases), 0)
    shows = (offer(case.question, shown(case, reverse=False), template).texts for case in own)
    return [
        case
        for case, texts in zip(own, shows, strict=True)
        if contains(list(texts), case.gold) and not judged(case, None, policy, confidence).right
    ]


def ask(cases: Sequence[Case], model: Model, file: Path, *, reverse: bool) -> None:
    """Have the model answer those cases that the file has no reply to, and keep each as it comes.

    As in an answer, what cannot be understood is asked again.
    """
    done, template = kept(file), prompts.load("select")
    for case in cases:
        offered = offer(case.question, shown(case, reverse=reverse), template)
        replies = list(done.get((case.question, case.how), ()))
        began, before = time.perf_counter(), len(replies)
        for prompt in (offered.prompt, offered.again)[before:]:
            if replies and read_reply(replies[-1], offered) is not None:
                break
            replies.append(first_lines(model, prompt))
        if len(replies) > before:
            seconds = round(time.perf_counter() - began, 1)
            told = {"question": case.question, "how": case.how, "replies": replies, "s": seconds}
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(told, ensure_ascii=False) + "\n")


Replies = dict[tuple[str, str], list[str]]
"""By a question and how it was put: the reply, and the second where the first could not be understood."""


def kept(file: Path) -> Replies:
    """The replies of a file."""
    if not file.exists():
        return {}
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {(line["question"], line["how"]): line.get("replies") or [line["reply"]] for line in lines}


def shown(case: Case, *, reverse: bool) -> list[Any]:
    """The passages that a model is shown of a case."""
    passages = [marked.passage for marked in case.passages]
    return passages[::-1] if reverse else passages


def selection(case: Case, replies: Sequence[str], *, reverse: bool) -> Selection | None:
    """What the first reply that can be understood chooses; None if none can."""
    offered = offer(case.question, shown(case, reverse=reverse), prompts.load("select"))
    read = (read_reply(reply, offered) for reply in replies)
    chosen = next((one for one in read if one is not None), None)
    if chosen is None:
        return None
    return Selection("model", tuple(offered.sentences[number] for number in chosen.order), chosen.words)


def judged(
    case: Case, chosen: Selection | None, policy: Policy, confidence: Confidence, found: Sequence[Finding] | None = None
) -> Judged:
    """What is said to a case with a model's choice, or without one. `found`: what `found_in` made of it before."""
    asked = Asked(case.question, case.own, case.missing)
    possible = found_in(case, policy) if found is None else found
    supported = {}
    if chosen is not None:
        supported = support(asked.text, chosen, [marked.passage for marked in case.passages])
        possible = fused(possible, case.passages, supported, policy)
    different = answers(possible, policy)
    if not different:
        return Judged(False, -20.0, Support())
    best = different[0][0]
    (quoted,) = in_context([with_neighbour(best, by_sentence(possible), policy)])
    right = bool(case.gold) and bool(contains([quoted.sentence], case.gold))
    return Judged(
        right, confidence.score(features(asked, different, case.passages, policy)), support_of(best, supported)
    )


def found_in(case: Case, policy: Policy) -> list[Finding]:
    """What the shipped model alone found; no number that is fitted here bears on it."""
    return findings(Asked(case.question, case.own, case.missing).words, case.passages, policy)


def fitted(
    cases: Sequence[Case],
    replies: Sequence[Selection | None],
    weights: Sequence[float],
    policy: Policy,
    confidence: Confidence,
) -> Policy:
    """The policy with what a model's choice counts, by cases with its choice and what each of them weighs."""
    there = [number for number, case in enumerate(cases) if case.gold and case.how == "as it is"]
    found = [found_in(case, policy) for case in cases]

    def with_its_choice(number: int, one: Policy) -> Judged:
        return judged(cases[number], replies[number], one, confidence, found[number])

    def right(one: Policy) -> float:
        return sum(weights[number] * with_its_choice(number, one).right for number in there)

    grid = np.array([(named, said) for named in NAMED for said in SAID])
    tried = [replace(policy, named=float(named), said=float(said)) for named, said in grid]
    counts = np.array([right(one) for one in tried])
    alike = np.flatnonzero(counts >= counts.max() - 1e-6)
    middle = alike[np.linalg.norm(grid[alike] - grid[alike].mean(axis=0), axis=1).argmin()]
    best = tried[middle]
    used = [number for number, reply in enumerate(replies) if reply is not None]
    rows = [with_its_choice(number, best) for number in used]
    values = np.array([[one.score, one.speaks.named, one.speaks.said] for one in rows])
    labels = np.array([one.right for one in rows], dtype=float)
    regression = fit(values, labels, np.array([weights[number] for number in used]))
    scale = float(regression.coefficients[0]) or 1.0
    counts_for = [round(max(0.0, float(one) / scale), 2) for one in regression.coefficients[1:]]
    best = replace(best, chosen_named=counts_for[0], chosen_said=counts_for[1], chosen_bias=0.0)
    out = [number for number in used if cases[number].how == "absent"]
    refused = sum(_refuses(judged(cases[number], None, policy, confidence), None, policy, confidence) for number in out)
    for bias in np.arange(0.0, -4.0, -0.05):
        best = replace(best, chosen_bias=round(float(bias), 2))
        now = (with_its_choice(number, best) for number in out)
        if sum(_refuses(one, one.speaks, best, confidence) for one in now) >= refused:
            break
    return best


def weighed(cases: Sequence[Case], hard: Sequence[Case], every: Sequence[Case]) -> list[float]:
    """What each case weighs: so much that of those whose article is there the hard ones have their share in `every`."""
    keys = {(case.question, case.how) for case in hard}
    kinds = ["out" if case.how == "absent" else (case.question, case.how) in keys for case in cases]
    there = sum(kind != "out" for kind in kinds)
    share = len(hard) / max(1, len(every))
    of = {True: there * share / max(1, kinds.count(True)), False: there * (1 - share) / max(1, kinds.count(False))}
    return [1.0 if kind == "out" else of[kind is True] for kind in kinds]


def _refuses(one: Judged, speaks: Support | None, policy: Policy, confidence: Confidence) -> bool:
    return sigmoid(one.score + with_model(speaks, policy)) < confidence.threshold


def report(
    cases: Sequence[Case], replies: Sequence[Selection | None], policy: Policy, confidence: Confidence
) -> Iterator[str]:
    """Both ways beside each other, in lines."""
    before = [judged(case, None, policy, confidence) for case in cases]
    after = [judged(case, reply, policy, confidence) for case, reply in zip(cases, replies, strict=True)]
    refused = [
        (_refuses(old, None, policy, confidence), _refuses(new, new.speaks if reply else None, policy, confidence))
        for old, new, reply in zip(before, after, replies, strict=True)
    ]
    there = [number for number, case in enumerate(cases) if case.how == "as it is"]
    out = [number for number, case in enumerate(cases) if case.how == "absent"]
    wrong = [number for number in there if not before[number].right]
    yield f"there {len(there)}, taken out {len(out)}; replies that say nothing: {sum(one is None for one in replies)}"
    first = [sum(one[n].right for n in there) for one in (before, after)]
    won = sum(after[n].right for n in wrong)
    lost = sum(before[n].right and not after[n].right for n in there)
    yield f"gold in the first quote: {first[0]} without, {first[1]} with; won {won} of {len(wrong)} wrong, lost {lost}"
    for name, way in (("without", 0), ("with", 1)):
        given = [n for n in there if not refused[n][way]]
        right = sum((before, after)[way][n].right for n in given)
        yield (
            f"{name} the model: answered {len(given)} of {len(there)}, {right} with a gold answer in the first quote; "
            f"refused {sum(refused[n][way] for n in out)} of the {len(out)} taken out"
        )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        "python -m qa.training.selection", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, required=True, help="what qa.training.fit --cases kept")
    parser.add_argument("--replies", type=Path, required=True, help="where replies are kept, JSONL")
    parser.add_argument("--model", help="the language model that is asked, as for qa ask -m")
    parser.add_argument("--part", choices=PARTS, default="fit")
    parser.add_argument("--there", type=int, default=100)
    parser.add_argument("--out", type=int, default=50)
    parser.add_argument("--hard", type=int, default=0)
    parser.add_argument("--reverse", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write {POLICY}")
    options = parser.parse_args()
    policy, confidence = Policy.load(WEIGHTS), load(WEIGHTS)
    every = read_cases(options.cases, weights_of(WEIGHTS))
    cases = chosen_cases(every, options.part, options.there, options.out)
    hard = hard_cases(every, options.part, policy, confidence) if options.hard else []
    known = {(case.question, case.how) for case in cases}
    cases += [case for case in hard if (case.question, case.how) not in known][: options.hard]
    if options.model:
        ask(cases, connect(options.model, timeout=600.0), options.replies, reverse=options.reverse)
    replies = kept(options.replies)
    cases = [case for case in cases if (case.question, case.how) in replies]
    chosen = [selection(case, replies[case.question, case.how], reverse=options.reverse) for case in cases]
    if options.part == "fit":
        weights = weighed(cases, hard, chosen_cases(every, "fit", len(every), 0)) if hard else [1.0] * len(cases)
        policy = fitted(cases, chosen, weights, policy, confidence)
        counts = ("named", "said", "chosen_named", "chosen_said", "chosen_bias")
        print(", ".join(f"{name} {getattr(policy, name):g}" for name in counts))
    for line in report(cases, chosen, policy, confidence):
        print(line)
    if options.write:
        held = {name: getattr(policy, name) for name in Policy.__slots__}
        replace_text(WEIGHTS / POLICY, json.dumps(held, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
