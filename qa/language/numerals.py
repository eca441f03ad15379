"""Numbers as words and letters say them: "ninety-nine", "a hundred and twelve", "3bn", "third", "World War II".

Pure. `in_digits` writes every number of a text in digits; `arabic` the roman ones alone.
"""

from __future__ import annotations

import re

from qa.language.vocabulary import DECADES, NUMBERED, NUMBERS, ONES, ORDINALS, SCALES, SHORT_SCALES, STOP_WORDS, TENS

_ONES, _TENS = "|".join(("zero", *ONES)), "|".join(TENS)
_BIG = "|".join(scale for scale in SCALES if scale != "hundred")
_END, _GAP, _AND = r"(?!\w)", r"(?:-|\s+)", r"(?:-|\s+)(?:and\s+)?"
_SMALL = rf"(?>(?:{_TENS})(?:{_GAP}(?:{'|'.join(ONES[:9])}))?{_END}|(?:{_ONES}){_END})"
_HUNDRED = rf"(?:(?:{_SMALL}|an?){_GAP}hundred{_END}(?:{_AND}{_SMALL}(?!{_GAP}hundred{_END}))?|{_SMALL})"
WORDS = (
    rf"(?:{_HUNDRED}|an?(?={_GAP}(?:{_BIG}){_END}))"
    rf"(?:(?:{_GAP}(?:{_BIG}){_END})+(?:{_GAP}{_HUNDRED}{_GAP}thousand{_END})?(?:{_AND}{_HUNDRED}(?!{_GAP}(?:hundred|{_BIG}){_END}))?)?"
)
"""The pattern of a number in words."""

_SCALES = SCALES | SHORT_SCALES
_NUMBER = re.compile(
    rf"(?<![\w.-])(?P<currency>(?:us)?[$£€¥])?(?:(?P<half>half\s+an?\s+(?P<of>{_BIG}))|(?P<words>{WORDS})|"
    rf"(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)(?P<scale>[ -]?(?:hundred|{_BIG})|{'|'.join(SHORT_SCALES)})?){_END}"
    r"(?P<unit>\s+(?:dollars|euros|pounds)\b|\s*%|\s+per\s?cent\b)?"
)
_DECADE = re.compile(r"(?<![\w.,'])(?:'([0-9]0)|([2-9]0))s\b")
_SIGNS = {"dollars": "$", "euros": "€", "pounds": "£"}
_SPELLED_DECADE = re.compile(rf"\b(?:{'|'.join(DECADES)})\b")
_ORDINAL = re.compile(rf"\b(?:({_TENS}){_GAP})?({'|'.join(ORDINALS)}|(\d{{1,6}})(?:st|nd|rd|th)){_END}")


def value_of(words: str) -> float:
    """The number that `words` say, as `WORDS` finds them.

    >>> value_of("one hundred and twelve"), value_of("two million three hundred thousand"), value_of("a dozen")
    (112.0, 2300000.0, 12.0)
    """
    total = current = 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "hundred":
            current = 100 * (current or 1)
        elif word in SCALES:
            total, current = total + SCALES[word] * (current or 1), 0.0
        else:
            current += NUMBERS.get(word, 0)
    return total + current


def in_digits(text: str) -> str:
    """`text`, folded and in lower case, with each number in digits, its currency before and a "%" behind it.

    Ordinals end in "th", decades have four digits.

    >>> in_digits("ninety-nine of a million; $3bn, 4 thousand dollars, 12 per cent, the twenty-first")
    '99 of 1000000; $3000000000, $4000, 12%, the 21th'
    """
    text = _SPELLED_DECADE.sub(lambda match: f"19{DECADES[match.group()]}s", decades(text))
    return _NUMBER.sub(_number, _ORDINAL.sub(_ordinal, text))


def decades(text: str) -> str:
    """`text`, folded, with the century of each decade in digits, as a newspaper means it.

    >>> decades("the '90s, the 60s and the '10s")
    'the 1990s, the 1960s and the 2010s'
    """
    return _DECADE.sub(_decade, text)


def _decade(match: re.Match[str]) -> str:
    tens = match[1] or match[2]
    return f"{20 if tens < '20' else 19}{tens}s"


def _number(match: re.Match[str]) -> str:
    if match["half"]:
        value = SCALES[match["of"]] / 2
    elif match["words"]:
        value = value_of(match["words"])
    else:
        scale = (match["scale"] or "").strip(" -")
        value = float(match["digits"].replace(",", "")) * _SCALES.get(scale, 1.0)
    unit = (match["unit"] or "").strip()
    sign = (match["currency"] or "").removeprefix("us") or _SIGNS.get(unit, "")
    return f"{sign}{shown(value)}{'%' if unit.startswith(('%', 'per')) else ''}"


def shown(value: float) -> str:
    """A number as it is compared: 4000.0 is "4000"."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.10g}"


def _ordinal(match: re.Match[str]) -> str:
    tens, word, digits = match.groups()
    return f"{NUMBERS.get(tens, 0) + (int(digits) if digits else ORDINALS[word])}th"


# ---- roman ---------------------------------------------------------------------------------------------------------

_ROMAN = re.compile(r" ((?:XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?<! )(?!\w|-\w|['’](?!s\b)\w)")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_LETTERS = {"I": 1, "V": 5, "X": 10, "L": 50}


def arabic(text: str) -> str:
    """`text` with the roman numerals in digits that stand behind what they number, or alone; "I" only behind "War".

    >>> arabic("In World War II Olav IV, and then I, read Part I.")
    'In World War 2 Olav 4, and then I, read Part 1.'
    """
    if len(text) > 1 and _ROMAN.fullmatch(f" {text}"):
        return arabic(f"Part {text}").removeprefix("Part ")
    return _ROMAN.sub(_roman, text)


def _roman(match: re.Match[str]) -> str:
    letters = match[1]
    word = _LAST_WORD.search(match.string, max(0, match.start() - 20), match.start())
    before = word.group().lower() if word else "a"
    fewest = 3 if "L" in letters else 2  # "LI", "XL" and the like are other things
    if before in STOP_WORDS or (len(letters) < fewest and before not in NUMBERED):
        return match.group()
    values = [_LETTERS[letter] for letter in letters]
    signed = [-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True)]
    return f" {sum(signed)}"
