"""A talk as a document with footnotes: Markdown, HTML, or JSON. Pure but for `write`."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import ArticleQAError, UsageError
from index.files import replace_text
from index.types import TALK_MARK
from qa.log import Turn


@dataclass(slots=True)
class Note:
    """A footnote: a quote and where it stands."""

    number: int
    quote: str
    title: str
    facts: tuple[str, ...]
    url: str | None
    ref: str


@dataclass(slots=True)
class Entry:
    """A line and what was said to it: texts and listed articles, each with the numbers of its notes.

    `missing`: what was not found.
    """

    line: str
    taken: str | None
    says: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    missing: str = ""
    listed: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)


def entries(turns: Sequence[Turn]) -> tuple[list[Entry], list[Note]]:
    """What was said, and its notes, numbered through; a quote that comes again keeps its number."""
    found: list[Entry] = []
    notes: dict[str, Note] = {}
    for turn in turns:
        held = turn.answer
        numbers = {}
        for one in held["citations"]:
            note = _note(one, len(notes) + 1)
            numbers[one["marker"]] = notes.setdefault(note.ref, note).number
        entry = Entry(turn.line, held["understood"])
        said = held["statements"] + [{**one, "text": f"Earlier: {one['text']}"} for one in held["earlier"]]
        entry.says = [(one["text"], tuple(numbers[marker] for marker in one["citations"])) for one in said]
        if not held["statements"] and held["answer"]:
            entry.says.append((held["answer"], ()))
        if held.get("choices"):
            entry.says.append((f"Who is meant: {'; or '.join(one['text'] for one in held['choices'])}?", ()))
        entry.missing = _missing(held)
        for one in held["articles"]:
            about = " · ".join(fact for fact in (one["title"], one["outlet"], one["published"]) if fact)
            marked = () if one["citation"] is None else (numbers[one["citation"]],)
            entry.listed.append((f"{about} ({one['id']})", marked))
        found.append(entry)
    return found, list(notes.values())


def _note(citation: dict[str, Any], number: int) -> Note:
    facts = tuple(fact for fact in (citation["outlet"], citation["published"]) if fact)
    ref = f"{citation['article_id']}:{citation['start']}-{citation['end']}"
    return Note(number, " ".join(citation["quote"].split()), citation["title"], facts, _safe(citation["url"]), ref)


def _safe(url: str | None) -> str | None:
    return url if url and re.fullmatch(r"https?://[\x21-\x7e]+", url) else None


def _missing(held: dict[str, Any]) -> str:
    """What was not found, in a sentence; "" where nothing is missing."""
    refusal = held["refusal"]
    if refusal is None:
        return f"Not found in the articles: {'; '.join(held['unanswered'])}." if held["unanswered"] else ""
    absent = f" (“{'”, “'.join(refusal['absent'])}” stands nowhere)" if refusal["absent"] else ""
    return f"Not found in the articles{absent}."


def _head(turns: Sequence[Turn]) -> tuple[str, str]:
    """The title of the document, and what it says of itself."""
    days = sorted({dt.datetime.fromisoformat(turn.asked).astimezone().date().isoformat() for turn in turns})
    count = f"{len(turns)} question{'s' * (len(turns) != 1)}"
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return turns[0].line, f"{count}, {when}, answered by article-qa from {_index_of(turns)}"


def _index_of(turns: Sequence[Turn]) -> str:
    """The name of the folder that was indexed: where it lies is nobody else's business."""
    return Path(turns[-1].folder).parent.name


# ---- forms -----------------------------------------------------------------------------------------------------------


def markdown(turns: Sequence[Turn]) -> str:
    """The talk in Markdown, with footnotes as GitHub and Pandoc read them."""
    said, notes = entries(turns)
    title, about = _head(turns)
    blocks = [f"<!-- {TALK_MARK} -->", f"# {_md(title)}", f"{_md(about)}."]
    for entry in said:
        blocks.append(f"## {_md(entry.line)}")
        if entry.taken and entry.taken != entry.line:
            blocks.append(f"*Taken as: {_md(entry.taken)}*")
        blocks += [_md(text) + _marks(numbers) for text, numbers in entry.says]
        blocks += [f"*{_md(entry.missing)}*"] if entry.missing else []
        blocks += ["\n".join(f"- {_md(one)}{_marks(numbers)}" for one, numbers in entry.listed)] if entry.listed else []
    told = []
    for note in notes:
        facts = ", ".join(_md(fact) for fact in (note.title, *note.facts) if fact)
        url = f" <{note.url}>" if note.url else ""
        told.append(f"[^{note.number}]: “{_md(note.quote)}” {facts}.{url} `{note.ref.replace('`', '')}`")
    return "\n\n".join([*blocks, *told]) + "\n"


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"[^{number}]" for number in numbers)


def _md(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>#|~!])", r"\\\1", " ".join(text.split()))


def page(turns: Sequence[Turn]) -> str:
    """The talk as one page of HTML that loads nothing."""
    said, notes = entries(turns)
    title, about = _head(turns)
    cited: set[int] = set()
    body: list[str] = []

    def marks(numbers: Sequence[int]) -> str:
        shown = ""
        for number in numbers:
            own = "" if number in cited else f' id="c{number}"'  # where its note leads back to
            cited.add(number)
            shown += f'<sup{own}><a href="#n{number}">{number}</a></sup>'
        return shown

    for entry in said:
        body.append(f"<section>\n<h2>{_e(entry.line)}</h2>")
        if entry.taken and entry.taken != entry.line:
            body.append(f'<p class="about">Taken as: {_e(entry.taken)}</p>')
        body += [f"<p>{_e(text)}{marks(numbers)}</p>" for text, numbers in entry.says]
        body += [f'<p class="missing">{_e(entry.missing)}</p>'] if entry.missing else []
        listed = [f"<li>{_e(one)}{marks(numbers)}</li>" for one, numbers in entry.listed]
        body += ["<ol>", *listed, "</ol>"] if listed else []
        body.append("</section>")
    sources = []
    for note in notes:
        facts = ", ".join(_e(fact) for fact in note.facts)
        name = _e(note.title)
        linked = f'<a href="{_e(note.url)}">{name}</a>' if note.url else name
        where = ", ".join(part for part in (linked, facts) if part)
        back = f' <a href="#c{note.number}" title="back">↩</a>' if note.number in cited else ""
        sources.append(
            f'<li id="n{note.number}" value="{note.number}"><q>{_e(note.quote)}</q>'
            f'<br><span class="about">{where} · <code>{_e(note.ref)}</code></span>{back}</li>'
        )
    told = f"<h2>Sources</h2>\n<ol>\n{chr(10).join(sources)}\n</ol>" if sources else ""
    return _PAGE.format(mark=TALK_MARK, title=_e(title), about=_e(about), body="\n".join(body), sources=told)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="{mark}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 17px/1.55 Georgia, serif; max-width: 42em; margin: 2.5em auto; padding: 0 1em; color: #1b1b1b; }}
h1 {{ font-size: 1.6em; margin-bottom: .2em; }}
h2 {{ font-size: 1.1em; margin: 1.8em 0 .3em; }}
p {{ margin: .4em 0; }}
sup {{ line-height: 0; }}
a {{ color: #0a58a8; text-decoration: none; }}
a:hover {{ text-decoration: underline; }}
.about, .missing {{ color: #5a5a5a; font-size: .9em; }}
code {{ font-size: .85em; overflow-wrap: anywhere; }}
ol {{ padding-left: 1.6em; }}
li {{ margin: .5em 0; }}
li:target {{ background: #fff3c4; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #161616; color: #e6e6e6; }} a {{ color: #7db7ff; }} .about, .missing {{ color: #a0a0a0; }}
  li:target {{ background: #4a4000; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="about">{about}.</p>
{body}
{sources}
</body>
</html>
"""


def _e(text: str | None) -> str:
    return html.escape(" ".join((text or "").split()))


def objects(turns: Sequence[Turn]) -> str:
    """The talk as JSON: what was typed and when, with the Answer object."""
    said = [{"line": turn.line, "asked": turn.asked, "answer": turn.answer} for turn in turns]
    talk = {"kind": TALK_MARK, "session": turns[0].session, "index": _index_of(turns), "turns": said}
    return json.dumps(talk, ensure_ascii=False, indent=2) + "\n"


def plain(held: dict[str, Any], only: int | None = None) -> str:
    """An answer as text to be pasted elsewhere, with its sources; with `only` one of its quotes and that one's."""
    notes = [_note(one, one["marker"]) for one in held["citations"]]
    if only is not None:
        return f"“{notes[only - 1].quote}” ({_about(notes[only - 1])})"
    said = [one["text"] + "".join(f" [{marker}]" for marker in one["citations"]) for one in held["statements"]] or [
        held["answer"] or _missing(held)
    ]
    return "\n".join([*said, *(f"[{note.number}] “{note.quote}” ({_about(note)})" for note in notes)])


def _about(note: Note) -> str:
    return ", ".join(part for part in (note.title, *note.facts, note.url, note.ref) if part)


FORMATS: dict[str, Callable[[Sequence[Turn]], str]] = {".md": markdown, ".html": page, ".json": objects}
"""By the ending of the file's name."""


def write(name: str, turns: Sequence[Turn], own: Collection[Path] = ()) -> Path:
    """Write the talk to a file, whole or not at all; the file's path. `own`: files that may be written over.

    Raises UsageError for a name with another ending, or of a file that is there; ArticleQAError where it cannot be
    written.
    """
    path = Path(name).expanduser()
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{name!r} ends in none of {', '.join(FORMATS)}; type, for instance: /export talk.md")
    if path.exists() and path.resolve() not in {one.resolve() for one in own}:
        raise UsageError(f"{path} is there already; name another file")
    try:
        replace_text(path, form(turns), errors="replace")
    except OSError as error:
        raise ArticleQAError(f"{path}: {error.strerror or error}") from error
    return path
