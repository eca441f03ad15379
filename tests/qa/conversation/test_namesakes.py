"""Two people of one name: found in articles, asked back, chosen, and exchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.models.embed import Embedder
from index.types import Article
from index.update import writing
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.conversation.namesakes import namesakes, question_about
from qa.terminal.render import answer_text

JUDGE = """Judge freed over court fraud

Ann Roe, the judge who ran the county court for ten years, was released on Monday. Ms. Roe is 61.

She said that she would appeal. “I did nothing wrong,” Roe told reporters in Lund. The president did not comment.
"""
SENATOR = """Senator wins the vote in Kalmar

Tom Roe, a senator from Kalmar, won the vote on Sunday. Mr. Roe is 44 and has two daughters.

President Roe, some call him. The president called him. Roe said he would lower taxes by 3 percent.
"""
BRIDGE = """Bridge closed

The old bridge over the Ober was closed on Monday, the mayor of Lund, Eva Sjö, said. Repairs will cost 3 million euros.
"""


@pytest.fixture(scope="module")
def roes(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("roes")
    for name, text in (("judge", JUDGE), ("senator", SENATOR), ("bridge", BRIDGE)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with writing(folder / ".qa", embedder) as writer:
        list(writer.update([folder]))
    with Assistant(folder / ".qa") as opened:
        yield opened


def article(name: str, text: str) -> Article:
    return Article(name, text, f"{name}.txt", title=name)


def people(question: str, *texts: str) -> list[str]:
    found = namesakes(question, [article(f"a{i}", text) for i, text in enumerate(texts)])
    return [f"{one.name}: {', '.join(one.article_ids)}" for _, people in found for one in people]


def test_people_of_one_name_are_told_by_their_articles() -> None:
    assert people("How old is Roe?", JUDGE, SENATOR, BRIDGE) == ["Ann Roe: a0", "Tom Roe: a1"]
    assert people("how old is mr. roe?", JUDGE, SENATOR) == ["Ann Roe: a0", "Tom Roe: a1"]
    assert people("How old is Roe?", JUDGE, JUDGE, SENATOR) == ["Ann Roe: a0, a1", "Tom Roe: a2"]
    mayor = "It was Mayor Ann Roe. Mrs. Roe left."
    assert people("How old is Roe?", mayor, JUDGE, SENATOR) == ["Mayor Ann Roe: a0, a1", "Tom Roe: a2"]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("How old is Roe?", (JUDGE,)),  # one article
        ("How old is Tom Roe?", (JUDGE, SENATOR)),  # the whole name
        ("Who won the vote?", (JUDGE, SENATOR)),  # no name
        ("How old is Roe?", (JUDGE, "Tom Roe was there. He left.")),  # who is nowhere called so
        ("How old is Roe?", (JUDGE, "He met President Roe, and Mr. Roe left. The president is old.")),  # a title
        (
            "Who saw the park?",
            ("Ms. Ann Park met Ms. Park. A park is a park, no park.", "Bo Park met Park. Oh, a park."),
        ),  # a word
        ("How old is Roe?", (JUDGE, "Tom Roe is a son of Ann Roe. Mr. Roe sings.")),  # both in one
    ],
)
def test_others_are_none(question: str, texts: tuple[str, ...]) -> None:
    assert people(question, *texts) == []


def test_the_whole_name_takes_the_place_of_what_stood_there() -> None:
    assert question_about("Roe is how old?", "Roe", "Ann Roe") == "Ann Roe is how old?"
    assert question_about("Did Judge Roe meet Roe?", "Roe", "Ann Roe") == "Did Ann Roe meet Roe?"


def test_who_is_meant_is_asked_back_and_chosen(roes: Assistant) -> None:
    talk = Conversation(roes)
    events = list(talk.events("How old is Roe?"))
    assert [event.kind for event in events] == ["passages", "done"]
    asked = talk.last
    assert asked is not None
    assert (asked.act, asked.found, asked.answer) == ("ask_back", False, None)
    assert {choice.text: choice.article_id for choice in asked.choices} == {
        "Ann Roe, the judge who ran the county court for ten years": "judge",
        "Tom Roe, a senator from Kalmar": "senator",
    }
    shown = answer_text(asked)
    assert shown.startswith("Who is meant?\n  1. ")
    assert "2. " in shown
    again = Conversation.from_json(roes, talk.to_json())
    assert (reply := talk.say("the judge")).answer == "61"
    assert reply.understood == "How old is Ann Roe?"
    assert talk.topic == ("judge",)
    assert again.say("the senator").answer == "44"  # a talk that is taken up knows what it asked
    assert again.say("what did he win").understood == "what did he win (Tom Roe)"


def test_the_talk_says_who_is_meant(roes: Assistant) -> None:
    talk = Conversation(roes)
    assert talk.say("Who won the vote in Kalmar?").found
    assert talk.say("How old is Roe?").answer == "44"


def test_the_other_one_is_meant(roes: Assistant) -> None:
    talk = Conversation(roes)
    assert talk.say("How old is Tom Roe?").answer == "44"
    assert (other := talk.say("no, the other Roe")).answer == "61"
    assert other.understood == "How old is Ann Roe?"
    assert talk.say("How old is Tom Roe?").answer == "44"  # though the talk is about another Roe


def test_another_question_is_no_choice(roes: Assistant) -> None:
    talk = Conversation(roes)
    assert talk.say("How old is Roe?").act == "ask_back"
    assert talk.say("How much will the repairs cost?").answer == "3 million euros"
    assert talk.say("2").understood != "How old is Tom Roe?"  # it is no longer asked


def test_what_only_one_is_said_to_be_is_not_asked_back(roes: Assistant) -> None:
    assert Conversation(roes).say("By how much would Roe lower taxes?").act == "question"


def test_one_shot_questions_are_answered(roes: Assistant) -> None:
    assert roes.ask("How old is Roe?").act == "question"
