"""Published records become examples; windows keep their answers in place."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluate.gold import hash_of, kept_apart
from qa.evaluate.records import records
from qa.models.spans import windows
from qa.training.batches import pieces_of, training_window
from qa.training.data import Answer, Example, load, quac_examples, read, shift_kept_apart, squad_example
from tests.qa.training import tiny

PASSAGE = "The bill, signed in May 1999, cost $4 million. It was repealed later."


def answered(text: str, start: int | None = None) -> dict[str, object]:
    return {"text": text, "answer_start": PASSAGE.index(text) if start is None else start}


def paragraph(*qas: dict[str, object]) -> dict[str, object]:
    return {"context": PASSAGE, "qas": [{"question": " When? ", "id": str(i), **qa} for i, qa in enumerate(qas)]}


def examples_of(data: dict[str, object]) -> list[Example]:
    """Those of a SQuAD document."""
    found = (squad_example(record, "squad") for _, record in records(json.dumps(data).encode(), [], Path("squad")))
    return [example for example in found if example is not None]


def test_squad_records() -> None:
    data = tiny.squad_file(
        [
            paragraph(
                {"answers": [answered("May 1999"), answered(" May 1999"), answered("1999")]},
                {"answers": [], "is_impossible": True, "plausible_answers": [answered("$4 million")]},
                {"answers": [answered("May 1999", start=3)]},  # does not stand there: dropped
            )
        ],
        title="Bills",
    )
    given_, none = examples_of(data)
    assert given_.question == "When?"
    assert given_.target == Answer("May 1999", PASSAGE.index("May"))
    assert none.kind == "squad2"
    assert none.target is None
    assert none.near == Answer("$4 million", PASSAGE.index("$4"))


def test_target_prefers_votes_then_shortness() -> None:
    answers = (Answer("in May 1999", 17), Answer("1999", 24), Answer("May 1999", 20))
    assert Example("i", "s", "q", PASSAGE, answers).target == Answer("1999", 24)
    assert Example("i", "s", "q", PASSAGE, (*answers, answers[2])).target == Answer("May 1999", 20)


def quac_line(turn: int, text: list[str], start: list[int]) -> str:
    answers = {"text": text, "answer_start": start}
    return json.dumps({"id": f"7_{turn}", "turn": turn, "question": "When?", "context": PASSAGE, "answers": answers})


def test_quac_keeps_short_or_unanswerable_turns_each_after_what_was_said() -> None:
    lines = [
        quac_line(1, ["May 1999"], [PASSAGE.index("May")]),
        quac_line(2, [], []),
        quac_line(3, ["May 1999"], [PASSAGE.index("May")]),
        quac_line(1, [], []),
        quac_line(1, [PASSAGE], [0]),
        "",
    ]
    found = (record for _, record in records("\n".join(lines).encode(), [], Path("quac")))
    assert [(e.kind, e.question, e.target and e.target.text) for e in quac_examples(found, short=3)] == [
        ("given", "When?", "May 1999"),
        ("quac", "When? (When? May 1999)", None),
        ("given", "When? (When?)", "May 1999"),
        ("quac", "When?", None),
    ]


def test_splits_follow_the_hash() -> None:
    assert hash_of("abc") == 0xBA7816BF
    titles = [f"title {i}" for i in range(200)]
    assert [kept_apart(t) for t in titles] == [hash_of(t) % 10 >= 7 for t in titles]
    assert 5 < sum(map(shift_kept_apart, titles)) < 40


def test_load_splits_and_names_a_missing_file(tmp_path: Path) -> None:
    apart = next(t for t in (f"p {i}" for i in range(99)) if shift_kept_apart(t))
    trained = next(t for t in (f"p {i}" for i in range(99)) if not shift_kept_apart(t))
    (tmp_path / "squadshifts").mkdir()
    for name in ("new_wiki", "reddit", "amazon_reviews"):
        one = {"question": "?", "id": name, "answers": [{"text": "p", "answer_start": 0}]}
        paragraphs = [{"context": text, "qas": [one]} for text in (apart, trained)]
        (tmp_path / "squadshifts" / f"{name}_v1.0.json").write_text(json.dumps(tiny.squad_file(paragraphs)))
    with pytest.raises(FileNotFoundError, match=r"dev-v2\.0\.json"):
        load(tmp_path)
    (tmp_path / "squad").mkdir()
    for_training = next(t for t in map(str, range(99)) if not kept_apart(t))
    for_measuring = next(t for t in map(str, range(99)) if kept_apart(t))
    squad = {
        "data": tiny.squad_file([paragraph({"answers": [answered("May 1999")]})], for_training)["data"]
        + tiny.squad_file([paragraph({"answers": [answered("1999")]})], for_measuring)["data"]
    }
    with gzip.open(tmp_path / "squad" / "dev-v2.0.json.gz", "wt") as file:
        json.dump(squad, file)
    (tmp_path / "quac").mkdir()
    (tmp_path / "quac" / "train_pairs.jsonl").write_text(quac_line(1, [], []))
    data = load(tmp_path)
    assert [e.passage for e in data.shifts] == [apart] * 3
    assert [e.target and e.target.text for e in data.squad] == ["1999"]
    assert [e.source for e in data.training] == ["new_wiki", "reddit", "amazon_reviews", "squad", "quac"]


def test_nothing_is_trained_on_a_part(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(quac_line(1, [], []) + "\n{half a line\n" + quac_line(1, [], []))
    with pytest.raises(ValueError, match=r"train\.jsonl, line 2: not JSON"):
        list(read(tmp_path, "train.jsonl"))


words = st.lists(st.text("abcxyz.,$é", min_size=1, max_size=9), min_size=1, max_size=60).map(" ".join)


@given(passage=words, question=words, data=st.data(), seed=st.integers(0, 99))
def test_a_training_window_slices_back_to_the_answer(
    passage: str, question: str, data: st.DataObject, seed: int
) -> None:
    start = data.draw(st.integers(0, len(passage) - 1))
    end = data.draw(st.integers(start + 1, min(len(passage), start + 40)))
    text = passage[start:end].strip()
    if not text:
        return
    answer = Answer(text, passage.index(text, start))
    example = Example("i", "s", question, passage, (answer,))
    pieced = tiny.pieced()
    window, first, last = training_window(example, pieced, random.Random(seed), length=120)
    assert len(window.ids) <= 120
    held = pieces_of(pieced(passage), answer)
    assert held is not None
    assert first, "an answer that fits is always in its window"
    a, b = window.offsets[first - window.first, 0], window.offsets[last - window.first, 1]
    assert passage[a:b].strip() == text


def test_a_window_without_answer_points_at_nothing() -> None:
    one = tiny.example("Who leads Chile?", "Bolivia has a president. " * 20, None)
    window, first, last = training_window(one, tiny.pieced(), random.Random(1), length=60)
    assert (first, last) == (0, 0)
    assert len(window.ids) == 60


def test_windows_cover_the_passage() -> None:
    pieced = tiny.pieced()
    passage = pieced("one two three four five six seven eight nine ten " * 8)
    cut = windows(pieced("what?"), passage, length=64, stride=16, marks=pieced.marks)
    covered = {tuple(offset) for w in cut for offset in w.offsets.tolist()}
    assert covered == {tuple(o) for o in passage.offsets.tolist()}
    for left, right in itertools.pairwise(cut):
        assert left.offsets[-16:].tolist() == right.offsets[:16].tolist()
