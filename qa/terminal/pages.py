"""Pure: passages, whole articles and checks of the index as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.types import Article
from qa.reading.explain import ordinal
from qa.terminal.render import also_text, copies_text, scope_text
from qa.terminal.style import PLAIN, Style, clean, lines_of, marked, wrap
from qa.types import Explanation, Found, Rank, RankedPassage

if TYPE_CHECKING:
    from index.doctor import Check


def found_text(found: Found, style: Style = PLAIN, k: int | None = None) -> str:
    """The `k` best passages and to what the question was put."""
    blocks = [passages_text(found.passages[:k], style) if found.passages else "No passage found."]
    if found.explanations:
        pairs = zip(found.passages[:k], found.explanations, strict=False)
        blocks = [f"{passages_text([passage], style)}\n{explanation_text(why, style)}" for passage, why in pairs]
    if found.scope:
        blocks.append(lines_of(scope_text(found.scope), style, style.dim))
    return "\n\n".join(block for block in blocks if block)


def explanation_text(explanation: Explanation, style: Style = PLAIN) -> str:
    """How a passage came to its rank, a line for each stage."""

    def said(place: Rank | None) -> str:
        return f"{ordinal(place.rank)}, score {place.score:.3f}" if place else "not found"

    fits = ", ".join(f"“{words}”" for words in explanation.fits)
    bonus = f", {explanation.bonus:.1f} of it for {fits}" if explanation.bonus else ""
    missing = f"; not there: {', '.join(explanation.missing)}" if explanation.missing else ""
    rows = {
        "matches": (", ".join(explanation.matched) or "no word of the question") + missing,
        "BM25": said(explanation.bm25),
        "vectors": said(explanation.vectors),
        "fused": said(explanation.first_stage) + bonus,
        "ranker": said(explanation.cross_encoder) if explanation.cross_encoder else "not ranked",
        "why": explanation.why,
    }
    lines = []
    for name, text in rows.items():
        lines += wrap(clean(text, keep_lines=False), style, f"   {name:<9}", " " * 12).split("\n")
    return "\n".join(style.dim(line) for line in lines)


def passages_text(passages: Sequence[RankedPassage], style: Style = PLAIN) -> str:
    """Ranked passages: rank, score and REF, then the text."""
    blocks = []
    for passage in passages:
        head = clean(f"{passage.ref} · score {passage.score:.3f}")
        lines = [lines_of(head, style, style.dim, "   ", f"{passage.rank}. ")]
        lines.append(wrap(clean(passage.text), style, "   ", "   "))
        lines += [lines_of(also_text(passage.also), style, style.dim, "   ")] if passage.also else []
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def article_text(
    article: Article,
    span: tuple[int, int] | None,
    path: str,
    ref: str,
    others: Sequence[str] = (),
    near: Sequence[str] = (),
    style: Style = PLAIN,
) -> str:
    """A whole article under its title, `span` highlighted.

    `others`: its other files, with the place in each; `near`: near-duplicates' ids.
    """
    file = article.place.within(path)
    facts = " · ".join(part for part in (article.outlet, article.author, article.published, article.url, file) if part)
    lines = [f"{ref} · {facts}"]
    lines += [copies_text(others)] if others else []
    lines += [f"nearly the same: {', '.join(near)}"] if near else []
    title, *about = (clean(line, keep_lines=False) for line in (article.title, *lines))
    head = [lines_of(title, style, style.bold), *(lines_of(line, style, style.dim) for line in about)]
    return "\n".join([*head, "", marked(article.text, span, style)])


def context_text(
    article: Article, span: tuple[int, int], sentences: Sequence[tuple[int, int]], style: Style = PLAIN
) -> str:
    """The sentences around `span`, which is highlighted: whole ones, some `_AROUND` characters before and after."""
    start = min([span[0], *(first for first, _ in sentences if span[0] - _AROUND <= first < span[0])])
    end = max([span[1], *(last for _, last in sentences if span[1] < last <= span[1] + _AROUND)])
    return marked(article.text[start:end], (span[0] - start, span[1] - start), style)


_AROUND = 500


def check_text(check: Check, style: Style = PLAIN) -> str:
    """One part of the index that was checked: whether it is whole, what was counted, then a line for each finding."""
    verdict = style.dim("ok   ") if check.is_whole else style.bold("FAULT")
    counts = " · ".join(f"{what.replace('_', ' ')} {count:,}" for what, count in check.counts.items())
    lines = [f"{verdict}  {style.bold(f'{check.name:<8}')}  {style.dim(counts)}".rstrip()]
    for finding in check.findings:
        mark = "!" if finding.is_fault else "-"
        lines.append(wrap(clean(finding.message, keep_lines=False), style, f"       {mark} ", "         "))
    return "\n".join(lines)
