"""The slash commands of the chat, in one table: /help, completion and the documentation are made of it.

A command takes the chat and what was typed after its name, and gives what is to be shown. It is offered only where it
can work.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import UnknownArticleError, UsageError
from qa.reading.citations import openable
from qa.terminal.chat import filters, outside
from qa.terminal.chat.export import FORMATS, plain, write
from qa.terminal.chat.why import why_text
from qa.terminal.commands.language import Named, language_model
from qa.terminal.pages import passages_text
from qa.terminal.render import answer_text, citation_text, facts_of, prompts_text, scope_text
from qa.terminal.style import clean, fit, lines_of, short_title
from qa.types import Scope

if TYPE_CHECKING:
    from qa.terminal.chat.repl import Chat


@dataclass(frozen=True, slots=True)
class Command:
    """`takes`: what may be typed after it; `lacks`: why it cannot work now, "" where it can."""

    name: str
    takes: str
    about: str
    run: Callable[[Chat, str], str]
    lacks: Callable[[Chat], str] = lambda _chat: ""

    @property
    def usage(self) -> str:
        """How it is typed."""
        return f"/{self.name} {self.takes}".rstrip()


class Left(Exception):
    """The chat is to end."""


def find(name: str) -> Command:
    """The command of this name, or of its beginning if no other begins so. Raises UsageError that names the nearest."""
    if name in TABLE:
        return TABLE[name]
    begun = [one for one in TABLE if name and one.startswith(name)]
    if len(begun) == 1:
        return TABLE[begun[0]]
    former = {
        "outlet": "filter outlet=",
        "since": "filter since=",
        "until": "filter until=",
        "exit": "quit",
        "q": "quit",
    }
    near = [former[name]] if name in former else difflib.get_close_matches(name, TABLE, n=1, cutoff=0.5)
    meant = f"did you mean /{near[0]}?" if near else "/help lists them"
    raise UsageError(f"/{name}: no such command; {meant}")


# ---- about the last answer -------------------------------------------------------------------------------------------


def _sources(chat: Chat, _text: str) -> str:
    answer = chat.last
    assert answer is not None
    quotes = answer.citations or (answer.refusal.leads if answer.refusal else ())
    links = chat.links(answer)
    blocks = [citation_text(one, chat.style, links, ref=True) for one in quotes]
    blocks += ["Passages found:", passages_text(answer.passages[:5], chat.style)] if answer.passages else []
    return "\n\n".join(blocks) or "The last answer rests on no article."


def _open(chat: Chat, text: str) -> str:
    article_id, span = chat.shown(text)
    with chat.assistant.snapshot.view() as view:
        article = view.catalog.article(article_id)
        sentences = view.catalog.sentences(article_id)
    if article is None:
        raise UsageError("that article is no longer in the index; ask again")
    article = replace(article, path=openable(article.path, chat.assistant.snapshot.folder))
    return outside.read(article, span, sentences, chat.style, page=chat.is_screen)


def _more(chat: Chat, _text: str) -> str:
    chat.answer("tell me more")
    return ""


def _summary(chat: Chat, text: str) -> str:
    if not text.strip() or text.strip(" []").isdecimal():
        article_id = chat.shown(text)[0]
    else:
        article_id = chat.article_titled(text) or text
    conversation = chat.talk.conversation.copy()
    try:
        answer = chat.wait_for(lambda: conversation.summary(article_id))
    except UnknownArticleError:
        found = chat.wait_for(lambda: chat.assistant.which(text, conversation.filters))
        if found is None:
            raise UsageError(f"no article has {text!r} in its title") from None
        answer = chat.wait_for(lambda: conversation.summary(found))
    chat.talk.adopt(f"/summary {text}".rstrip(), conversation)
    return answer_text(answer, chat.style, links=chat.links(answer))


def _articles(chat: Chat, text: str) -> str:
    conversation = chat.talk.conversation.copy()
    answer = chat.wait_for(lambda: conversation.articles(text))
    chat.talk.adopt(f"/articles {text}".rstrip(), conversation)
    return answer_text(answer, chat.style)


def _why(chat: Chat, _text: str) -> str:
    answer = chat.last
    assert answer is not None
    if answer.method is None and not answer.passages:
        raise UsageError("the last reply was not found by searching")
    conversation = chat.talk.conversation
    found = chat.wait_for(
        lambda: chat.assistant.search(
            answer.question, filters=conversation.filters, constraints=conversation.constraints, explained=True
        )
    )
    return why_text(answer, found, chat.style)


def _copy(chat: Chat, text: str) -> str:
    answer = chat.last
    assert answer is not None
    number = chat.number(text, len(answer.citations)) if text.strip() else None
    told = plain(chat.talk.said[-1].turn.answer, number)
    how = outside.copy(told)
    return f"Copied {how}: {fit(clean(told, keep_lines=False), 60)}"


# ---- about the talk --------------------------------------------------------------------------------------------------


def _filter(chat: Chat, text: str) -> str:
    conversation = chat.talk.conversation
    wanted = filters.changed(conversation.filters, text)
    with chat.assistant.snapshot.view() as view:
        chosen = view.select(wanted)
        count = view.article_count if chosen.article_ids is None else len(chosen.article_ids)
    conversation.filters = chosen.filters
    where = f", {scope_text(Scope(chosen.filters, chosen.undated))}" if wanted else ""
    when = "From now on" if text.strip() else "Now"
    return f"{when}: {count:,} article{'s' * (count != 1)}{where}."


def _topic(chat: Chat, text: str) -> str:
    conversation = chat.talk.conversation
    verb, _, rest = text.strip().partition(" ")
    if verb == "drop":
        topic = conversation.topic
        number = chat.number(rest, len(topic)) if rest.strip() else None
        conversation.drop(topic[number - 1] if number else None)
    elif verb:
        raise UsageError("type /topic, /topic drop N, or /topic drop for all of it")
    if not conversation.topic and not conversation.questions:
        return "The talk is about nothing yet; the next question is taken by itself."
    with chat.assistant.snapshot.view() as view:
        facts = {one.id: one for one in view.catalog.facts(conversation.topic)}
    lines = []
    for number, one in enumerate((facts[id_] for id_ in conversation.topic if id_ in facts), 1):
        about = " · ".join([short_title(one.title), *facts_of(one)])
        lines.append(lines_of(clean(about, keep_lines=False), chat.style, str, "     ", f"{number:>3}. "))
    asked = [f"“{clean(question, keep_lines=False)}”" for question in conversation.questions]
    if asked:
        lines.append(lines_of(f"asked: {'; '.join(asked)}", chat.style, chat.style.dim, "     "))
    return "\n".join(lines)


def _model(chat: Chat, text: str) -> str:
    name = text.strip()
    if name:
        model = language_model(Named(name), chat.assistant.snapshot.folder)
        chat.assistant.use(model)
    model = chat.assistant.model
    if model is None:
        return "No language model; the shipped one answers. /model NAME takes one, as qa ask -m does."
    where = f" What is asked and found is sent to {model.sent_to}." if model.sent_to else ""
    return f"{clean(model.name)} chooses sentences too.{clean(where)} /model none goes on without it."


def _show(chat: Chat, _text: str) -> str:
    answer = chat.last
    assert answer is not None
    return prompts_text(answer)


def _undo(chat: Chat, _text: str) -> str:
    line = chat.talk.undo()
    assert line is not None
    return f"Taken back: “{clean(line, keep_lines=False)}”."


def _export(chat: Chat, text: str) -> str:
    name = text.strip()
    if not name:
        raise UsageError(f"name a file that ends in {', '.join(FORMATS)}; type, for instance: /export talk.md")
    said = [one.turn for one in chat.talk.said]
    path = write(name, said, chat.exported)
    chat.exported.add(path)
    return f"{len(said)} question{'s' * (len(said) != 1)} written to {clean(str(path))}."


def _sessions(chat: Chat, text: str) -> str:
    verb, _, name = text.strip().partition(" ")
    if verb == "delete" and name:
        return f"{name.strip()}: deleted, {chat.talk.delete(name.strip())} lines."
    if verb == "open" and name:
        return chat.reopen(name.strip())
    found = chat.talk.sessions(text.split())
    if not found:
        return f"No talk that is kept has {text.strip()!r}." if text.strip() else "No talk is kept yet."
    lines = []
    for one in found[:_LISTED]:
        here = " (this one)" if one.name == chat.talk.session else ""
        head = f"{one.name}{here} · {one.last[:10]} · {one.turns} question{'s' * (one.turns != 1)}"
        lines.append(lines_of(clean(head), chat.style, chat.style.bold))
        lines.append(lines_of(clean(f"“{one.first_line}”", keep_lines=False), chat.style, str, "   "))
    more = len(found) - _LISTED
    lines += [f"and {more:,} more; /sessions WORDS finds them."] if more > 0 else []
    return "\n".join([*lines, lines_of("/sessions open NAME, /sessions delete NAME", chat.style, chat.style.dim)])


_LISTED = 10


def _private(chat: Chat, text: str) -> str:
    wanted = text.strip().lower()
    if wanted not in ("", "on", "off"):
        raise UsageError("type /private, or /private off")
    chat.talk.private = wanted != "off"
    if not chat.talk.private:
        return "From now on the talk is kept." if chat.talk.is_kept else "Nothing is kept here anyway."
    before = f"; what was said before stays: /sessions delete {chat.talk.session}" if chat.talk.session else ""
    return f"From now on nothing is kept, of what is asked and of what is typed{before}."


def _help(chat: Chat, text: str) -> str:
    if name := text.strip().lstrip("/"):
        command = find(name)
        reason = command.lacks(chat)
        about = f"{command.usage}: {command.about}." + (f" Not now: {reason}." if reason else "")
        return lines_of(about, chat.style)
    shown = [command for command in TABLE.values() if not command.lacks(chat)]
    margin = max(len(command.usage) for command in shown) + 4
    if chat.style.width is not None and margin > chat.style.width // 2:
        margin = 6
    rows = []
    for command in shown:
        lead = f"  {command.usage:<{margin - 2}}"
        beside = len(command.usage) + 3 <= margin
        rows += [] if beside else [lead.rstrip()]
        rows.append(lines_of(command.about, chat.style, str, " " * margin, lead if beside else ""))
    return "\n".join([lines_of(_ASK, chat.style), *rows, lines_of(_KEYS, chat.style, chat.style.dim)])


_ASK = (
    "Type a question about the articles; “when did he do so?” is about what you asked before. Also “tell me more”, "
    "“summarize that”, “any articles on X?”, “how many articles mention X?”, “who says so?”, “no, I mean Y”. Or:"
)
_KEYS = (
    "Tab completes, Ctrl-R searches what was typed before, Alt-Enter begins another line; Esc or Ctrl-C stops an "
    "answer, Ctrl-D leaves."
)


def _quit(_chat: Chat, _text: str) -> str:
    raise Left


# ---- where they can work ---------------------------------------------------------------------------------------------


def _asked(chat: Chat) -> str:
    return "" if chat.last is not None else "nothing was asked yet"


def _can_open(chat: Chat) -> str:
    return "" if chat.numbered() else _asked(chat) or "the last answer has no source to open"


def _has_topic(chat: Chat) -> str:
    conversation = chat.talk.conversation
    return "" if conversation.topic or conversation.questions else "the talk is about nothing yet"


def _can_tell_more(chat: Chat) -> str:
    return "" if chat.talk.conversation.topic else "there is no article to tell more of yet"


def _can_copy(chat: Chat) -> str:
    return _said(chat) if chat.is_screen else "only a terminal has a clipboard"


def _said(chat: Chat) -> str:
    return "" if chat.talk.said else "nothing was asked yet"


def _was_prompted(chat: Chat) -> str:
    return "" if chat.last is not None and chat.last.prompts else "no language model was asked for the last answer"


def _is_kept(chat: Chat) -> str:
    return "" if chat.talk.log is not None else "nothing is kept here"


TABLE = {
    command.name: command
    for command in (
        Command("sources", "", "the quotes of the last answer with their places, the passages found", _sources, _asked),
        Command("open", "[N]", "the whole article of source N, at its sentence", _open, _can_open),
        Command("more", "", "what else the article says", _more, _can_tell_more),
        Command("summary", "[N|ID|WORDS]", "an article in a few of its own sentences", _summary),
        Command("articles", "WORDS", "the articles that are about something", _articles),
        Command("filter", "[KEY=VALUE ...]", f"ask only some articles: {', '.join(filters.KEYS)}; or off", _filter),
        Command("topic", "[drop [N]]", "what the talk is about; drop a part of it", _topic, _has_topic),
        Command("why", "", "how the last answer was found, stage by stage", _why, _asked),
        Command("model", "[NAME]", "the language model that chooses sentences too, or none", _model),
        Command("show", "", "what the language model was sent for the last answer", _show, _was_prompted),
        Command("undo", "", "take back the last question", _undo, _said),
        Command("copy", "[N]", "the last answer, or its source N, to the clipboard", _copy, _can_copy),
        Command("export", "FILE", f"the talk with footnotes, to a file: {', '.join(FORMATS)}", _export, _said),
        Command("sessions", "[WORDS|open|delete NAME]", "the talks that were kept", _sessions, _is_kept),
        Command("private", "[off]", "keep nothing from now on", _private, _is_kept),
        Command("help", "[COMMAND]", "this help", _help),
        Command("quit", "", "leave", _quit),
    )
}  # fmt: skip

WORDS = {"exit": "quit", "quit": "quit", ":q": "quit", "?": "help"}
"""What means a command without a slash."""
