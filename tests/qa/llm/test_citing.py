"""Anthropic's own citations become the same statements and ids as numbers in brackets do."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.llm import prompts, providers
from qa.llm.citing import numbered
from qa.llm.providers import connect
from qa.llm.say import ModelSayer
from qa.reading.own_words import Worded, in_own_words, read_line
from qa.types import Event
from tests.qa.llm.servers import Script, served
from tests.qa.llm.test_say import cited

GIVEN = [
    cited(1, "The AP said on Friday that 30,000 people marched."),
    cited(2, "Rain fell in Norvik."),
    cited(3, "El Mundo said 34,000 people marched."),
]
SAID = (
    "The AP said 30,000 people marched [1].\nEl Mundo said 34,000 people marched [3]; rain fell in Norvik [2].\n"
    "Nobody marched.\n"
)


def told(
    script: Script, name: str, monkeypatch: pytest.MonkeyPatch, notes: list[str] | None = None
) -> tuple[Worded, list[Event]]:
    """What a model with this name makes of the three sentences, and the events on the way."""
    monkeypatch.setattr(providers, "_pause", lambda _error, _attempt: 0.0)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    with served(script) as address:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
        model = connect(name.format(address=address), timeout=5.0)
        told_to = [] if notes is None else notes
        sayer = ModelSayer(lambda: model, prompts.load("say"), prompts.load("cite"), told_to.append)
        saying = in_own_words(sayer, "How many marched?", GIVEN)
        events = []
        while True:
            try:
                events.append(next(saying))
            except StopIteration as done:
                return done.value, events


def plain(worded: Worded) -> list[tuple[str, tuple[str, ...]]]:
    quotes = {one.marker: one.quote for one in worded.citations}
    return [(one.text, tuple(quotes[marker] for marker in one.citations)) for one in worded.statements]


CLAUDE = "anthropic:claude-haiku-4-5"


def test_citations_give_what_numbers_in_brackets_give(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = Script(lambda _: SAID), Script(lambda _: SAID)
    by_citations, events = told(theirs, CLAUDE, monkeypatch)
    by_numbers, _ = told(ours, "{address}/v1#x", monkeypatch)
    assert plain(by_citations) == plain(by_numbers)
    assert next(text for text, _ in plain(by_citations)) == "The AP said 30,000 people marched."
    assert by_citations.struck == by_numbers.struck
    assert by_citations.struck[0].reason == "names no sentence"
    assert [event.kind for event in events] == ["statement", "statement", "struck"]


def test_each_sentence_is_a_block_that_can_be_cited(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(lambda _: SAID)
    worded, _ = told(script, CLAUDE, monkeypatch)
    (body,) = script.bodies
    source, prompt = body["messages"][-1]["content"]
    assert [one["text"] for one in source["content"]] == [f"(T) {one.quote}" for one in GIVEN]
    assert source["citations"] == {"enabled": True}
    assert GIVEN[0].quote not in prompt["text"]
    assert worded.prompts == ("\n".join([*(f"(T) {one.quote}" for one in GIVEN), "", prompt["text"]]),)


def test_what_was_never_sent_cannot_be_cited(monkeypatch: pytest.MonkeyPatch) -> None:
    worded, _ = told(Script(lambda _: "Rain fell in Norvik [2].\nEl Mundo was there [4].\n"), CLAUDE, monkeypatch)
    assert plain(worded) == [("Rain fell in Norvik.", (GIVEN[1].quote,))]
    assert [one.reason for one in worded.struck] == ["names no sentence"]


@pytest.mark.parametrize("without", ["citations", "the feature"])
def test_without_citations_it_is_asked_for_numbers(monkeypatch: pytest.MonkeyPatch, without: str) -> None:
    def reply(prompt: str) -> str:
        return "Rain fell in Norvik [2]." if "[2] (T)" in prompt else "It rained in Norvik."

    script = Script(reply, ["400"] if without == "the feature" else [])
    notes: list[str] = []
    worded, _ = told(script, CLAUDE, monkeypatch, notes)
    assert plain(worded) == [("Rain fell in Norvik.", (GIVEN[1].quote,))]
    assert not worded.struck
    assert (len(script.prompts), len(worded.prompts), notes) == (2, 2, [])


@pytest.mark.parametrize("failures", [["500"] * 3, ["404"]])
def test_a_server_that_fails_is_not_asked_otherwise(monkeypatch: pytest.MonkeyPatch, failures: Sequence[str]) -> None:
    script = Script(lambda _: SAID, list(failures))
    notes: list[str] = []
    worded, _ = told(script, CLAUDE, monkeypatch, notes)
    assert (worded.statements, len(script.prompts), len(notes)) == ((), len(failures), 1)


def test_what_was_cited_before_it_broke_off_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    worded, _ = told(Script(lambda _: SAID, ["broken"]), CLAUDE, monkeypatch, [])
    assert plain(worded)[:1] == [("The AP said 30,000 people marched.", (GIVEN[0].quote,))]


def test_an_endless_block_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    with served(Script(lambda _: "", ["huge"])) as address:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
        said = "".join(connect(CLAUDE).reply("x", ["One."]))
    assert len(said) < providers.LONGEST * 200


@given(st.text(), st.lists(st.integers(1, 9), unique=True))
def test_every_line_of_a_block_has_its_numbers(text: str, numbers: list[int]) -> None:
    given_ones = [cited(number, "x") for number in range(1, 10)]
    for before, line in zip(text.split("\n"), numbered(text, numbers).split("\n"), strict=True):
        said, named = read_line(line, given_ones)
        assert line.startswith(before)
        assert not said or {one.marker for one in named} >= set(numbers)
