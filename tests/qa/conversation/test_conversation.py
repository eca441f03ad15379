"""What a line wants and is about after the lines before it, over the seed article and one beside it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.models.embed import Embedder
from index.update import writing
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.models.ranker_reader import Candidate
from qa.reading.reader import Asked, Reading, SpanReader
from qa.types import Event
from tests.qa.conftest import SEED

TROOPS = "How many troops did James Mattis authorize the National Guard to deploy?"
SEED_ID = "000_957251fa41a97581"
BRIDGE = """The old bridge over the Ober was closed on Monday, the mayor of Lund, Eva Sjö, said.

“It cannot carry lorries any more,” she said. Repairs will cost 3 million euros. The bridge opened in 1911.

The bakery beside the bridge stays open. Its owner, Per Ek, said he expects fewer guests.
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Assistant]:
    """Over two articles that have nothing in common."""
    folder = tmp_path_factory.mktemp("two")
    (folder / SEED.name).write_text(SEED.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    with writing(folder / ".qa", embedder) as writer:
        list(writer.update([folder]))
    with Assistant(folder / ".qa") as opened:
        yield opened


def test_a_question_that_points_back_is_about_what_was_cited(two: Assistant) -> None:
    talk = Conversation(two)
    first = talk.say(TROOPS)
    assert (first.answer, first.understood) == ("up to 4,000", None)
    again = talk.say("How many troops did he authorize?")
    assert again.answer == "up to 4,000"
    assert again.understood == "How many troops did he authorize? (National Guard)"
    assert again.scope.topic == (SEED_ID,)
    assert not again.scope.filters  # the topic is not the user's filter
    assert not again.outside
    assert talk.last is again


def test_a_follow_up_is_read_with_the_talk_and_by_itself(two: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    read, seen = SpanReader.read, []

    def spied(self: SpanReader, asked: Asked, candidates: Sequence[Candidate]) -> Reading:
        seen.append((asked.text, read(self, asked, candidates)))
        return seen[-1][1]

    monkeypatch.setattr(SpanReader, "read", spied)
    line = "What did he eat for breakfast?"
    again = talk.say(line)
    assert [text.removeprefix(line)[:2] for text, _ in seen][:2] == [" (", ""]
    assert again.score == max(reading.score for _, reading in seen[:2] if reading.score is not None)
    talk = Conversation(two)
    talk.say(TROOPS)
    seen.clear()
    talk.say("How many troops did he authorize?")
    assert len(seen) == 1  # which was sure


def test_what_was_typed_wrong_is_taken_as_it_was_meant(two: Assistant) -> None:
    talk = Conversation(two)
    typed = "how many trooops did james mattis authorize"
    reply = talk.say(typed)
    assert (reply.answer, reply.question) == ("up to 4,000", typed)
    assert reply.understood == "how many troops did james mattis authorize"
    assert two.ask(typed).understood == reply.understood


def test_what_a_line_means_is_told_before_it_is_answered(assistant: Assistant) -> None:
    talk = Conversation(assistant)
    talk.say(TROOPS)
    events = list(talk.events("How many troops did he authorize?"))
    assert [event.kind for event in events] == ["understood", "passages", "statement", "done"]


def test_every_event_but_the_last_is_part_of_the_answer(assistant: Assistant) -> None:
    events = list(Conversation(assistant).events(TROOPS))
    done = events[-1].value
    assert events[0] == Event("passages", done.passages)  # type: ignore[union-attr]
    assert [event.value for event in events[1:-1]] == list(done.statements)  # type: ignore[union-attr]
    assert all(event.citations == done.citations for event in events[1:-1])  # type: ignore[union-attr]


def test_a_refused_follow_up_leaves_the_talk_about_what_it_was(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    talk.say("What did he eat for breakfast?")
    assert talk.say("How many troops did he authorize?").answer == "up to 4,000"


@pytest.mark.parametrize("line", ["Who is the president of Brazil?", "asdfgh"])
def test_what_no_article_names_is_not_taken_as_part_of_the_talk(line: str, two: Assistant) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    reply = talk.say(line)
    assert (reply.found, reply.understood) == (False, None)
    assert talk.topic == (SEED_ID,)


def test_the_talk_is_told_by_a_name_that_its_articles_have(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say("Did James Mattis ever go to Brazil?")
    talk.say(TROOPS)
    assert talk.say("when did he do that?").understood == "when did he do that? (National Guard)"


def test_a_new_subject_is_a_new_topic(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    bridge = talk.say("How much will the repairs of the bridge over the Ober cost?")
    assert bridge.citations[0].article_id == "bridge"
    assert bridge.understood is None
    opened = talk.say("When did it open?")
    assert {citation.article_id for citation in opened.citations} <= {"bridge"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Who is Per Ek?", "owner"),  # a name that the talk's article lacks
        ("Why was the bridge closed?", "lorries"),  # no name, and the talk's article answers it unsurely at best
    ],
)
def test_a_short_question_about_another_thing_is_no_follow_up(line: str, says: str, two: Assistant) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    answer = talk.say(line)
    assert answer.understood is None
    assert answer.citations[0].article_id == "bridge"
    assert says in answer.citations[0].quote


def test_two_talks_with_one_assistant_know_nothing_of_each_other(assistant: Assistant) -> None:
    one, other = Conversation(assistant), Conversation(assistant)
    one.say(TROOPS)
    assert other.say("How many troops did he authorize?").understood is None


def test_small_talk_searches_nothing_and_forgets_nothing(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    for line in ("hello", "thanks a lot!", "what can you do?"):
        reply = talk.say(line)
        assert (reply.act, reply.found, reply.citations, reply.passages) == ("talk", True, (), ())
        assert reply.answer
    assert talk.say("How many troops did he authorize?").answer == "up to 4,000"


def test_articles_are_counted_and_listed_with_the_sentence_that_matches(two: Assistant) -> None:
    talk = Conversation(two)
    mentioned = talk.say("How many articles mention lorries?")
    assert (mentioned.act, mentioned.count, [one.id for one in mentioned.articles]) == ("articles", 1, ["bridge"])
    assert "lorries" in mentioned.citations[0].quote
    assert mentioned.answer == "1 article mentions “lorries”."
    about = talk.say("any articles on the bridge?")
    assert [one.id for one in about.articles] == ["bridge"]
    everything = talk.say("which articles do you have?")
    assert (everything.count, len(everything.articles)) == (2, 2)
    none = talk.say("do you have anything about volcanoes?")
    assert (none.act, none.found, none.count, none.answer) == ("articles", False, 0, None)
    assert none.refusal is not None
    assert (none.refusal.reason, none.refusal.absent) == ("no_article", ("volcanoes",))


def test_a_summary_is_of_the_article_that_was_shown_named_or_counted(two: Assistant) -> None:
    talk = Conversation(two)
    assert talk.say("summarize that").refusal is not None  # nothing was shown
    talk.say("any articles on the bridge?")
    for line in ("summarize it", "summarize 1", "give me a summary of the article about the bridge"):
        summary = talk.say(line)
        assert summary.act == "summary"
        assert {citation.article_id for citation in summary.citations} == {"bridge"}
    other = talk.say("summarize the article about Mattis")
    assert {citation.article_id for citation in other.citations} == {SEED_ID}


def test_more_is_never_what_was_told(two: Assistant) -> None:
    talk = Conversation(two)
    told = {(one.article_id, one.start) for one in talk.say(TROOPS).citations}
    for _ in range(3):
        reply = talk.say("tell me more")
        assert reply.act == "more"
        assert reply.found
        fresh = {(one.article_id, one.start) for one in reply.citations}
        assert not fresh & told
        assert {article_id for article_id, _ in fresh} == {SEED_ID}
        told |= fresh


def test_more_ends_where_the_article_does(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say("How much will the repairs of the bridge over the Ober cost?")
    replies = [talk.say("more") for _ in range(4)]
    assert not replies[-1].found
    quotes = [citation.quote for reply in replies for citation in reply.citations]
    assert len(quotes) == len(set(quotes))


def test_who_says_so_is_told_by_the_sentence(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say("When was the old bridge over the Ober closed?")
    said = talk.say("who says so?")
    assert said.act == "question"
    assert "Eva Sjö" in said.citations[0].answering


def test_a_talk_can_be_kept_and_taken_up_again(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say(TROOPS)
    kept = json.loads(json.dumps(talk.to_json()))
    again = Conversation.from_json(two, kept)
    assert again.to_json() == talk.to_json()
    assert again.say("How many troops did he authorize?").answer == "up to 4,000"


def test_an_article_that_was_taken_out_meanwhile_is_passed_over(tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (tmp_path / SEED.name).write_text(SEED.read_text(encoding="utf-8"), encoding="utf-8")
    with writing(tmp_path / ".qa", embedder) as writer:
        list(writer.update([tmp_path]))
    with Assistant(tmp_path / ".qa") as opened:
        talk = Conversation(opened)
        talk.say("How much will the repairs of the bridge over the Ober cost?")
        (tmp_path / "bridge.txt").unlink()
        with writing(tmp_path / ".qa", embedder) as writer:
            list(writer.update([tmp_path], prune=True))
        assert not talk.say("summarize it").found
        assert not talk.say("more").found
        assert talk.say("When did it open?").act == "question"


def test_an_elliptical_line_completes_the_question_before(two: Assistant) -> None:
    talk = Conversation(two)
    assert talk.say("What did Eva Sjö say?").found
    reply = talk.say("and Per Ek?")
    assert reply.understood == "What did Per Ek say?"
    assert "fewer guests" in reply.citations[0].quote


def test_a_name_typed_small_opens_another_subject(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say("When did the bridge over the Ober open?")
    reply = talk.say("ok and james mattis, how many troops did he authorize?")
    assert reply.answer == "up to 4,000"
    assert talk.say("who is he?").understood == "who is he? (James Mattis)"


def test_what_was_said_before_sets_no_date(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say("When was the bridge closed this year?")
    assert not talk.say("Who said so then?").scope.recognised


def test_a_place_alone_opens_what_was_listed(two: Assistant) -> None:
    talk = Conversation(two)
    listed = talk.say("which articles do you have?")
    assert len(listed.articles) == 2
    for line, place in (("the second one", 1), ("1", 0), ("open the last article", 1)):
        reply = talk.say(line)
        assert (reply.act, reply.citations[0].article_id) == ("summary", listed.articles[place].id)
        assert talk.say("summarize it").citations[0].article_id == listed.articles[place].id
    none = talk.say("the third one")
    assert none.refusal is not None
    assert none.refusal.reason == "no_article"


def test_who_says_what_is_a_question(two: Assistant) -> None:
    talk = Conversation(two)
    talk.say("When did the bridge open?")
    reply = talk.say("who says it cannot carry lorries?")
    assert reply.confidence is not None
    assert "Sjö" in reply.citations[0].quote
