"""Many questions in, one line each out."""

from typing import Any

from index.errors import UsageError
from qa.terminal.batch import run_batch


def respond(question: str, question_id: Any) -> dict[str, Any]:
    if question == "empty":
        raise UsageError("the question is empty")
    return {"id": question_id, "answer": question.upper()}


def run(lines: list[str]) -> tuple[list[dict[str, Any]], int]:
    out: list[dict[str, Any]] = []
    failed = run_batch(lines, respond, out.append)
    return out, failed


def test_a_question_a_line() -> None:
    assert run(["\ufeffone\r\n", "\n", "{two}\n"]) == ([{"id": 1, "answer": "ONE"}, {"id": 3, "answer": "{TWO}"}], 0)


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


def test_a_line_that_is_not_utf8_is_no_question() -> None:
    out, failed = run([b"caf\xe9 owner?".decode("utf-8", "surrogateescape"), "one"])
    assert (out[0], failed) == ({"id": None, "line": 1, "error": "not UTF-8"}, 1)
    assert out[1]["answer"] == "ONE"


def test_answers_come_before_the_next_line_is_read() -> None:
    out: list[dict[str, Any]] = []

    def lines() -> Any:
        yield "one"
        assert len(out) == 1
        yield "two"

    run_batch(lines(), respond, out.append)
    assert len(out) == 2
