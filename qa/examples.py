"""Things to ask of a collection, made of what its newest articles name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from index.stores.catalog import Catalog
from qa.language.names import find_names

EXAMPLES = 3
_LOOKED_AT = 12
_LEAD = 1_500
_FORMS = ("What is said about {}?", "Which articles mention {}?", "Summarize the article about {}.")


_OF_ANY = ("What are the newest articles?", "How many articles are there?")


def examples(catalog: Catalog) -> tuple[str, ...]:
    """Up to three things to ask."""
    return (*examples_of(leads(catalog)), *_OF_ANY)[:EXAMPLES]


def leads(catalog: Catalog) -> list[str]:
    """How the newest articles begin."""
    newest = [facts.id for facts in islice(catalog.facts(None), _LOOKED_AT)]
    return [article.text[:_LEAD] for article in map(catalog.article, newest) if article is not None]


def examples_of(leads: Sequence[str]) -> tuple[str, ...]:
    """Things to ask of articles that begin so, each about somebody or something that one of them names.

    >>> examples_of(["In Lima, Bo Ek said so. Mr. Ek left.", "It rained."])
    ('What is said about Bo Ek?',)
    """
    names: list[str] = []
    for lead in leads:
        of_two = [
            name
            for name, _ in find_names(lead)
            if 2 <= len(name.split()) <= 3
            and name.isascii()
            and not name.isupper()
            and name.split()[-1] in _again(lead)
        ]
        names += [name for name in of_two[:1] if name not in names]
    return tuple(form.format(name) for form, name in zip(_FORMS, names, strict=False))


def _again(text: str) -> set[str]:
    """The words that a text has more than once."""
    return {word for word, count in Counter(re.findall(r"\w+", text)).items() if count > 1}
