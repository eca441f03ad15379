"""What a talk is about, as its articles write it, and what a line names of it or beside it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.search import Query
from index.text import stems
from qa.conversation.state import State
from qa.language.browse import content_words, subject_of
from qa.language.checks import absent
from qa.language.followup import completed, first_pronoun
from qa.language.names import Question
from qa.language.places import ARTICLE, is_of_these, named_article, place_in
from qa.language.quantities import dates
from qa.language.recased import recased, written_large

if TYPE_CHECKING:
    from index.filters import Filters
    from qa.assistant import Assistant

NAME_WORDS = 5
"""Words of the longest answer that may be a name."""

TITLE = 50
"""Characters of a title that says what a line is about."""

NAMED_IN = 8
"""In how many passages with a word is looked whether it is a name."""

_WHO = re.compile(r"\b(?:who|whom|whose|which|what)\b", re.IGNORECASE)
_POINTING = re.compile(
    r"^(?:this|that|these|those|it|him|her|them|his|their|its|the (?:same|case|story|man|woman))\b",
    re.IGNORECASE,
)


def points(subject: str) -> bool:
    """Whether the subject of a line is what the talk is about."""
    return _POINTING.match(subject) is not None


class Subject:
    """What the talk of this state is about, as it stands in the assistant's index."""

    def __init__(self, assistant: Assistant, state: State) -> None:
        self._assistant = assistant
        self._state = state

    def texts(self) -> list[str]:
        """What the talk's articles say, each with its title."""
        with self._assistant.snapshot.view() as view:
            articles = [view.catalog.article(article_id) for article_id in self._state.topic]
        return [f"{one.title}\n{one.text}" for one in articles if one]

    def told(self) -> str:
        """What the talk is about, to be shown: its latest name, else how the title of its article begins; or ""."""
        if name := self.name():
            return name
        with self._assistant.snapshot.view() as view:
            article = view.catalog.article(self._state.topic[0]) if self._state.topic else None
        return textwrap.shorten(article.title, TITLE, placeholder=" …") if article is not None else ""

    def name(self) -> str:
        """The latest name of the talk that its articles have, as they write it; no day; "" without one."""
        if not self._state.earlier:
            return ""
        texts = self.texts()
        large = written_large(texts)
        for asked, said in reversed(self._state.earlier):
            asked = recased(asked, large)
            who = said if said and len(said.split()) <= NAME_WORDS and _WHO.search(asked) else ""
            names = Question(f"so {who}").names
            days = {name for name, _ in dates(f"{asked} {who}")}
            found = [name for name in (*Question(asked).names, *names) if name not in days]
            missing = absent(Question(f"so {', '.join(found)}"), texts) if found else ()
            if found := [name for name in found if name not in missing]:
                return found[-1]
        return ""

    def article_meant(self, text: str, filters: Filters) -> str | None:
        """The article that a line means: by its number, by what it is about, or the one that was shown last."""
        listed = self._state.listed or self._state.topic
        subject = subject_of(text)
        words = [word for word in content_words(subject) if word.lower() not in ARTICLE]
        if (place := place_in(text)) is not None and listed and not words:
            return listed[place - 1 if place > 0 else place] if abs(place) <= len(listed) else None
        if words and not points(subject):
            if len(listed) > 1 and is_of_these(text):
                among = replace(filters, article_ids=tuple(listed))
                ranked = self._assistant.search(" ".join(words), filters=among, constraints=False).passages
                return ranked[0].article_id if ranked else None
            return self._assistant.which(" ".join(words), filters)
        if named := named_article(text):
            return self._assistant.which(named, filters)
        return next(iter(self._state.topic or listed), None)

    def completed(self, text: str) -> str | None:
        """The question before about what an elliptical line names: "and Milne?"; not about what only others name."""
        before = self._state.earlier[-1][0] if self._state.earlier else ""
        if not before or completed(text, before) is None or self.names_another(text):
            return None
        return completed(text, recased(before, written_large(self.texts())))

    def says_nothing(self, text: str) -> bool:
        """Whether a line has words for what it is about, none for what was before, and no article has any: "asdfgh"."""
        words = content_words(text) if first_pronoun(text) is None else []
        with self._assistant.snapshot.view() as view:
            return bool(words) and not any(view.is_written(word.lower()) for word in words)

    def names_another(self, text: str) -> bool:
        """Whether a question names what the talk's articles do not, and takes nothing from before."""
        question, texts = Question(text), self.texts()
        pronoun = first_pronoun(text)
        if (place := self._new_name(text, texts)) is not None and (pronoun is None or place < pronoun):
            return True  # "what about Silver, is he stepping down?"
        if not question.names or pronoun is not None:
            return False
        if set(question.names) <= set(absent(question, texts)):
            return True
        whole = [name for name in question.names if " " in name and not any(name in one for one in texts)]
        with self._assistant.snapshot.view() as view:
            return any(view.mentions(name).articles for name in whole)  # someone else of that last name

    def _new_name(self, text: str, texts: Sequence[str]) -> int | None:
        """Where a question has a name, however typed, that these texts lack: a word that others mostly write large."""
        there = {stem for one in texts for stem in stems(one)}
        words = [word for word in content_words(text) if len(word) > 2 and not there.issuperset(stems(word))]
        if not words or not texts:
            return None
        with self._assistant.snapshot.view() as view:
            found = view.candidates(Query(" ".join(words), None)).hits[:NAMED_IN]
        large = written_large(hit.passage.text for hit in found)
        return next((text.find(word) for word in words if word.lower() in large), None)
