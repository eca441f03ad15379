"""What is different in an answer that is given again, and why; which cited articles are not what they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from index.snapshot import View
from qa.log import Turn, prompts_hash
from qa.types import Answer


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What an Answer object says that the other does not, a line for each; empty if they say the same."""
    found = [
        f"{what}: {_shown(before[key])} -> {_shown(now[key])}"
        for key, what in (("answer", "answer"), ("act", "kind of reply"), ("understood", "taken as"))
        if before[key] != now[key]
    ]
    quotes = [[_place(one) for one in held["citations"]] for held in (before, now)]
    found += [f"no longer cited: {ref}" for ref in quotes[0] if ref not in quotes[1]]
    found += [f"now cited: {ref}" for ref in quotes[1] if ref not in quotes[0]]
    one, two = before["confidence"], now["confidence"]
    if (one is None) != (two is None) or (one is not None and abs(one - two) >= _FELT):
        found.append(f"confidence: {_shown(one)} -> {_shown(two)}")
    return found


_FELT = 0.005


def reasons(turn: Turn, now: Answer, version: str, view: View) -> list[str]:
    """What was otherwise when the turn was kept: the program, the model, the articles."""
    held = turn.answer
    found = [f"article-qa was {turn.version}, and is {version}"] if turn.version != version else []
    if held["model"] != now.model:
        found.append(f"the model was {held['model'] or 'the shipped one'}, and is {now.model or 'the shipped one'}")
    elif turn.prompt is not None and turn.prompt != prompts_hash(now):
        found.append("the language model was sent something else")
    counts = held["searched"]["indexed"], now.searched.indexed
    if counts[0] != counts[1]:
        found.append(f"the index had {counts[0]:,} articles, and has {counts[1]:,}")
    cited = held["citations"] + (held["refusal"] or {}).get("leads", [])
    found += [f"{title}: {what}" for title, what in changed_since(cited, turn.asked, view)]
    came = {one.article_id: one.title for one in now.citations}
    for article_id in came.keys() - {one["article_id"] for one in cited}:
        revisions = view.catalog.revisions(article_id)
        if revisions and _is_later(revisions[0].seen, turn.asked):
            found.append(f"{came[article_id]}: it came into the index since")
    if not found:
        then, ids = {one["id"]: one["sha256"] for one in turn.passages}, {one.passage_id for one in now.passages}
        if then.keys() != ids:
            found.append("other passages were found")
    if not found and now.model is not None:
        found.append(f"{now.model} chose or said otherwise")
    return found


def changed_since(citations: Iterable[dict[str, Any]], asked: str, view: View) -> Iterator[tuple[str, str]]:
    """The cited articles that are not what they were when they were cited: the title, and what became of each."""
    seen: set[str] = set()
    for one in citations:
        if one["article_id"] in seen:
            continue
        seen.add(one["article_id"])
        article = view.catalog.article(one["article_id"])
        if article is None:
            yield one["title"], "it is no longer in the index"
        elif article.text[one["start"] : one["end"]] != one["quote"]:
            yield one["title"], "it has changed, and the quote no longer stands there"
        elif _is_later(view.catalog.revisions(article.id)[-1].seen, asked):
            yield one["title"], "it has changed since, and the quote still stands there"


def _is_later(seen: str | None, asked: str) -> bool:
    return seen is not None and dt.datetime.fromisoformat(seen) > dt.datetime.fromisoformat(asked)


def _place(citation: dict[str, Any]) -> str:
    return f"{citation['article_id']}:{citation['start']}-{citation['end']}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0%}"
    return "nothing" if value is None else f"“{value}”"


def answers_line(held: dict[str, Any]) -> str:
    """What was answered, in one line."""
    if held["answer"]:
        return " ".join(held["answer"].split())
    return "not found" if held["act"] != "ask_back" else "asked back"


def told_of(turns: Sequence[Turn]) -> str:
    """When the last of the turns was asked, as a person reads it, in local time."""
    return dt.datetime.fromisoformat(turns[-1].asked).astimezone().strftime("%Y-%m-%d %H:%M")
