"""Ask every question, keep each answer as it comes (so that a stopped run goes on), write the run folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qa
from index.errors import ArticleQAError, UsageError
from index.files import replace_text
from qa.evaluate.gold import GoldQuestion, GoldSet, resolve
from qa.evaluate.predictions import Prediction
from qa.evaluate.progress import Bar
from qa.evaluate.results import Results, results, stage_times
from qa.evaluate.scores import Row, score
from qa.evaluate.systems import System

if TYPE_CHECKING:
    from qa.evaluate.statistics import Interval

SCHEMA = 1
RUNS = "runs"
ROWS, REPORT, TIMES, TIME_REPORT = "run.jsonl", "run.json", "times.jsonl", "times.json"
_CURVE_POINTS = 100

Times = dict[str, dict[str, float]]
"""Milliseconds by stage, by question id."""


# ---- the run folder ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes two runs the same: the settings, and fingerprints of the gold, the index and the code."""

    settings: dict[str, Any]
    fingerprints: dict[str, Any]

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished evaluation. `folder` is None where none is kept; `times` by stage."""

    plan: Plan
    folder: Path | None
    rows: tuple[Row, ...]
    results: Results
    bad: tuple[str, ...]
    left_out: int
    times: dict[str, dict[str, Interval]]

    @property
    def errors(self) -> tuple[Row, ...]:
        """The questions to which the system could not say anything."""
        return tuple(row for row in self.rows if row.prediction.error)

    def to_json(self) -> dict[str, Any]:
        """run.json: everything but times."""
        curve = self.results.curve
        return {
            "schema": SCHEMA,
            "finished": True,
            **asdict(self.plan),
            "n": len(self.rows),
            "errors": len(self.errors),
            "missing": sum(row.prediction.missing for row in self.rows),
            "left_out": self.left_out,
            "bad_records": list(self.bad),
            "metrics": {name: interval_json(value) for name, value in self.results.metrics.items()},
            "types": _metrics_json(self.results.kinds),
            **({"parts": _metrics_json(self.results.parts)} if self.results.parts else {}),
            "ranked_by": self.results.ranked_by,
            "risk_coverage": [[round(c, 6), round(r, 6)] for c, r in thinned(curve.coverage, curve.risk)]
            if curve
            else [],
            "reliability": [asdict(found) for found in self.results.bins],
        }


def _metrics_json(groups: dict[str, dict[str, Interval]]) -> dict[str, dict[str, Any]]:
    return {group: {name: interval_json(value) for name, value in metrics.items()} for group, metrics in groups.items()}


def interval_json(value: Interval) -> dict[str, Any]:
    """{"value", "low", "high", "n"}, rounded to six decimals."""
    ends = {name: None if end is None else round(end, 6) for name, end in (("low", value.low), ("high", value.high))}
    return {"value": round(value.value, 6), **ends, "n": value.n}


def thinned(x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """At most about a hundred points of a curve, the last one always."""
    step = max(1, len(x) // _CURVE_POINTS)
    chosen = sorted({*range(0, len(x), step), len(x) - 1}) if x else []
    return [(x[number], y[number]) for number in chosen]


def code_fingerprint() -> str:
    """The sha256 of the program's sources, prompts and model manifests: what can change an answer or a score."""
    import index
    from qa.llm import prompts

    found = hashlib.sha256()
    roots = {"qa": Path(qa.__file__).parent, "index": Path(index.__file__).parent, "prompts": prompts.folder()}
    for name, root in roots.items():
        for file in sorted(root.rglob("*")):
            if file.suffix in (".py", ".txt", ".json", ".toml") and file.name != "tokenizer.json":
                found.update(f"{name}/{file.relative_to(root).as_posix()}\0".encode())
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


def choose_folder(out: Path | None, index_folder: Path | None, name: str, plan: Plan, resume: bool) -> Path | None:
    """Where the run goes: `out`, else INDEX/runs/NAME-DIGEST (-2, -3 ... where that is taken); None without either.

    With `resume` the folder of the last run of the same plan. Raises UsageError if `out` holds another run.
    """
    if out is not None:
        held = _plan_in(out)
        if held is not None and not resume:
            raise UsageError(f"{out} holds a run already; --resume goes on with it, or name another folder with --out")
        if held is not None and held != plan:
            raise UsageError(f"{out} holds a run of other settings, articles or code; name another folder with --out")
        return out
    if index_folder is None:
        return None
    first = index_folder / RUNS / f"{name}-{plan.digest()[:8]}"
    number, folder, last = 1, first, first
    while (folder / REPORT).exists():
        number, last, folder = number + 1, folder, folder.with_name(f"{first.name}-{number + 1}")
    return last if resume else folder


def _plan_in(folder: Path) -> Plan | None:
    try:
        held = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        return Plan(held["settings"], held["fingerprints"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_rows(folder: Path) -> list[Row]:
    """The rows of a run folder, a broken last line left out. Raises ArticleQAError if there are none to read."""
    try:
        lines = (folder / ROWS).read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleQAError(f"{folder}: no run in it ({ROWS}); qa eval GOLD --out {folder} makes one") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(Row.from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            if number < len(lines):
                raise ArticleQAError(f"{folder / ROWS}, line {number}: no row of a run; make the run again") from error
    return rows


def _read_times(folder: Path) -> Times:
    found: Times = {}
    with contextlib.suppress(OSError, ValueError, KeyError):
        for line in (folder / TIMES).read_text(encoding="utf-8").rstrip("\n").split("\n"):
            record = json.loads(line)
            found[record["id"]] = record["timings_ms"]
    return found


# ---- a run ---------------------------------------------------------------------------------------------------------


def evaluate(gold: GoldSet, system: System, plan: Plan, folder: Path | None, *, resume: bool = False) -> Run:
    """Ask every question of `gold`, in order, and write the run folder.

    Ctrl-C (KeyboardInterrupt) leaves in the folder what was answered; with `resume` those are not asked again, only
    those that failed, and a dialogue that is not whole from its first turn. run.jsonl and run.json hold no times: they
    go to times.jsonl and times.json.
    """
    done: dict[str, Row] = {}
    times: Times = {}
    left_out = 0
    if folder is not None:
        if resume and (folder / ROWS).exists():
            done = _kept(gold, read_rows(folder))
            times = {name: found for name, found in _read_times(folder).items() if name in done}
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / REPORT, {"schema": SCHEMA, "finished": False, **asdict(plan)})
            _write_lines(folder, list(done.values()), times)
    began = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    clock = time.perf_counter()
    with _appending(folder) as keep, Bar("answering", len(gold.questions), len(done)) as bar:
        for question in gold.questions:
            if question.id in done:
                continue
            row, took = _ask(resolve(question, system.own_name), system)
            if row is None:
                left_out += 1
            else:
                keep(row, took)
                done[row.id] = row
                if took:
                    times[row.id] = took
            bar.advance()
    rows = [done[question.id] for question in gold.questions if question.id in done]
    if not rows:
        raise ArticleQAError(f"{gold.name}: none of its questions has a passage of its own; leave out --passages")
    run = Run(
        plan=plan,
        folder=folder,
        rows=tuple(rows),
        results=results(rows),
        bad=tuple(str(bad) for bad in gold.bad),
        left_out=left_out,
        times=stage_times([times[row.id] for row in rows if row.id in times]),
    )
    if folder is not None:
        stages = {stage: {at: interval_json(v) for at, v in found.items()} for stage, found in run.times.items()}
        wall = round(time.perf_counter() - clock, 1)
        with _writing(folder):
            _write_lines(folder, rows, times)
            _write(folder / REPORT, run.to_json())
            _write(folder / TIME_REPORT, {"schema": SCHEMA, "began": began, "wall_s": wall, "stages_ms": stages})
    return run


def _kept(gold: GoldSet, rows: Sequence[Row]) -> dict[str, Row]:
    """The rows, by id, that need not be asked again: what was said later in a talk hangs on what was said before."""
    done = {row.id: row for row in rows if not row.prediction.error}
    broken = {question.talk for question in gold.questions if question.id not in done}
    return {name: row for name, row in done.items() if row.talk not in broken}


def _ask(question: GoldQuestion, system: System) -> tuple[Row | None, dict[str, float]]:
    try:
        said = system.predict(question)
    except ArticleQAError as error:
        said = Prediction(question.id, None, missing=True, error=str(error))
    if said is None:
        return None, {}
    row = score(question, said, system.text_of, cites=system.cites, ranks=system.ranks)
    # as it will be read again from the file: a run that was resumed gives the same figures as one that was not
    return Row.from_json(row.to_json()), said.timings_ms


@contextlib.contextmanager
def _appending(folder: Path | None) -> Iterator[Callable[[Row, dict[str, float]], None]]:
    if folder is None:
        yield lambda _row, _took: None
        return
    with (
        (folder / ROWS).open("a", encoding="utf-8", errors="replace") as rows,
        (folder / TIMES).open("a", encoding="utf-8", errors="replace") as times,
    ):

        def keep(row: Row, took: dict[str, float]) -> None:
            with _writing(folder):
                times.write(_time_line(row.id, took))
                times.flush()
                rows.write(_line(row.to_json()))
                rows.flush()

        yield keep


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What goes wrong while writing into the run folder, as one line."""
    try:
        yield
    except OSError as error:
        raise ArticleQAError(
            f"{folder}: cannot be written ({error.strerror}); name another folder with --out"
        ) from error


def _write_lines(folder: Path, rows: Sequence[Row], times: Times) -> None:
    # a gold file may hold half a surrogate pair
    replace_text(folder / ROWS, "".join(_line(row.to_json()) for row in rows), errors="replace")
    replace_text(folder / TIMES, "".join(_time_line(row.id, times.get(row.id, {})) for row in rows), errors="replace")


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _time_line(question_id: str, took: dict[str, float]) -> str:
    return _line({"id": question_id, "timings_ms": took})


def _write(path: Path, document: dict[str, Any]) -> None:
    replace_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n", errors="replace")
