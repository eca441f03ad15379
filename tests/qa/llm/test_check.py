"""What is measured of a language model by the shipped dozen."""

import re

from typer.testing import CliRunner

from qa.cli import app
from qa.llm.check import measured
from tests.qa.llm.servers import Script, served


def words_of_the_first(prompt: str) -> str:
    """A model that takes the first sentence for the answer, and says it again."""
    if "IDS:" in prompt:
        return "ANSWER: \nIDS: S1"
    first = re.search(r"^\[1\] \(.*?\) (.*)$", prompt, re.MULTILINE)
    assert first
    return f"{first[1]} [1]\nIt was 99 of them [1]"


def test_the_dozen() -> None:
    with served(Script(words_of_the_first)) as address:
        name = f"{address}/v1#x"
        done = CliRunner().invoke(app, ["models", "check", name], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "chose a sentence that answers: 1 of 12" in done.output
    assert "statements that stood the checks: 12 of 24 (0.50)" in done.output
    assert "It may not word the answer" in done.output
    found = measured(name)
    assert found is not None
    assert (found.stood, found.said, found.chosen, found.asked) == (12, 24, 1, 12)


def test_a_model_that_is_not_there() -> None:
    done = CliRunner().invoke(app, ["models", "check", "http://127.0.0.1:9/v1#x"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "no language model answers at http://127.0.0.1:9" in done.output


def test_models_lists_what_ollama_serves_on_this_machine(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with served(Script(str)) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        done = CliRunner().invoke(app, ["models"], catch_exceptions=False)
    assert "ollama:scripted:1b" in done.output
