"""A summary: which of an article's sentences, in which order, and that each is cited and stands there."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnknownArticleError, UsageError
from index.types import Span
from index.update import writing
from qa.assistant import Assistant
from qa.language.leaning import is_prose, leans
from qa.reading.summary import rank, summarize, whole_sentences, word_vectors
from qa.terminal.render import summary_text
from tests.fakes import HashEmbedder


def spans(text: str) -> list[Span]:
    """The lines of a text."""
    return [match.span() for match in re.finditer(r"[^\n]+", text)]


def summary(text: str, vectors: np.ndarray | None = None) -> list[str]:
    """The lines of a text that sum it up."""
    lines = spans(text)
    vectors = word_vectors([text[start:end] for start, end in lines]) if vectors is None else vectors
    return [text[start:end] for start, end in summarize(text, lines, vectors)]


BRIDGE = "The council of Perth closed the old bridge over the river on Monday."
COST = "Repairs of the old bridge will cost the council two million dollars."
BOATS = "Boats will carry people over the river while the bridge is closed."
SHOPS = "Shops near the river fear that people will stay away all summer."
WHEN = "He hopes that the bridge of Perth will open before the winter."
SAID = "Mayor John Smith promised the council that repairs of the bridge begin soon."


def test_in_the_order_of_the_article() -> None:
    assert summary("\n".join((BRIDGE, SHOPS, COST, BOATS))) == [BRIDGE, COST, BOATS]


def test_a_sentence_that_begins_with_a_pronoun_comes_only_after_the_one_that_it_leans_on() -> None:
    assert WHEN not in summary("\n".join((BRIDGE, COST, BOATS, "Nothing.", WHEN)))
    assert summary("\n".join((BRIDGE, SAID, WHEN))) == [BRIDGE, SAID, WHEN]


def test_neither_headings_nor_captions() -> None:
    text = "\n".join(("The old bridge of Perth over the river", BRIDGE, "Photo: the old bridge of Perth.", COST, BOATS))
    assert summary(text) == [BRIDGE, COST, BOATS]


def test_what_is_said_twice_comes_once() -> None:
    again = BRIDGE.replace("council of Perth", "Council of Perth,").replace("Monday", "“Monday”")
    assert summary("\n".join((BRIDGE, again, COST, BOATS))) == [BRIDGE, COST, BOATS]
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]  # the second says with other words what the first says
    assert summary("\n".join((BRIDGE, SAID, COST, BOATS)), vectors) == [BRIDGE, COST, BOATS]


def test_a_central_sentence_is_found_wherever_it_stands() -> None:
    towards = np.eye(8, dtype=np.float32)
    towards[6] = 1 / np.sqrt(8)  # near all others, which are near nothing else
    lines = [f"The council of town {i} met on Monday about its own {i} bridges." for i in range(8)]
    assert rank(towards)[0] in (0, 6)
    assert lines[6] in summary("\n".join(lines), towards)


def test_of_sentences_nearly_as_central_the_first_comes_first() -> None:
    vectors = np.tile(np.float32([1, 0]), (6, 1))
    vectors[0] = np.cos(0.2), np.sin(0.2)  # a little apart from all others, which are alike
    assert rank(vectors)[0] == 0


def test_of_sentences_alike_in_all_the_first_come_first() -> None:
    assert rank(np.ones((6, 1), dtype=np.float32)) == [0, 1, 2, 3, 4, 5]


def test_three_to_five_by_the_length_of_the_article() -> None:
    for count, wanted in ((2, 2), (3, 3), (14, 3), (15, 4), (30, 5), (90, 5)):
        lines = [f"The council of town {i} met on Monday about bridge {i}." for i in range(count)]
        assert len(summary("\n".join(lines), np.eye(count, dtype=np.float32))) == wanted


def test_something_is_said_of_any_article() -> None:
    assert summary("He was 89.\nIt rained.") == ["He was 89."]
    assert summarize("", [], np.empty((0, 4), dtype=np.float32)) == ()


def test_a_sentence_that_was_cut_after_a_title_is_whole() -> None:
    text = "It was Ms. Doe and Mr. Roe who met. They left."
    cut = [(0, 10), (11, 22), (23, 35), (36, 46)]
    assert [text[start:end] for start, end in whole_sentences(text, cut)] == [
        "It was Ms. Doe and Mr. Roe who met.", "They left.",
    ]  # fmt: skip
    assert len(whole_sentences("It was Ms.\nDoe came.", [(0, 10), (11, 20)])) == 2  # another line is another sentence


LINES = st.sampled_from(
    [BRIDGE, COST, BOATS, SHOPS, WHEN, SAID, "A HEADING", "But it rained all day on Monday.", "Oh."]
)


@given(st.lists(LINES, min_size=1, max_size=40))
def test_any_article(lines: list[str]) -> None:
    text = "\n".join(lines)
    places = spans(text)
    chosen = summarize(text, places, word_vectors(lines))
    numbers = [places.index(span) for span in chosen]
    assert 1 <= len(numbers) <= 5
    assert numbers == sorted(set(numbers))
    said = [lines[i] for i in numbers]
    assert len(set(said)) == len(said)
    if len(numbers) > 1:
        assert all(is_prose(line) for line in said)
        assert all(i - 1 in numbers for i in numbers if leans(lines[i]))


# ---- of an index ---------------------------------------------------------------------------------------------------


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    """An index whose model is not on this machine: words are what is left."""
    monkeypatch.chdir(tmp_path)
    text = "\n".join((BRIDGE, "Advertisement", COST, BOATS))
    (tmp_path / "bridge.txt").write_text(text, encoding="utf-8")
    (tmp_path / "record.jsonl").write_text(
        '{"id": "r1", "title": "A record", "outlet": "The Hill", "published": "2018-10-18T09:00:00", "text": "He won."}'
    )
    with writing(tmp_path / ".qa", HashEmbedder()) as writer:
        assert [event.status for event in writer.update([tmp_path])] == ["added", "added"]
    with Assistant(Path(".qa")) as assistant:
        yield assistant


def test_each_sentence_is_cited(talk: Assistant) -> None:
    answer = talk.summary("bridge")
    assert (answer.act, answer.found, answer.refusal, answer.method) == ("summary", True, None, None)
    assert [statement.text for statement in answer.statements] == [BRIDGE, COST, BOATS]
    assert {statement.kind for statement in answer.statements} == {"sentence"}
    assert [statement.citations for statement in answer.statements] == [(1,), (2,), (3,)]
    stored = Path("bridge.txt").read_text(encoding="utf-8")
    for citation in answer.citations:
        assert stored[citation.start : citation.end] == citation.quote
    assert (answer.searched.articles, answer.searched.indexed) == (1, 2)


def test_any_ref_to_the_article_will_do(talk: Assistant) -> None:
    whole = talk.summary("bridge")
    for ref in (whole.citations[0].ref, "bridge@1"):
        assert talk.summary(ref).citations == whole.citations


def test_no_such_article(talk: Assistant) -> None:
    with pytest.raises(UnknownArticleError):
        talk.summary("nowhere")


def test_only_the_article_as_it_is(talk: Assistant) -> None:
    Path("bridge.txt").write_text(COST, encoding="utf-8")
    with writing(Path(".qa"), HashEmbedder()) as writer:
        list(writer.update([Path("bridge.txt")]))
    assert [statement.text for statement in talk.summary("bridge@2").statements] == [COST]
    with pytest.raises(UsageError, match="as it is now: qa summary bridge"):
        talk.summary("bridge@1")


def test_on_the_screen(talk: Assistant) -> None:
    shown = summary_text(talk.summary("r1"))
    assert shown == "A record\nThe Hill · 2018-10-18 · record.jsonl, line 1\n\n[1] He won.\n    r1:0-7"
    Path("record.jsonl").unlink()
    assert "The file no longer says this, or is gone" in summary_text(talk.summary("r1")).splitlines()[2]


def test_the_seed_article(assistant: Assistant) -> None:
    answer = assistant.summary("000_957251fa41a97581")
    assert 3 <= len(answer.statements) <= 5
    assert all(is_prose(statement.text) for statement in answer.statements)
    assert not leans(answer.statements[0].text)
