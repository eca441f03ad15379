"""Published question sets as examples, and which of them are kept apart from training.

- SQuADShifts new_wiki, reddit, amazon_reviews: trained on; paragraphs with `hash_of(paragraph) % 10 == 9` kept apart
- SQuAD 2.0 dev: articles that are not `kept_apart` by their title trained on
- QuAC: turns with a short answer or none, each with what was said before it, all trained on
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.evaluate.gold import BadRecord, hash_of, kept_apart
from qa.evaluate.records import Record, find_file, read_bytes, records
from qa.language.followup import with_context

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
    or a negative of ours, "bm25", "made", "changed", "blanked" or "elsewhere". `near` is the place
    a window should hold although it is no answer.
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


def squad_example(record: Record, source: str) -> Example | None:
    """The example of a question of SQuAD 1.1 or 2.0, with its paragraph.

    Answers that do not stand where the file says are dropped, and a question that loses all of them with them (None).
    """
    passage, question = record["paragraph"]["text"], record["qa"]
    answers = [_trimmed(a["text"], a["answer_start"], passage) for a in question["answers"]]
    kept = tuple(a for a in answers if a is not None)
    impossible = bool(question.get("is_impossible", False))
    if not impossible and not kept:
        return None
    near = None
    for plausible in question.get("plausible_answers", ())[:1]:
        near = _trimmed(plausible["text"], plausible["answer_start"], passage)
    kind = "squad2" if impossible else "given"
    return Example(question["id"], source, question["question"].strip(), passage, kept, kind, near)


def _trimmed(text: str, start: int, passage: str) -> Answer | None:
    """The answer without outer white space, or None where it does not stand in the passage."""
    start += len(text) - len(text.lstrip())
    text = text.strip()
    return Answer(text, start) if text and passage[start : start + len(text)] == text else None


def quac_examples(turns: Iterable[Record], *, short: int = SHORT) -> Iterator[Example]:
    """The examples of QuAC's turns, dialogue after dialogue, each after the turns before it."""
    earlier: list[tuple[str, str | None]] = []
    for record in turns:
        if record["turn"] == 1:
            earlier = []
        if example := quac_example(record, earlier, short=short):
            yield example
        texts = record["answers"]["text"]
        earlier.append((record["question"].strip(), texts[0] if texts else None))


def quac_example(record: Record, earlier: Sequence[tuple[str, str | None]], *, short: int) -> Example | None:
    """The example of a turn of QuAC: answered in at most `short` words, or unanswerable; else None.

    `earlier`: the questions before it and their answers, which a turn after the first goes with.
    """
    passage = record["context"]
    texts, starts = record["answers"]["text"], record["answers"]["answer_start"]
    answers = tuple(a for a in map(lambda t, s: _trimmed(t, s, passage), texts, starts) if a is not None)
    question = with_context(record["question"].strip(), earlier)
    if not texts:
        return Example("quac-" + record["id"], "quac", question, passage, (), "quac")
    if answers and all(len(a.text.split()) <= short for a in answers):
        return Example("quac-" + record["id"], "quac", question, passage, answers)
    return None


@dataclass(frozen=True, slots=True)
class Data:
    """What is trained on, and the sets kept apart. Of `changed` and `blanked` each question comes as it is and so."""

    training: tuple[Example, ...]
    squad: tuple[Example, ...]
    shifts: tuple[Example, ...]
    narrative: tuple[Example, ...] = ()
    changed: tuple[Example, ...] = ()
    blanked: tuple[Example, ...] = ()


def load(folder: Path) -> Data:
    """Reads the published files below `folder` (`squadshifts/`, `squad/`, `quac/`; plain, .gz or .xz).

    Raises FileNotFoundError, naming the file, when one is missing, ValueError when one holds what cannot be read.
    """
    training: list[Example] = []
    shifts: list[Example] = []
    squad: list[Example] = []
    for name in SHIFTS:
        for record in read(folder / "squadshifts", f"{name}_v1.0.json"):
            if example := squad_example(record, name):
                (shifts if shift_kept_apart(example.passage) else training).append(example)
    for record in read(folder / "squad", "dev-v2.0.json"):
        if example := squad_example(record, "squad"):
            (squad if kept_apart(record["paragraph"]["title"]) else training).append(example)
    training += quac_examples(read(folder / "quac", "train_pairs.jsonl"))
    return Data(tuple(training), tuple(squad), tuple(shifts))


def shift_kept_apart(paragraph: str) -> bool:
    """Whether a SQuADShifts paragraph is in the tenth kept apart."""
    return hash_of(paragraph) % 10 == 9


def read(folder: Path, name: str) -> Iterator[Record]:
    """The records of the published file `name` in a folder, as it is or compressed.

    Raises FileNotFoundError if it is missing, ValueError if one of them cannot be read: nothing is trained on a part.
    """
    path = find_file(folder, name)
    if path is None:
        raise FileNotFoundError(f"{folder / name} (also .gz, .xz) is missing")
    bad: list[BadRecord] = []
    yield from (record for _, record in records(read_bytes(path), bad, path))
    if bad:
        raise ValueError(str(bad[0]))
