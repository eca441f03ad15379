"""`qa eval` from its parameters to what is printed and kept, with the real index and models on tiny sets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import index.models.embed
from index.errors import ArticleQAError, NoIndexError, UsageError
from index.models.embed import ExportEmbedder
from qa.evaluate.corpus import temporary_indexes
from qa.evaluate.gold import GoldSet
from qa.terminal.commands.evaluate import Passages, evaluate


@pytest.fixture
def run_eval(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedder: ExportEmbedder, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[dict[str, Any], str]]:
    """Call the command in an empty folder with a cache of its own; what it printed as JSON, and on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QA_INDEX", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(index.models.embed, "open_embedder", lambda _model: embedder)

    def call(*gold: Path, **options: Any) -> tuple[dict[str, Any], str]:
        capsys.readouterr()
        evaluate(list(gold), as_json=True, **options)
        printed = capsys.readouterr()
        return json.loads(printed.out), printed.err

    return call


Call = Callable[..., tuple[dict[str, Any], str]]


def oracle(path: Path, gold: GoldSet) -> Path:
    lines = [{"id": q.id, "answer": q.answers[0] if q.answers else None} for q in gold.questions]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


# ---- the assistant -------------------------------------------------------------------------------------------------


def test_corpus(run_eval: Call, fixtures: Path, tmp_path: Path) -> None:
    found, err = run_eval(fixtures / "squad.json", corpus=True)
    assert found["n"] == 15
    assert found["metrics"]["quotes_verbatim"]["value"] == 1.0
    assert found["metrics"]["article_hits@5"]["value"] == 1.0  # there are only four
    assert found["metrics"]["answer_in_quote@3"]["value"] > 0.5
    assert {"passage_map", "citation_recall", "auroc", "refusal_recall", "has_ans_f1"} <= set(found["metrics"])
    assert found["settings"]["articles"] == "corpus"
    assert found["fingerprints"]["index"]["articles"] == 4
    assert "total" in found["times_ms"]
    assert f"making the temporary index {temporary_indexes()}" in err
    assert Path(found["run"]).is_relative_to(temporary_indexes())
    # again: the same index, the same files, in another folder
    again, err = run_eval(fixtures / "squad.json", corpus=True)
    assert "using the temporary index" in err
    assert again["run"] != found["run"]
    for name in ("run.jsonl", "run.json"):
        assert (Path(again["run"]) / name).read_bytes() == (Path(found["run"]) / name).read_bytes()


def test_other_articles_get_an_index_of_their_own(run_eval: Call, fixtures: Path, tmp_path: Path) -> None:
    changed = tmp_path / "squad.json"
    changed.write_text((fixtures / "squad.json").read_text().replace("eleven months", "twelve months"))
    folders = {Path(run_eval(path, corpus=True)[0]["run"]).parents[1] for path in (fixtures / "squad.json", changed)}
    assert len(folders) == 2


def test_gold_passages_are_read_alone(run_eval: Call, fixtures: Path) -> None:
    found, _ = run_eval(fixtures / "squad.json", corpus=True, passages=Passages.gold)
    rows = [json.loads(line) for line in (Path(found["run"]) / "run.jsonl").read_text().splitlines()]
    own = {f"q{n:02d}": "Harbour_bridge/1" for n in range(1, 6)}  # q04 is unanswerable, and has its paragraph too
    assert {row["id"]: {p["article_id"] for p in row["passages"]} for row in rows if row["id"] in own} == {
        name: {article_id} for name, article_id in own.items()
    }
    assert not any(name.startswith(("article_", "passage_")) for name in found["metrics"])


def test_passages_shown_with_the_question(run_eval: Call, fixtures: Path) -> None:
    found, _ = run_eval(fixtures / "hotpotqa.json", corpus=True, passages=Passages.context)
    first = json.loads((Path(found["run"]) / "run.jsonl").read_text().splitlines()[0])
    assert {p["article_id"] for p in first["passages"]} == {"Ober", "Hana Dvorska", "Lindmouth"}
    assert "article_map" in found["metrics"]


def test_articles_of_another_file(run_eval: Call, fixtures: Path) -> None:
    found, _ = run_eval(fixtures / "multihop_rag.json", articles=fixtures / "multihop_corpus.json")
    assert found["n"] == 2
    assert found["metrics"]["article_recall@10"]["value"] == 1.0  # the set names them by URL, the index by title
    assert found["metrics"]["passage_recall@10"]["value"] == 1.0


def test_articles_that_cannot_be_read_are_bad_records(
    run_eval: Call, fixtures: Path, tmp_path: Path, capsys: Any
) -> None:
    corpus = json.loads((fixtures / "multihop_corpus.json").read_text())
    (tmp_path / "corpus.json").write_text(json.dumps([*corpus, {"title": "No body"}]))
    with pytest.raises(typer.Exit) as stopped:
        run_eval(fixtures / "multihop_rag.json", articles=tmp_path / "corpus.json", out=tmp_path / "run")
    assert stopped.value.exit_code == 1
    assert 'corpus.json, record 4: no "body"' in capsys.readouterr().err
    assert len(json.loads((tmp_path / "run" / "run.json").read_text())["bad_records"]) == 1


def test_articles_that_qa_index_reads(run_eval: Call, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "flood.txt").write_text("The flood\n\nThe river Ober flooded the market on Friday.\n")
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        json.dumps({"id": "a", "question": "Which river flooded?", "answers": ["Ober"], "article_ids": ["flood"]})
    )
    found, _ = run_eval(gold, articles=tmp_path / "news")
    assert found["metrics"]["article_hits@1"]["value"] == 1.0
    assert found["metrics"]["passage_hits@1"]["value"] == 1.0


def test_beir_is_judged_by_retrieval_alone(run_eval: Call, fixtures: Path) -> None:
    found, _ = run_eval(fixtures / "beir", corpus=True)
    assert found["metrics"]["article_hits@1"]["value"] == 1.0
    assert "em" not in found["metrics"]


def test_filters_of_a_question(run_eval: Call, tmp_path: Path) -> None:
    articles = [
        {
            "id": f"{outlet}-{day}",
            "text": f"The river rose by {day} metres.",
            "outlet": outlet,
            "published": f"2023-01-{day}",
        }
        for outlet in ("Post", "Courier")
        for day in ("10", "20")
    ]
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(article) + "\n" for article in articles))
    gold = [
        {"id": name, "question": "How much did the river rise?", "answers": ["x"], "filters": filters}
        for name, filters in {
            "all": {},
            "outlet": {"outlet": "post"},
            "since": {"since": "2023-01-20"},
            "both": {"outlet": "Courier", "until": "2023-01-10"},
            "wrong": {"colour": "red"},
        }.items()
    ]
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(question) + "\n" for question in gold))
    with pytest.raises(typer.Exit) as stopped:
        run_eval(tmp_path / "gold.jsonl", articles=tmp_path / "news.jsonl", out=tmp_path / "run")
    assert stopped.value.exit_code == 1  # one question failed
    rows = {row["id"]: row for row in map(json.loads, (tmp_path / "run" / "run.jsonl").read_text().splitlines())}
    found = {name: {p["article_id"] for p in row["passages"]} for name, row in rows.items()}
    assert found["all"] == {"Post-10", "Post-20", "Courier-10", "Courier-20"}
    assert found["outlet"] == {"Post-10", "Post-20"}
    assert found["since"] == {"Post-20", "Courier-20"}
    assert found["both"] == {"Courier-10"}
    assert "unknown filter 'colour'" in rows["wrong"]["error"]


# ---- predictions, gates, comparison --------------------------------------------------------------------------------


def test_predictions_need_no_index(run_eval: Call, squad: GoldSet, fixtures: Path, tmp_path: Path) -> None:
    found, err = run_eval(fixtures / "squad.json", predictions=oracle(tmp_path / "oracle.jsonl", squad))
    assert (found["metrics"]["em"]["value"], found["run"]) == (1.0, None)
    assert "no run folder is kept" in err


def test_every_output(run_eval: Call, squad: GoldSet, fixtures: Path, tmp_path: Path) -> None:
    said = oracle(tmp_path / "oracle.jsonl", squad)
    files = {"out": tmp_path / "run", "csv": tmp_path / "run.csv", "html": tmp_path / "run.html"}
    found, err = run_eval(fixtures / "squad.json", predictions=said, limit=5, seed=3, **files)
    assert found["n"] == 5
    assert json.loads((tmp_path / "run" / "run.json").read_text())["metrics"] == found["metrics"]
    assert files["csv"].read_text().startswith("section,metric,statistic,value,low,high,n\nmetrics,em,mean,1.0,")
    assert files["html"].read_text().startswith("<!doctype html>")
    assert f"the run is kept in {files['out']}" in err
    with pytest.raises(UsageError, match="holds a run already"):
        run_eval(fixtures / "squad.json", predictions=said, limit=5, seed=3, out=files["out"])
    again, _ = run_eval(fixtures / "squad.json", predictions=said, limit=5, seed=3, out=files["out"], resume=True)
    assert again["metrics"] == found["metrics"]


def test_fail_under(run_eval: Call, squad: GoldSet, fixtures: Path, tmp_path: Path, capsys: Any) -> None:
    said = oracle(tmp_path / "oracle.jsonl", squad)
    _, err = run_eval(fixtures / "squad.json", predictions=said, fail_under=["em=1", "has_ans_f1=0.5"])
    assert "lower than" not in err
    lines = said.read_text().splitlines()
    said.write_text("\n".join(lines[:-1]))
    for floor, why in (("em=1", "em is 0.9333, lower than 1"), ("auroc=0.1", "auroc does not apply")):
        with pytest.raises(typer.Exit) as stopped:
            run_eval(fixtures / "squad.json", predictions=said, fail_under=[floor])
        assert stopped.value.exit_code == 1
        assert why in capsys.readouterr().err
    for wrong in ("accuracy=1", "em=high", "em"):
        with pytest.raises(UsageError, match="--fail-under"):
            run_eval(fixtures / "squad.json", predictions=said, fail_under=[wrong])


def test_bad_records_are_named_and_the_exit_status_says_so(run_eval: Call, tmp_path: Path, capsys: Any) -> None:
    gold, said = tmp_path / "gold.jsonl", tmp_path / "said.jsonl"
    gold.write_text('{"id": "a", "question": "Who?", "answers": ["Ober"]}\n{"id": "b"}\n')
    said.write_text('{"id": "a", "answer": "Ober"}\n{"id": "z", "answer": "x"}\nnothing\n')
    with pytest.raises(typer.Exit) as stopped:
        run_eval(gold, predictions=said)
    printed = capsys.readouterr()
    assert stopped.value.exit_code == 1
    assert json.loads(printed.out)["metrics"]["em"]["value"] == 1.0
    assert 'gold.jsonl, line 2: no "question"' in printed.err
    assert "said.jsonl, line 3: not JSON" in printed.err
    assert "1 predictions are of other questions ('z', for one)" in printed.err


def test_compare(run_eval: Call, squad: GoldSet, fixtures: Path, tmp_path: Path, capsys: Any) -> None:
    said = oracle(tmp_path / "oracle.jsonl", squad)
    run_eval(fixtures / "squad.json", predictions=said, out=tmp_path / "a")
    said.write_text(said.read_text().replace("Tuesday", "Monday"))
    run_eval(fixtures / "squad.json", predictions=said, out=tmp_path / "b")
    evaluate(compare=(tmp_path / "a", tmp_path / "b"))
    assert "right in A, wrong in B: 1\n  q01: When did the harbour bridge reopen?" in capsys.readouterr().out
    evaluate(compare=(tmp_path / "a", tmp_path / "b"), as_json=True)
    assert json.loads(capsys.readouterr().out)["lost"][0]["second"] == "Monday"


@pytest.mark.parametrize(
    ("options", "error", "why"),
    [
        ({"gold": []}, UsageError, "no gold answers"),
        ({"corpus": True, "articles": Path("x")}, UsageError, "give one of them"),
        ({"predictions": Path("x"), "corpus": True}, UsageError, "leave out --corpus"),
        ({"compare": (Path("a"), Path("b"))}, UsageError, "leave out GOLD"),
        ({}, NoIndexError, "no index"),
        ({"index": Path("nowhere")}, NoIndexError, "no index in nowhere"),
        ({"articles": Path("nowhere")}, ArticleQAError, "no articles there"),
        ({"predictions": Path("nowhere")}, ArticleQAError, "No such file"),
    ],
)
def test_wrong_use_is_one_line(
    run_eval: Call, fixtures: Path, options: dict[str, Any], error: type[Exception], why: str
) -> None:
    gold = options.pop("gold", [fixtures / "squad.json"])
    with pytest.raises(error, match=why) as raised:
        run_eval(*gold, **options)
    assert "\n" not in str(raised.value)


def test_a_set_without_articles_has_no_corpus(run_eval: Call, fixtures: Path) -> None:
    with pytest.raises(UsageError, match="--articles"):
        run_eval(fixtures / "multihop_rag.json", corpus=True)


def test_ctrl_c_keeps_what_is_done(
    run_eval: Call, fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from qa.assistant import Assistant

    asked, ask = [], Assistant.ask

    def stopping(self: Assistant, question: str, **options: Any) -> Any:
        asked.append(question)
        if len(asked) == 6:
            raise KeyboardInterrupt
        return ask(self, question, **options)

    monkeypatch.setattr(Assistant, "ask", stopping)
    out = tmp_path / "run"
    with pytest.raises(typer.Exit) as stopped:
        run_eval(fixtures / "squad.json", corpus=True, out=out)
    assert stopped.value.exit_code == 130
    assert "stopped after 5 of 15 questions" in capsys.readouterr().err
    found, _ = run_eval(fixtures / "squad.json", corpus=True, out=out, resume=True)
    assert found["n"] == 15
    assert len(asked) == 6 + 10  # the five that were answered are not asked again
    whole, _ = run_eval(fixtures / "squad.json", corpus=True)
    assert (out / "run.jsonl").read_bytes() == (Path(whole["run"]) / "run.jsonl").read_bytes()


def test_importing_the_command_loads_nothing_heavy() -> None:
    heavy = ("numpy", "scipy", "ir_measures", "rich.progress", "torch", "chromadb")
    script = f"import sys, qa.terminal.commands.evaluate; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_what_is_not_installed_is_named(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.terminal.commands.evaluate._NEEDED", ("no_such_module", "scipy"))
    with pytest.raises(ArticleQAError, match=r"needs no_such_module; type: pip install 'article-qa\[eval\]'"):
        evaluate([fixtures / "squad.json"])


def test_quotes_of_predictions_are_checked_against_the_index(
    run_eval: Call, embedder: ExportEmbedder, tmp_path: Path
) -> None:
    from index.update import writing

    (tmp_path / "flood.txt").write_text("The flood\n\nThe river Ober flooded the market.\n")
    with writing(tmp_path / "index", embedder) as writer:
        assert [event.status for event in writer.update([tmp_path / "flood.txt"])] == ["added"]
    (tmp_path / "gold.jsonl").write_text('{"id": "a", "question": "Which river?", "answers": ["Ober"]}\n')
    cited = [
        {"article_id": "flood", "start": 11, "end": 25, "quote": "The river Ober"},
        {"article_id": "flood", "start": 0, "end": 14, "quote": "The river Rhine"},
    ]
    (tmp_path / "said.jsonl").write_text(json.dumps({"id": "a", "answer": "Ober", "citations": cited}))
    found, _ = run_eval(tmp_path / "gold.jsonl", predictions=tmp_path / "said.jsonl", index=tmp_path / "index")
    assert found["metrics"]["quotes_verbatim"]["value"] == 0.5
    assert Path(found["run"]).parent == tmp_path / "index" / "runs"


def test_dialogues(run_eval: Call, tmp_path: Path, capsys: Any) -> None:
    ferry = "The ferry Marit sank on Monday off the coast of Norway. Ole Berg, the captain of the Marit, was saved.\n"
    bridge = "The bridge over the Ober was closed on Friday. Hana Dvorska, the mayor of Lindmouth, ordered it shut.\n"
    saved = ferry.index("Ole Berg")
    talks = [
        {
            "id": "ferry",
            "text": ferry,
            "turns": [
                {"say": "Who was the captain of the Marit?", "answers": ["Ole Berg"], "span": [saved, saved + 8]},
                {"say": "Was he saved?", "answers": ["yes"], "kind": "yesno", "context": True},
            ],
        },
        {"id": "bridge", "text": bridge, "turns": [{"say": "When was the bridge closed?", "answers": ["Friday"]}]},
    ]
    gold = tmp_path / "talks.jsonl"
    gold.write_text("".join(json.dumps(talk) + "\n" for talk in talks))
    out, html = tmp_path / "run", tmp_path / "run.html"
    found, _ = run_eval(gold, corpus=True, passages=Passages.context, out=out, html=html)
    rows = [json.loads(line) for line in (out / "run.jsonl").read_text().splitlines()]
    assert [(row["dialogue"], row["turn"]) for row in rows] == [("ferry", 1), ("ferry", 2), ("bridge", 1)]
    assert [{p["article_id"] for p in row["passages"]} for row in rows] == [{"ferry"}, {"ferry"}, {"bridge"}]
    assert rows[0]["prediction"] == "Ole Berg"
    assert rows[0]["scores"]["span_cited@2"] == 1.0
    assert (rows[0]["understood"], rows[1]["understood"]) == (None, "Was he saved? (Ole Berg)")
    assert found["metrics"]["reply_right"]["n"] == 3
    assert found["metrics"]["yes_no"]["n"] == 1
    assert found["parts"]["need what was said"]["yes_no"]["n"] == 1
    assert found["fingerprints"]["index"]["articles"] == 2
    assert '"dialogue": "bridge"' in html.read_text()
    one, _ = run_eval(gold, corpus=True, limit=1)
    assert one["n"] in (1, 2)
    assert one["fingerprints"]["index"]["articles"] == 2  # finding is as hard as in the whole set
    evaluate(compare=(out, Path(one["run"])))
    assert f"{one['n']} questions in both" in capsys.readouterr().out
