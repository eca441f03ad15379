"""Three forms in which a language model may say which sentence answers, beside each other; and what order does.

    python tests/benchmarks/reply_forms.py --cases CASES --ids FILE --others FILE [--reversed FILE] [--model NAME]
                                           [--there N]

CASES: what `qa.training.fit --cases` kept. FILES of replies, kept so that a run that was stopped goes on: to the
shipped prompt, which asks for a few words and ids (`qa.training.selection --part fit`); to the two others, a sentence
copied and JSON with words and ids, which are asked here; and to the shipped one with the passages in reverse order
(`--reverse`). All are the same up to the question. --there: how many questions of the half that is fitted on.

Told of each form: how many replies cannot be read; and in how many of the questions whose gold answer is shown the
sentence that is named first has it, the sentence that has most of the words has it, and, of all, the first quote has it
as the two and the shipped model together choose it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template

from index.text import words_of
from qa.evaluate.answers import contains
from qa.llm import prompts
from qa.llm.providers import Model, connect
from qa.llm.select import Chosen, Offered, first_lines, offer, parse, read_reply, without_thoughts
from qa.models.shipped import WEIGHTS, Policy, weights_of
from qa.reading.confidence import Confidence, load
from qa.reading.selected import Selection, support
from qa.training.cases import Case, read_cases
from qa.training.selection import chosen_cases, judged, kept, shown

TAILS = {
    "copied": (
        "If one of the sentences answers the question, reply with that sentence alone, copied word for word, without "
        "its id.\nIf none of them answers it, reply with one line:\nNONE"
    ),
    "JSON": (
        'Reply with JSON alone: {"answer": "the answer in as few words as possible, copied from the sentence", "ids": '
        '["the id of the sentence that says so", "then, if others say it too, theirs"]}\nIf none of them answers it, '
        'reply with {"answer": null, "ids": []}'
    ),
}
"""What stands behind the question in the place of what the shipped prompt says there."""


def prompt_of(form: str) -> Template:
    """The shipped prompt with the form's end."""
    head, _, _ = prompts.load("select").template.rpartition("$question")
    return Template(f"{head}$question\n\n{TAILS[form].replace('$', '$$')}")


def ask(cases: Sequence[Case], model: Model, file: Path) -> None:
    """Have the model answer each in both forms, as far as the file has no reply."""
    done = replies_of(file)
    for case in cases:
        for form in TAILS:
            if (case.question, form) in done:
                continue
            offered = offer(case.question, shown(case, reverse=False), prompt_of(form))
            told = {"question": case.question, "form": form, "reply": first_lines(model, offered.prompt)}
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(told, ensure_ascii=False) + "\n")


def replies_of(file: Path) -> dict[tuple[str, str], str]:
    """The replies of a file, by question and form."""
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines()) if file.exists() else ()
    return {(line["question"], line["form"]): line["reply"] for line in lines}


def read_copied(reply: str, offered: Offered) -> Chosen | None:
    """The sentence that a reply has word for word; one that stands nowhere so is not read."""
    reply = re.sub(r"^\s*\[?S\d+\]?[:.]?\s+", "", without_thoughts(reply))
    if re.match(r"\W*NONE\b", reply):
        return Chosen()
    said = words_of(reply)
    places = [place for place, text in enumerate(offered.texts) if said and said == words_of(text)]
    return Chosen(tuple(places), reply) if places else None


def read_json(reply: str, offered: Offered) -> Chosen | None:
    """What the first object in a reply says."""
    found = re.search(r"\{.*\}", without_thoughts(reply), re.DOTALL)
    try:
        held = json.loads(found[0]) if found else None
    except ValueError:
        return None
    if not isinstance(held, dict):
        return None
    ids, words = str(held.get("ids") or ""), str(held.get("answer") or "")
    chosen = parse(f"ANSWER: {words}\nIDS: {ids}", len(offered.sentences))
    return Chosen() if chosen is None and not ids and not words else chosen


READERS: dict[str, Callable[[str, Offered], Chosen | None]] = {"copied": read_copied, "JSON": read_json}


def row(
    name: str, cases: Sequence[Case], chosen: Sequence[Chosen | None], policy: Policy, confidence: Confidence
) -> str:
    """A form's row of the table."""
    by_name = by_words = fused = can = 0
    for case, one in zip(cases, chosen, strict=True):
        passages = shown(case, reverse=False)
        offered = offer(case.question, passages, prompts.load("select"))
        gold = [bool(contains([text], case.gold)) for text in offered.texts]
        can += any(gold)
        selection = None
        if one is not None:
            selection = Selection("model", tuple(offered.sentences[place] for place in one.order), one.words)
            by_name += bool(one.order) and gold[one.order[0]]
            said = support(case.question, replace(selection, named=()), passages)
            most = max(said, key=lambda place: said[place].said, default=None)
            by_words += most is not None and gold[offered.sentences.index(most)]
        fused += judged(case, selection, policy, confidence).right
    return (
        f"| {name} | {sum(one is None for one in chosen)} | {by_name} | {by_words} | {fused} | {can} of {len(cases)} |"
    )


def places(cases: Sequence[Case], replies: dict[tuple[str, str], list[str]], *, reverse: bool) -> Iterator[float]:
    """Where among the sentences that were shown the one stands that is named first: 0 the first, 1 the last."""
    for case in cases:
        offered = offer(case.question, shown(case, reverse=reverse), prompts.load("select"))
        chosen = read_reply(replies[case.question, case.how][0], offered)
        if chosen is not None and chosen.order:
            yield chosen.order[0] / max(1, len(offered.sentences) - 1)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--ids", type=Path, required=True)
    parser.add_argument("--others", type=Path, required=True)
    parser.add_argument("--reversed", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--there", type=int, default=40)
    options = parser.parse_args()
    cases = chosen_cases(read_cases(options.cases, weights_of(WEIGHTS)), "fit", options.there, 0)
    ours = kept(options.ids)
    cases = [case for case in cases if (case.question, case.how) in ours]
    if options.model:
        ask(cases, connect(options.model, timeout=600.0), options.others)
    others = replies_of(options.others)
    asked = [case for case in cases if all((case.question, form) in others for form in TAILS)]
    policy, confidence = Policy.load(WEIGHTS), load(WEIGHTS)
    template = prompts.load("select")

    def offered(case: Case) -> Offered:
        return offer(case.question, shown(case, reverse=False), template)

    print("| form | not readable | named first | by the words | first quote | gold answer shown |")
    print("|---|---|---|---|---|---|")
    print(row("(no model)", asked, [None] * len(asked), policy, confidence))
    first = [read_reply(ours[case.question, case.how][0], offered(case)) for case in asked]
    print(row("words and ids, asked once", asked, first, policy, confidence))
    again = [
        next(
            (one for one in (read_reply(reply, offered(case)) for reply in ours[case.question, case.how]) if one), None
        )
        for case in asked
    ]
    print(row("words and ids, asked again", asked, again, policy, confidence))
    for form, read in READERS.items():
        chosen = [read(others[case.question, form], offered(case)) for case in asked]
        print(row(form, asked, chosen, policy, confidence))
    if options.reversed:
        turned = kept(options.reversed)
        both = [case for case in cases if (case.question, case.how) in turned]
        for name, replies, reverse in (("in order", ours, False), ("in reverse", turned, True)):
            found = sorted(places(both, replies, reverse=reverse))
            thirds = [sum(third / 3 <= place < (third + 1) / 3 + third // 2 for place in found) for third in range(3)]
            print(f"{name}: {len(found)} of {len(both)} name a sentence; by thirds of what is shown {thirds}")


if __name__ == "__main__":
    main()
