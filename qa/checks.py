"""Pure checks of a question against what was found: which of its names, numbers and rare words stand nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from qa.question import Question


def absent(
    question: Question,
    texts: Iterable[str],
    stems: Callable[[str], Iterable[str]],
    is_rare: Callable[[str], bool],
) -> tuple[str, ...]:
    """The names, numbers and rare words of the question that stand in none of `texts`, as the question writes them.

    A name is there if any of its words is, in any form that `stems` folds into one: "Mattis" for "James Mattis".
    A common word may be said in another way, so it need not be there.
    """
    texts = list(texts)
    words = {stem for text in texts for stem in stems(text)}
    numbers = {_plain(number) for text in texts for number in re.findall(r"\d+(?:[.,]\d+)*", text)}
    missing = [name for name in question.names if words.isdisjoint(stems(name))]
    missing += [
        number for number in question.numbers if _plain(number) not in numbers and number not in " ".join(missing)
    ]
    said = {word for name in question.names for word in name.split()}
    rare = (word for word in question.words if word.isalpha() and word not in said and is_rare(word))
    missing += [word for word in rare if words.isdisjoint(stems(word))]
    return tuple(missing)


def _plain(number: str) -> str:
    """ "4,000" and "4000" are one number."""
    return number.replace(",", "")
