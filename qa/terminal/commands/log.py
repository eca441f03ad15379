"""The commands about what was asked before: log, replay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import ArticleQAError, LogError, UsageError
from qa.terminal.commands.common import IndexOption, JsonOption, emit, errors, note, open_assistant, style
from qa.terminal.commands.language import Named, modelled

if TYPE_CHECKING:
    from qa.conversation import Conversation
    from qa.log import Log, Turn
    from qa.types import Answer

NoLogOption = Annotated[bool, typer.Option("--no-log", help="Keep nothing of what is asked.")]


def log(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", show_default=False, help="Words of the line or its answer.")
    ] = None,
    count: Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many of the last ones.")] = 20,
    clear: Annotated[bool, typer.Option("--clear", help="Delete all that was kept, and the chat's history.")] = False,
    session: Annotated[
        str | None, typer.Option("--session", metavar="NAME", help="Only this talk; with --clear delete only it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was asked and answered before."""
    with errors():
        if clear:
            _clear(session)
            return
        with _open() as kept:
            turns = _session(kept, session)[-count:] if session is not None else kept.recent(count, words or [])
            for turn in turns:
                if as_json:
                    emit(turn.to_json())
                else:
                    print(_shown(turn))
            if not turns:
                note("nothing is kept" if not words else f"nothing that is kept has {' '.join(words)!r}")


@modelled
def replay(
    named: Named,
    turn_id: Annotated[int, typer.Argument(metavar="ID", help="A number that qa log lists.")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question of the log again, and say what changed and why."""
    with errors():
        with _open() as kept:
            turn = kept.turn(turn_id)
        if turn is None:
            raise UsageError(f"nothing is kept as {turn_id}; qa log lists what is")
        model = named._replace(model=named.model or turn.answer["model"] or "none")
        with open_assistant(index or Path(turn.folder), asks=True, model=model) as assistant:
            from index.filters import Filters
            from qa import __version__
            from qa.conversation import Conversation
            from qa.terminal.render import answer_text
            from qa.terminal.replay import answers_line, differences, reasons
            from qa.terminal.style import clean

            filters = Filters.from_json(turn.options["filters"])
            talk = Conversation(assistant, filters=filters, constraints=turn.options["constraints"])
            if turn.before is not None:
                talk.take_up(turn.before)
            answer = _again(talk, turn)
            changed = differences(turn.answer, answer.to_json())
            with assistant.snapshot.view() as view:
                why = reasons(turn, answer, __version__, view)
        if as_json:
            emit({"id": turn_id, "same": not changed, "changed": changed, "why": why, "answer": answer.to_json()})
            return
        print(f"{clean(turn.line)}\nthen: {clean(answers_line(turn.answer))}\n\n{answer_text(answer, style())}\n")
        if not changed:
            print("The same as then.")
        else:
            told = ["What changed:", *changed, "Why:", *(why or ["nothing of what is noted is otherwise"])]
            print("\n".join(clean(one if one.endswith(":") else f"  {one}") for one in told))


def _again(talk: Conversation, turn: Turn) -> Answer:
    """The answer to a line of the log, or what its command does."""
    name, _, rest = turn.line.partition(" ")
    if name == "/articles":
        return talk.articles(rest)
    if name == "/summary" and turn.answer["citations"]:
        return talk.summary(turn.answer["citations"][0]["article_id"])
    return talk.say(turn.line)


def keep(answer: Answer, line: str, folder: Path, options: tuple[Any, bool]) -> None:
    """Keep a question that was asked by itself; what fails is said, and stops nothing. `options`: filters and
    constraints.
    """
    from qa import __version__
    from qa.log import Log, log_file, turn_of

    file = log_file()
    if file is None:
        return
    try:
        with Log(file) as kept:
            kept.add(turn_of(line, answer, folder, *options, version=__version__))
    except LogError as error:
        note(str(error))


@contextmanager
def _open() -> Iterator[Log]:
    from qa.log import Log, log_file

    file = log_file()
    if file is None:
        raise ArticleQAError("nothing is kept for a user who has no home folder")
    with Log(file) as kept:
        yield kept


def _clear(session: str | None) -> None:
    from qa.log import Log, log_file

    if session is not None:
        with _open() as kept:
            _session(kept, session)
            note(f"{session}: {kept.delete(session)} deleted")
        return
    file = log_file()
    if file is None or not file.exists():
        count = 0
    else:
        try:
            with Log(file) as kept:
                count = kept.clear()
        except LogError:
            count = 0
            file.unlink()  # whatever it is, it cannot be read
    if file is not None:
        file.with_name("history").unlink(missing_ok=True)
    note(f"{count:,} deleted, and what was typed in chats")


def _session(kept: Log, name: str) -> list[Turn]:
    turns = kept.session(name)
    if not turns:
        import difflib

        names = [one.name for one in kept.sessions()]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4) or names[:1]
        raise UsageError(f"no talk {name!r} is kept{f'; did you mean {near[0]!r}?' if near else ''}")
    return turns


def _shown(turn: Turn) -> str:
    """One line: number, when, the talk it belongs to, what was asked and answered."""
    from qa.terminal.replay import answers_line
    from qa.terminal.style import clean

    when = dt.datetime.fromisoformat(turn.asked).astimezone().strftime("%Y-%m-%d %H:%M")
    facts = [str(turn.id), when, turn.session or "-", turn.line, answers_line(turn.answer)]
    facts += ["taken back"] if turn.undone else []
    return "\t".join(clean(fact, keep_lines=False) for fact in facts)
