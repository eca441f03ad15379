"""The REPL: questions, and the slash commands around them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from index.errors import ArticleQAError, UnknownArticleError, UsageError
from index.filters import Filters
from qa.assistant import Assistant
from qa.language.followup import Way, points_back, ways
from qa.terminal.chat.history import typed_before
from qa.terminal.render import Style, answer_text, citation_text, clean, context_text, passages_text, scope_text
from qa.types import Answer, Scope

HELP = """\
Type a question about the articles ("When did he do so?" is about what you asked before), or
  /sources   the citations and passages of the last answer
  /open N    citation [N] of the last answer in its article
  /outlet X  ask only what X published (several: X; Y); without a name: any outlet
  /since D   ask only articles of D (a day, month or year) or later; without a date: of any time
  /until D   likewise, or earlier
  /help      this help
  /quit      leave (Ctrl-D does too; Ctrl-C drops the line or the question)"""


class Chat:
    """One session; reads from the terminal, or line by line where stdin is none."""

    def __init__(
        self, assistant: Assistant, style_of: Callable[[], Style], filters: Filters, *, constraints: bool = True
    ) -> None:
        self._assistant = assistant
        self._style_of = style_of  # asked each time: a terminal changes its width
        self._filters = filters
        self._constraints = constraints
        self._last: Answer | None = None
        self._about: Answer | None = None  # what a question that does not stand by itself is about

    @property
    def _style(self) -> Style:
        return self._style_of()

    def run(self) -> None:
        """Answer until the input ends or /quit."""
        self._assistant.warm_up()  # while the user types
        count = self._assistant.snapshot.count_articles()
        print(f"{count:,} article{'s' * (count != 1)}. Ask, or type /help.", file=sys.stderr)
        for line in _typed() if sys.stdin.isatty() and sys.stdout.isatty() else _piped():
            if line in ("/quit", "/exit", "/q"):
                return
            if line:
                try:
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
            return HELP
        if command == "/sources":
            return self._sources()
        if command == "/open":
            return self._open(argument.strip().strip("[]"))
        if command in ("/outlet", "/since", "/until"):
            return self._filter(command, argument.strip())
        return f"{clean(command)}: no such command; /help lists them."

    def _answer(self, question: str) -> str:
        possible = ways(question, self._about)
        for way in possible:
            filters = replace(self._filters, article_ids=way.article_ids or self._filters.article_ids)
            try:
                answer = self._last = self._assistant.ask(way.text, filters=filters, constraints=self._constraints)
            except UnknownArticleError:
                if way.article_ids:  # taken out of the index since it was cited
                    continue
                raise
            if answer.found:
                break
        if answer.found or not points_back(question):
            self._about = answer
        if way.article_ids:  # they were not asked for: the user's own filters are shown
            answer = replace(
                answer,
                scope=replace(
                    answer.scope, filters=replace(answer.scope.filters, article_ids=self._filters.article_ids)
                ),
            )
        shown = answer_text(answer, self._style)
        itself = Way(question)
        if possible == [itself]:
            return shown
        where = ", in what was just cited" if way.article_ids else ""
        taken = f"Taken as “{clean(way.text)}”{where}." if way != itself else "Taken by itself."
        if len(possible) > 1 and not answer.found:
            taken = f"Taken as “{clean(possible[0].text)}”, and by itself."
        return f"{self._style.dim(taken)}\n{shown}"

    def _sources(self) -> str:
        if self._last is None:
            return "Nothing was asked yet."
        citations = [citation_text(citation, self._style) for citation in self._last.sources]
        passages = passages_text(self._last.passages[:5], self._style)
        return "\n\n".join([*citations, "Passages found:", passages or "none"])

    def _filter(self, command: str, value: str) -> str:
        """Change a filter, if what comes of it is one."""
        if command == "/outlet":
            filters = replace(self._filters, outlets=[name.strip() for name in value.split(";") if name.strip()])
        elif command == "/since":
            filters = replace(self._filters, since=value or None)
        else:
            filters = replace(self._filters, until=value or None)
        snapshot = self._assistant.snapshot
        with snapshot.view():
            chosen = snapshot.select(filters)
            count = snapshot.count_articles() if chosen.article_ids is None else len(chosen.article_ids)
        self._filters = chosen.filters
        where = f", {scope_text(Scope(chosen.filters, chosen.undated))}" if filters else ""
        return f"From now on: {count:,} article{'s' * (count != 1)}{where}."

    def _open(self, number: str) -> str:
        citations = self._last.sources if self._last else ()
        if not citations:
            return "The last answer has no citation to open."
        chosen = number or "1"
        if not chosen.isdecimal() or len(chosen) > 9 or not 1 <= int(chosen) <= len(citations):
            return f"/open takes a number from 1 to {len(citations)}."
        citation = citations[int(chosen) - 1]
        snapshot = self._assistant.snapshot
        with snapshot.view():
            article = snapshot.article(citation.article_id)
        if article is None or article.text[citation.start : citation.end] != citation.quote:
            return "The article has changed in the index since that answer; ask again."
        shown = context_text(article, (citation.start, citation.end), self._style)
        return f"{shown}\n\n{self._style.dim(f'The whole article: qa show {clean(citation.ref)}')}"


def _typed() -> Iterator[str]:
    """Lines from the terminal, with editing and a history; Ctrl-C drops a line, Ctrl-D ends."""
    from prompt_toolkit import PromptSession

    session: PromptSession[str] = PromptSession(history=typed_before())
    while True:
        try:
            yield session.prompt("› ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return


def _piped() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").strip()
