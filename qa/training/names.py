"""Names, numbers, places and negations in a question, found by their shape: what made negatives change.

No tagger: a name is a run of capitalised words that does not merely begin the sentence. Its shape (how many words,
in capitals or not, what stands before it) is what a stand-in must share: "in Canada" becomes "in Norway" and
"the Senate" becomes "the Bundestag", and "Canada" never "Barack Obama".
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from qa.language.vocabulary import ARTICLES, AUXILIARIES, QUESTION_WORDS

NAME = re.compile(r"\b[A-Z][\w'’.-]*(?:\s+(?:(?:of|the|de|van|von|al)\s+)?[A-Z][\w'’-]*)*\b")
NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w-])|(?<![\w.,-])\d+(?:\.\d+)?(?![\w-])")
PLACE_WORDS = frozenset({"in", "at", "from", "near", "to", "into", "across", "outside"})
NEGATED = [*(verb for verb in AUXILIARIES if verb != "am"), "could", "would", "should"]  # which take "n't" as they are
NO_NAME = frozenset(
    """I Can Will In On At For From To Of By With During After Before And But Or If Since While It He She They We You
    This That These Those There Name According""".split()
).union(word.title() for word in (*QUESTION_WORDS, *ARTICLES, *NEGATED))

# Pairs of opposites; each is changed into the other.
OPPOSITES = """
    largest/smallest biggest/smallest highest/lowest most/least more/fewer first/last oldest/youngest
    longest/shortest before/after above/below inside/outside increase/decrease increased/decreased rise/fall
    rose/fell north/south east/west northern/southern eastern/western won/lost win/lose best/worst earliest/latest
    maximum/minimum allowed/banned support/oppose supported/opposed begin/end began/ended start/stop started/stopped
    majority/minority male/female import/export cheaper/dearer larger/smaller higher/lower earlier/later
    like/dislike liked/disliked love/hate loved/hated good/bad accept/reject accepted/rejected internal/external
    legal/illegal possible/impossible
"""
OPPOSITE = {a: b for pair in OPPOSITES.split() for a, b in (pair.split("/"), pair.split("/")[::-1])}
AUXILIARY = re.compile(rf"(?<!n't )(?<!not )\b({'|'.join(NEGATED)})\b(?!\s*n[o']t)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A name or number: `text == source[start:end]`; two of the same shape can stand for each other."""

    text: str
    start: int
    end: int
    shape: tuple[object, ...]


def find_names(text: str) -> list[Found]:
    """Runs of capitalised words, question words and sentence beginnings left out.

    >>> [n.text for n in find_names("How many troops did Barack Obama send to Iraq?")]
    ['Barack Obama', 'Iraq']
    """
    found = []
    for match in NAME.finditer(text):
        begin, name = match.start(), match.group()
        while (words := name.split(maxsplit=1)) and words[0] in NO_NAME:
            rest = words[1] if len(words) > 1 else ""
            begin, name = begin + len(name) - len(rest), rest
        name = re.sub(r"(?:['’]s?|[.-])$", "", name)
        opening = not text[:begin].strip() or text[:begin].rstrip()[-1:] in ".!?"
        if len(name) < 2 or (opening and " " not in name and not name.isupper()):
            continue
        found.append(Found(name, begin, begin + len(name), _shape_of_name(name, text[:begin])))
    return found


def _shape_of_name(name: str, before: str) -> tuple[object, ...]:
    previous = (re.findall(r"[\w']+\s*$", before) or [""])[0].strip().lower()
    context = "place" if previous in PLACE_WORDS else "the" if previous == "the" else "other"
    return ("name", min(len(name.split()), 3), name.isupper(), context)


def find_numbers(text: str) -> list[Found]:
    """Numbers in digits; years are a shape of their own.

    >>> [(n.text, n.shape) for n in find_numbers("the 4,000 troops of 2017")]
    [('4,000', ('number', 4, True)), ('2017', ('year',))]
    """
    found = []
    for match in NUMBER.finditer(text):
        number = match.group()
        year = re.fullmatch(r"1[0-9]\d\d|20\d\d", number) is not None
        shape = ("year",) if year else ("number", sum(c.isdigit() for c in number), "," in number)
        found.append(Found(number, match.start(), match.end(), shape))
    return found


def names_something(question: str) -> bool:
    """Whether the question holds a name or a number, so that a passage about something else cannot answer it."""
    return bool(find_names(question) or find_numbers(question))


class Pool:
    """Names and numbers of a collection by shape, each once, in order of first appearance."""

    def __init__(self, texts: Iterable[str]) -> None:
        shapes: defaultdict[tuple[object, ...], dict[str, None]] = defaultdict(dict)
        for text in texts:
            for found in (*find_names(text), *find_numbers(text)):
                shapes[found.shape].setdefault(found.text)
        self._by_shape = {shape: tuple(texts) for shape, texts in shapes.items()}

    def stand_in(self, found: Found, absent_from: str, rng: random.Random) -> str | None:
        """Another text of the same shape no word of which stands in `absent_from`; None if 20 draws find none."""
        options = self._by_shape.get(found.shape, ())
        haystack = absent_from.lower()
        own = set(found.text.lower().split())
        for _ in range(20 if options else 0):
            option = rng.choice(options)
            words = option.lower().split()
            known = option.lower() in haystack or any(w in haystack for w in words if len(w) > 3 or w[0].isdigit())
            if not known and not own & set(words):
                return option
        return None


def negate(question: str, rng: random.Random) -> str | None:
    """The question with one word turned into its opposite, or else its auxiliary negated; None if neither is there.

    A yes/no question is not negated: it would still have its answer.

    >>> negate("What did Canada send?", random.Random(0))
    "What didn't Canada send?"
    """
    words = [m for m in re.finditer(r"[a-z]+", question) if m.group() in OPPOSITE]
    if words:
        match = rng.choice(words)
        return question[: match.start()] + OPPOSITE[match.group()] + question[match.end() :]
    if (auxiliary := AUXILIARY.search(question)) and auxiliary.start() > 0:
        return question[: auxiliary.end()] + "n't" + question[auxiliary.end() :]
    return None
