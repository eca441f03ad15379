"""What the speaker of a line wants (an answer, more, a summary, articles, or just talk), and whether it needs the talk.

Two regressions over the line's vector (the question encoder's, which is loaded anyway), its words and its form;
`qa.training.acts` and `qa.training.leaning` fit them and write them beside the weights. Unsure means a question.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelError
from qa.language.names import Question
from qa.language.vocabulary import AUXILIARIES, MODALS, QUESTION_WORDS

if TYPE_CHECKING:
    import numpy as np

FILE = "acts.json"
LEANING = "leaning.json"
QUESTION = "question"
WANTS = (
    QUESTION,
    "source",
    "correction",
    "more",
    "summary",
    "about",
    "mentions",
    "newest",
    "all",
    "hello",
    "thanks",
    "help",
    "bye",
    "other",
)
"""What can be wanted. "source" and "correction" are questions too; "about" to "all" are articles, what follows talk."""

ARTICLES = frozenset(("about", "mentions", "newest", "all"))
TALK = frozenset(("hello", "thanks", "help", "bye", "other"))
ACTS: tuple[frozenset[str], ...] = (
    frozenset((QUESTION, "source", "correction")),
    frozenset(("more",)),
    frozenset(("summary",)),
    ARTICLES,
    TALK,
)
_WORD = re.compile(r"[a-z]+|\[?\d+\]?")
_NUMBER = re.compile(r"\[?\d+\]?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of `WANTS`, and how probable it is."""

    what: str
    probability: float


@dataclass(frozen=True, slots=True)
class Acts:
    """The fitted regressions, each with the words that it knows.

    `weights`: a row for each of `WANTS`, over `values_of`; `sure`: see `best_of`. `leaning`: such a row.
    """

    words: tuple[str, ...]
    weights: np.ndarray
    sure: float
    leaning_words: tuple[str, ...]
    leaning: np.ndarray

    @classmethod
    def load(cls, folder: Path) -> Acts:
        """Those beside the weights in `folder`. Raises ModelError if one is missing or broken."""
        import numpy as np

        try:
            held, leaning = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (FILE, LEANING))
            return cls(
                tuple(held["words"]),
                np.asarray([held["weights"][what] for what in WANTS], dtype=np.float32),
                float(held["sure"]),
                tuple(leaning["words"]),
                np.asarray(leaning["weights"], dtype=np.float32),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder}: what lines want cannot be read ({error}); install article-qa again") from error

    def of(self, line: str, vector: np.ndarray) -> Wanted:
        """What a line wants: of the most probable act the most probable; a question, unless that act is `sure`.

        `vector`: the line's, float32 [dim], by the encoder that the regression was fitted with.
        """
        import numpy as np

        if not set(words_of(line)) & set(self.words):  # nothing that it knows
            return Wanted(QUESTION, 1.0)
        logits = self.weights @ np.concatenate([vector, values_of(line, self.words)])
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best, probability = best_of(shares, self.sure)
        return Wanted(WANTS[best], probability)

    def leans(self, line: str, vector: np.ndarray) -> float:
        """The probability that a question needs what was said before it."""
        import numpy as np

        logit = self.leaning @ np.concatenate([vector, values_of(line, self.leaning_words)])
        return float(1 / (1 + np.exp(-logit)))


def best_of(shares: Sequence[float], sure: float) -> tuple[int, float]:
    """Which of `WANTS` is wanted, and how probable its act is. `shares`: how probable each is.

    Another act than a question has to be `sure` times as probable as that.
    """
    of_acts = [(sum(shares[WANTS.index(what)] for what in act), act) for act in ACTS]
    probability, act = max(of_acts, key=lambda one: one[0])
    if QUESTION not in act and probability < sure * of_acts[0][0]:
        return WANTS.index(QUESTION), float(of_acts[0][0])
    return max((WANTS.index(what) for what in act), key=lambda place: shares[place]), float(probability)


def values_of(line: str, words: Sequence[str]) -> list[float]:
    """The features of a line beside its vector: its form, which of `words` it has, and a constant."""
    found = words_of(line)
    there = {*found, *pairs_of(found)}
    first = found[0] if found else ""
    form = [
        math.log1p(len(found)),
        float(first in QUESTION_WORDS),
        float(first in AUXILIARIES or first in MODALS),
        float(line.rstrip().endswith("?")),
        float(bool(Question(f"so {line}").names)),
        float(len(found) == 1),
    ]
    return [*form, *(float(word in there) for word in words), 1.0]


def words_of(line: str) -> list[str]:
    """The words of a line in small letters; every number is "0".

    >>> words_of("Summarize [2], please!")
    ['summarize', '0', 'please']
    """
    plain = re.sub(r"['’](?=[a-z])", "", line.lower())
    return ["0" if _NUMBER.fullmatch(word) else word for word in _WORD.findall(plain)]


def pairs_of(words: Sequence[str]) -> list[str]:
    """Every two words that follow each other, the ends of the line as words too.

    >>> pairs_of(["tell", "me"])
    ['^ tell', 'tell me', 'me $']
    """
    return [f"{one} {other}" for one, other in zip(["^", *words], [*words, "$"], strict=True)]
