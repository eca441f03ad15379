"""A language model's own words: shown as soon as they are checked, struck where their sentences do not say them."""

import re
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.types import WHOLE_FILE
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.llm import check
from qa.llm.check import Measured
from qa.llm.providers import LanguageModel
from qa.reading.own_words import in_own_words, read_line
from qa.types import Answer, Citation
from tests.qa.llm.servers import Script, served
from tests.qa.llm.test_select import QUESTION, SENTENCE, id_of

GOOD = "Mattis authorized the National Guard to deploy up to 4,000 troops"


def cited(marker: int, quote: str) -> Citation:
    return Citation(marker, "a", "T", None, None, None, "a.txt", WHOLE_FILE, "utf-8", False, None, 0, len(quote), quote)


def writing(said: str) -> Script:
    """A model that names the right sentence, and then says `said`."""

    def reply(prompt: str) -> str:
        return f"ANSWER: up to 4,000\nIDS: {id_of(prompt, SENTENCE)}" if "IDS:" in prompt else said

    return Script(reply)


def answered(index: Path, script: Script, question: str = QUESTION) -> tuple[Answer, list[str]]:
    """What comes of a question, and the kinds of events on the way."""
    with served(script) as address, Assistant(index, model=LanguageModel(f"{address}/v1#x", prose=True)) as assistant:
        events = list(assistant.stream(question))
    assert isinstance(events[-1].value, Answer)
    return events[-1].value, [event.kind for event in events]


def test_what_its_sentences_say_is_said(seed_index: Path) -> None:
    found, kinds = answered(seed_index, writing(f"{GOOD} [1]."))
    assert [(one.text, one.kind, one.check) for one in found.statements] == [(f"{GOOD}.", "prose", "verified")]
    assert found.citations[0].quote.startswith(SENTENCE)
    assert (found.method, found.struck, len(found.prompts)) == ("llm", (), 2)
    assert kinds == ["passages", "statement", "done"]


def test_what_they_do_not_say_is_struck_and_their_sentence_stands_in_its_place(seed_index: Path) -> None:
    found, kinds = answered(seed_index, writing(f"Mattis sent 9,000 troops to Canada [1]\n{GOOD} [1]\nBy no one"))
    assert [(one.kind, one.check) for one in found.statements] == [("sentence", "replaced"), ("prose", "verified")]
    assert found.statements[0].text == found.citations[0].quote
    assert [one.text for one in found.struck] == ["Mattis sent 9,000 troops to Canada", "By no one"]
    assert "9,000" in found.struck[0].reason
    assert found.struck[1].reason == "names no sentence"
    assert "9,000" not in str(found.answer)
    assert kinds == ["passages", "struck", "statement", "statement", "struck", "done"]


@pytest.mark.parametrize("said", ["", "NONE", "I am sorry.", "Sentences [77] say so [99].", "on and " * 5_000])
def test_where_nothing_stands_the_shipped_words_do(seed_index: Path, said: str) -> None:
    found, _ = answered(seed_index, writing(said))
    assert [(one.text, one.kind) for one in found.statements] == [("up to 4,000", "span")]


def test_a_model_that_fails_midway_leaves_what_was_checked(seed_index: Path) -> None:
    script = writing(f"{GOOD} [1].\nAnd then it broke off in the middle of a line that was never")
    script.failures = ["", "broken"]
    script.pieces = 4
    found, _ = answered(seed_index, script)
    assert found.found
    assert all(one.text in (f"{GOOD}.", "up to 4,000", found.citations[0].quote) for one in found.statements)


class Says:
    """Says these lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def say(self, *_: object) -> Generator[str, None, None]:
        yield from self.lines

    def failed(self, error: ModelError) -> None:
        raise error


@pytest.mark.parametrize("line", ["It rained in the north. [1]", "", "It rained in town {}. [1]"])
def test_a_model_that_goes_on_and_on_is_stopped(line: str) -> None:
    class GoesOn(Says):
        def say(self, *_: object) -> Generator[str, None, None]:
            yield from map(line.format, range(1000))
            raise AssertionError("nobody stopped it")

    events = list(in_own_words(GoesOn(), "Where?", [cited(1, "It rained in the north.")]))
    assert len(events) <= 2 * 24


def test_what_two_articles_say_alike_is_said_and_cited_once() -> None:
    other = replace(cited(2, "It rained in the north."), article_id="b")
    says = Says("It rained in the north. [1]", "It rained in 40 towns of the north. [2]")
    events = in_own_words(says, "Where?", [cited(1, other.quote), other])
    while True:
        try:
            next(events)
        except StopIteration as done:
            worded = done.value
            break
    assert [one.citations for one in worded.statements] == [(1,)]
    assert len(worded.citations) == 1


@pytest.mark.parametrize(("others", "stand"), [([], 1), ([cited(2, "It rained in the north.")], 0)])
def test_of_one_sentence_a_statement_need_not_name_it(others: list[Citation], stand: int) -> None:
    says = Says("Up to 4,000 troops were sent.", "9,000 troops were sent.")
    events = list(in_own_words(says, "How many?", [cited(1, "Up to 4,000 troops were sent on Monday."), *others]))
    assert [event.kind for event in events] == ["statement"] * stand + ["struck"] * (2 - stand)


def test_without_prose_it_is_not_asked_for_any(seed_index: Path) -> None:
    script = writing(f"{GOOD} [1].")
    with served(script) as address, Assistant(seed_index, model=LanguageModel(f"{address}/v1#x")) as assistant:
        found = assistant.ask(QUESTION)
    assert len(script.prompts) == 1
    assert found.answer == "up to 4,000"


def test_it_gets_only_the_sentences_that_were_selected(seed_index: Path) -> None:
    script = writing(f"{GOOD} [1].")
    answered(seed_index, script)
    chosen, said = script.prompts
    assert SENTENCE in said
    assert len(re.findall(r"^S\d+ ", chosen, re.MULTILINE)) > len(re.findall(r"^\[\d\] ", said, re.MULTILINE)) > 0


# ---- a talk ----------------------------------------------------------------------------------------------------------


def follow_up(written: str) -> Script:
    def reply(prompt: str) -> str:
        if "IDS:" in prompt:
            return f"ANSWER: up to 4,000\nIDS: {id_of(prompt, SENTENCE)}"
        return written

    return Script(reply)


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("When did Mattis authorize the troops?", "When did Mattis authorize the troops?"),
        ("When did Hillary Clinton authorize 9,000 troops?", None),  # nobody spoke of her
        ("", None),
    ],
)
def test_a_follow_up_is_understood_as_the_model_writes_it_if_it_adds_nothing(
    seed_index: Path, written: str, understood: str | None
) -> None:
    script = follow_up(written)
    with served(script) as address, Assistant(seed_index, model=LanguageModel(f"{address}/v1#x")) as opened:
        talk = Conversation(opened)
        before = len(talk.say(QUESTION).prompts)
        found = talk.say("When did he do that?")
    assert "The next line of the talk: When did he do that?" in found.prompts[0]
    assert sorted(found.prompts) == sorted(script.prompts[before:]), "every prompt is told"
    assert (found.understood == understood) if understood else (found.understood != written)
    assert found.question == "When did he do that?"


def test_what_was_checked_before_an_answer_was_stopped_is_kept(seed_index: Path) -> None:
    script = writing(f"{GOOD} [1].\nMattis later authorized the National Guard [1].\n")
    model = LanguageModel("", prose=True)
    with served(script) as address:
        model = LanguageModel(f"{address}/v1#x", prose=True)
        with Assistant(seed_index, model=model) as opened:
            talk = Conversation(opened)
            events = talk.events(QUESTION)
            while next(events).kind != "statement":
                pass
            events.close()  # type: ignore[attr-defined]
    assert talk.last is not None
    assert [one.text for one in talk.last.statements] == [f"{GOOD}."]
    assert talk.to_json()["earlier"]


# ---- lines, and what was measured ------------------------------------------------------------------------------------


def test_lines() -> None:
    given_ones = [cited(1, "One."), cited(2, "Two.")]
    for line, text, markers in (
        ("- Up to 4,000 were sent [1].", "Up to 4,000 were sent.", [1]),
        ("2. Both say so [1, 2]", "Both say so", [1, 2]),
        ("**Both** say so [1][2].", "Both** say so.", [1, 2]),
        ("It says so (S2).", "It says so.", [2]),
        ("In 1987 (the year 12) it fell [3]", "In 1987 (the year 12) it fell", []),
        ("NONE", "", []),
        ("---", "", []),
    ):
        assert (text, markers) == (lambda said: (said[0], [one.marker for one in said[1]]))(read_line(line, given_ones))


def test_of_a_long_line_whole_sentences_are_left() -> None:
    long = [f"Mr. Ek said {number}." for number in range(100, 160)]
    said, _ = read_line(f"{' '.join(long)} [1]", [cited(1, "One.")])
    assert said == " ".join(long[:35])
    assert read_line("Mr. Ek said so. Mr. Ek said so. [1]", [cited(1, "One.")])[0] == "Mr. Ek said so."
    assert read_line(f"{'so ' * 300}[1]", [cited(1, "One.")])[0] == ""


@given(st.text())
def test_any_line_is_read(line: str) -> None:
    _, named = read_line(line, [cited(1, "One.")])
    assert len(named) <= 1


def test_a_model_that_was_measured_to_cite_well_may_use_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    model = LanguageModel("ollama:measured")
    assert not check.may_write(model)
    check.keep(model.name, Measured(stood=8, said=10, chosen=9, asked=12, seconds=1.0))
    assert not check.may_write(model)
    check.keep(model.name, Measured(stood=19, said=20, chosen=9, asked=12, seconds=1.0))
    assert check.may_write(model)
    assert not check.may_write(LanguageModel(model.name, prose=False))
