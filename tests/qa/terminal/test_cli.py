"""The commands as a user runs them: what they print where, and their exit status."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from index.models.embed import Embedder
from index.update import writing
from qa import __version__
from qa.models.ranker_reader import FIRST
from tests.qa.conftest import SEED

TROOPS = "How many troops were authorized?"


def qa(*arguments: str, cwd: Path, stdin: str | bytes = "", env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run `qa ARGUMENTS` in its own process: exit status, stdout, stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        cwd=cwd,
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(SEED.parents[1]), **(env or {})},
    )
    errors = done.stderr.decode()
    assert "Traceback" not in errors, errors
    return done.returncode, done.stdout.decode(), errors


def test_the_answer_cites_the_sentence_with_mattis(seed_index: Path) -> None:
    status, out, _ = qa("ask", TROOPS, cwd=seed_index.parent)
    assert status == 0
    lines = out.splitlines()
    assert lines[0] in ("up to 4,000", "4,000")
    assert lines[3].startswith(
        "[1] Defense Secretary James Mattis later authorized the National Guard to deploy up to 4,000"
    )
    assert "000_957251fa41a97581:2397-2519" in lines[4]
    assert "caravan" not in lines[3]


def test_json_keeps_the_contract(seed_index: Path) -> None:
    status, out, errors = qa("ask", TROOPS, "--json", "-k", "1", cwd=seed_index.parent)
    answer = json.loads(out)
    assert (status, errors) == (0, "")
    assert list(answer) == [
        "schema", "id", "question", "understood", "act", "found", "answer", "method", "model", "confidence", "score",
        "statements", "struck", "unanswered", "more", "outside", "earlier", "citations", "articles", "count", "choices",
        "passages", "searched", "constraints", "refusal", "timings_ms",
    ]  # fmt: skip
    assert list(answer["citations"][0]) == [
        "marker", "article_id", "title", "outlet", "author", "published", "path", "encoding", "changed", "url", "start",
        "end", "quote", "also", "span", "place", "other_places",
    ]  # fmt: skip
    assert [list(passage) for passage in answer["passages"]] == [
        ["rank", "score", "passage_id", "article_id", "start", "end", "also"]
    ]
    citation = answer["citations"][0]
    with (seed_index.parent / citation["path"]).open(encoding=citation["encoding"]) as file:
        assert file.read()[citation["start"] : citation["end"]] == citation["quote"]
    assert answer["searched"] == {"articles": 1, "newest": None, "indexed": 1}


def test_k_never_changes_the_answer(seed_index: Path) -> None:
    answers = [json.loads(qa("ask", TROOPS, "--json", "-k", k, cwd=seed_index.parent)[1]) for k in ("0", "50")]
    assert answers[0]["passages"] == []
    assert len(answers[1]["passages"]) > 1
    assert answers[0]["citations"] == answers[1]["citations"]


@pytest.mark.parametrize(
    "question",
    ["How many people did the police arrest in Tijuana?", "谁授权了军队？", "blorptastic snarfwidget"],
)
def test_what_no_article_says_is_refused(question: str, seed_index: Path) -> None:
    status, out, _ = qa("ask", question, cwd=seed_index.parent)
    assert status == 3
    assert out.startswith("Not found in the articles")
    assert json.loads(qa("ask", question, "--json", cwd=seed_index.parent)[1])["found"] is False


@pytest.mark.parametrize("question", ["", "  ", "?!", "-"])
def test_an_empty_question_is_wrong_usage(question: str, seed_index: Path) -> None:
    status, out, errors = qa("ask", question, cwd=seed_index.parent)
    assert (status, out) == (2, "")
    assert errors.startswith("qa: the question is empty")
    assert len(errors.splitlines()) == 1


def test_no_question_and_two_questions_are_wrong_usage(seed_index: Path) -> None:
    assert qa("ask", cwd=seed_index.parent)[0] == 2
    assert qa("ask", TROOPS, "--batch", "-", cwd=seed_index.parent)[0] == 2
    for wrong in (["--stream", "--batch", "-"], [TROOPS, "--format", "csv"]):
        status, out, errors = qa("ask", *wrong, cwd=seed_index.parent)
        assert (status, out, len(errors.splitlines())) == (2, "", 1)


def test_several_words_are_one_question(seed_index: Path) -> None:
    asked = json.loads(qa("ask", *TROOPS.rstrip("?").split(), "-k", "1", "--json", cwd=seed_index.parent)[1])
    assert asked["question"] == "How many troops were authorized"
    assert asked["answer"] in ("up to 4,000", "4,000")
    assert qa("search", "caravan", "of", "migrants", "-k", "1", cwd=seed_index.parent)[0] == 0


@pytest.mark.parametrize(("question", "status"), [(TROOPS, 0), ("Who is in Tijuana?", 3)])
def test_a_stream_is_events_and_nothing_else(question: str, status: int, seed_index: Path) -> None:
    ended, out, errors = qa("ask", "--stream", "-k", "1", question, cwd=seed_index.parent)
    events = [json.loads(line) for line in out.splitlines()]
    assert (ended, errors) == (status, "")
    assert [event["event"] for event in events] == ["passages", *["statement"] * (status == 0), "done"]
    assert len(events[0]["passages"]) == len(events[-1]["answer"]["passages"]) == 1
    done = json.loads(qa("ask", "--json", "-k", "1", question, cwd=seed_index.parent)[1])
    assert {**done, "timings_ms": 0} == {**events[-1]["answer"], "timings_ms": 0}


def test_a_very_long_question(seed_index: Path) -> None:
    status, out, _ = qa("ask", "-", cwd=seed_index.parent, stdin="why troops border " * 3_400)
    assert status in (0, 3)
    assert out


def test_question_from_stdin(seed_index: Path) -> None:
    assert qa("ask", "-", cwd=seed_index.parent, stdin=TROOPS)[1].startswith("up to 4,000")


def test_batch(seed_index: Path, tmp_path: Path) -> None:
    questions = [
        json.dumps({"id": "a", "question": TROOPS}),
        "broken",
        json.dumps({"id": 2, "question": "Who is in Tijuana?"}),
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(questions))
    status, out, _ = qa("ask", "--batch", str(file), cwd=seed_index.parent)
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [(line["id"], line.get("found")) for line in lines] == [("a", True), (None, None), (2, False)]
    assert lines[1]["line"] == 2
    assert qa("ask", "--batch", "-", cwd=seed_index.parent, stdin="Who is in Tijuana?\n")[0] == 0  # never 3
    assert qa("ask", "--batch", "no-such-file", cwd=seed_index.parent)[0] == 1


def test_no_index_names_the_command_to_type(tmp_path: Path) -> None:
    for command in (["ask", "Who?"], ["search", "Who?"], ["articles"], ["show", "x"], ["chat"], ["remove", "x"]):
        status, out, errors = qa(*command, cwd=tmp_path)
        assert (status, out) == (1, ""), command
        assert "qa index PATH" in errors
    assert list(tmp_path.iterdir()) == []


def test_index_found_in_a_parent_folder_and_by_the_environment(seed_index: Path, tmp_path: Path) -> None:
    below = seed_index.parent / "below"
    below.mkdir(exist_ok=True)
    status, out, errors = qa("articles", cwd=below)
    assert (status, errors) == (0, f"qa: using the index {seed_index}\n")
    assert out.startswith(SEED.stem)
    status, out, errors = qa("articles", cwd=tmp_path, env={"QA_INDEX": str(seed_index)})
    assert (status, errors) == (0, f"qa: using the index {seed_index}\n")


def test_search_lists_passages(seed_index: Path) -> None:
    status, out, _ = qa("search", "caravan", "-k", "2", cwd=seed_index.parent)
    assert status == 0
    assert out.startswith("1. 000_957251fa41a97581:")
    assert "caravan of over 4,000 migrants" in out
    found = json.loads(qa("search", "caravan", "-k", "2", "--json", cwd=seed_index.parent)[1])
    assert list(found) == ["schema", "id", "question", "constraints", "passages"]
    assert [passage["rank"] for passage in found["passages"]] == [1, 2]
    assert "caravan" in found["passages"][0]["text"]


def test_show_an_article_and_a_citation(seed_index: Path) -> None:
    status, out, _ = qa("show", SEED.stem, "--text", cwd=seed_index.parent)
    assert (status, out) == (0, SEED.read_text(encoding="utf-8"))
    quote = (
        "Defense Secretary James Mattis later authorized the National Guard to deploy up to 4,000 troops to the "
        "U.S.-Mexico border."
    )
    assert qa("show", f"{SEED.stem}:2397-2519", "--text", cwd=seed_index.parent)[1] == quote
    assert quote in qa("show", f"{SEED.stem}:2397-2519", cwd=seed_index.parent)[1]
    status, _, errors = qa("show", f"{SEED.stem}:2519-2397", cwd=seed_index.parent)
    assert (status, errors.count("START comes first")) == (1, 1)


def test_how_an_article_has_changed(tmp_path: Path) -> None:
    paper = tmp_path / "paper.txt"
    paper.write_text("It rained. Up to 4,000 men came to Dover.\n")
    (tmp_path / "copy.txt").write_text(paper.read_text())
    assert qa("index", ".", cwd=tmp_path)[0] == 0
    assert qa("articles", cwd=tmp_path)[1].endswith("\talso paper.txt\n")
    assert json.loads(qa("articles", "--json", cwd=tmp_path)[1])["other_places"] == [
        {"id": "paper", "path": "paper.txt", "record": None, "place": None}
    ]
    (tmp_path / "copy.txt").unlink()
    assert qa("show", "paper", cwd=tmp_path)[2] == ""
    paper.write_text("It rained. Up to 400 men came to Dover.\n")
    status, out, errors = qa("show", "paper", "--text", cwd=tmp_path)
    assert (status, out) == (0, "It rained. Up to 4,000 men came to Dover.\n")
    assert "paper.txt no longer says this; this is what was indexed" in errors
    assert qa("index", "--prune", ".", cwd=tmp_path)[0] == 0
    shown = json.loads(qa("show", "paper", "--json", cwd=tmp_path)[1])
    assert (shown["id"], shown["changed"], shown["revision"], shown["other_places"]) == ("paper", False, None, [])
    listed = json.loads(qa("show", "paper", "--revisions", "--json", cwd=tmp_path)[1])
    assert [(item["number"], item["current"], item["changed"]) for item in listed["revisions"]] == [
        (1, False, None), (2, True, "title; text (1 word out, 1 in)"),
    ]  # fmt: skip
    assert "Up to [-4,000-]{+400+} men came to Dover." in qa("show", "paper", "--diff", cwd=tmp_path)[1]
    assert "  2  " in qa("show", "paper", "--revisions", cwd=tmp_path)[1]
    assert qa("show", "paper@1:11-23", "--text", cwd=tmp_path)[:2] == (0, "Up to 4,000 ")
    for command, said in (
        (["paper@3"], "paper has the revisions 1 to 2"), (["paper@1", "--diff"], "nothing came before it"),
    ):  # fmt: skip
        status, out, errors = qa("show", *command, cwd=tmp_path)
        assert (status, out) == (1, "")
        assert said in errors
    assert qa("show", "paper", "--diff", "--text", cwd=tmp_path)[0] == 2


@pytest.mark.parametrize("ref", ["nobody", f"{SEED.stem}:5-99999", f"{SEED.stem}:9-9", f"{SEED.stem}:x-y"])
def test_show_what_is_not_there(ref: str, seed_index: Path) -> None:
    status, out, errors = qa("show", ref, cwd=seed_index.parent)
    assert (status, out) == (1, "")
    assert len(errors.splitlines()) == 1


def test_only_this_article(seed_index: Path) -> None:
    assert qa("ask", TROOPS, "--article", SEED.stem, cwd=seed_index.parent)[0] == 0
    status, _, errors = qa("ask", TROOPS, "--article", "nobody", cwd=seed_index.parent)
    assert status == 1
    assert "no article 'nobody'" in errors


FINES = [
    {
        "id": "verge",
        "text": "Sam Smith was fined 300 dollars in Leeds.",
        "title": "Fine at the Port of Leeds",
        "author": "By Jane Doe",
        "outlet": "The Verge",
        "published": "2023-10-10",
        "url": "https://example.org/smith",
    },
    {
        "id": "crunch",
        "text": "Sam Smith was fined 500 dollars in York.",
        "title": "Two señores at the port",
        "outlet": "TechCrunch",
        "published": "2023-11",
    },
    {"id": "nobody", "text": "Sam Smith was fined 700 dollars in Hull."},
]


@pytest.fixture(scope="module")
def fines(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("fines")
    (folder / "fines.jsonl").write_text("\n".join(json.dumps(article) for article in FINES))
    with writing(folder / ".qa", embedder) as writer:
        assert {event.status for event in writer.update([folder / "fines.jsonl"])} == {"added"}
    return folder


def test_filters_by_outlet_and_date(fines: Path) -> None:
    fined = "How much was Sam Smith fined?"
    status, out, errors = qa("ask", fined, "--outlet", "verge", cwd=fines)
    assert (status, errors) == (0, "")
    assert out.startswith("300 dollars")
    assert out.endswith("https://example.org/smith\n\noutlet: The Verge\n")
    answer = json.loads(qa("ask", fined, "--since", "2023-11", "--json", cwd=fines)[1])
    assert answer["answer"] == "500 dollars"
    assert answer["constraints"] == {
        "filters": {
            "articles": None, "outlets": [], "not_outlets": [], "authors": [], "since": "2023-11-01", "until": None,
        },
        "undated": 1, "recognised": [], "unmet": False,
    }  # fmt: skip
    status, out, _ = qa("search", fined, "--until", "2023-10-10", cwd=fines)
    assert status == 0
    assert out.endswith("published until 2023-10-10 (1 undated article left out)\n")
    assert "500" not in out
    status, out, errors = qa("articles", "--since", "2023-10-11", cwd=fines)
    assert (status, out.split("\t")[0], errors) == (
        0, "crunch", "qa: published since 2023-10-11 (1 undated article left out)\n"
    )  # fmt: skip


def test_a_filter_that_nothing_passes_finds_nothing_and_says_so(fines: Path) -> None:
    status, out, errors = qa("ask", "How much was Sam Smith fined?", "--since", "2024", cwd=fines)
    assert (status, errors) == (3, "")
    assert out == (
        "Not found in the articles: nothing fits the outlet or the dates.\n"
        "Searched: 0 articles, published since 2024-01-01 (1 undated article left out).\n"
    )
    assert qa("search", "Smith", "--since", "2024", cwd=fines)[0] == 3
    status, out, errors = qa("articles", "--since", "2024", cwd=fines)
    assert (status, out) == (0, "")
    assert errors.startswith("qa: no article: published since 2024-01-01")


def test_filters_that_make_no_sense(fines: Path) -> None:
    status, out, errors = qa("ask", "Who was fined?", "--outlet", "verg", cwd=fines)
    assert (status, out, errors) == (1, "", "qa: no article of the outlet 'verg'; near it: The Verge\n")
    assert qa("search", "Who was fined?", "--since", "soon", cwd=fines)[0] == 2
    assert qa("chat", "--since", "2024", "--until", "2023", cwd=fines)[0] == 2


def test_outlets_and_dates_in_the_question(fines: Path) -> None:
    fined = "According to The Verge, how much was Sam Smith fined?"
    status, out, _ = qa("ask", fined, cwd=fines)
    assert status == 0
    assert out.startswith("300 dollars")
    assert out.endswith("understood from the question: outlet: The Verge, preferred\n")
    answer = json.loads(qa("ask", fined, "--json", cwd=fines)[1])
    assert answer["constraints"]["recognised"] == [
        {"kind": "outlet", "start": 13, "text": "The Verge", "effect": "preferred", "outlets": ["The Verge"],
         "since": None, "until": None}
    ]  # fmt: skip
    assert json.loads(qa("ask", fined, "--no-constraints", "--json", cwd=fines)[1])["constraints"] is None
    excluded = json.loads(qa("ask", "How much was Sam Smith fined, not The Verge?", "--json", cwd=fines)[1])
    assert "verge" not in [citation["article_id"] for citation in excluded["citations"]]
    assert excluded["constraints"]["recognised"][0]["effect"] == "excluded"
    published = "How much was Sam Smith fined in the article published in November 2023?"
    answer = json.loads(qa("ask", published, "--json", cwd=fines)[1])
    assert [citation["article_id"] for citation in answer["citations"]] == ["crunch"]
    happened = json.loads(qa("ask", "How much was Sam Smith fined in October 2023?", "--json", cwd=fines)[1])
    assert [citation["article_id"] for citation in happened["citations"]] == ["verge"]


def test_what_is_meant_is_read_behind_passages_that_are_sure_to_answer(tmp_path: Path) -> None:
    towns = "Leeds Lima Oslo Rome Cairo Quito Delhi Perth Turin".split()
    records = [
        {"id": town, "text": f"Sam Smith was fined {100 + number} dollars by a court. It sits in {town}."}
        for number, town in enumerate(towns)
    ]
    meant = "A judge ruled on Tuesday that the singer Smith owes a fine of 300 dollars."
    records.append({"id": "meant", "outlet": "Bloomberg", "text": meant})
    records.append({"id": "other", "outlet": "The Verge", "text": "A new telephone was shown in Berlin."})
    (tmp_path / "news.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert qa("index", "news.jsonl", cwd=tmp_path)[0] == 0
    asked = "How many dollars was Sam Smith fined by a court, according to Bloomberg?"
    found = json.loads(qa("search", asked, "--explain", "--json", cwd=tmp_path)[1])["passages"]
    places = {passage["article_id"]: passage["explanation"]["first_stage"]["rank"] for passage in found}
    assert places["meant"] > FIRST
    answer = json.loads(qa("ask", asked, "--json", cwd=tmp_path)[1])
    assert [citation["article_id"] for citation in answer["citations"]] == ["meant"]


def test_search_explains_why_a_passage_stands_where_it_stands(fines: Path) -> None:
    asked = "How much was Sam Smith fined in Leeds, according to The Verge?"
    found = json.loads(qa("search", asked, "--explain", "--json", cwd=fines)[1])
    first, *others = [passage["explanation"] for passage in found["passages"]]
    assert list(first) == [
        "bm25", "vectors", "first_stage", "bonus", "cross_encoder", "matched", "missing", "fits", "why",
    ]  # fmt: skip
    assert (first["matched"], first["fits"]) == (["Sam", "Smith", "fined", "Leeds"], ["The Verge"])
    assert first["missing"] == ["according", "Verge"]
    assert first["bm25"]["rank"] == first["first_stage"]["rank"] == first["cross_encoder"]["rank"] == 1
    assert first["bonus"] == 0.2
    assert {other["bonus"] for other in others} == {0.0}  # an outlet is preferred, and leaves none out
    out = qa("search", asked, "--explain", "-k", "1", cwd=fines)[1]
    assert "\n   BM25     1st, score " in out
    assert "0.2 of it for “The Verge”\n" in out
    assert "\n2. " not in out
    assert "explanation" not in qa("search", asked, "--json", cwd=fines)[1]


def test_a_date_in_the_question_that_no_article_has(fines: Path) -> None:
    status, out, _ = qa("ask", "How much was Sam Smith fined in the article of May 3, 2031?", cwd=fines)
    assert status == 3
    assert "no article fits what the question says: published 2031-05-03 (“May 3, 2031”) (1 without a date)." in out
    assert "Nearest passages without that:\n  " in out
    found = json.loads(qa("search", "articles published in May 2031 on Sam Smith", "--json", cwd=fines)[1])
    assert (found["constraints"]["unmet"], found["constraints"]["undated"]) == (True, 1)
    assert len(found["passages"]) == 3


def test_filters_in_chat(fines: Path) -> None:
    lines = ["/filter outlet=techcrunch; the verge", "/filter since=2023-11", "Who was fined?", "/filter until=2022"]
    lines += ["/filter outlet=X", "/filter since=", "/filter", "/filter until 2022", "/filter autor=Doe", "/outlet X"]
    status, out, errors = qa("chat", cwd=fines, stdin="\n".join(lines))
    assert status == 0
    said = [line for line in out.splitlines() if line]
    assert said[0] == "From now on: 2 articles, outlet: TechCrunch, The Verge."
    assert said[1] == "From now on: 1 article, outlet: TechCrunch, The Verge; published since 2023-11-01."
    assert "· TechCrunch ·" in out
    assert "no day is both since 2023-11-01 and until 2022-12-31." in said
    assert "no article of the outlet 'X'" in errors
    assert said[-5] == said[0]
    assert said[-4] == said[0].replace("From now on", "Now")
    assert said[-3] == "what is 'until 2022'? type, for instance: /filter outlet=The Hill since=2018."
    assert said[-2] == "no filter 'autor'; did you mean author?"
    assert said[-1] == "/outlet: no such command; did you mean /filter outlet=?"


def test_authors_and_outlets_that_are_not_to_be_asked(fines: Path) -> None:
    fined = "How much was Sam Smith fined?"
    answer = json.loads(qa("ask", fined, "--not-outlet", "verge", "--not-outlet", "TechCrunch", "--json", cwd=fines)[1])
    assert [citation["article_id"] for citation in answer["citations"]] == ["nobody"]
    assert answer["constraints"]["filters"]["not_outlets"] == ["The Verge", "TechCrunch"]
    answer = json.loads(qa("chat", "--author", "jane doe", "--json", cwd=fines, stdin=fined)[1])
    assert answer["constraints"]["filters"]["authors"] == ["By Jane Doe"]
    assert qa("articles", "--author", "Doe", cwd=fines)[1].startswith("verge\t")
    assert "crunch:" not in qa("search", fined, "--not-outlet", "TechCrunch", cwd=fines)[1]
    status, out, errors = qa("ask", fined, "--author", "Roe", cwd=fines)
    assert (status, out, len(errors.splitlines())) == (1, "", 1)


def test_articles_by_words_of_their_title(fines: Path) -> None:
    def listed(*words: str) -> list[str]:
        return [line.split("\t")[0] for line in qa("articles", *words, cwd=fines)[1].splitlines()]

    assert listed("PORT", "senores") == ["crunch"]
    assert listed("port senores") == ["crunch"]
    assert listed("por") == []  # whole words
    assert listed("port", "leeds") == ["verge"]
    assert listed("port", "york") == []
    assert qa("articles", "port", "--count", cwd=fines) == (0, "2\n", "")
    assert qa("articles", "port", "--outlet", "verge", "--count", "--json", cwd=fines)[1] == '{"count": 1}\n'
    assert qa("articles", "nothing", "--count", cwd=fines) == (0, "0\n", "qa: no article: title: nothing\n")
    assert qa("articles", "?!", cwd=fines)[0] == 2


def test_chat_of_objects(fines: Path) -> None:
    lines = ["Who was fined 300 dollars?", "", "How much was he fined?", "/help", "?", "caf\xe9"]
    status, out, errors = qa("chat", "--json", cwd=fines, stdin="\n".join(lines).encode("latin-1"))
    assert (status, errors) == (1, "")
    first, after, slash, empty, foreign = map(json.loads, out.splitlines())
    assert (first["schema"], first["id"], first["found"], first["understood"]) == (2, None, True, None)
    assert first["citations"][0]["article_id"] == "verge"
    assert slash["question"] == "/help"
    assert "Smith" in after["understood"]
    assert (
        empty == {"id": None, "line": 5, "error": "the question is empty: it has no word or number"}
        or empty["line"] == 5
    )
    assert foreign == {"id": None, "line": 6, "error": "not UTF-8"}


def test_a_batch_of_csv_and_as_csv(fines: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.csv"
    file.write_text('id,question\nx,"How much was Sam Smith fined, according to The Verge?"\ny,Who is in Tijuana?\nz\n')
    status, out, _ = qa("ask", "--batch", str(file), cwd=fines)
    assert status == 1
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["x", "y", None]
    status, out, errors = qa("ask", "--batch", str(file), "--format", "csv", cwd=fines)
    assert (status, errors) == (1, "")
    first, second, third = csv.DictReader(io.StringIO(out))
    assert list(first)[:11] == [
        "id", "question", "found", "answer", "confidence", "quote", "ref", "outlet", "published", "title", "path",
    ]  # fmt: skip
    assert (first["id"], first["found"], first["answer"]) == ("x", "true", "300 dollars")
    assert (first["ref"], first["outlet"], first["published"]) == ("verge:0-41", "The Verge", "2023-10-10")
    assert (second["found"], second["quote"]) == ("false", "")
    assert third["error"] == 'line 4: no "question"'
    file.write_text("id,text\n")
    assert qa("ask", "--batch", str(file), cwd=fines)[0] == 2


def test_a_batch_that_is_no_text_is_refused_in_one_line(fines: Path, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(bytes(range(256)) * 8)
    for source, stdin in ((str(file), b""), ("-", file.read_bytes())):
        status, out, errors = qa("ask", "--batch", source, cwd=fines, stdin=stdin)
        assert (status, out) == (1, "")
        assert len(errors.splitlines()) == 1
        assert "not a text in UTF-8" in errors


def test_nothing_to_index_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(" ")
    assert qa("index", "empty.txt", cwd=tmp_path) == (1, "", "qa: failed: empty.txt: empty\nqa: 1 failed\n")
    assert [path.name for path in tmp_path.iterdir()] == ["empty.txt"]
    (tmp_path / "folder").mkdir()
    assert qa("index", "folder", cwd=tmp_path) == (0, "", "qa: nothing to index\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.txt", "folder"]


def test_a_closed_pipe_ends_quietly(seed_index: Path) -> None:
    command = f"yes 'Who is in Tijuana?' | head -400 | {sys.executable} -m qa ask --batch - | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=seed_index.parent, capture_output=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(SEED.parents[1])},
    )  # fmt: skip
    assert json.loads(done.stdout)["id"] == 1
    assert done.stderr == b""


def test_bad_files_are_named_and_the_good_ones_go_in(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "good.txt").write_text("A storm closed the port of Dover on Monday.")
    (folder / "latin.txt").write_bytes("The café in Orléans closed on Friday.".encode("latin-1"))
    (folder / "empty.txt").write_text(" \n")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (folder / "huge.txt").write_bytes(b"word " * 4_000_000)
    (folder / "records.jsonl").write_text(
        '{"id": "r1", "text": "A fire burned in Lyon."}\n{"id": broken\n{"text": 5}\n'
    )
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    status, out, errors = qa("index", "news", "--json", cwd=tmp_path)
    events = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert sorted(event["id"] for event in events if event["status"] == "added") == ["good", "latin", "r1"]
    failed = {(event["path"], event["record"]): event["reason"] for event in events if event["status"] == "failed"}
    assert set(failed) == {
        ("news/empty.txt", None), ("news/binary.txt", None), ("news/huge.txt", None),
        ("news/records.jsonl", 2), ("news/records.jsonl", 3),
    }  # fmt: skip
    assert "20.0 MB" in failed["news/huge.txt", None]
    assert all(event["place"] == (event["record"] and {"record": event["record"]}) for event in events)
    assert "1 other file left alone: 1 .jpg (a picture" in errors
    status, out, _ = qa("ask", "Where did a café close?", "--json", cwd=tmp_path)
    citation = json.loads(out)["citations"][0]
    stored = (tmp_path / citation["path"]).read_text(encoding=citation["encoding"])
    assert stored[citation["start"] : citation["end"]] == "The café in Orléans closed on Friday."
    assert qa("index", "news/photo.jpg", cwd=tmp_path)[0] == 1
    assert qa("index", "missing", cwd=tmp_path)[0] == 1
    assert qa("remove", "r1", cwd=tmp_path)[0] == 0
    assert "r1" not in qa("articles", cwd=tmp_path)[1]
    assert "qa index --restore PATH brings it back" in qa("index", "news/records.jsonl", cwd=tmp_path)[2]


def test_chat_line_by_line(seed_index: Path) -> None:
    lines = ["/sources", TROOPS, "/sources", "/open 1", "/open 9", "/nonsense", "...", "", ":q", "never read"]
    status, out, errors = qa("chat", cwd=seed_index.parent, stdin="\n".join(lines))
    assert status == 0
    assert errors == "1 article. Ask, or type /help.\n"
    assert out.startswith("/sources: nothing was asked yet.\n\nup to 4,000\n")
    assert "Passages found:" in out
    assert "The whole article: qa show 000_957251fa41a97581:2397-2519" in out
    assert "there is no number 9; it goes from 1 to 1." in out
    assert "/nonsense: no such command" in out
    assert "That is no question" in out
    assert "never read" not in out


def test_a_question_that_follows_another_in_chat(seed_index: Path) -> None:
    lines = [
        "Who authorized the National Guard to deploy?",
        "How many troops did he authorize?",
        "thanks",
        "tell me more",
    ]
    lines += ["How many articles mention Tijuana?"]
    status, out, _ = qa("chat", cwd=seed_index.parent, stdin="\n".join(lines))
    assert status == 0
    taken = [line for line in out.splitlines() if line.startswith("Taken")]
    assert taken == ["Taken as “How many troops did he authorize? (James Mattis)”."]
    assert "(James Mattis)”.\nup to 4,000\n" in out
    assert "article:" not in out  # that one article is not the user's filter
    assert "You are welcome." in out
    assert "Not found in the articles: no article is about “Tijuana”." in out


def test_version() -> None:
    assert qa("--version", cwd=SEED.parent)[1] == f"{__version__}\n"


def test_a_foreign_module_in_the_place_of_ours_is_said(tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(SEED.parents[1])))}
    for command, lines in ((["-m", "qa", "articles"], 1), (["-c", "import qa"], 5)):
        done = subprocess.run([sys.executable, *command], cwd=SEED.parent, capture_output=True, text=True, env=env)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) <= lines
        last = done.stderr.splitlines()[-1]
        assert f"{tmp_path / 'index.py'}: another module named 'index' hides article-qa's" in last
    assert last.startswith("ImportError: ")


def test_a_folder_that_was_removed_meanwhile_is_said(tmp_path: Path) -> None:
    command = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m qa ask 'Who won?'"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(SEED.parents[1])},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "qa: the folder that you are in was removed; go to another: cd\n"


def test_a_question_is_read_in_a_locale_that_knows_its_letters_not(seed_index: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    _, out, _ = qa("ask", "Who is Zoë Žižek?", cwd=seed_index.parent, env=ascii_only)
    assert "“Zoë Žižek” stands in none" in out


def test_what_a_shell_can_do_is_no_traceback(seed_index: Path) -> None:
    here = {"cwd": seed_index.parent, "env": {"PYTHONUNBUFFERED": ""}}
    deep = "[" * 100_000
    status, out, _ = qa(
        "ask", "--batch", "-", stdin=f'{{"question": "Who?"}}\n{deep}\n{{"question": "\\ud800"}}\n', **here
    )
    assert status == 1
    assert [json.loads(line).get("line") for line in out.splitlines()] == [None, 2, 3]
    assert qa("ask", TROOPS, cwd=seed_index.parent, env={"PYTHONIOENCODING": "ascii"})[1].startswith("up to 4,000")
    assert qa("show", f"{SEED.stem}:1-{'9' * 5000}", **here)[0] == 1
    assert qa("chat", stdin=f"{TROOPS}\n/open {'9' * 5000}", **here)[0] == 0
    assert qa("articles", "--index", "x" * 5000, **here)[0] == 1


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("ask 'Who is in Tijuana?' | true; exit ${PIPESTATUS[0]}", 3),
        ("articles > /dev/full", 1),
        ("ask - <&-", 2),
        ("--help | true; exit ${PIPESTATUS[0]}", 0),
        ("--help > /dev/full", 1),
        ("--version > /dev/full", 1),
        ("ask --help > /dev/full", 1),
        ("articles >&-", 0),
    ],
)
def test_streams_that_are_closed_or_full(command: str, status: int, seed_index: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m qa {command}"],
        cwd=seed_index.parent, capture_output=True, timeout=120,
        env={**env, "PYTHONPATH": str(SEED.parents[1])},
    )  # fmt: skip
    assert done.returncode == status
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def on_terminal(*arguments: str, cwd: Path, columns: int = 80, typed: str = "", **env: str) -> str:
    """What a terminal gets of `qa ARGUMENTS`, stdout and stderr; `typed`: what waits there to be read."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    ran = subprocess.Popen(
        [sys.executable, "-m", "qa", *arguments], cwd=cwd, stdout=slave, stderr=slave,
        stdin=slave if typed else subprocess.DEVNULL,
        env={**inherited, "PYTHONPATH": str(SEED.parents[1]), "TERM": "xterm", **env},
    )  # fmt: skip
    os.close(slave)
    os.write(master, typed.encode())
    shown = b""
    with suppress(OSError):  # EIO: the other end is closed
        while some := os.read(master, 65_536):
            shown += some
    os.close(master)
    ran.wait()
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """An index of an article that has changed."""
    folder = tmp_path_factory.mktemp("changed")
    for number, status in (("4,000", "added"), ("400", "changed")):
        (folder / "paper.txt").write_text(f"It rained. Up to {number} men came to Dover.\n")
        with writing(folder / ".qa", embedder) as writer:
            assert [event.status for event in writer.update([folder])] == [status]
    return folder


def test_a_terminal_that_knows_no_codes_gets_none(changed: Path) -> None:
    assert on_terminal("chat", "--json", cwd=changed, typed="Who?\n\x04", TERM="dumb").count("\x1b") == 0
    for command in (["--help"], ["ask", "--nonsense"], ["ask", "How many men came?"], ["show", "paper", "--diff"],
                    ["ask", "--batch", "/dev/null"], ["articles"]):  # fmt: skip
        assert "\x1b" not in on_terminal(*command, cwd=changed, TERM="dumb"), command


def test_no_colours_where_none_are_wanted(changed: Path) -> None:
    assert "\x1b[9;31m" in on_terminal("show", "paper", "--diff", cwd=changed)
    for command in (["--help"], ["show", "paper", "--diff"], ["ask", "How many men came?"], ["index", "."]):
        codes = re.findall(r"\x1b\[([\d;]*)m", on_terminal(*command, cwd=changed, NO_COLOR="1"))
        assert not [code for code in codes if re.search(r"\b[3-4]\d\b|\b9\d\b", code)], command


@pytest.mark.parametrize("columns", [40, 60])
def test_nothing_is_wider_than_the_terminal(columns: int, seed_index: Path) -> None:
    commands = (["--help"], ["ask", TROOPS], ["ask", "Who is in Tijuana?"], ["search", "caravan"],
                ["show", f"{SEED.stem}:2397-2519"], ["show", SEED.stem, "--revisions"])  # fmt: skip
    for command in commands:
        shown = re.sub(r"\x1b\[[\d;]*m", "", on_terminal(*command, cwd=seed_index.parent, columns=columns))
        wide = [line for line in shown.splitlines() if len(line) > columns]
        assert not [line for line in wide if " " in line.strip()], command  # a word alone may be


def test_a_summary_of_an_article(seed_index: Path) -> None:
    status, out, errors = qa("summary", SEED.stem, cwd=seed_index.parent)
    assert (status, errors) == (0, "")
    head, *blocks = out.split("\n\n")
    assert head.splitlines()[-1] == SEED.name
    assert 3 <= len(blocks) <= 5
    assert all(block.startswith(f"[{i}] ") and f"    {SEED.stem}:" in block for i, block in enumerate(blocks, 1))
    status, out, errors = qa("summary", f"{SEED.stem}:0-10", "--json", cwd=seed_index.parent)
    answer = json.loads(out)
    assert (status, answer["act"], answer["found"], len(answer["statements"])) == (0, "summary", True, len(blocks))
    assert qa("summary", "nowhere", cwd=seed_index.parent)[0] == 1
