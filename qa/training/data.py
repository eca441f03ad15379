"""Published question sets as examples, and which of them are kept apart from training.

- SQuADShifts new_wiki, reddit, amazon_reviews: trained on; paragraphs with `hash_of(paragraph) % 10 == 9` kept apart
- SQuAD 2.0 dev: articles with `hash_of(title) % 10 < 7` trained on, the others kept apart
- QuAC: first turns (they stand alone) with a short answer or none, all trained on
"""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SHIFTS = ("new_wiki", "reddit", "amazon_reviews")
SHORT = 12  # words of the longest QuAC answer that is kept


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold answer: `passage[start : start + len(text)] == text`."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Example:
    """A question put to one passage; no answers: the passage does not answer it.

    `kind` says where it comes from: "given" (answered in its set), "squad2" (unanswerable there), "quac" (likewise),
    or a negative of ours, "bm25" or "made". `near` is the place a window should hold although it is no answer.
    """

    id: str
    source: str
    question: str
    passage: str
    answers: tuple[Answer, ...] = ()
    kind: str = "given"
    near: Answer | None = None

    @property
    def target(self) -> Answer | None:
        """The answer to train on: what most annotators marked, of equals the shortest, then the first."""
        if not self.answers:
            return None
        votes = Counter(a.text for a in self.answers)
        return min(self.answers, key=lambda a: (-votes[a.text], len(a.text), a.start))


def hash_of(text: str) -> int:
    """The first 32 bits of the text's SHA-256."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def open_text(path: Path) -> IO[str]:
    """A plain, .gz or .xz file, opened as UTF-8 text."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def parse_squad(data: dict[str, Any], source: str, *, titles: bool = False) -> Iterator[tuple[str, Example]]:
    """(split key, example) of a SQuAD 1.1 or 2.0 file; the key is the title if `titles`, else the paragraph.

    Answers that do not stand where the file says are dropped, and a question that loses all of them with them.
    """
    for article in data["data"]:
        for paragraph in article["paragraphs"]:
            passage = paragraph["context"]
            for qa in paragraph["qas"]:
                answers = [_trimmed(a["text"], a["answer_start"], passage) for a in qa["answers"]]
                kept = tuple(a for a in answers if a is not None)
                impossible = bool(qa.get("is_impossible", False))
                if not impossible and not kept:
                    continue
                near = None
                for plausible in qa.get("plausible_answers", ())[:1]:
                    near = _trimmed(plausible["text"], plausible["answer_start"], passage)
                kind = "squad2" if impossible else "given"
                key = article["title"] if titles else passage
                yield key, Example(qa["id"], source, qa["question"].strip(), passage, kept, kind, near)


def _trimmed(text: str, start: int, passage: str) -> Answer | None:
    """The answer without outer white space, or None where it does not stand in the passage."""
    start += len(text) - len(text.lstrip())
    text = text.strip()
    return Answer(text, start) if text and passage[start : start + len(text)] == text else None


def parse_quac(lines: Iterable[str], *, short: int = SHORT) -> Iterator[Example]:
    """First turns of re-expanded QuAC (JSON lines): answered in at most `short` words, or unanswerable."""
    for line in lines:
        if not line.strip():
            continue
        record = json.loads(line)
        if record["turn"] != 1:
            continue
        passage = record["context"]
        texts, starts = record["answers"]["text"], record["answers"]["answer_start"]
        answers = tuple(a for a in map(lambda t, s: _trimmed(t, s, passage), texts, starts) if a is not None)
        question = record["question"].strip()
        if not texts:
            yield Example("quac-" + record["id"], "quac", question, passage, (), "quac")
        elif answers and all(len(a.text.split()) <= short for a in answers):
            yield Example("quac-" + record["id"], "quac", question, passage, answers)


@dataclass(frozen=True, slots=True)
class Data:
    """What is trained on, and the two sets kept apart."""

    training: tuple[Example, ...]
    squad: tuple[Example, ...]
    shifts: tuple[Example, ...]


def load(folder: Path) -> Data:
    """Reads the published files below `folder` (`squadshifts/`, `squad/`, `quac/`; plain, .gz or .xz).

    Raises FileNotFoundError, naming the file, when one is missing.
    """
    training: list[Example] = []
    shifts: list[Example] = []
    squad: list[Example] = []
    for name in SHIFTS:
        with open_text(_find(folder / "squadshifts", f"{name}_v1.0.json")) as file:
            for key, example in parse_squad(json.load(file), name):
                (shifts if shift_kept_apart(key) else training).append(example)
    with open_text(_find(folder / "squad", "dev-v2.0.json")) as file:
        for key, example in parse_squad(json.load(file), "squad", titles=True):
            (training if squad_trains(key) else squad).append(example)
    with open_text(_find(folder / "quac", "train_pairs.jsonl")) as file:
        training.extend(parse_quac(file))
    return Data(tuple(training), tuple(squad), tuple(shifts))


def squad_trains(title: str) -> bool:
    """Whether a SQuAD 2.0 article is for training."""
    return hash_of(title) % 10 < 7


def shift_kept_apart(paragraph: str) -> bool:
    """Whether a SQuADShifts paragraph is in the tenth kept apart."""
    return hash_of(paragraph) % 10 == 9


def _find(folder: Path, name: str) -> Path:
    for suffix in ("", ".gz", ".xz"):
        if (path := folder / (name + suffix)).is_file():
            return path
    raise FileNotFoundError(f"{folder / name} (also .gz, .xz) is missing")
