"""People of one last name: whom of them a question may mean, and whom a line chooses.

Who is called what is told by the articles alone: a whole name is a run of capitalised words, and who has one is called
by its last word too. A word that the articles also write small ("president", "the") is no first name.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.language.vocabulary import ORDINALS, QUESTION_WORDS, STOP_WORDS, TITLES
from qa.types import Answer, Choice

if TYPE_CHECKING:
    from index.filters import Filters
    from index.types import Article
    from qa.assistant import Assistant

_WORD = re.compile(r"[^\W\d_]{3,}")
_OTHER = re.compile(r"\b(?:not (?:that|this)|(?:the )?other|another|wrong|different)\b", re.IGNORECASE)
_A_TITLE = "|".join(title.rstrip(".") for title in TITLES)
_PICKED = 6
"""Words of the longest line that is a choice by its place."""

NEAREST = 16
"""Among the articles of how many passages they are looked for: as many as are ranked by a question's whole model."""

_TITLE = 60
"""Characters of a title that says of whom a name is."""


@dataclass(frozen=True, slots=True)
class Namesake:
    """Someone whom articles call by a whole name; these name no one else so. `about`: what they say right behind it."""

    name: str
    about: str
    article_ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}, {self.about}" if self.about else self.name


@dataclass(frozen=True, slots=True)
class Meant:
    """Someone who may be meant, and the question that then is asked."""

    choice: Choice
    question: str


def may_be_meant(question: str, answer: Answer, assistant: Assistant, filters: Filters) -> tuple[Meant, ...]:
    """Whom the question may mean: those of one last name for each of whom the articles surely answer it, differently.

    `answer`: what it was answered with, among whose passages' articles they are looked for. Nothing where one alone may
    be meant, or what was answered stands in an article about none of them.
    """
    for last, people in namesakes(question, _articles(answer, assistant)):
        known = {article_id for one in people for article_id in one.article_ids}
        if answer.found and answer.citations[0].article_id not in known:
            continue
        said: dict[str, Meant] = {}
        for one in people:
            meant = _meant(question, last, one)
            among = replace(filters, article_ids=one.article_ids)
            reply = assistant.ask(meant.question, filters=among, constraints=False)
            if reply.found and not reply.unsure and reply.answer:
                said.setdefault(reply.answer.casefold(), meant)
        if len(said) > 1:
            return tuple(said.values())
    return ()


def others(line: str, before: str, answer: Answer, assistant: Assistant) -> Meant | None:
    """The question `before` put about someone else of the same name, where the line wants that: "not that Smith".

    `answer`: what it was answered with. None where the line does not, or it is not clear who that would be.
    """
    if not _OTHER.search(line):
        return None
    cited = {citation.article_id for citation in answer.citations}
    for last, people in namesakes(before, _articles(answer, assistant), in_full=True):
        left = [one for one in people if not cited & set(one.article_ids)]
        if last.lower() in line.lower() and len(left) == 1:
            return _meant(before, last, left[0])
    return None


def namesakes(
    question: str, articles: Sequence[Article], *, in_full: bool = False
) -> Iterator[tuple[str, list[Namesake]]]:
    """The words of the question that are the last name of several people of the articles, and these.

    A name that the question gives in full means one, and is left out, unless `in_full`. People who stand in one article
    together are not told apart.
    """
    words = list(dict.fromkeys(word for word in _WORD.findall(question) if word.lower() not in STOP_WORDS))
    if not words or len(articles) < 2:
        return
    written = Counter(word for article in articles for word in re.findall(r"[^\W\d_]{2,}", article.text))
    small = {word for word in written if word.islower()}
    for last in words:
        if written[last.lower()] >= written[last.capitalize()]:
            continue
        people: dict[str, list[tuple[Article, re.Match[str]]]] = {}
        for article in articles:
            found = {match["first"]: match for match in reversed(list(_whole(last).finditer(article.text)))}
            firsts = {first: match for first, match in found.items() if _is_first(first, small)}
            if len(firsts) == 1 and _is_called(last, article.text):
                (match,) = firsts.values()
                alike = (name for name in people if match[0].endswith(name) or name.endswith(match[0]))
                people.setdefault(next(alike, match[0]), []).append((article, match))  # "Mayor Ann Roe" is Ann Roe
        firsts_of = (name.split()[0] for name in people)
        named = any(re.search(rf"\b{re.escape(first)}\b", question, re.IGNORECASE) for first in firsts_of)
        if len(people) > 1 and (in_full or not named):
            yield (
                last,
                [
                    Namesake(held[0][1][0], _about(*held[0]), tuple(one.id for one, _ in held))
                    for held in people.values()
                ],
            )


def question_about(question: str, last: str, name: str) -> str:
    """The question with the whole name in the place of the last one, and of a title or other names before that.

    >>> question_about("How old is mr. roe?", "roe", "Ann Roe"), question_about("Who met Tom Roe?", "Roe", "Ann Roe")
    ('How old is Ann Roe?', 'Who met Ann Roe?')
    """
    before = rf"\b(?:(?:(?i:{_A_TITLE})\b\.?|[A-Z][\w’'-]+)\s+)*"
    first, *rest = question.split(" ", 1)  # whose capital means nothing
    replaced = re.sub(rf"{before}(?i:{re.escape(last)})\b", name, " ".join(rest), count=1)
    if rest and replaced != rest[0]:
        return f"{first} {replaced}"
    return re.sub(rf"(?i:{re.escape(last)})\b", name, question, count=1)


def chosen(line: str, meant: Sequence[Meant]) -> Meant | None:
    """Whom the line chooses, by a number or by a word that only one of them has; None for another question.

    >>> roes = [Meant(Choice("Ann Roe, a judge", "a"), "?"), Meant(Choice("Tom Roe, a senator", "b"), "?!")]
    >>> [one and one.question for line in ("the judge", "2", "tom", "Roe", "Who is a judge?")
    ...     for one in [chosen(line, roes)]]
    ['?', '?!', '?!', None, None]
    """
    words = [word.lower() for word in re.findall(r"\w+", line)]
    if not words or words[0] in QUESTION_WORDS:
        return None
    held = [{word.lower() for word in _WORD.findall(one.choice.text)} - STOP_WORDS for one in meant]
    by_word = [one for one, has in zip(meant, held, strict=True) if has & set(words)]
    if len(by_word) == 1:
        return by_word[0]
    places = [ORDINALS.get(word, int(word) if word.isdecimal() else 0) for word in words]
    named = [place for place in places if place]
    if len(words) > _PICKED or len(named) != 1:
        return None
    return meant[named[0] - 1] if named[0] <= len(meant) else None


def _meant(question: str, last: str, one: Namesake) -> Meant:
    return Meant(Choice(str(one), one.article_ids[0]), question_about(question, last, one.name))


def _articles(answer: Answer, assistant: Assistant) -> list[Article]:
    """Those of the passages that came nearest."""
    ids = dict.fromkeys(passage.article_id for passage in answer.passages[:NEAREST])
    with assistant.snapshot.view() as view:
        return [article for one in ids if (article := view.catalog.article(one)) is not None]


def _whole(last: str) -> re.Pattern[str]:
    first = r"(?P<first>[A-Z][\w’'-]+)(?: [A-Z][\w’'-]*\.?){0,2}?"
    return re.compile(rf"(?<![\w.’'-]){first} {re.escape(last[:1].upper())}{re.escape(last[1:])}\b(?![’'-]?\w| [A-Z])")


def _is_first(word: str, small: set[str]) -> bool:
    return word.lower() not in small and word.lower() not in STOP_WORDS and f"{word}." not in TITLES


def _is_called(last: str, text: str) -> bool:
    """Whether the text calls someone by that name alone, or with a title."""
    name = re.escape(last[:1].upper() + last[1:])
    before = [match[1] for match in re.finditer(rf"(?:^|(\S+)\s+){name}\b", text)]
    return any(not word or not word[0].isupper() or word.endswith((".", "”", "?", "!")) for word in before)


def _about(article: Article, match: re.Match[str]) -> str:
    """What stands in apposition behind a name, else the article's title."""
    behind = re.match(r", ((?:the|an?|his|her|its|their|who|\d) ?[^,.;()“”]{2,70})[,.;]", article.text[match.end() :])
    return behind[1] if behind else f"in “{textwrap.shorten(article.title, _TITLE, placeholder=' …')}”"
