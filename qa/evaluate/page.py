"""A run as one self-contained HTML page: figures, plots as inline SVG, and every question with what it cites."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

import qa
from qa.evaluate.gold import Turn
from qa.evaluate.predictions import Prediction, Quoted
from qa.evaluate.report import counted
from qa.evaluate.run import Run, thinned
from qa.evaluate.scores import METRICS, Metric, Row

if TYPE_CHECKING:
    from qa.evaluate.abstention import Bin, RiskCoverage
    from qa.evaluate.statistics import Interval

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 420, 280, 60, 44, 12, 14
_BAR, _MOST_TYPES = 24, 12


def page(run: Run) -> str:
    """The page; it loads nothing from anywhere."""
    template = Template(files("qa.evaluate").joinpath("page.html").read_text(encoding="utf-8"))
    settings = run.plan.settings
    facts = [counted(run.rows), str(settings["format"]), f"article-qa {qa.__version__}"]
    # as it stands in a script element, a "<" could end it
    data = json.dumps([_question(row) for row in run.rows], ensure_ascii=False).replace("<", "\\u003c")
    return template.substitute(
        title=escape(f"{settings['name']}: evaluation"),
        facts=escape(" · ".join(facts)),
        over="dialogues" if any(row.turn for row in run.rows) else "questions",
        listed="Dialogues" if any(row.turn for row in run.rows) else "Questions",
        settings=_settings(run),
        groups="".join(
            _group(group, run.results.metrics) for group in dict.fromkeys(m.group for m in METRICS.values())
        ),
        times=_times(run),
        plots=_plots(run),
        data=data,
    )


# ---- figures -------------------------------------------------------------------------------------------------------


def _group(group: str, metrics: dict[str, Interval]) -> str:
    rows = [
        _metric(metric, metrics[metric.name])
        for metric in METRICS.values()
        if metric.group == group and metric.name in metrics
    ]
    return _table(group, ("", "", "95 % interval", "n"), rows) if rows else ""


def _metric(metric: Metric, value: Interval) -> tuple[str, ...]:
    if metric.unit == "share":
        shown, decimals = f"{value.value:.3f}", 3
    else:
        shown, decimals = f"{value.value:.0f} {metric.unit}", 0
    return metric.label, shown, _ends(value, decimals), f"{value.n:,}"


def _times(run: Run) -> str:
    rows = [
        (stage, *(cell for value in found.values() for cell in (f"{value.value:.1f}", _ends(value, 1))))
        for stage, found in run.times.items()
    ]
    return _table("milliseconds", ("", "p50", "95 % interval", "p95", "95 % interval"), rows) if rows else ""


def _settings(run: Run) -> str:
    flat: dict[str, Any] = {**run.plan.settings}
    for name, value in run.plan.fingerprints.items():
        flat |= {f"{name} {part}": found for part, found in value.items()} if isinstance(value, dict) else {name: value}
    shown = {name: value for name, value in flat.items() if value not in (None, False)}
    return "".join(f"<tr><th>{escape(name)}</th><td>{escape(_shown(value))}</td></tr>" for name, value in shown.items())


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    shown = escape(caption[:1].upper() + caption[1:])
    table = f"<table><caption>{shown}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div>{table}</div>"


def _ends(value: Interval, decimals: int) -> str:
    return "" if value.low is None else f"[{value.low:.{decimals}f}, {value.high:.{decimals}f}]"


# ---- questions -----------------------------------------------------------------------------------------------------


def _question(row: Row) -> dict[str, Any]:
    """What the page's script shows of a question."""
    said = row.prediction
    if said.missing:
        verdict = "failed"
    elif not row.judged:
        verdict = "not judged"
    else:
        verdict = ("right" if row.right else "wrong") + (", refused" if said.answer is None else "")
    return {
        "id": row.id,
        **({} if row.turn is None else _turn(row.turn, said)),
        "question": row.question,
        "kind": row.kind,
        "verdict": verdict,
        "answerable": bool(row.gold) if row.gold is not None else None,
        "answer": said.answer,
        "note": said.error or said.refusal,
        "gold": list(dict.fromkeys(row.gold or ())),
        "f1": row.scores.get("f1_unicode"),
        "sure": ["confidence", said.confidence] if said.confidence is not None else ["score", said.score],
        "citations": [_citation(citation) for citation in said.citations],
        "relevant": list(row.gold_articles),
    }


def _turn(turn: Turn, said: Prediction) -> dict[str, Any]:
    """What the page shows of a turn as part of a talk."""
    replies = turn.reply if said.reply in (None, turn.reply) else f"{said.reply}, wanted: {turn.reply}"
    return {"dialogue": turn.dialogue, "turn": turn.number, "understood": said.understood, "reply": replies}


def _citation(citation: Quoted) -> dict[str, Any]:
    """A quote in its passage, cut here: Python counts characters, a browser counts UTF-16 units."""
    before = after = ""
    if citation.around is not None and citation.start is not None and citation.around_start is not None:
        start = citation.start - citation.around_start
        before, after = citation.around[:start], citation.around[start + len(citation.text) :]
    place = "" if citation.start is None else f":{citation.start}-{citation.end}"
    return {
        "ref": f"{citation.article_id or ''}{place}",
        "title": citation.title,
        "before": before,
        "quote": citation.text,
        "after": after,
    }


# ---- plots ---------------------------------------------------------------------------------------------------------


def _plots(run: Run) -> str:
    results = run.results
    plots = []
    if results.curve is not None:
        by = "confidence" if results.ranked_by == "confidence" else "raw score"
        plots.append(("Risk and coverage", f"answers ordered by {by}", _risk_coverage(results.curve)))
    if results.bins:
        plots.append(
            ("Calibration", "dots: as many answers each; line: as confident as right", _calibration(results.bins))
        )
    names = ("right",) if results.parts else ("f1_unicode", "article_hits@5")
    name = next((n for n in names if n in results.metrics), None)
    if name is not None:
        note = f"{METRICS[name].label}, with 95 % intervals"
        kinds = {kind: found[name] for kind, found in results.kinds.items() if name in found}
        plots.append(("Score by type of question", note, _by_type(kinds)))
    return "".join(
        f"<figure><figcaption>{escape(title)} <small>{escape(note)}</small></figcaption>{svg}</figure>"
        for title, note, svg in plots
    )


def _x(value: float) -> float:
    return round(_LEFT + value * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float) -> float:
    return round(_HEIGHT - _BOTTOM - value * (_HEIGHT - _BOTTOM - _TOP), 1)


def _unit_square(inside: str, x_label: str, y_label: str) -> str:
    """A plot of two shares, each from 0 to 1."""
    ticks = []
    for value in (0, 0.25, 0.5, 0.75, 1):
        ticks.append(f'<path class="grid" d="M{_x(value)} {_y(0)}V{_y(1)}M{_x(0)} {_y(value)}H{_x(1)}"/>')
        ticks.append(f'<text x="{_x(value)}" y="{_y(0) + 16}" text-anchor="middle">{value:g}</text>')
        ticks.append(f'<text x="{_x(0) - 6}" y="{_y(value) + 4}" text-anchor="end">{value:g}</text>')
    middle = (_y(0) + _y(1)) / 2
    labels = (
        f'<text x="{_x(0.5)}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text transform="rotate(-90 14 {middle})" x="14" y="{middle}" text-anchor="middle">{escape(y_label)}</text>'
    )
    return _svg(_HEIGHT, f"{x_label} against {y_label}", "".join(ticks) + labels + inside)


def _svg(height: int, label: str, inside: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">{inside}</svg>'


def _risk_coverage(curve: RiskCoverage) -> str:
    points = " ".join(f"{_x(coverage)},{_y(risk)}" for coverage, risk in thinned(curve.coverage, curve.risk))
    end = f'<circle class="mark" cx="{_x(curve.coverage[-1])}" cy="{_y(curve.risk[-1])}" r="3.5"/>'
    return _unit_square(
        f'<polyline class="line" points="{points}"/>{end}', "share of questions answered", "share of those wrong"
    )


def _calibration(bins: Sequence[Bin]) -> str:
    marks = "".join(
        f'<circle class="mark" cx="{_x(b.confidence)}" cy="{_y(b.right)}" r="3.5">'
        f"<title>{b.count} answers, confidence {b.confidence:.2f}, right {b.right:.2f}</title></circle>"
        for b in bins
    )
    diagonal = f'<path class="diagonal" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    return _unit_square(diagonal + marks, "confidence", "share right")


def _by_type(kinds: dict[str, Interval]) -> str:
    """Horizontal bars, the most frequent types first."""
    shown = sorted(kinds.items(), key=lambda item: (-item[1].n, item[0]))[:_MOST_TYPES]
    left, right = 150, _WIDTH - 48
    height = _BAR * len(shown) + 30

    def x(value: float) -> float:
        return round(left + value * (right - left), 1)

    parts = []
    for value in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path class="grid" d="M{x(value)} 4V{height - 24}"/>')
        parts.append(f'<text x="{x(value)}" y="{height - 8}" text-anchor="middle">{value:g}</text>')
    for number, (kind, found) in enumerate(shown):
        top = 6 + number * _BAR
        middle = top + _BAR / 2 - 2
        parts.append(f'<text x="{left - 8}" y="{middle + 4}" text-anchor="end">{escape(kind)} ({found.n:,})</text>')
        parts.append(
            f'<rect class="bar" x="{left}" y="{top}" width="{x(found.value) - left:.1f}" height="{_BAR - 6}"/>'
        )
        if found.low is not None and found.high is not None:
            parts.append(f'<path class="whisker" d="M{x(found.low)} {middle}H{x(found.high)}"/>')
        parts.append(f'<text x="{right + 8}" y="{middle + 4}">{found.value:.2f}</text>')
    return _svg(height, "score by type of question", "".join(parts))
