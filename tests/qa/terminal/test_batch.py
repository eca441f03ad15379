"""Many questions in, one answer each out."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.errors import ArticleQAError, UsageError
from qa.terminal.batch import CSV_COLUMNS, count, csv_row, items_of, read_items, run_batch


def respond(question: str, question_id: Any) -> dict[str, Any]:
    if question == "empty":
        raise UsageError("the question is empty")
    return {"id": question_id, "answer": question.upper()}


def run(lines: list[str], is_csv: bool = False) -> tuple[list[dict[str, Any]], int]:
    out: list[dict[str, Any]] = []
    failed = run_batch(read_items(lines, is_csv), respond, out.append)
    return out, failed


def test_a_question_a_line() -> None:
    assert run(["\ufeffone\r\n", "\n", "{two}\n"]) == ([{"id": 1, "answer": "ONE"}, {"id": 3, "answer": "{TWO}"}], 0)


def test_comments_of_plain_files_are_passed_over() -> None:
    assert run(["# asked in May\n", "one\n", "#two\n", "is #3 one?\n"]) == (
        [{"id": 2, "answer": "ONE"}, {"id": 4, "answer": "IS #3 ONE?"}], 0,
    )  # fmt: skip
    out, failed = run(["# from a form\n", '{"id": "a", "question": "# one"}\n', "# two\n"])
    assert (out[0], failed) == ({"id": "a", "answer": "# ONE"}, 1)  # JSONL has no comments


def test_jsonl_with_bad_lines_goes_on() -> None:
    lines = ["\n", '{"id": "a", "question": "one"}\n', "not json\n", '{"id": 7}\n', "[1]\n", '{"question": "empty"}\n',
             '{"id": null, "question": "two"}']  # fmt: skip
    out, failed = run(lines)
    assert failed == 4
    assert [line.get("answer") for line in out] == ["ONE", None, None, None, None, "TWO"]
    assert [(line["id"], line["line"]) for line in out if "error" in line] == [
        (None, 3),
        (None, 4),
        (None, 5),
        (None, 6),
    ]


def test_csv_is_told_by_its_header() -> None:
    lines = ["Id,asked by,Question\n", "a,Jo,one\n", "\n", 'b,"Doe, ""J""","two\n', 'lines"\n', "c,Jo\n", ",Jo,three\n"]
    out, failed = run(lines)
    assert out == [
        {"id": "a", "answer": "ONE"}, {"id": "b", "answer": "TWO\nLINES"},
        {"id": None, "line": 6, "error": 'no "question"'}, {"id": None, "answer": "THREE"},
    ]  # fmt: skip
    assert failed == 1
    assert run(["question\n", "one\n"]) == ([{"id": 2, "answer": "ONE"}], 0)
    assert run(["A question, who asked it?\n"])[0][0]["id"] == 1  # no header


def test_csv_without_a_column_for_questions_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match='names no column "question"'):
        run(["id,text\n", "1,one\n"], is_csv=True)


def test_a_line_that_is_not_utf8_is_no_question() -> None:
    out, failed = run([b"caf\xe9 owner?".decode("utf-8", "surrogateescape"), "one"])
    assert (out[0], failed) == ({"id": None, "line": 1, "error": "not UTF-8"}, 1)
    assert out[1]["answer"] == "ONE"


@pytest.mark.parametrize(
    "lines", [["one", "two"], ["question", "one", "two"], ['{"question": "one"}', '{"question": "two"}']]
)
def test_answers_come_before_the_next_line_is_read(lines: list[str]) -> None:
    out: list[dict[str, Any]] = []

    def typed() -> Iterator[str]:
        *before, last = lines
        yield from (f"{line}\n" for line in before)
        assert len(out) == 1
        yield last

    run_batch(read_items(typed()), respond, out.append)
    assert len(out) == 2


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0", b"caf\xe9\nna\xefve\nplain\n", "Who?\n".encode("utf-16")]
)
def test_what_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "questions"
    file.write_bytes(content)
    with pytest.raises(ArticleQAError, match=r"questions: not a text in UTF-8"):
        list(items_of(str(file)))


def test_a_text_is_not_refused_for_a_line_or_for_where_its_beginning_ends(tmp_path: Path) -> None:
    file = tmp_path / "questions"
    file.write_bytes(b"one\ntwo\ncaf\xe9\n" + "é".encode() * 70_000 + b"\n")
    assert count(str(file)) == 4
    file.write_bytes("é".encode() * 70_001)
    assert count(str(file)) == 1


def test_a_row_has_the_first_citation() -> None:
    cited = {"article_id": "a", "start": 3, "end": 9, "quote": 'He said "so".', "outlet": None, "published": "2018",
             "title": "T", "path": "a.txt"}  # fmt: skip
    found = {"id": 7, "question": "Who?", "found": True, "answer": "so", "confidence": 0.5, "citations": [cited]}
    refused = {"id": None, "question": "Who?", "found": False, "answer": None, "confidence": None, "citations": []}
    out = io.StringIO()
    csv.writer(out).writerows(
        [CSV_COLUMNS, csv_row(found), csv_row(refused), csv_row({"id": None, "line": 3, "error": "not UTF-8"})]
    )
    first, second, third = csv.DictReader(io.StringIO(out.getvalue()))
    assert first == {
        "id": "7", "question": "Who?", "found": "true", "answer": "so", "confidence": "0.5", "quote": 'He said "so".',
        "ref": "a:3-9", "outlet": "", "published": "2018", "title": "T", "path": "a.txt", "error": "",
    }  # fmt: skip
    assert {name: value for name, value in second.items() if value} == {"question": "Who?", "found": "false"}
    assert {name: value for name, value in third.items() if value} == {"error": "line 3: not UTF-8"}
