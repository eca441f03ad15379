"""What a question asks for and what it names, read from its words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property


class Expected(Enum):
    """The kind of thing that answers the question, where its words say so."""

    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    AMOUNT = "amount"
    DURATION = "duration"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    DATE = "date"


# First match decides. Only numbers and dates: who, where and why need a trained reader.
_EXPECTED = (
    (r"\b(?:what|which) year\b", Expected.YEAR),
    (r"\b(?:what|which) month\b", Expected.MONTH),
    (r"\b(?:what|which) (?:day|weekday)\b", Expected.DAY),
    (r"^(?:\w+ )?(?:what|which) date\b|^(?:and |but |so )?(?:since |until )?when\b", Expected.DATE),
    (r"\b(?:what|which) (?:percentage|percent|share|proportion)\b|\bhow many percent\b", Expected.PERCENT),
    (r"\bhow long\b", Expected.DURATION),
    (r"\bhow many\b|\bwhat number\b|\bwhat (?:is|was|were|are) the (?:total )?number\b", Expected.COUNT),
    (
        r"\bhow much (?:money|cash)\b|\bhow much\b.*\b(?:costs?|pay|paid|spen[dt]|worth|price|fined?|rais(?:e|ed)|"
        r"earn(?:ed)?|invest(?:ed)?|owed?|donated?|charged?|dollars|euros|budget|funding)\b",
        Expected.MONEY,
    ),
    (r"\bhow (?:much|big|large|tall|high|far|fast|deep|heavy|old|wide)\b", Expected.AMOUNT),
)

_STOP = frozenset(
    """a about after again all also am an and any are as asked at be because been before being between both but by can
    could did do does doing done during each either else ever every for from get gets getting give given go goes
    going got had has have having he her here hers him his how i if in into is it its just kind like made make
    makes many may me might mine more most much must my name named no nor not of off on once one only or other
    others our out over own part please really said same say says shall she should so some sort such take taken
    tell than that the their them then there these they thing this those through to too under until up upon us
    use used very want wanted was we were what when where which while who whom whose why will with would yes you
    your""".split()
)
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:[.'’&-][^\W_]+)*\.?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Question:
    """A question as the sentence reader needs it."""

    text: str

    @cached_property
    def expected(self) -> Expected | None:
        """The kind of number or date asked for; None for everything else."""
        lowered = " ".join(self.text.lower().split())
        return next((kind for pattern, kind in _EXPECTED if re.search(pattern, lowered)), None)

    @cached_property
    def counted(self) -> str | None:
        """What is counted: "troops" in "How many U.S. troops were authorized?"; None if nothing is."""
        if self.expected is not Expected.COUNT:
            return None
        found = re.search(r"\b(?:how many|number of)\s+((?:[\w.'’-]+\s*){1,4})", self.text, re.IGNORECASE)
        for word in found[1].split() if found else ():
            if (
                re.search(r"[a-z]", word)
                and not re.search(r"[A-Z]|ly$|ing$|ed$", word)
                and word.lower() not in _ADJECTIVES
            ):
                return None if word.lower() in _STOP else word
        return None

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that carry the meaning, each once, as they are written."""
        found = (match.group().rstrip(".") for match in _WORD.finditer(self.text))
        return tuple(dict.fromkeys(word for word in found if word.lower().split("'")[0].split("’")[0] not in _STOP))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Capitalised words and runs of them ("António Guterres").

        Not the question's first word, which any word can be. A question in capitals throughout names nothing that can
        be told apart.
        """
        names: list[list[str]] = []
        last_end = -1
        letters = [c for c in self.text if c.isalpha()]
        if not letters or sum(c.isupper() for c in letters) * 2 > len(letters):
            return ()
        for match in _WORD.finditer(self.text):
            word = match.group().rstrip(".") if not re.fullmatch(r"(?:\w\.)+", match.group()) else match.group()
            begins = self.text[: match.start()].strip(" \"'“‘(¿") == ""
            if not word[:1].isupper() or word.lower() in _STOP:
                continue
            if begins and not (word[1:2].isupper() or word[1:2].isdigit()):
                continue
            if names and self.text[last_end : match.start()] == " ":
                names[-1].append(word)
            else:
                names.append([word])
            last_end = match.start() + len(word)
        return tuple(dict.fromkeys(" ".join(parts) for parts in names))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The numbers in digits, as written."""
        return tuple(dict.fromkeys(_NUMBER.findall(self.text)))


# Words between "how many" and what is counted.
_ADJECTIVES = frozenset(
    """additional american british chinese civilian different european extra federal foreign illegal large local more
    new non other russian separate small top total young old""".split()
)
