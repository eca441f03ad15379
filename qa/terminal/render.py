"""Pure: answers, passages and articles -> text for a terminal. Nothing here reads or prints."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from index.dates import published_between
from qa.language.days import days_meant
from qa.language.vocabulary import MONTHS, SHORT_MONTHS, STOP_WORDS, WEEKDAYS
from qa.terminal.style import PLAIN, Style, cells, clean, fit, lines_of, link, marked, short_title, wrap
from qa.types import (
    Answer,
    Citation,
    Constraint,
    Elsewhere,
    Listed,
    Refusal,
    Scope,
    Statement,
)

if TYPE_CHECKING:
    from index.types import Facts

_EXCERPT = 160
_COPIES = 3
_NONE: Mapping[str, str] = {}
_NOT_FOUND = "Not found in the articles"
_CHANGED = "The file no longer says this, or is gone: qa index, with --prune if gone."
_REASONS = {
    "no_passage": "nothing in the articles comes near the question",
    "no_span": "no passage says it",
    "low_confidence": "the nearest passages do not clearly say it",
    "constraint": "nothing fits the outlet or the dates",
    "no_article": "no article is about that",
    "no_subject": "the question does not say what it is about",
}


Links = Mapping[str, str]
"""Where the file of a quote leads, by the quote's REF."""


def prompts_text(answer: Answer) -> str:
    """What a language model was sent for an answer, one call after the other; "" if none was asked."""
    calls = [clean(prompt.strip()) for prompt in answer.prompts]
    if len(calls) < 2:
        return "".join(calls)
    return "\n\n".join(f"--- {number} of {len(calls)} ---\n{call}" for number, call in enumerate(calls, 1))


def answer_text(answer: Answer, style: Style = PLAIN, k: int = 3, links: Links = _NONE, told: int = 0) -> str:
    """An answer with its quotes and where they stand, or a refusal with the `k` nearest sentences.

    `told`: how many of its statements are on the screen already.
    """
    if answer.refusal is not None:
        return _refusal_text(answer, answer.refusal, style, k, links)
    if answer.act == "ask_back":
        return choices_text(answer, style)
    if answer.act == "talk":
        return lines_of(clean(answer.reply or ""), style)
    if answer.act == "articles":
        return articles_text(answer, style)
    if answer.act in ("summary", "more"):
        return summary_text(answer, style, links)
    blocks = [lines_of("In another article:", style, style.bold)] if answer.outside else []
    if not told and (said := _said(answer)):
        blocks.append(lines_of(clean(said), style, style.bold))
    quoted = {citation.marker: citation for citation in answer.citations}
    for one in answer.earlier:
        day = quoted[one.citations[0]].published or "in an older version"
        blocks.append(lines_of(clean(f"Earlier, {day}: {one.text} [{one.citations[0]}]"), style))
    if elsewhere := _from_elsewhere(answer):
        blocks.append(lines_of(elsewhere, style, style.dim))
    quotes = [citation_text(citation, style, links) for citation in answer.citations]
    sure = confidence_word(answer)
    if sure and quotes:
        quotes[0] = f"{lines_of(f'{sure[0].upper()}{sure[1:]}:', style, style.dim)}\n{quotes[0]}"
    blocks += quotes
    for struck in answer.struck:
        left_out = clean(f"Left out: “{struck.text}” ({struck.reason})", keep_lines=False)
        blocks.append(lines_of(left_out, style, style.dim))
    if answer.unanswered:
        blocks.append(lines_of(clean(f"Not found in the articles: {_listed(answer.unanswered)}"), style, style.bold))
    if answer.scope:
        blocks.append(lines_of(scope_text(answer.scope), style, style.dim))
    return "\n\n".join(blocks)


def choices_text(answer: Answer, style: Style = PLAIN) -> str:
    """Who may be meant, numbered."""
    lines = [lines_of("Who is meant?", style, style.bold)]
    for number, choice in enumerate(answer.choices, 1):
        lines.append(wrap(clean(choice.text, keep_lines=False), style, f"{number:>3}. ", "     "))
    return "\n".join([*lines, lines_of("A number or a name chooses.", style, style.dim)])


def taken_text(understood: str, style: Style = PLAIN) -> str:
    """How a question was taken, which is not as it was typed."""
    return lines_of(f"Taken as “{clean(understood, keep_lines=False)}”.", style, style.dim)


def statement_text(statement: Statement, style: Style = PLAIN) -> str:
    """A statement by itself, as it comes, with the marks of its quotes."""
    marks = "".join(f"[{marker}]" for marker in statement.citations)
    return lines_of(clean(f"{statement.text} {marks}"), style, style.bold)


SURE = 0.9
"""From which confidence on an answer is called sure: of such answers to questions about news .94 were right."""


def confidence_word(answer: Answer) -> str:
    """How sure an answer is that was read from articles: "sure", "likely" or "check it"; "" for others."""
    if answer.act != "question" or answer.method is None or not answer.found:
        return ""
    if answer.confidence is None:
        return "check it" if answer.model else ""  # who says so is no guess
    if answer.unsure:
        return f"check it ({answer.confidence:.0%})"
    return "sure" if answer.confidence >= SURE else "likely"


def _said(answer: Answer) -> str:
    """What stands above the quotes: all that is said but for sentences, which the quotes are; "" for nothing else.

    Where several things are said, each has the marks of its quotes.
    """
    said = [statement for statement in answer.statements if statement.kind != "sentence"]
    if len(answer.statements) == 1 or not said:
        return "".join(statement.text for statement in said)
    several_places = len({statement.citations for statement in answer.statements}) > 1
    marks = ("".join(f"[{marker}]" for marker in one.citations) for one in said)
    texts = [f"{one.text} {mark}" if several_places else one.text for one, mark in zip(said, marks, strict=True)]
    return "; ".join(texts) + (", perhaps more" if answer.more else "")


def _from_elsewhere(answer: Answer) -> str:
    """That what is cited is not of the outlets, or of the last days, that the question names; "" where it is."""
    preferred = [one for one in answer.scope.recognised if one.effect == "preferred"]
    meant = sorted({name for one in preferred for name in one.outlets})
    told = []
    outlets = {outlet for one in answer.citations for outlet in (one.outlet, *(other.outlet for other in one.also))}
    if meant and outlets.isdisjoint(meant):
        told.append(f"in {_listed(meant)}")
    days = [one for one in preferred if one.kind == "published" and not _CALENDAR.search(one.text)]
    published = [citation.published for citation in answer.citations]
    if days and not any(published_between(day, one.since, one.until) for day in published for one in days):
        told.append(f"in articles {range_text(days[0].since, days[0].until)}")
    return clean(f"Not found {' and not '.join(told)}; elsewhere it says:", keep_lines=False) if told else ""


_CALENDAR = re.compile(rf"\d|\b(?:{'|'.join((*WEEKDAYS, *MONTHS, *SHORT_MONTHS))})\b", re.IGNORECASE)
"""What may be the day of what happened, and not that of its article."""

LISTED = 10
"""How many articles of a list a screen shows."""


def articles_text(answer: Answer, style: Style = PLAIN) -> str:
    """A list of articles: how many there are, then title, outlet and date of each, and the sentence that matches."""
    blocks = [lines_of(clean(answer.reply or ""), style, style.bold)]
    quotes = {citation.marker: citation for citation in answer.citations}
    for number, listed in enumerate(answer.articles[:LISTED], 1):
        facts = " · ".join([*facts_of(listed), listed.id])
        lines = [wrap(short_title(listed.title), style, f"{number:>3}. ", "     ")]
        lines.append(lines_of(clean(facts, keep_lines=False), style, style.dim, "     "))
        if listed.citation is not None:
            quote = clean(quotes[listed.citation].quote, keep_lines=False)
            if quote.rstrip(".") not in listed.title:
                excerpt = textwrap.shorten(quote, 2 * _EXCERPT, placeholder=" …")
                lines.append(wrap(excerpt if quote[0] in '“"' else f"“{excerpt}”", style, "     ", "     "))
        blocks.append("\n".join(lines))
    if (left := len(answer.articles) - LISTED) > 0:
        blocks.append(lines_of(f"and {left:,} more: qa articles WORDS lists them.", style, style.dim))
    return "\n\n".join(blocks)


def summary_text(answer: Answer, style: Style = PLAIN, links: Links = _NONE) -> str:
    """A summary: title, outlet and date of its article, then each sentence with its REF."""
    if answer.refusal is not None:
        return _refusal_text(answer, answer.refusal, style, 0, links)
    first = answer.citations[0]
    file = link(clean(first.place.within(first.path), keep_lines=False), links.get(first.ref), style)
    facts = [clean(fact, keep_lines=False) for fact in facts_of(first)]
    title = link(clean(first.title, keep_lines=False), _uri(first.url), style)
    head = [lines_of(title, style, style.bold), lines_of(" · ".join([*facts, file]), style, style.dim)]
    head += [style.dim(clean(first.url, keep_lines=False))] if first.url and not (style.linked or style.in_chat) else []
    head += [lines_of(_CHANGED, style, style.bold)] if any(citation.changed for citation in answer.citations) else []
    blocks = ["\n".join(head)]
    for citation in answer.citations:
        quote = wrap(clean(citation.quote), style, f"[{citation.marker}] ", "    ")
        ref = "" if style.in_chat else f"\n    {style.dim(clean(citation.ref, keep_lines=False))}"
        blocks.append(quote + ref)
    return ("\n" if style.in_chat else "\n\n").join(blocks)


def citation_text(citation: Citation, style: Style = PLAIN, links: Links = _NONE, *, ref: bool | None = None) -> str:
    """A quote, the answer in it highlighted, and its source; with `ref`, or outside of a chat, its REF."""
    span = citation.span
    inner = (span[0] - citation.start, span[1] - citation.start) if span else None
    quote = marked(citation.quote, inner, style, indent="    ", first=f"[{citation.marker}] ")
    has_ref = not style.in_chat if ref is None else ref
    lines = [quote, lines_of(source_text(citation, style, links, ref=has_ref), style, style.dim, "    ")]
    if days := days_meant(citation.quote, citation.published):
        meant = "; ".join(f"{words}: {day}" for words, day in days)
        lines.append(lines_of(clean(meant, keep_lines=False), style, style.dim, "    "))
    if citation.url and has_ref and not style.linked:
        lines.append(f"    {style.dim(clean(citation.url, keep_lines=False))}")  # a line of its own, so never broken
    if citation.also:
        lines.append(lines_of(also_text(citation.also), style, style.dim, "    "))
    if citation.copies:
        lines.append(lines_of(clean(copies_text([str(copy) for copy in citation.copies])), style, style.dim, "    "))
    if citation.changed:
        lines.append(lines_of(_CHANGED, style, style.bold, "    "))
    return "\n".join(lines)


def also_text(also: Sequence[Elsewhere]) -> str:
    """Where near-duplicates say the same."""
    return clean(f"also in: {', '.join(f'{one.ref} · {one.outlet}' if one.outlet else one.ref for one in also)}")


def copies_text(copies: Sequence[str]) -> str:
    """In which other files the article stands; of many the first.

    >>> copies_text(["a.txt", "a.pdf, page 2"]), copies_text(["a.txt", "b.txt", "c.txt", "d.txt"])
    ('also at: a.txt; a.pdf, page 2', 'also at: a.txt; b.txt; c.txt; 1 more')
    """
    more = [f"{len(copies) - _COPIES:,} more"] if len(copies) > _COPIES else []
    return f"also at: {'; '.join([*copies[:_COPIES], *more])}"


def source_text(citation: Citation, style: Style = PLAIN, links: Links = _NONE, *, ref: bool = True) -> str:
    """Where a quote stands: its REF, then title, outlet, date and file, as far as they are known.

    Where there can be links, the title leads to the URL and the file to itself. A title that is the first sentence of
    an article, and stands in the quote, is not told again.
    """
    file = link(clean(citation.place.within(citation.path), keep_lines=False), links.get(citation.ref), style)
    title = short_title(citation.title if citation.url else citation.heading)
    parts = [clean(citation.ref)] if ref else []
    parts += [link(title, _uri(citation.url), style)] if title else []
    parts += [clean(part, keep_lines=False) for part in facts_of(citation)]
    return " · ".join([*parts, file])


def facts_of(one: Citation | Listed | Facts) -> list[str]:
    """The outlet of an article and the day when it was published, as far as they are known."""
    return [fact for fact in (one.outlet, one.published and one.published[:10]) if fact]


def _uri(url: str | None) -> str | None:
    """A URL that a link may lead to; None for what is none, or could end the link's code."""
    return url if url and re.fullmatch(r"https?://[\x21-\x7e]+", url) else None


def scope_text(scope: Scope) -> str:
    """To what the question was put, by filters or by its own words.

    >>> from index.filters import Filters
    >>> scope_text(Scope(Filters(outlets=["The Hill"], since="2018-10-18"), undated=1))
    'outlet: The Hill; published since 2018-10-18 (1 undated article left out)'
    """
    given = scope.filters
    parts = [f"article: {', '.join(given.article_ids)}"] if given.article_ids is not None else []
    for what, names in (("outlet", given.outlets), ("not", given.not_outlets), ("author", given.authors)):
        parts += [f"{what}: {', '.join(names)}"] if names else []
    if given.dated:
        count = scope.undated
        left_out = f" ({count:,} undated article{'s' * (count != 1)} left out)" if count else ""
        parts.append(f"published {range_text(given.since, given.until)}{left_out}")
    understood = list(dict.fromkeys(constraint_text(constraint) for constraint in scope.recognised))
    if understood:
        said = "no article fits what the question says" if scope.unmet else "understood from the question"
        without = f" ({scope.undated:,} without a date)" if scope.unmet and scope.undated and not given.dated else ""
        parts.append(f"{said}: {'; '.join(understood)}{without}")
    return clean("; ".join(parts), keep_lines=False)


def constraint_text(constraint: Constraint) -> str:
    """What was recognised in the question, and whether it rules others out."""
    if constraint.effect == "excluded":
        return f"not: {', '.join(constraint.outlets)}"
    if constraint.kind == "outlet":
        what = f"outlet: {', '.join(constraint.outlets)}"
    else:
        days = range_text(constraint.since, constraint.until)
        what = f"published {days}" if constraint.text == days else f"published {days} (“{constraint.text}”)"
    return what if constraint.effect == "required" else f"{what}, preferred"


def range_text(since: str | None, until: str | None) -> str:
    """Two days (one of them may be open) as one says them.

    >>> range_text("2018-10-18", "2018-10-18"), range_text(None, "2018-10-25")
    ('2018-10-18', 'until 2018-10-25')
    """
    if since and until:
        return since if since == until else f"{since} to {until}"
    return f"since {since}" if since else f"until {until}"


def _refusal_text(answer: Answer, refusal: Refusal, style: Style, k: int, links: Links) -> str:
    if style.in_chat:
        return _short_refusal(answer, refusal, style)
    lines = [style.bold(_NOT_FOUND) + _refused(answer, refusal, style).removeprefix(_NOT_FOUND)]
    lines.append(wrap(_searched(answer), style, "", ""))
    if not k or refusal.reason == "no_subject":
        return "\n".join(lines)
    if refusal.leads:
        lines += ["", "What comes nearest:"]
        lines += [citation_text(lead, style, links) for lead in refusal.leads[:k]]
    elif answer.passages:
        lines += ["", "Nearest passages without that:" if answer.scope.unmet else "Nearest passages:"]
        for passage in answer.passages[:k]:
            excerpt = excerpt_of(clean(passage.text, keep_lines=False), answer.question)
            lines += [f"  {style.dim(clean(passage.ref))}", wrap(excerpt, style, "    ", "    ")]
            lines += [lines_of(also_text(passage.also), style, style.dim, "    ")] if passage.also else []
    return "\n".join(lines)


def _refused(answer: Answer, refusal: Refusal, style: Style) -> str:
    meant = f" Did you mean {_quoted(refusal.similar)}?" if refusal.similar else ""
    return wrap(f"{_NOT_FOUND}: {clean(_why(answer, refusal))}.{clean(meant)}", style, "", "")


def _searched(answer: Answer) -> str:
    count = answer.searched.articles
    where = scope_text(answer.scope) if answer.scope else ""
    return f"Searched: {count:,} article{'s' * (count != 1)}{f', {where}' if where else ''}."


_LINES = 6
"""How many a refusal takes in a chat."""


def _short_refusal(answer: Answer, refusal: Refusal, style: Style) -> str:
    """What is missing, and the nearest sentences, a line each."""
    told = f"{_refused(answer, refusal, PLAIN)} {_searched(answer)}"
    leads = refusal.leads if refusal.reason != "no_subject" else ()
    lines = wrap(told + (" Nearest:" if leads else ""), style, "", "").split("\n")
    if len(lines) > _LINES - bool(leads):
        lines = wrap(_refused(answer, refusal, PLAIN), style, "", "").split("\n")[: _LINES - bool(leads)]
    lines[0] = style.bold(_NOT_FOUND) + lines[0].removeprefix(_NOT_FOUND)
    for lead in leads[: min(_LINES - len(lines), 3)]:
        facts = ", ".join(facts_of(lead))
        about = f" ({clean(facts, keep_lines=False)})" if facts else ""
        number, width = f"[{lead.marker}] ", style.width or _EXCERPT
        if cells(about) > width // 2:
            about = ""
        quote = fit(clean(lead.quote, keep_lines=False), width - cells(number + about))
        lines.append(f"{number}{quote}{style.dim(about)}")
    return "\n".join(lines)


def _why(answer: Answer, refusal: Refusal) -> str:
    """Why there is no answer."""
    if not answer.searched.indexed:
        return "the index has none; qa index PATH adds some"
    if refusal.absent and refusal.reason == "no_article":
        return f"no article is about {_quoted(refusal.absent)}"
    if refusal.absent and refusal.reason != "no_subject":
        stand = "stands" if len(refusal.absent) == 1 else "stand"
        return f"{_quoted(refusal.absent)} {stand} in none of the passages found"
    if answer.act == "summary" and refusal.reason == "no_article":
        return "the list has no such place"
    return _REASONS[refusal.reason]


def excerpt_of(text: str, question: str) -> str:
    """The part of `text` that shares most words with the question: from the beginning of a sentence on.

    >>> excerpt_of("It rained. A storm closed the port. Ships waited.", "Which port did the storm close?")
    '… A storm closed the port. Ships waited.'
    """
    asked = _words(question) - STOP_WORDS
    starts = [0, *(match.end() for match in re.finditer(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]*[A-Z0-9])", text))]
    sentences = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    best = max(range(len(starts)), key=lambda i: (len(asked & _words(sentences[i])), -i))
    lead = "… " if best else ""
    return lead + textwrap.shorten(text[starts[best] :], _EXCERPT - len(lead), placeholder=" …")


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _quoted(names: Sequence[str]) -> str:
    return _listed([f"“{name}”" for name in names])


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
