from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import ArticleQAError, UsageError
from qa.evaluate.gold import GoldQuestion, GoldSet
from qa.evaluate.run import Plan, choose_folder, code_fingerprint, evaluate, read_rows, thinned
from tests.qa.evaluate.fakes import GOLD, PLAN, FakeSystem


def files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("run.jsonl", "run.json")}


def test_two_runs_are_byte_identical_but_for_times(tmp_path: Path) -> None:
    one, two = (evaluate(GOLD, FakeSystem(), PLAN, tmp_path / name) for name in ("one", "two"))
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert one.to_json() == two.to_json()
    assert not any(word in files(tmp_path / "one")["run.jsonl"] for word in (b"timings", b"_ms"))
    lines = [json.loads(line) for line in (tmp_path / "one" / "times.jsonl").read_text().splitlines()]
    assert lines[2] == {"id": "q2", "timings_ms": {"read": 12.0, "total": 22.0}}
    assert set(json.loads((tmp_path / "one" / "times.json").read_text())["stages_ms"]) == {"read", "total"}


def test_the_run_files(tmp_path: Path) -> None:
    run = evaluate(GOLD, FakeSystem(), PLAN, tmp_path / "run")
    report = json.loads((tmp_path / "run" / "run.json").read_text())
    assert report == json.loads(json.dumps(run.to_json()))
    assert (report["n"], report["finished"], report["settings"]) == (8, True, PLAN.settings)
    assert report["bad_records"] == ["set.jsonl, line 3: not JSON"]
    # right: q2, q4 of eight (q0 and q6 have no answer, the odd ones are wrong)
    assert report["metrics"]["em"]["value"] == 0.25
    assert report["metrics"]["quotes_verbatim"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 8}
    line = json.loads((tmp_path / "run" / "run.jsonl").read_bytes().split(b"\n")[2])
    assert {name: line[name] for name in ("id", "prediction", "gold", "gold_articles", "right")} == {
        "id": "q2",
        "prediction": "name2",
        "gold": ["name2"],
        "gold_articles": ["art"],
        "right": True,
    }
    assert line["citations"][0]["quote"] == "name1\u2028and"
    assert line["scores"]["em"] == 1.0


@pytest.mark.parametrize("cut", [0, 1, 25], ids=["whole", "without-newline", "broken-line"])
def test_a_stopped_run_goes_on_and_is_the_same(tmp_path: Path, cut: int) -> None:
    """Also if the last line was written in part when the machine went down."""
    evaluate(GOLD, FakeSystem(), PLAN, tmp_path / "whole")
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        evaluate(GOLD, FakeSystem(stop_at="q5"), PLAN, folder)
    assert [row.id for row in read_rows(folder)] == ["q0", "q1", "q2", "q3", "q4"]
    assert json.loads((folder / "run.json").read_text())["finished"] is False
    content = (folder / "run.jsonl").read_bytes()
    (folder / "run.jsonl").write_bytes(content[: len(content) - cut])
    rest = FakeSystem()
    evaluate(GOLD, rest, PLAN, folder, resume=True)
    assert rest.asked == (["q4"] if cut == 25 else []) + ["q5", "q6", "q7"]
    assert files(folder) == files(tmp_path / "whole")
    assert (folder / "times.jsonl").read_text() == (tmp_path / "whole" / "times.jsonl").read_text()


def test_a_question_that_fails_scores_0_and_is_asked_again_by_resume(tmp_path: Path) -> None:
    run = evaluate(GOLD, FakeSystem(fail_at="q2"), PLAN, tmp_path / "run")
    assert [(row.id, row.prediction.error) for row in run.errors] == [("q2", "the model is gone")]
    assert run.results.metrics["em"].value == 1 / 8
    again = FakeSystem()
    mended = evaluate(GOLD, again, PLAN, tmp_path / "run", resume=True)
    assert again.asked == ["q2"]
    assert mended.results.metrics["em"].value == 2 / 8
    assert [row.id for row in read_rows(tmp_path / "run")] == [question.id for question in GOLD.questions]


def test_a_broken_row_in_the_middle_is_an_error(tmp_path: Path) -> None:
    evaluate(GOLD, FakeSystem(), PLAN, tmp_path)
    lines = (tmp_path / "run.jsonl").read_bytes().split(b"\n")
    lines[3] = b'{"id": 1}'
    (tmp_path / "run.jsonl").write_bytes(b"\n".join(lines))
    with pytest.raises(ArticleQAError, match="line 4"):
        read_rows(tmp_path)
    with pytest.raises(ArticleQAError, match="no run in it"):
        read_rows(tmp_path / "none")


def test_half_a_surrogate_pair_in_a_question_stops_nothing(tmp_path: Path) -> None:
    gold = GoldSet("set", "test", "abc", (GoldQuestion("q2", "Who \ud800?", ("name2",)),))
    assert evaluate(gold, FakeSystem(), PLAN, tmp_path).results.metrics["em"].value == 1.0


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    run = evaluate(GOLD, FakeSystem(), PLAN, None)
    assert (run.folder, list(tmp_path.iterdir())) == (None, [])


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArticleQAError, match="cannot be written"):
        evaluate(GOLD, FakeSystem(), PLAN, tmp_path / "file")


def test_where_runs_go(tmp_path: Path) -> None:
    def choose(out: Path | None, resume: bool = False, plan: Plan = PLAN) -> Path | None:
        return choose_folder(out, tmp_path / "index", "set", plan, resume)

    first = choose(None)
    assert first is not None
    assert first.parent == tmp_path / "index" / "runs"
    evaluate(GOLD, FakeSystem(), PLAN, first)
    second = choose(None)
    assert second == first.with_name(first.name + "-2")
    assert choose(None, resume=True) == first
    assert choose_folder(None, None, "set", PLAN, False) is None
    other = Plan({**PLAN.settings, "limit": 3}, PLAN.fingerprints)
    assert choose(None, plan=other) not in (first, second)
    assert choose(first, resume=True) == first
    with pytest.raises(UsageError, match="--resume"):
        choose(first)
    with pytest.raises(UsageError, match="other settings"):
        choose(first, resume=True, plan=other)


def test_a_curve_is_thinned_to_its_end() -> None:
    x = [n / 1000 for n in range(1001)]
    points = thinned(x, x)
    assert len(points) <= 102
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert thinned([], []) == []


def test_the_code_has_a_fingerprint() -> None:
    assert code_fingerprint() == code_fingerprint()
    assert len(code_fingerprint()) == 16


def test_the_code_is_the_same_wherever_it_is_run_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = code_fingerprint()
    (tmp_path / "notes.txt").write_text("no prompt of ours")
    monkeypatch.chdir(tmp_path)
    assert code_fingerprint() == before
