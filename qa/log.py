"""What was asked and answered, kept for its user: one SQLite file that nobody else can read. A session is its rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from index.errors import LogError
from index.filters import Filters
from index.folders import state_folder
from index.types import Place
from qa.types import Answer, Choice, Citation, Copy, Earlier, Elsewhere, Listed, Refusal, Searched, Statement, Struck

FILE = "log.sqlite"
_VERSION = 1
_SCHEMA = """
CREATE TABLE turn (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT,                           -- NULL: a question by itself
    folder TEXT NOT NULL,                   -- of the index
    asked TEXT NOT NULL,                    -- ISO 8601, UTC
    line TEXT NOT NULL,                     -- as it was typed
    options TEXT NOT NULL,                  -- {"filters", "constraints"}
    before TEXT,                            -- what the talk knew before it
    after TEXT,                             -- and after it
    answer TEXT NOT NULL,                   -- the Answer object
    passages TEXT NOT NULL,                 -- [{"id", "ref", "sha256"}]
    prompt TEXT,                            -- the sha256 of what a language model was sent
    version TEXT NOT NULL,                  -- of this program
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX turn_session ON turn (session, id);
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A line and what was answered. `before` and `after`: what the talk knew, for `Conversation.take_up`."""

    folder: str
    asked: str
    line: str
    options: dict[str, Any]
    answer: dict[str, Any]
    passages: Sequence[dict[str, Any]]
    version: str
    session: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    prompt: str | None = None
    undone: bool = False
    id: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that `qa log --json` prints."""
        names = ("id", "session", "folder", "asked", "line", "options", "answer", "passages", "prompt", "version")
        return {**{name: getattr(self, name) for name in names}, "undone": self.undone}


@dataclass(frozen=True, slots=True)
class Session:
    """A talk that was kept: its name, how many lines it has, when the last one was asked, and the first line."""

    name: str
    turns: int
    last: str
    first_line: str
    folder: str


def log_file() -> Path | None:
    """Where the log is; None for a user who has no folder for it."""
    folder = state_folder()
    return None if folder is None else folder / FILE


class Log:
    """An open log. Every row is on the disk when `add` returns; several processes may write. Raises LogError."""

    def __init__(self, file: Path) -> None:
        """Make the file if need be, for its user alone."""
        self.file = file
        with self._translated():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            if os.name == "posix" and file.stat().st_mode & 0o077:
                file.chmod(0o600)
            self._db = sqlite3.connect(file, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(f"BEGIN IMMEDIATE; {_made_once()} PRAGMA user_version = {_VERSION}; COMMIT;")
        if version > _VERSION:
            self.close()
            raise LogError(f"{file} is of a newer article-qa; update this one, or use --no-log")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # ---- turns -----------------------------------------------------------------------------------------------------

    def add(self, turn: Turn) -> int:
        """Keep a turn; its id."""
        values = [getattr(turn, name) for name in _COLUMNS]
        held = [value if isinstance(value, (str, int)) or value is None else _json(value) for value in values]
        with self._translated():
            added = self._db.execute(
                f"INSERT INTO turn ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(held))})", held
            )
        assert added.lastrowid is not None
        return added.lastrowid

    def begin(self, turn: Turn) -> tuple[int, str]:
        """Keep the first turn of a session, which is named after its line; its id and that name."""
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")  # of two that begin at once each has a name of its own
            try:
                name = self.new_name(turn.line)
                added = self.add(replace(turn, session=name))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
        return added, name

    def turn(self, turn_id: int) -> Turn | None:
        """The turn with this id."""
        return next(iter(self._turns("WHERE id = ?", turn_id)), None)

    def recent(self, count: int, words: Sequence[str] = ()) -> list[Turn]:
        """The last turns, the latest last; those in whose line or answer all `words` stand."""
        where = " AND ".join(["(line LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\')"] * len(words)) or "1"
        patterns = [_like(word) for word in words for _ in range(2)]
        return self._turns(f"WHERE {where} ORDER BY id DESC LIMIT ?", *patterns, count)[::-1]

    def undo(self, turn_id: int) -> None:
        """Note that a turn was taken back; it is no part of its session any more."""
        with self._translated():
            self._db.execute("UPDATE turn SET undone = 1 WHERE id = ?", (turn_id,))

    # ---- sessions --------------------------------------------------------------------------------------------------

    def session(self, name: str) -> list[Turn]:
        """The turns of a session, in order, without those that were taken back."""
        return self._turns("WHERE session = ? AND NOT undone ORDER BY id", name)

    def sessions(self, folder: str | None = None, words: Sequence[str] = ()) -> list[Session]:
        """The sessions, the latest first: those about the index in `folder`, with all `words` in their lines."""
        where = ["session IS NOT NULL", "NOT undone", *(["folder = ?"] if folder is not None else [])]
        having = ["group_concat(session || ' ' || line, ' ') LIKE ? ESCAPE '\\'"] * len(words)
        values = [*([folder] if folder is not None else []), *map(_like, words)]
        query = (
            "SELECT session, count(*), max(asked), (SELECT line FROM turn AS first WHERE first.session = turn.session"
            f" AND NOT first.undone ORDER BY id LIMIT 1), folder FROM turn WHERE {' AND '.join(where)}"
            f" GROUP BY session{' HAVING ' if having else ''}{' AND '.join(having)} ORDER BY max(id) DESC"
        )
        with self._translated():
            return [Session(*row) for row in self._db.execute(query, values)]

    def new_name(self, line: str) -> str:
        """A name that no session has, of the words of a line.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, Log(Path(folder) / FILE) as log:
        ...     log.new_name("How many troops were authorized in October?")
        'how-many-troops-were-authorized'
        """
        name = "-".join(re.findall(r"\w+", line.lower())[:5])[:60] or "talk"
        with self._translated():
            taken = {held for (held,) in self._db.execute("SELECT DISTINCT session FROM turn")}
        numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
        return next(one for one in (name, *numbered) if one not in taken)

    def delete(self, session: str) -> int:
        """Delete a session; how many lines it had."""
        with self._translated():
            return self._db.execute("DELETE FROM turn WHERE session = ?", (session,)).rowcount

    def clear(self) -> int:
        """Delete everything; how many lines there were."""
        with self._translated():
            count = self._db.execute("DELETE FROM turn").rowcount
            self._db.execute("VACUUM")
        return count

    # ---- SQLite ----------------------------------------------------------------------------------------------------

    def _turns(self, where: str, *values: Any) -> list[Turn]:
        with self._translated():
            rows = self._db.execute(f"SELECT {', '.join((*_COLUMNS, 'undone', 'id'))} FROM turn {where}", values)
            return [_turn(row) for row in rows]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise LogError(f"{self.file}: {why}; nothing more is kept (qa log --clear begins it anew)") from error


_COLUMNS = (
    "session", "folder", "asked", "line", "options", "before", "after", "answer", "passages", "prompt", "version",
)  # fmt: skip
_AS_JSON = ("options", "before", "after", "answer", "passages")


def _made_once() -> str:
    return _SCHEMA.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS").replace(
        "CREATE INDEX", "CREATE INDEX IF NOT EXISTS"
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def _turn(row: Sequence[Any]) -> Turn:
    held = dict(zip((*_COLUMNS, "undone", "id"), row, strict=True))
    held |= {name: json.loads(held[name]) for name in _AS_JSON if held[name] is not None}
    return Turn(**{**held, "undone": bool(held["undone"])})


def _like(word: str) -> str:
    return "%" + re.sub(r"([%_\\])", r"\\\1", word) + "%"


# ---- answers, put in and taken out -----------------------------------------------------------------------------------


def turn_of(line: str, answer: Answer, folder: Path, filters: Filters, constraints: bool, **held: Any) -> Turn:
    """A line and its answer as they are kept; `held`: `version` and other fields of Turn."""
    given = {
        "article": filters.article_ids,
        "outlet": filters.outlets,
        "not_outlet": filters.not_outlets,
        "author": filters.authors,
        "since": filters.since,
        "until": filters.until,
    }
    return Turn(
        folder=str(folder.resolve()),
        asked=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        line=line,
        options={
            "filters": {name: list(of) if isinstance(of, tuple) else of for name, of in given.items() if of},
            "constraints": constraints,
        },
        answer=answer.to_json(),
        passages=passages_of(answer),
        prompt=prompts_hash(answer),
        **held,
    )


def prompts_hash(answer: Answer) -> str | None:
    """The sha256 of what a language model was sent for an answer; None if none was asked."""
    return _sha256("\n".join(answer.prompts)) if answer.prompts else None


def passages_of(answer: Answer) -> list[dict[str, Any]]:
    """The passages of an answer as they are kept: by id, with the sha256 of their text."""
    return [{"id": one.passage_id, "ref": one.ref, "sha256": _sha256(one.text)} for one in answer.passages]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def answer_of(held: dict[str, Any]) -> Answer:
    """The answer that an Answer object tells of, without its passages, its scope, and how sure it seemed.

    Raises ValueError, KeyError or TypeError for an object that is none.
    """
    refusal = held["refusal"]
    return Answer(
        question=held["question"],
        passages=(),
        searched=Searched(**held["searched"]),
        statements=tuple(Statement(**{**one, "citations": tuple(one["citations"])}) for one in held["statements"]),
        citations=tuple(map(citation_of, held["citations"])),
        refusal=refusal
        and Refusal(
            refusal["reason"],
            tuple(refusal["absent"]),
            tuple(refusal["similar"]),
            tuple(map(citation_of, refusal["leads"])),
        ),
        act=held["act"],
        understood=held["understood"],
        reply=held["answer"] if not held["statements"] else None,
        method=held["method"],
        model=held["model"],
        confidence=held["confidence"],
        score=held["score"],
        struck=tuple(Struck(**one) for one in held["struck"]),
        unanswered=tuple(held["unanswered"]),
        more=held["more"],
        outside=held["outside"],
        earlier=tuple(Earlier(one["text"], tuple(one["citations"])) for one in held["earlier"]),
        articles=tuple(Listed(**one) for one in held["articles"]),
        count=held["count"],
        choices=tuple(Choice(**one) for one in held["choices"]),
        timings_ms=held["timings_ms"],
    )


def citation_of(held: dict[str, Any]) -> Citation:
    """The citation that an object of "citations" tells of."""
    span = held["span"]
    fields = {name: value for name, value in held.items() if name != "other_places"}
    copies = held.get("other_places", ())  # an older version told of none
    return Citation(
        **{
            **fields,
            "copies": tuple(Copy(one["path"], Place(**(one["place"] or {}))) for one in copies),
            "place": Place(**(held["place"] or {})),
            "also": tuple(Elsewhere(**one) for one in held["also"]),
            "span": None if span is None else (span[0], span[1]),
        }
    )
