"""A language model may only point at what stands in the passages."""

from pathlib import Path
from typing import Any

import pytest

import qa
from index.errors import ModelError
from qa.llm.select import find_words

QUESTION = "How many troops were authorized?"
SENTENCE = "Defense Secretary James Mattis later authorized the National Guard to deploy up to 4,000 troops"


def scripted(reply: str, prompts: list[str] | None = None) -> Any:
    """A real LlamaIndex LLM that says one thing."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Scripted(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata()

        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            if prompts is not None:
                prompts.append(prompt)
            if reply == "fail":
                raise RuntimeError("out of memory")
            return CompletionResponse(text=reply)

        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            raise NotImplementedError

    return Scripted()


@pytest.mark.parametrize(
    ("reply", "answer", "reason"),
    [
        (f"QUOTE: {SENTENCE}\nANSWER: up to 4,000", "up to 4,000", None),
        (f'  QUOTE: "{SENTENCE.upper()}"\n ANSWER:  "Up to 4,000."', "up to 4,000", None),
        ("NOT FOUND", None, "no_span"),
        ("Up to 4,000 troops were authorized.", None, "no_span"),
        (f"QUOTE: {SENTENCE}\nANSWER: 5,200", None, "check_failed"),  # invented
        ("QUOTE: Mattis sent 4,000 troops to Canada\nANSWER: 4,000", None, "check_failed"),  # never written
        (f"QUOTE: {SENTENCE}\nANSWER: …", None, "check_failed"),
    ],
)
def test_what_it_says_is_checked(reply: str, answer: str | None, reason: str | None, seed_index: Path) -> None:
    with qa.open(seed_index, llm=scripted(reply)) as assistant:
        found = assistant.ask(QUESTION)
    assert found.method == "llm"
    assert found.answer == answer
    assert (found.refusal.reason if found.refusal else None) == reason
    if answer:
        assert found.citations[0].quote.startswith(SENTENCE)


def test_it_reads_the_passages_and_the_question(seed_index: Path) -> None:
    prompts: list[str] = []
    with qa.open(seed_index, llm=scripted("NOT FOUND", prompts)) as assistant:
        assistant.ask(QUESTION)
    assert f"Question: {QUESTION}" in prompts[0]
    assert SENTENCE in prompts[0]


def test_its_failure_is_an_error_not_a_refusal(seed_index: Path) -> None:
    with qa.open(seed_index, llm=scripted("fail")) as assistant, pytest.raises(ModelError, match="out of memory"):
        assistant.ask(QUESTION)


@pytest.mark.parametrize(
    ("words", "text", "span"),
    [("“a b”", "x A–B", (2, 5)), ("a", "ab", None), ("", "a", None), ("(.*", "a", None), ("4,0", "4,000", None)],
)
def test_find_words(words: str, text: str, span: tuple[int, int] | None) -> None:
    assert find_words(words, text) == span
