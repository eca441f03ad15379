"""The table of commands: what /help, completion and the documentation are made of; filters; export."""

import html.parser
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from index.errors import UsageError
from index.filters import Filters
from index.models.embed import Embedder
from index.readers import Skipped, walk
from index.readers.others import by_kind
from index.update import writing
from qa.assistant import Assistant
from qa.conversation import Conversation
from qa.log import FILE, Turn
from qa.terminal.chat import commands
from qa.terminal.chat.completion import Completed
from qa.terminal.chat.export import FORMATS, markdown, page, plain, write
from qa.terminal.chat.filters import KEYS, changed
from qa.terminal.chat.repl import Chat
from qa.terminal.chat.talk import Talk
from qa.terminal.style import Style, cells
from tests.qa.llm.servers import Script, served

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Assistant]:
    """Two articles, of two outlets."""
    folder = tmp_path_factory.mktemp("news")
    port = {"id": "port", "title": "Port closes", "outlet": "The Hill", "author": "Jane Doe", "published": "2023-11-02",
            "text": "Sam Smith closed the port of Dover on Monday. Up to 4,000 men waited there."}  # fmt: skip
    rain = {"id": "rain", "title": "Rain & <storms>", "outlet": "AP", "url": "https://example.org/rain",
            "text": "It rained in Lima. The mayor of Lima, Ana Ruiz, called it a catastrophe."}  # fmt: skip
    (folder / "news.jsonl").write_text(f"{json.dumps(port)}\n{json.dumps(rain)}\n")
    with writing(folder / ".qa", embedder) as writer:
        assert [event.status for event in writer.update([folder])] == ["added", "added"]
    with Assistant(folder / ".qa") as assistant:
        yield assistant


@pytest.fixture
def chat(news: Assistant, tmp_path: Path) -> Iterator[Chat]:
    def fail(message: str) -> None:
        raise AssertionError(message)

    talk = Talk(Conversation(news), "0", tmp_path / "state" / FILE, fail)
    yield Chat(talk, lambda: Style(80, in_chat=True), None)
    talk.close()


def typed(chat: Chat, *lines: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is shown for each line."""

    class Lines(list[str]):
        def drop(self) -> int:
            return 0

    shown = []
    for line in lines:
        chat.run(Lines([line]))
        shown.append(capsys.readouterr().out.rstrip("\n"))
    return shown


# ---- the table -------------------------------------------------------------------------------------------------------


def test_the_documentation_has_every_command_and_no_other() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(/[a-z]+[^`]*)` \| (.+) \|$", page.replace("\\|", "|"), re.MULTILINE))
    assert listed == {command.usage: command.about for command in commands.TABLE.values()}


@pytest.mark.parametrize("width", [40, 60, 110])
def test_help_fits(width: int, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    chat._style_of = lambda: Style(width, in_chat=True)
    (shown,) = typed(chat, "/help", capsys=capsys)
    assert all(cells(line) <= width for line in shown.splitlines())
    assert "/open" not in shown, "it cannot work yet"
    assert "/filter" in shown


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/sorces", "/sorces: no such command; did you mean /sources?"),
        ("/", "/: no such command; /help lists them."),
        ("/zzz", "/zzz: no such command; /help lists them."),
        ("/since 2018", "/since: no such command; did you mean /filter since=?"),
        ("/s", "/s: no such command; /help lists them."),
        ("/help undo", "/undo: take back the last question. Not now: nothing was asked yet."),
        ("/open", "/open: nothing was asked yet."),
        ("/undo", "/undo: nothing was asked yet."),
        ("/private maybe", "type /private, or /private off."),
        ("/export talk.md", "/export: nothing was asked yet."),
        ("/sessions", "No talk is kept yet."),
        ("/sessions open x", "no talk 'x' about this index is kept."),
    ],
)
def test_what_cannot_be_is_said(line: str, said: str, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = typed(chat, line, capsys=capsys)
    assert shown.startswith(said)


def test_a_talk_by_commands(chat: Chat, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    question, opened, why, more = typed(chat, "Who closed the port of Dover?", "/open", "/why", "/more", capsys=capsys)
    assert "Sam Smith" in question
    assert opened.startswith("Sam Smith closed the port of Dover on Monday. Up to 4,000 men waited there.")
    assert why.startswith("asked     Who closed the port of Dover?\n")
    assert "decided   answered; " in why
    assert "BM25     1st" in why
    assert "4,000 men" in more
    summary, articles, nothing = typed(chat, "/summary Port closes", "/articles rain", "/open 3", capsys=capsys)
    assert summary.startswith("Port closes")
    assert "Rain & <storms>" in articles
    assert nothing == "there is no number 3; it goes from 1 to 1."
    topic, undone, again = typed(chat, "/topic", "/undo", "/topic drop 9", capsys=capsys)
    assert topic == "  1. Rain & <storms> · AP\n     asked: “rain”"
    assert undone == "Taken back: “/articles rain”."
    assert again.startswith("there is no number 9")
    assert typed(chat, "/topic", capsys=capsys)[0].splitlines()[-1] == "     asked: “Who closed the port of Dover?”"
    assert "The talk is about nothing yet" in typed(chat, "/topic drop", capsys=capsys)[0]
    listed, gone = typed(chat, "/sessions", "/sessions delete who-closed-the-port-of", capsys=capsys)
    assert listed.startswith("who-closed-the-port-of (this one) · 20")
    assert gone == "who-closed-the-port-of: deleted, 4 lines."


def test_what_is_private_is_not_kept(chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    typed(chat, "/private", "Who closed the port of Dover?", capsys=capsys)
    assert chat.talk.sessions() == []
    assert len(chat.talk.said) == 1, "it can be exported and undone"
    typed(chat, "/private off", "Who is the mayor of Lima?", capsys=capsys)
    assert [one.first_line for one in chat.talk.sessions()] == ["Who is the mayor of Lima?"]


def test_a_talk_is_taken_up_as_it_was(chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    typed(chat, "Who closed the port of Dover?", "Who is the mayor of Lima?", capsys=capsys)
    name = chat.talk.session
    assert name is not None
    talk = Talk(Conversation(chat.assistant), "0", chat.talk._file, print)
    again = Chat(talk, lambda: Style(80, in_chat=True), None)
    shown, sources = typed(again, f"/sessions open {name}", "/sources", capsys=capsys)
    assert shown.startswith(f"Going on with “{name}”: 2 questions")
    assert "Ana Ruiz" in sources
    assert again.talk.conversation.to_json() == chat.talk.conversation.to_json()
    typed(again, "/undo", capsys=capsys)
    assert [turn.line for turn in talk.log.session(name)] == ["Who closed the port of Dover?"]  # type: ignore[union-attr]
    assert again.last is not None
    assert again.last.question == "Who closed the port of Dover?"
    talk.close()


def test_a_name_means_one_talk_of_one_index(chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    typed(chat, "Who closed the port of Dover?", capsys=capsys)
    assert chat.talk.session is not None
    assert chat.talk.log is not None
    (kept,) = chat.talk.log.session(chat.talk.session)
    chat.talk.log.add(replace(kept, folder="/elsewhere/.qa", session="elsewhere"))
    with pytest.raises(UsageError, match=r"is about another index, /elsewhere/\.qa; name this one otherwise"):
        chat.talk.begin("elsewhere")
    assert typed(chat, "/sessions open elsewhere", capsys=capsys)[0].startswith("no talk 'elsewhere' about this index")


# ---- completion ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("/fi", ["/filter"]),
        ("/op", []),
        ("/filter out", ["outlet="]),
        ("/filter outlet=hi", ["The Hill"]),
        ("/filter outlet=AP; t", ["The Hill"]),
        ("/filter author=", ["Jane Doe"]),
        ("/summary po", ["Port closes"]),
        ("/summary st", []),
        ("What does the hi", ["The Hill"]),
        ("Who is jan", ["Jane Doe"]),
        ("/help un", ["undo"]),
        ("/sessions o", ["open "]),
    ],
)
def test_what_tab_offers(text: str, offered: list[str], chat: Chat) -> None:
    document, asked = Document(text, len(text)), CompleteEvent(completion_requested=True)
    assert [one.text for one in Completed(lambda: chat).get_completions(document, asked)] == offered


def test_tab_offers_models_that_this_machine_serves(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Script(str)) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        found = Completed(lambda: chat).get_completions(
            Document("/model ol", 9), CompleteEvent(completion_requested=True)
        )
        assert [one.text for one in found] == ["ollama:scripted:1b"]


def test_a_question_is_not_completed_while_it_is_typed(chat: Chat) -> None:
    assert not list(Completed(lambda: chat).get_completions(Document("Who is jan"), CompleteEvent(text_inserted=True)))


# ---- filters ---------------------------------------------------------------------------------------------------------

_NAMES = st.text("abc é'-", min_size=1).map(str.strip).filter(bool)


@given(
    st.lists(_NAMES, max_size=3), st.lists(_NAMES, max_size=2), st.sampled_from(["2018", "2018-10", "2018-10-18", ""])
)
def test_what_is_typed_is_what_is_filtered(outlets: list[str], authors: list[str], since: str) -> None:
    text = f"outlet={'; '.join(outlets)} author={';'.join(authors)} since={since}"
    assert changed(Filters(not_outlets=("X",)), text) == Filters(
        outlets=outlets, authors=authors, since=since or None, not_outlets=("X",)
    )


def test_filters_are_taken_off() -> None:
    held = Filters(article_ids=["a"], outlets=["X"], since="2018")
    assert changed(held, "off") == Filters(article_ids=["a"])
    assert changed(held, "") == changed(held, "  ") == held
    assert changed(held, "outlet=") == Filters(article_ids=["a"], since="2018")
    for text, said in (("outlets=X", "did you mean outlet?"), ("X", "what is 'X'?"), ("since=soon", "is no date")):
        with pytest.raises(UsageError, match=re.escape(said)):
            changed(held, text)
    assert list(KEYS) == ["outlet", "not-outlet", "author", "since", "until"]


# ---- export ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def said(chat: Chat, capsys: pytest.CaptureFixture[str]) -> list[Turn]:
    lines = ["Who closed the port of Dover?", "How many *articles* mention Lima?", "Who is the mayor of Lima?"]
    typed(chat, *lines, "What is the capital of <b>Peru</b>?", lines[0], capsys=capsys)
    return [one.turn for one in chat.talk.said]


def test_markdown_has_footnotes(said: list[Turn]) -> None:
    text = markdown(said)
    assert "## Who closed the port of Dover?\n\nSam Smith[^1]\n" in text
    assert "## How many \\*articles\\* mention Lima?" in text
    assert (
        "[^1]: “Sam Smith closed the port of Dover on Monday.” Port closes, The Hill, 2023-11-02. `port:0-45`" in text
    )
    assert "<https://example.org/rain>" in text
    assert "*Not found in the articles" in text
    used, defined = set(re.findall(r"\[\^(\d+)\](?!:)", text)), re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE)
    assert used == set(defined)
    assert len(defined) == len(set(defined)), "a quote that comes again keeps its number"


def test_html_is_whole_loads_nothing_and_leads_to_its_notes(said: list[Turn]) -> None:
    text = page(said)
    opened: list[str] = []
    ids, targets = set(), set()

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            held = dict(attrs)
            ids.add(held.get("id"))
            if (held.get("href") or "").startswith("#"):
                targets.add((held["href"] or "")[1:])
            assert "src" not in held
            if tag not in ("meta", "br"):
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Reader().feed(text)
    assert opened == []
    assert targets <= ids
    assert "<b>" not in text
    assert "https://" not in re.sub(r'href="https://example\.org/rain"', "", text)


def test_json_is_the_talk(said: list[Turn], tmp_path: Path) -> None:
    held = json.loads(write(str(tmp_path / "talk.json"), said).read_text())
    assert [one["answer"] for one in held["turns"]] == json.loads(json.dumps([turn.answer for turn in said]))


def test_a_file_that_is_there_is_not_written_over(said: list[Turn], tmp_path: Path) -> None:
    path = write(str(tmp_path / "talk.md"), said)
    with pytest.raises(UsageError, match="is there already; name another file"):
        write(str(path), said)
    assert write(str(path), said[:1], {path}) == path
    with pytest.raises(UsageError, match=re.escape(f"ends in none of {', '.join(FORMATS)}")):
        write("talk.doc", said)


def test_what_is_copied_has_its_sources(said: list[Turn]) -> None:
    assert plain(said[0].answer).splitlines() == [
        "Sam Smith [1]",
        "[1] “Sam Smith closed the port of Dover on Monday.” (Port closes, The Hill, 2023-11-02, port:0-45)",
    ]
    assert plain(said[0].answer, 1).startswith("“Sam Smith closed the port of Dover on Monday.” (Port closes")


@given(st.text(max_size=60))
def test_nothing_in_a_line_is_markup(line: str) -> None:
    turn = Turn(
        folder="f", asked="2026-11-28T10:00:00+00:00", line=line, options={}, passages=[], version="0",
        answer={"understood": None, "citations": [], "statements": [], "earlier": [], "answer": line or "x",
                "refusal": None, "unanswered": [], "articles": []},
    )  # fmt: skip
    body = page([turn]).split("<section>")[1]
    assert re.findall(r"<(\w+)", body.split("</section>")[0]) == ["h2", "p"]
    assert not re.search(r"(?<!\\)\]\(", markdown([replace(turn, line=f"[x](http://e){line}")]))


def test_a_language_model_is_taken_and_left(chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    with served(Script(lambda _prompt: "ANSWER: Sam Smith\nIDS: S1")) as address:
        name = f"{address}/v1#x"
        taken, _, shown, left = typed(
            chat, f"/model {name}", "Who closed the port of Dover?", "/show", "/model none", capsys=capsys
        )
    assert taken.startswith(f"{name} chooses sentences too.")
    assert "Question: Who closed the port of Dover?" in shown
    assert left.startswith("No language model")
    assert "no model 'gpt'" in typed(chat, "/model gpt", capsys=capsys)[0]


@pytest.mark.parametrize("form", FORMATS)
def test_a_talk_that_was_exported_beside_its_articles_is_no_article(
    chat: Chat, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"article{form}").write_text("An article.")
    typed(chat, "Who closed the port of Dover?", f"/export talk{form}", capsys=capsys)
    skipped = Skipped()
    assert [path.name for path in walk(tmp_path, skipped) if path.parent == tmp_path] == [f"article{form}"]
    assert by_kind(path for path in skipped if path.parent == tmp_path) == f"1 {form} of chats that were exported"
