"""Whole names: where an article gives more of a name than a quote does. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Span
from qa.language.names import find_names
from qa.language.vocabulary import TITLES


@dataclass(frozen=True, slots=True)
class Named:
    """A sentence that gives a whole name, and the name in it; offsets into the article."""

    sentence: Span
    name: Span


def whole_name(answer: str, text: str, sentences: Sequence[Span]) -> Named | None:
    """Where an article first gives the whole of a name that the answer shortens; None if it does not, or nowhere.

    >>> text = "Then James Mattis left. Mr. Mattis was 68."
    >>> found = whole_name("Mr. Mattis", text, [(0, 23), (24, 42)])
    >>> text[slice(*found.name)]
    'James Mattis'
    """
    words = [word for word in answer.split() if word not in TITLES]
    if len(words) != 1 or not words[0][:1].isupper():
        return None
    last = words[0].strip(".,’'")
    title = "|".join(re.escape(one) for one in TITLES)
    pattern = re.compile(rf"(?<![\w.])(?!(?:{title}) )((?:[A-Z][\w.’'-]* ){{1,3}}){re.escape(last)}(?![\w’'-])")
    for start, end in sentences:
        for match in pattern.finditer(text, start, end):
            whole = match.group()
            if match.start() == start:  # its first word may be no name
                inner = next((name for name, _ in find_names(text[start:end]) if name.endswith(last)), "")
                whole = inner if " " in inner else whole
            return Named((start, end), (match.end() - len(whole), match.end()))
    return None
