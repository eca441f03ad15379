"""A prompt and the fields that its caller fills fit together, or it does not load."""

import pytest

from qa.llm import prompts


def test_load_and_fill() -> None:
    text = prompts.load("answer", {"passages", "question"}).substitute(passages="[1] P", question="Why $1?")
    assert "[1] P" in text
    assert "Question: Why $1?" in text
    assert "$passages" not in text


def test_all_that_is_wrong_is_listed_at_once() -> None:
    with pytest.raises(ValueError, match=r"answer\.txt: \$tone is missing; \$passages is unknown"):
        prompts.load("answer", {"question", "tone"})
