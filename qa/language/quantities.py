"""Numbers and dates in a sentence, with what belongs to them: "up to 4,000", "$3.5 billion", "Thursday, Oct. 18".

`find_quantities` says where they stand, `amounts` and `dates` what they mean.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from index.types import Span
from qa.language.numerals import WORDS, value_of
from qa.language.vocabulary import CROWDS, MONTHS, SCALES, SHORT_MONTHS, SHORT_SCALES, WEEKDAYS

_MODIFIER = (
    r"(?:(?:(?:not|no|well|just|slightly|far|somewhat)\s+)?(?:over|under|above|below|more\s+than|less\s+than|fewer\s+than)|"
    r"up\s+to|as\s+(?:many|much|few|little|high|low)\s+as|at\s+least|at\s+most|a\s+(?:total|maximum|minimum)\s+of|nearly|"
    r"almost|about|around|approximately|roughly|an?\s+estimated|exactly|only|some|close\s+to|minus)\s+"
)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE, _CROWD = map("|".join, (SCALES, CROWDS))
_WORDS = rf"{WORDS}|(?:half\s+an?\s+|several\s+)(?:{_SCALE})|(?:{_CROWD})"
_VALUE = rf"(?:{_DIGITS})(?:[ -]?(?:{_SCALE})|(?:{'|'.join(SHORT_SCALES)})\b)?|{_WORDS}"
_UNIT = (
    r"percent(?:age\s+points)?|per\s+cent|%|dollars|euros|pounds|yen|yuan|cents|years?(?:[\s-]old)?|months?|weeks?|days?|"
    r"hours?|minutes?|seconds?|decades?|centuries|century|nights?|miles?(?:\s+per\s+hour)?|mph|kilomet(?:er|re)s?|km|"
    r"met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|acres?|hectares?|tons?|tonnes?|kilograms?|kilos?|kg|grams?|ounces?|"
    r"gallons?|barrels?|lit(?:er|re)s?|degrees|megawatts?|gigawatts?"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,$£€¥-])(?P<modifier>(?:{_MODIFIER})*)(?P<sign>[-−+](?=[\d$£€¥]))?(?P<currency>(?:US|A|C|HK|NZ)?[$£€¥])?"
    rf"(?P<value>between\s+[$£€¥]?(?:{_VALUE})\s+and\s+[$£€¥]?(?:{_VALUE})|"
    rf"(?:{_VALUE})(?:(?:\s+to\s+|\s*[-–—]\s*)(?:US)?[$£€¥]?(?:{_VALUE}))?)"
    rf"(?:[ -]?(?P<unit>{_UNIT})(?!\w))?(?![\w]|[.,]\d)(?P<or>\s+or\s+(?:more|less|fewer)\b)?",
    re.IGNORECASE,
)
_SHORT = [month for month in SHORT_MONTHS if month not in ("may", "jun", "jul")]  # which newspapers write in full
_BEFORE_DAY = rf"(?:{'|'.join(SHORT_MONTHS).title()})(?=\s+\d{{1,2}}\b)"
_MONTH = rf"(?:{'|'.join(MONTHS).title()}|(?:{'|'.join(_SHORT).title()})\.|{_BEFORE_DAY})"
_DAY = rf"(?:{'|'.join(WEEKDAYS).title()})"
_YEAR = r"(?:1[5-9]|20)\d\d"
_OF_MONTH = r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?:((?:{_DAY},?\s+)?(?:{_MONTH}\s+{_OF_MONTH}|{_OF_MONTH}(?:\s+of)?\s+{_MONTH}))(?!\w)(?:,?\s+({_YEAR})\b)?|"
    rf"({_MONTH})(?!\w)(?:,?\s+(?:of\s+)?({_YEAR})\b)?|({_DAY})\b|"
    rf"(?<![\w.,$£€¥-])({_YEAR})s?(?![\w%]|[.,]\d)|"
    r"\b(?:yesterday|today|tomorrow|tonight|(?:last|next|this|earlier\s+this)\s+"
    r"(?:week|month|year|spring|summer|autumn|fall|winter))\b)"
)


def find_quantities(text: str) -> list[Span]:
    """Where the numbers and dates of `text` stand, in order, each with its modifier, currency and unit.

    >>> text = "to deploy up to 4,000 troops in April"
    >>> [text[start:end] for start, end in find_quantities(text)]
    ['up to 4,000', 'April']
    """
    return sorted([match.span() for match in _DATE.finditer(text)] + [match.span() for match in _numbers(text)])


def _numbers(text: str) -> list[re.Match[str]]:
    """The matches that are no part of a date."""
    dates = [match.span() for match in _DATE.finditer(text)]
    return [
        match
        for match in _QUANTITY.finditer(text)
        if not any(start < match.end("value") and match.start("value") < end for start, end in dates)
    ]


# ---- what they mean ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as what it leaves possible, `low` to `high` of a `unit` ("" for a mere number): "over 40" is 40 to inf.

    `values`: the number itself, or the two ends of a range.
    """

    text: str
    values: tuple[float, ...]
    low: float
    high: float
    unit: str

    def implies(self, other: Amount) -> bool:
        """Whether what this says makes the other true: "more than 50 %" implies "at least 40 %", never "50 %"."""
        return other.low <= self.low and self.high <= other.high and other.unit in ("", self.unit)


def amounts(text: str) -> list[Amount]:
    """The numbers of `text`, dates left out.

    >>> [(a.low, a.high, a.unit) for a in amounts("up to 4,000 troops, $3.5 billion, two years")]
    [(0.0, 4000.0, ''), (3500000000.0, 3500000000.0, '$'), (2.0, 2.0, 'year')]
    """
    found = []
    for match in _numbers(text):
        values = _values(match["value"])
        low, high = min(values), max(values)
        modifier = " ".join(f"{match['modifier'] or ''} {match['or'] or ''}".lower().split())
        if re.search(_VAGUE, match["value"], re.IGNORECASE):
            high = math.inf
        if re.search(r"\b(?:not|no) (?:over|above|more)|up to|at most|maximum|or less|or fewer", modifier):
            low = 0.0
        elif re.search(r"\b(?:not|no) (?:under|below|less|fewer)|at least|minimum|or more", modifier):
            high = math.inf
        elif re.search(r"over|above|more than", modifier):
            low, high = math.nextafter(low, math.inf), math.inf
        elif re.search(r"under|below|less than|fewer than|nearly|almost|close to", modifier):
            floor = 0.8 * low if re.search("nearly|almost|close", modifier) else 0.0
            low, high = floor, math.nextafter(high, 0.0)
        elif re.search(r"about|around|approximately|roughly|estimated|some", modifier):
            low, high = 0.9 * low, 1.1 * high
        if match["sign"] in ("-", "−") or "minus" in modifier:
            low, high = -high, -low
        found.append(Amount(match.group(), tuple(values), low, high, _unit(match["unit"], match["currency"])))
    return found


def dates(text: str) -> list[tuple[str, frozenset[str]]]:
    """The dates of `text`, and the parts of each: weekday, month, day of the month, year.

    >>> [sorted(parts) for _, parts in dates("On Thursday, Oct. 18, 2018, or yesterday")]
    [['18', '2018', 'oct', 'thu'], ['yesterday']]
    """
    return [(match.group(), _parts(match.group())) for match in _DATE.finditer(text)]


def _parts(date: str) -> frozenset[str]:
    if re.fullmatch(r"(?:yesterday|today|tomorrow|tonight|(?:last|next|this|earlier).*)", date):
        return frozenset((" ".join(date.split()),))
    words = re.findall(r"[A-Za-z]{3,}|\d+", date)
    return frozenset(word.lower()[:3] if word[0].isalpha() else word for word in words)


_VAGUE = rf"\b(?:{_CROWD}|several)\b"
_SCALES = SCALES | SHORT_SCALES
_BETWEEN = re.compile(rf"between\s+[$£€¥]?({_VALUE})\s+and\s+[$£€¥]?({_VALUE})")
_ENDS = re.compile(r"\s+to\s+|\s*[–—]\s*|(?<=\d)\s*-\s*(?=\S*\d)")


def _values(value: str) -> list[float]:
    """The numbers that a value names: one, or the two ends of a range, which share what stands once ("3 to 5 million").

    >>> _values("between 3 and 5 million"), _values("one hundred and twelve"), _values("half a million")
    ([3000000.0, 5000000.0], [112.0], [500000.0])
    """
    between = _BETWEEN.fullmatch(value.lower())
    read = [_value(end) for end in (between.groups() if between else _ENDS.split(value.lower()))]
    common = read[-1][1]
    return [number * (scale if scale > 1 else common) for number, scale in read]


def _value(term: str) -> tuple[float, float]:
    """A number and the scale that it is counted in: "twenty-one thousand" is (21, 1000)."""
    words = [word if word in _SCALES else word.rstrip("s") for word in re.findall(r"[a-z]+", term)]
    scale = _SCALES.get(words[-1], 1.0) if words else 1.0
    if digits := re.search(r"\d[\d,]*(?:\.\d+)?", term):
        return float(digits.group().replace(",", "")), scale
    if words[:1] == ["half"]:
        return 0.5, scale
    return value_of(" ".join(words)) / scale, scale


def _unit(unit: str | None, currency: str | None) -> str:
    """One name for a unit's forms: "%" of "per cent", "year" of "years old", "$" of "dollars"."""
    if currency:
        return currency.removeprefix("US")
    name = re.sub(r"[\s-]+", " ", (unit or "").lower()).removesuffix(" old")
    name = re.sub(r"^per ?cent(age points)?$", "%", name).removesuffix("s")
    return {"dollar": "$", "euro": "€", "pound": "£", "centurie": "century", "feet": "foot"}.get(name, name)
