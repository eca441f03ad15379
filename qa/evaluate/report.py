"""A run or a comparison as a table for the terminal, and a run as CSV. Pure: text in, text out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.evaluate.compare import Comparison
from qa.evaluate.results import by_kind, turn_parts
from qa.evaluate.run import Run, interval_json
from qa.evaluate.scores import METRICS, Metric, Row

if TYPE_CHECKING:
    from qa.evaluate.statistics import Interval

_UNICODE = "_unicode"
_FLIPS = 10
Table = list[tuple[str, ...]]


def run_text(run: Run) -> str:
    """The whole report: metrics by group with their 95 % intervals, types of questions, times."""
    parts = [_headline(run)]
    metrics = run.results.metrics
    for group in dict.fromkeys(metric.group for metric in METRICS.values()):
        of_group = [m for m in METRICS.values() if m.group == group and m.name in metrics]
        if of_group:
            parts.append(_columns(_answers(metrics) if group == "answers" else _group(of_group, metrics)))
    if len(run.results.kinds) > 1 or run.results.parts:
        parts.append(_columns(_kinds(run)))
    if run.times:
        parts.append(_columns(_times(run)))
    return "\n\n".join(parts) + "\n"


def _headline(run: Run) -> str:
    facts = [counted(run.rows)]
    unanswerable = sum(row.gold == () for row in run.rows)
    if unanswerable:
        facts.append(f"{unanswerable:,} unanswerable")
    missing = sum(row.prediction.missing for row in run.rows) - len(run.errors)
    for count, what in ((missing, "without a prediction"), (len(run.errors), "failed"), (run.left_out, "left out")):
        if count:
            facts.append(f"{count:,} {what}")
    over = ", over dialogues" if any(row.turn for row in run.rows) else ""
    return f"{run.plan.settings['name']}: {', '.join(facts)}. In brackets: 95 % bootstrap intervals{over}."


def counted(rows: Sequence[Row]) -> str:
    """How many questions a run has, or how many turns of how many dialogues."""
    dialogues = {row.talk for row in rows if row.turn}
    turns = sum(row.turn is not None for row in rows)
    parts = [f"{turns:,} turns of {len(dialogues):,} dialogues"] if turns else []
    if len(rows) > turns:
        parts.append(f"{len(rows) - turns:,} questions")
    return ", ".join(parts)


def _answers(metrics: dict[str, Interval]) -> Table:
    """The two normalisations side by side, then what has only one."""
    rows: Table = [("answers", "as SQuAD", "", "Unicode", "", "n")]
    for metric in METRICS.values():
        if metric.group != "answers" or metric.name.endswith(_UNICODE) or metric.name not in metrics:
            continue
        found = metrics[metric.name]
        twin = metrics.get(metric.name + _UNICODE)
        second = (_number(twin.value, metric), _interval(twin, metric)) if twin else ("", "")
        rows.append((metric.label, _number(found.value, metric), _interval(found, metric), *second, f"{found.n:,}"))
    return rows


def _group(of_group: Sequence[Metric], metrics: dict[str, Interval]) -> Table:
    rows: Table = [(of_group[0].group, "", "", "n")]
    for metric in of_group:
        found = metrics[metric.name]
        rows.append((metric.label, _number(found.value, metric), _interval(found, metric), f"{found.n:,}"))
    return rows


def _kinds(run: Run) -> Table:
    """A line for each kind of question or turn, then for the turns taken together otherwise."""
    heads = by_kind(run.rows)
    results = run.results
    shown = [name for name in heads if any(name in metrics for metrics in results.kinds.values())]
    title = "kinds of turns" if results.parts else "types of questions"
    rows: Table = [(title, *(heads[name] for name in shown), "n")]
    parts = turn_parts(run.rows)
    counts = {kind: sum(row.kind == kind for row in run.rows) for kind in results.kinds}
    for kind, metrics, n in (
        *((kind, metrics, counts[kind]) for kind, metrics in results.kinds.items()),
        *((part, metrics, len(parts[part])) for part, metrics in results.parts.items()),
    ):
        cells = (f"{metrics[name].value:.3f}" if name in metrics else "-" for name in shown)
        rows.append((kind, *cells, f"{n:,}"))
    return rows


def _times(run: Run) -> Table:
    rows: Table = [("milliseconds", "p50", "", "p95", "", "n")]
    for stage, found in run.times.items():
        cells = (cell for at in ("p50", "p95") for cell in (f"{found[at].value:.1f}", _ends(found[at], 1)))
        rows.append((stage, *cells, f"{found['p50'].n:,}"))
    return rows


def comparison_text(found: Comparison, names: tuple[str, str]) -> str:
    """The differences, second run minus first, and the flips both ways."""
    head = [f"A {names[0]}", f"B {names[1]}", f"{found.questions:,} questions in both."]
    only = [f"{count:,} only in {run}" for run, count in (("A", found.only_first), ("B", found.only_second)) if count]
    if only:
        head[-1] += f" Not compared: {', '.join(only)}."
    rows: Table = [("metric", "A", "B", "B - A", "95 % interval", "p", "n")]
    for name, metric in METRICS.items():
        if name in found.metrics:
            one = found.metrics[name]
            p = "" if one.p is None else "<.001" if one.p < 0.001 else f"{one.p:.3f}"
            change = one.difference
            cells = (_number(one.first, metric), _number(one.second, metric), f"{change.value:+.{_decimals(metric)}f}")
            rows.append((name, *cells, _interval(change, metric), p, f"{change.n:,}"))
    parts = ["\n".join(head), _columns(rows)]
    for title, pairs in (("wrong in A, right in B", found.gained), ("right in A, wrong in B", found.lost)):
        lines = [f"{title}: {len(pairs):,}"] + [_flip(a, b) for a, b in pairs[:_FLIPS]]
        if len(pairs) > _FLIPS:
            lines.append(f"  ... and {len(pairs) - _FLIPS:,} more (--json lists all)")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _flip(a: Row, b: Row) -> str:
    said = [_shown(row.prediction.answer) for row in (a, b)]
    gold = _shown(a.gold[0]) if a.gold else "no answer"
    return f"  {a.id}: {_shown(a.question)}\n      A: {said[0]}   B: {said[1]}   gold: {gold}"


def _shown(text: str | None, width: int = 70) -> str:
    """Text from anywhere, as one short line without control characters."""
    if text is None:
        return "(refused)"
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
    return line if len(line) <= width else line[: width - 3] + "..."


def run_csv(run: Run) -> str:
    """section,metric,statistic,value,low,high,n: metrics, types of questions, times in milliseconds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("section", "metric", "statistic", "value", "low", "high", "n"))

    def write(section: str, metric: str, statistic: str, value: Interval) -> None:
        writer.writerow((section, metric, statistic, *interval_json(value).values()))

    for name, value in run.results.metrics.items():
        write("metrics", name, "mean" if name not in ("auroc", "auroc_right", "aurc", "ece") else "value", value)
    for kind, metrics in run.results.kinds.items():
        for name, value in metrics.items():
            write(f"type {kind}", name, "mean", value)
    for part, metrics in run.results.parts.items():
        for name, value in metrics.items():
            write(f"turns: {part}", name, "mean", value)
    for stage, found in run.times.items():
        for at, value in found.items():
            write("times_ms", stage, at, value)
    return out.getvalue()


# ---- cells ---------------------------------------------------------------------------------------------------------


def _decimals(metric: Metric) -> int:
    return 3 if metric.unit == "share" else 0


def _number(value: float, metric: Metric) -> str:
    return f"{value:.{_decimals(metric)}f}" + ("" if metric.unit == "share" else f" {metric.unit}")


def _interval(value: Interval, metric: Metric) -> str:
    return _ends(value, _decimals(metric))


def _ends(value: Interval, decimals: int) -> str:
    if value.low is None or value.high is None:
        return ""
    return f"[{value.low:.{decimals}f}, {value.high:.{decimals}f}]"


def _columns(rows: Table) -> str:
    """Rows under their head: the first column flush left, the others flush right; empty columns left out."""
    used = [i for i in range(len(rows[0])) if i == 0 or any(row[i] for row in rows)]
    widths = {i: max(len(row[i]) for row in rows) for i in used}
    lines = [
        "  ".join(row[i].ljust(widths[i]) if i == 0 else row[i].rjust(widths[i]) for i in used).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
