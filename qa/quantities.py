"""Numbers and dates in a sentence, with what belongs to them: "up to 4,000", "$3.5 billion", "Thursday, Oct. 18"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.question import Expected

_MODIFIER = (
    r"(?:(?:(?:well|just|slightly|far|somewhat)\s+)?(?:over|under|above|below|more\s+than|less\s+than|fewer\s+than)|"
    r"up\s+to|as\s+(?:many|much|few)\s+as|at\s+least|at\s+most|no\s+(?:more|fewer|less)\s+than|nearly|almost|about|around|"
    r"approximately|roughly|an?\s+estimated|exactly|only|some|close\s+to|between)\s+"
)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_ONES = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    "thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SCALE = "hundred|thousand|million|billion|trillion|dozen"
_WORDS = (
    rf"(?:(?:{_TENS})(?:[- ](?:{_ONES}))?|{_ONES})(?:\s+(?:{_SCALE}))*|(?:an?\s+|half\s+a\s+|several\s+)(?:{_SCALE})|"
    r"(?:dozens|hundreds|thousands|millions|billions)"
)
_VALUE = rf"(?:{_DIGITS})(?:[ -]?(?:{_SCALE})|bn|m\b)?|{_WORDS}"
_UNIT = (
    r"percent(?:age\s+points)?|per\s+cent|%|dollars|euros|pounds|yen|yuan|cents|years?(?:\s+old)?|months?|weeks?|days?|"
    r"hours?|minutes?|seconds?|decades?|centuries|century|nights?|miles?(?:\s+per\s+hour)?|mph|kilomet(?:er|re)s?|km|"
    r"met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|acres?|hectares?|tons?|tonnes?|kilograms?|kilos?|kg|grams?|ounces?|"
    r"gallons?|barrels?|lit(?:er|re)s?|degrees|megawatts?|gigawatts?"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,$£€¥-])(?P<modifier>{_MODIFIER})?(?P<currency>(?:US|A|C)?[$£€¥])?"
    rf"(?P<value>(?:{_VALUE})(?:(?:\s+to\s+|\s*[-–—]\s*|\s+and\s+)(?:US)?[$£€¥]?(?:{_VALUE}))?)"
    rf"(?:[ -]?(?P<unit>{_UNIT})(?!\w))?(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|March|Mar\.|April|Apr\.|May|June|July|Aug(?:ust|\.)|Sept?(?:ember|\.)|"
    r"Oct(?:ober|\.)|Nov(?:ember|\.)|Dec(?:ember|\.))"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1[5-9]|20)\d\d"
_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?:(?P<date>(?:{_DAY},?\s+)?(?:{_MONTH}\s+{_OF_MONTH}|{_OF_MONTH}\s+{_MONTH}))(?!\w)(?:,?\s+(?P<y1>{_YEAR})\b)?|"
    rf"(?P<month>{_MONTH})(?!\w)(?:,?\s+(?:of\s+)?(?P<y2>{_YEAR})\b)?|(?P<day>{_DAY})\b|"
    rf"(?<![\w.,$£€¥-])(?P<year>{_YEAR})s?(?![\w%]|[.,]\d)|"
    r"\b(?:yesterday|today|tomorrow|tonight|(?:last|next|this|earlier\s+this)\s+"
    r"(?:week|month|year|spring|summer|autumn|fall|winter))\b)"
)
_TIME_UNITS = re.compile(r"(?:year|month|week|day|hour|minute|second|decade|centur|night)", re.IGNORECASE)
_NO_COUNT_UNITS = re.compile(r"percent|per\s+cent|%", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or date in a text: [start, end) there, and the kinds of question that it can answer."""

    start: int
    end: int
    answers: frozenset[Expected]
    unit: str | None = None


def find_quantities(text: str) -> list[Quantity]:
    """Every number and date of `text`, in order, each with its modifier, currency and unit.

    >>> text = "to deploy up to 4,000 troops in April"
    >>> [text[q.start : q.end] for q in find_quantities(text)]
    ['up to 4,000', 'April']
    """
    found = [_dated(match) for match in _DATE.finditer(text)]
    taken = [(quantity.start, quantity.end) for quantity in found]
    for match in _QUANTITY.finditer(text):
        if not any(start < match.end("value") and match.start("value") < end for start, end in taken):
            found.append(_counted(match))
    return sorted(found, key=lambda quantity: quantity.start)


def fitting(sentence: str, expected: Expected, counted: str | None) -> list[Quantity]:
    """The quantities of `sentence` that can answer a question which expects this kind.

    Where the thing that is counted stands in the sentence, only a number right before it fits.

    >>> sentence = "Over 4,000 migrants met up to 4,100 troops."
    >>> [sentence[q.start : q.end] for q in fitting(sentence, Expected.COUNT, "troops")]
    ['up to 4,100']
    """
    found = [quantity for quantity in find_quantities(sentence) if expected in quantity.answers]
    if counted is None:
        return found
    stem = _stem(counted)
    if not any(_stem(word) == stem for word in re.findall(r"\w+", sentence)):
        return found
    return [quantity for quantity in found if stem in map(_stem, _near(sentence, quantity))]


def _near(sentence: str, quantity: Quantity) -> list[str]:
    """The words of the quantity and the four after it, where what it counts can stand."""
    after = re.findall(r"\w+", sentence[quantity.end :])
    return re.findall(r"\w+", sentence[quantity.start : quantity.end]) + after[:4]


def _stem(word: str) -> str:
    """Good enough to meet "troop" and "troops", "country" and "countries"."""
    return re.sub(r"(?:ies|y|es|s)$", "", word.lower())


def _dated(match: re.Match[str]) -> Quantity:
    kinds = {Expected.DATE}
    if match["year"] or match["y1"] or match["y2"]:
        kinds.add(Expected.YEAR)
    if match["month"] or re.search(_MONTH, match.group()):
        kinds.add(Expected.MONTH)
    if not (match["year"] or match["month"]):
        kinds.add(Expected.DAY)
    return Quantity(match.start(), match.end(), frozenset(kinds))


def _counted(match: re.Match[str]) -> Quantity:
    unit, currency = match["unit"], match["currency"]
    is_money = bool(currency) or (unit or "").lower() in ("dollars", "euros", "pounds", "yen", "yuan", "cents")
    kinds = {Expected.AMOUNT}
    if is_money:
        kinds.add(Expected.MONEY)
    elif unit and _NO_COUNT_UNITS.search(unit):
        kinds.add(Expected.PERCENT)
    else:
        kinds.add(Expected.COUNT)
        if unit and _TIME_UNITS.match(unit):
            kinds.add(Expected.DURATION)
    return Quantity(match.start(), match.end(), frozenset(kinds), unit)
