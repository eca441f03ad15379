"""The command calibrate: confidence and threshold fitted to one's own questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import UsageError
from qa.terminal.commands.common import IndexOption, JsonOption, emit, errors, named_index, note

if TYPE_CHECKING:
    from qa.evaluate.abstention import RiskCoverage
    from qa.evaluate.calibration import Fitted, Outcome
    from qa.evaluate.scores import Row
    from qa.reading.confidence import Confidence


def calibrate(
    gold: Annotated[
        list[Path] | None, typer.Argument(metavar="GOLD", help="Gold answers, as qa eval takes them.")
    ] = None,
    index: IndexOption = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to what is shipped.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit confidence, and the threshold below which it refuses, to your own questions about the index."""
    with errors():
        from qa.evaluate import calibration
        from qa.reading.confidence import CALIBRATION, load

        if reset == bool(gold):
            raise UsageError("gold answers or --reset; type, for instance: qa calibrate seeds/questions.jsonl")
        folder = named_index(index)
        if reset:
            (folder / CALIBRATION).unlink(missing_ok=True)
            note("the shipped confidence and threshold are in use")
            return
        from qa.models.shipped import WEIGHTS

        shipped = load(WEIGHTS)
        rows = _ask(gold or [], folder, shipped)
        outcomes = [
            calibration.Outcome(
                row.id,
                row.prediction.score if row.prediction.answer is not None else None,
                row.right and row.prediction.answer is not None,
                bool(row.gold),
            )
            for row in rows
        ]
        fitted = calibration.fit(outcomes, shipped)
        file = calibration.keep(fitted, folder, WEIGHTS, len(rows))
        _show(rows, outcomes, shipped, fitted, file, as_json)


def _ask(gold: Sequence[Path], folder: Path, shipped: Confidence) -> list[Row]:
    """Every question with the answer it would get if none were refused for its confidence."""
    from qa.assistant import Assistant
    from qa.evaluate.formats import load
    from qa.evaluate.gold import join
    from qa.evaluate.run import Plan, evaluate
    from qa.evaluate.systems import AssistantSystem
    from qa.terminal.commands.evaluate import check_packages

    check_packages("qa calibrate")
    questions = join([load(path, False) for path in gold])
    for bad in questions.bad:
        note(f"left out: {bad}")
    with Assistant(folder, note, confidence=replace(shipped, threshold=0.0)) as assistant:
        assistant.warm_up()
        run = evaluate(questions, AssistantSystem(assistant, "search"), Plan({}, {}), None)
    for row in run.errors[:5]:
        note(f"failed: {row.id}: {row.prediction.error}")
    return [row for row in run.rows if row.gold is not None and not row.prediction.missing]


def _show(
    rows: Sequence[Row],
    outcomes: Sequence[Outcome],
    shipped: Confidence,
    fitted: Fitted,
    file: Path,
    as_json: bool,
) -> None:
    import numpy as np

    from qa.evaluate.abstention import risk_coverage

    after = replace(shipped, calibration=fitted.calibration, threshold=fitted.threshold)
    scored = [one for one in outcomes if one.score is not None]
    curve = risk_coverage(
        np.array([one.score for one in scored], dtype=float), np.array([one.right for one in scored]), len(outcomes)
    )
    wrong = [found for row, one in zip(rows, outcomes, strict=True) if (found := _wrong(row, one, after)) is not None]
    if as_json:
        emit(
            {
                "schema": 1,
                "n": len(rows),
                "threshold": {"before": shipped.threshold, "after": fitted.threshold},
                **asdict(fitted.calibration),
                "figures": {"before": asdict(fitted.before), "after": asdict(fitted.after)},
                "auroc_right": fitted.auroc,
                "risk_coverage": [[c, r] for c, r in zip(curve.coverage, curve.risk, strict=True)],
                "wrong": wrong,
                "file": str(file),
            }
        )
        return
    print("\n".join([*_table(fitted, shipped, len(rows)), "", *_curve(curve, scored, shipped, after), ""]))
    print(f"Not right as fitted: {len(wrong)} of {len(rows)} questions" + (":" if wrong else "."))
    for one in wrong:
        print(f"  {one['id']}: {one['question']}\n      {one['said']}; gold: {one['gold']}")
    note(f"kept in {file}, and in use from now on; qa calibrate --reset goes back")


def _wrong(row: Row, one: Outcome, judge: Confidence) -> dict[str, Any] | None:
    """How a question comes out if that is not right."""
    from qa.terminal.style import clean

    confidence = None if one.score is None else judge.probability(one.score)
    given = confidence is not None and confidence >= judge.threshold
    if one.right if given else not one.answerable:
        return None
    answer = clean(row.prediction.answer or "", keep_lines=False)
    if given:
        said = f"answered “{answer}” ({confidence:.2f} sure)"
    elif confidence is not None:
        said = f"refused; it would say “{answer}” ({confidence:.2f} sure)"
    else:
        said = f"refused ({row.prediction.refusal})"
    return {
        "id": row.id,
        "question": clean(row.question, keep_lines=False),
        "said": said,
        "gold": clean(row.gold[0], keep_lines=False) if row.gold else "no answer",
        "confidence": confidence,
    }


def _table(fitted: Fitted, shipped: Confidence, n: int) -> list[str]:
    rows = [
        ("threshold", shipped.threshold, fitted.threshold),
        ("right (answers, and refusals of what has none)", fitted.before.right, fitted.after.right),
        ("answered", fitted.before.answered, fitted.after.answered),
        ("answered, and wrong", fitted.before.wrong, fitted.after.wrong),
        ("expected calibration error", fitted.before.ece, fitted.after.ece),
    ]
    head = f"{f'{n} questions, cross-validated':48s} shipped   fitted"
    return [head, "-" * len(head), *(f"{name:48s} {before:7.3f}  {after:7.3f}" for name, before, after in rows)]


def _curve(curve: RiskCoverage, scored: Sequence[Outcome], shipped: Confidence, after: Confidence) -> list[str]:
    """The risk-coverage curve, a bar for each tenth of the questions; where each threshold cuts it."""

    def cut(judge: Confidence) -> int:
        return sum(one.score is not None and judge.probability(one.score) >= judge.threshold for one in scored)

    cuts = {cut(shipped): ["shipped"]}
    cuts.setdefault(cut(after), []).append("fitted")
    n = len(curve.coverage)
    shown = sorted({*(round(n * tenth / 10) for tenth in range(1, 11)), *cuts} - {0})
    lines = ["Surest answers first: how many of those given are wrong, the more are given"]
    for count in shown:
        risk = curve.risk[count - 1]
        mark = f"  <- {' and '.join(cuts[count])} threshold" if count in cuts else ""
        line = f"{curve.coverage[count - 1]:6.0%} answered {risk:5.0%} wrong  {'#' * round(40 * risk)}{mark}"
        lines.append(line.rstrip())
    return lines
