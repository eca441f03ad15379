"""Names that were typed small, as texts write them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from qa.language.vocabulary import STOP_WORDS

_RUN = re.compile(r"(?<=[\w,;] )(?:[A-Z][^\W\d_]+(?: [A-Z][^\W\d_]*)*|[^\W\d_]{3,})")


def written_large(texts: Iterable[str]) -> dict[str, bool]:
    """The words, in small letters, that texts mostly write with a capital where no sentence begins; of each whether it
    also ends a name, as a last one does.

    >>> written_large(["We met Ann Roe. Mr. Roe, the Beat Up Squad and ann left."])
    {'roe': True, 'beat': False, 'squad': True}
    """
    written: Counter[str] = Counter()
    last: set[str] = set()
    for text in texts:
        for run in _RUN.findall(text):
            words = run.split()
            written.update(words)
            last.add(words[-1])
    return {
        word.lower(): word in last
        for word, count in written.items()
        if word[0].isupper() and count > written[word.lower()] and word.lower() not in STOP_WORDS
    }


def recased(question: str, large: Mapping[str, bool]) -> str:
    """The question with its names as texts write them (`written_large`): a last name, and what stands before one.

    >>> recased("did ann roe beat the squad?", written_large(["We met Ann Roe of the Beat Up Squad."]))
    'did Ann Roe beat the Squad?'
    """
    begins = -1  # of the name behind
    for match in reversed(list(re.finditer(r"\b[a-z]\w+", question))):
        word = match.group()
        if large.get(word) or (word in large and match.end() + 1 == begins):
            question = question[: match.start()] + word.capitalize() + question[match.end() :]
            begins = match.start()
    return question
