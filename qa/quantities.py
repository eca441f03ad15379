"""Numbers and dates in a sentence, with what belongs to them: "up to 4,000", "$3.5 billion", "Thursday, Oct. 18"."""

from __future__ import annotations

import re

from index.types import Span

_MODIFIER = (
    r"(?:(?:(?:not|no|well|just|slightly|far|somewhat)\s+)?(?:over|under|above|below|more\s+than|less\s+than|fewer\s+than)|"
    r"up\s+to|as\s+(?:many|much|few|little|high|low)\s+as|at\s+least|at\s+most|a\s+(?:total|maximum|minimum)\s+of|nearly|"
    r"almost|about|around|approximately|roughly|an?\s+estimated|exactly|only|some|close\s+to|minus)\s+"
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
_VALUE = rf"(?:{_DIGITS})(?:[ -]?(?:{_SCALE})|bn|tn|m\b)?|{_WORDS}"
_UNIT = (
    r"percent(?:age\s+points)?|per\s+cent|%|dollars|euros|pounds|yen|yuan|cents|years?(?:\s+old)?|months?|weeks?|days?|"
    r"hours?|minutes?|seconds?|decades?|centuries|century|nights?|miles?(?:\s+per\s+hour)?|mph|kilomet(?:er|re)s?|km|"
    r"met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|acres?|hectares?|tons?|tonnes?|kilograms?|kilos?|kg|grams?|ounces?|"
    r"gallons?|barrels?|lit(?:er|re)s?|degrees|megawatts?|gigawatts?"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,$£€¥-])((?:{_MODIFIER})*)([-−+](?=[\d$£€¥]))?((?:US|A|C|HK|NZ)?[$£€¥])?"
    rf"(?P<value>between\s+[$£€¥]?(?:{_VALUE})\s+and\s+[$£€¥]?(?:{_VALUE})|"
    rf"(?:{_VALUE})(?:(?:\s+to\s+|\s*[-–—]\s*)(?:US)?[$£€¥]?(?:{_VALUE}))?)"
    rf"(?:[ -]?({_UNIT})(?!\w))?(?![\w]|[.,]\d)(?:\s+or\s+(?:more|less|fewer)\b)?",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|March|Mar\.|April|Apr\.|May|June|July|Aug(?:ust|\.)|Sept?(?:ember|\.)|"
    r"Oct(?:ober|\.)|Nov(?:ember|\.)|Dec(?:ember|\.))"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1[5-9]|20)\d\d"
_OF_MONTH = r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?:((?:{_DAY},?\s+)?(?:{_MONTH}\s+{_OF_MONTH}|{_OF_MONTH}\s+{_MONTH}))(?!\w)(?:,?\s+({_YEAR})\b)?|"
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
    found = [match.span() for match in _DATE.finditer(text)]
    dates = list(found)
    for match in _QUANTITY.finditer(text):
        if not any(start < match.end("value") and match.start("value") < end for start, end in dates):
            found.append(match.span())
    return sorted(found)
