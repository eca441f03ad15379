"""Pure: how an answer was found, stage by stage, as text."""

from __future__ import annotations

from qa.terminal.pages import explanation_text, passages_text
from qa.terminal.render import scope_text
from qa.terminal.style import Style, clean, lines_of
from qa.types import Answer, Found

SHOWN = 3


def why_text(answer: Answer, found: Found, style: Style) -> str:
    """How a question was taken, which passages came first and why, how the decision fell, and how long it took.

    `found`: the same question searched again, with explanations.
    """
    rows = [("asked", clean(answer.question, keep_lines=False))]
    if answer.understood:
        rows.append(("taken as", clean(answer.understood, keep_lines=False)))
    count = answer.searched.articles
    rows.append(("searched", f"{count:,} article{'s' * (count != 1)}"))
    if answer.scope:
        rows.append(("scope", scope_text(answer.scope)))
    rows.append(("read by", answer.model or "the shipped model" if answer.method else "nothing: no passage was found"))
    rows.append(("decided", _decided(answer)))
    if answer.refusal is not None and answer.refusal.absent:
        rows.append(("absent", clean(", ".join(answer.refusal.absent), keep_lines=False)))
    rows += [("struck", clean(f"“{one.text}”: {one.reason}", keep_lines=False)) for one in answer.struck]
    took = ", ".join(f"{stage} {ms:,.0f} ms" for stage, ms in answer.timings_ms.items())
    rows += [("took", took)] if took else []
    head = [lines_of(text, style, str, " " * 10, f"{name:<10}") for name, text in rows]
    pairs = list(zip(found.passages[:SHOWN], found.explanations, strict=False))
    shown = [f"{passages_text([passage], style)}\n{explanation_text(why, style)}" for passage, why in pairs]
    return "\n\n".join(["\n".join(head), *shown])


def _decided(answer: Answer) -> str:
    if answer.confidence is None:
        return "answered" if answer.found else "refused"
    verdict = "answered" if answer.found else "refused"
    score = f", score {answer.score:.2f}" if answer.score is not None else ""
    return f"{verdict}; {answer.confidence:.0%} sure that the sentence answers{score}"
