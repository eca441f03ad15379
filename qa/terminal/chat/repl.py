"""The REPL: questions, and the slash commands around them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from index.errors import ArticleQAError, UsageError
from qa.conversation import Conversation
from qa.terminal.chat.input import typed
from qa.terminal.interrupts import droppable, staying
from qa.terminal.render import (
    Style,
    answer_text,
    citation_text,
    clean,
    context_text,
    lines_of,
    passages_text,
    scope_text,
)
from qa.types import Scope

HELP = """\
Type a question about the articles; "when did he do so?" is about what you asked before. Also "tell me more", \
"summarize that", "any articles on X?", "how many articles mention X?", "who says so?", "no, I mean Y". Or
  /sources   the citations and passages of the last answer
  /open N    citation [N] of the last answer in its article
  /outlet X  ask only what X published (several: X; Y); without a name: any outlet
  /since D   ask only articles of D (a day, month or year) or later; without a date: of any time
  /until D   likewise, or earlier
  /help      this help
  /quit      leave (Ctrl-D does too; Ctrl-C drops the line or the question)"""
_MARGIN = len("  /sources   ")


class Chat:
    """One session; reads from the terminal, or line by line where stdin is none."""

    def __init__(self, conversation: Conversation, style_of: Callable[[], Style]) -> None:
        self._conversation = conversation
        self._assistant = conversation.assistant
        self._style_of = style_of  # asked each time: a terminal changes its width

    @property
    def _style(self) -> Style:
        return self._style_of()

    def run(self) -> None:
        """Answer until the input ends or /quit."""
        self._assistant.warm_up()  # while the user types
        with self._assistant.snapshot.view() as view:
            count = view.article_count
        print(f"{count:,} article{'s' * (count != 1)}. Ask, or type /help.", file=sys.stderr)
        with staying():
            self._converse(typed())

    def _converse(self, lines: Iterator[str]) -> None:
        for line in lines:
            if line in ("/quit", "/exit", "/q"):
                return
            if line:
                try:
                    with droppable():
                        print(self._respond(line), flush=True)
                except UsageError as error:
                    no_question = "That is no question; /help lists what can be typed."
                    print(f"{clean(str(error))}." if line.startswith("/") else no_question, flush=True)
                except ArticleQAError as error:
                    print(f"qa: {error}", file=sys.stderr)
                except KeyboardInterrupt:
                    print("\n(dropped)", file=sys.stderr)
                print(flush=True)

    def _respond(self, line: str) -> str:
        if not line.startswith("/"):
            return self._answer(line)
        command, _, argument = line.partition(" ")
        if command == "/help":
            return self._help()
        if command == "/sources":
            return self._sources()
        if command == "/open":
            return self._open(argument.strip().strip("[]"))
        if command in ("/outlet", "/since", "/until"):
            return self._filter(command, argument.strip())
        return lines_of(f"{clean(command)}: no such command; /help lists them.", self._style)

    def _help(self) -> str:
        first, *commands = HELP.split("\n")
        margin = " " * _MARGIN
        listed = (lines_of(line[_MARGIN:], self._style, str, margin, line[:_MARGIN]) for line in commands)
        return "\n".join([lines_of(first, self._style), *listed])

    def _answer(self, line: str) -> str:
        answer = self._conversation.say(line)
        shown = answer_text(answer, self._style)
        if answer.understood is None:
            return shown
        taken = f"Taken as “{clean(answer.understood, keep_lines=False)}”."
        return f"{lines_of(taken, self._style, self._style.dim)}\n{shown}"

    def _sources(self) -> str:
        answer = self._conversation.last
        if answer is None:
            return "Nothing was asked yet."
        citations = [citation_text(citation, self._style) for citation in answer.citations]
        passages = passages_text(answer.passages[:5], self._style)
        return "\n\n".join([*citations, "Passages found:", passages or "none"])

    def _filter(self, command: str, value: str) -> str:
        """Change a filter, if what comes of it is one."""
        if command == "/outlet":
            names = [name.strip() for name in value.split(";") if name.strip()]
            filters = replace(self._conversation.filters, outlets=names)
        elif command == "/since":
            filters = replace(self._conversation.filters, since=value or None)
        else:
            filters = replace(self._conversation.filters, until=value or None)
        with self._assistant.snapshot.view() as view:
            chosen = view.select(filters)
            count = view.article_count if chosen.article_ids is None else len(chosen.article_ids)
        self._conversation.filters = chosen.filters
        where = f", {scope_text(Scope(chosen.filters, chosen.undated))}" if filters else ""
        return lines_of(f"From now on: {count:,} article{'s' * (count != 1)}{where}.", self._style)

    def _open(self, number: str) -> str:
        last = self._conversation.last
        citations = last.citations if last else ()
        if not citations:
            return "The last answer has no citation to open."
        chosen = number or "1"
        if not chosen.isdecimal() or len(chosen) > 9 or not 1 <= int(chosen) <= len(citations):
            return f"/open takes a number from 1 to {len(citations)}."
        citation = citations[int(chosen) - 1]
        with self._assistant.snapshot.view() as view:
            article = view.catalog.article(citation.article_id)
        if article is None or article.text[citation.start : citation.end] != citation.quote:
            return "The article has changed in the index since that answer; ask again."
        shown = context_text(article, (citation.start, citation.end), self._style)
        whole = f"The whole article: qa show {clean(citation.ref)}"
        return f"{shown}\n\n{lines_of(whole, self._style, self._style.dim)}"
