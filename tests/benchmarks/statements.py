"""How many altered statements the check flags: statements made of news sentences by code, one thing altered in each.

    python tests/benchmarks/statements.py --data DATA [--each 60] [--show KIND]

DATA has `news/` and `vitaminc/`. Of each kind (a number, a date, a name, a negation, a speaker, the order of two names
or numbers) so many sentences are taken that have one, as they are, shortened (a phrase between commas or at an end left
out that has no negation, no hedge and no speaker) and with that one thing altered, by what another sentence has.
VitaminC's claims are reported besides: those that their evidence refutes should be flagged, those that it supports not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from index.split import find_sentences
from qa.language.claims import faults
from qa.language.names import find_names
from qa.language.quantities import dates
from qa.language.vocabulary import MODALS, NEGATIONS, SAYING
from qa.reading.speaker import who_says

Change = Callable[[str, Sequence[str], random.Random], str | None]


def other_number(text: str, _others: Sequence[str], chance: random.Random) -> str | None:
    """With one of its numbers, no year or day, another one of as many digits."""
    taken = " ".join(part for part, _ in dates(text))
    found = [
        m for m in re.finditer(r"(?<![\w.,])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w,]*\d)", text) if m.group() not in taken
    ]
    if not found:
        return None
    place = chance.choice(found)
    digits = [str(chance.randint(1, 9)) if c.isdigit() else c for c in place.group()]
    changed = "".join(digits)
    return None if changed == place.group() else f"{text[: place.start()]}{changed}{text[place.end() :]}"


def other_date(text: str, others: Sequence[str], chance: random.Random) -> str | None:
    """With another sentence's date in the place of its own."""
    own = [part for part, _ in dates(text) if part in text]
    if not own:
        return None
    mine = chance.choice(own)
    for other in chance.sample(others, min(400, len(others))):
        theirs = [part for part, parts in dates(other) if part not in text]
        if theirs and theirs[0].lower() not in text.lower():
            return text.replace(mine, theirs[0], 1)
    return None


def other_name(text: str, others: Sequence[str], chance: random.Random) -> str | None:
    """With another sentence's name in the place of one of its own."""
    own = find_names(text)
    if not own:
        return None
    name, start = chance.choice(own)
    for other in chance.sample(others, min(50, len(others))):
        theirs = [one for one, _ in find_names(other) if one.split()[-1].lower() not in text.lower()]
        if theirs:
            return f"{text[:start]}{theirs[0]}{text[start + len(name) :]}"
    return None


_VERB = re.compile(rf"\b(?:is|was|are|were|has|have|had|{'|'.join(MODALS)})\b(?! not)", re.IGNORECASE)


def negated(text: str, _others: Sequence[str], chance: random.Random) -> str | None:
    """With a "not" behind a verb, or without its own."""
    if re.search(r"\bnot \b", text):
        return re.sub(r"\bnot ", "", text, count=1)
    found = list(_VERB.finditer(re.sub(r"“[^”]*”|\"[^\"]*\"", lambda m: "x" * len(m.group()), text)))
    if not found:
        return None
    place = chance.choice(found)
    return f"{text[: place.end()]} not{text[place.end() :]}"


def other_speaker(text: str, others: Sequence[str], chance: random.Random) -> str | None:
    """With another sentence's speaker in the place of its own."""
    mine = who_says(text, [(0, len(text))], (0, len(text)))
    if mine is None or not find_names(f"so {text[slice(*mine.speaker)]}"):
        return None
    for other in chance.sample(others, min(400, len(others))):
        theirs = who_says(other, [(0, len(other))], (0, len(other)))
        words = other[slice(*theirs.speaker)].strip(" ,") if theirs else ""
        if find_names(f"so {words}") and words.lower() not in text.lower():
            start, end = mine.speaker
            return f"{text[:start]}{words}{text[end:]}"
    return None


def swapped(text: str, _others: Sequence[str], chance: random.Random) -> str | None:
    """With two of its names, or two of its numbers, in each other's place."""
    days = " ".join(part for part, _ in dates(text))
    names = [(start, name) for name, start in find_names(text) if start and name not in days]
    numbers = [
        (m.start(), m.group())
        for m in re.finditer(r"(?<![\w.,$])\d{1,3}(?:,\d{3})*(?![\w,.]*\d)", text)
        if m.group() not in days
    ]
    found = [some for some in (names, numbers) if len({words for _, words in some}) > 1]
    if not found:
        return None
    (first, one), (second, other) = sorted(chance.sample(chance.choice(found), 2))
    if one == other or second < first + len(one):
        return None
    return f"{text[:first]}{other}{text[first + len(one) : second]}{one}{text[second + len(other) :]}"


KINDS: dict[str, Change] = {
    "number": other_number, "date": other_date, "name": other_name, "negation": negated, "speaker": other_speaker,
    "order": swapped,
}  # fmt: skip


_HEDGES = tuple(
    """may might could would likely unlikely possibly perhaps probably apparently allegedly reportedly alleged accused
    suspected supposed expected planned plans plan planning proposed hopes hoping aims intends seeks seeking potential
    considering threatened if effectively virtually essentially practically seemingly seems seemed appears
    appeared""".split()
)
_BEARS = re.compile(rf"\b(?:{'|'.join((*NEGATIONS, *_HEDGES, *SAYING))}|according to)\b|n['’]t\b", re.IGNORECASE)
"""What makes a difference where it is left out."""


def shortened(text: str) -> str | None:
    """Without one phrase of it, if there is one whose loss changes nothing that the check looks for."""
    parts = re.split(r"(?<=,) ", text)
    for place in range(len(parts) - 1, 0, -1):
        part = parts[place]
        if 2 <= len(part.split()) <= 12 and not _BEARS.search(part) and not re.search(r"[”“\"‘’]", text):
            kept = " ".join([*parts[:place], *parts[place + 1 :]]).rstrip(",")
            if place == len(parts) - 1:
                kept = kept.rstrip(",.") + "."
            return kept
    return None


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--show", choices=[*KINDS, "as it is", "shortened"])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with gzip.open(options.data / "news" / "articles.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    sentences = [
        " ".join(text[start:end].split())
        for text in texts
        for start, end in find_sentences(text, (0, len(text)))
        if 8 <= len(text[start:end].split()) <= 45
    ]
    chance.shuffle(sentences)
    total = missed = 0
    controls = {"as it is": [0, 0], "shortened": [0, 0]}
    at = iter(sentences)
    for kind, change in KINDS.items():
        made = flagged = 0
        while made < options.each:
            sentence = next(at)
            altered = change(sentence, sentences, chance)
            if altered is None or altered == sentence:
                continue
            made += 1
            found = faults(altered, [sentence])
            flagged += bool(found)
            if options.show == kind and not found:
                print(f"- {sentence}\n+ {altered}\n")
            for name, plain in (("as it is", sentence), ("shortened", shortened(sentence))):
                if plain is not None:
                    wrong = faults(plain, [sentence])
                    controls[name][0] += bool(wrong)
                    controls[name][1] += 1
                    if wrong and options.show == name:
                        print(f"- {sentence}\n+ {plain}\n  {wrong}\n")
        print(f"{kind:10} {flagged} of {made} flagged ({flagged / made:.3f})")
        total, missed = total + made, missed + made - flagged
    print(f"all        {(total - missed) / total:.3f} of {total}")
    for name, (wrong_ones, count) in controls.items():
        print(f"{name:10} {wrong_ones} of {count} flagged ({wrong_ones / count:.3f})")
    _vitaminc(options.data, chance)


def _vitaminc(data: Path, chance: random.Random) -> None:
    with gzip.open(data / "vitaminc" / "all.jsonl.gz", "rt", encoding="utf-8") as file:
        pairs = [json.loads(line) for line in file]
    for label in sorted({str(one.get("label") or one.get("answer")) for one in pairs}):
        some = chance.sample([one for one in pairs if str(one.get("label") or one.get("answer")) == label], 1000)
        flagged = sum(bool(faults(one["claim"], [one["evidence"]])) for one in some)
        print(f"VitaminC, {label}: {flagged / len(some):.3f} of {len(some)} flagged")


if __name__ == "__main__":
    main()
