"""One thing written in several ways: "F.B.I." and "FBI", "ninety-nine" and "99", "UN" and "United Nations". Pure.

`canonical` gives the words of a text in one form each; `Forms` is what texts say, asked by `stands` whether a name is
there and by `counted` whether a number is, as a reader would find them. Built on `index.text.fold`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property, lru_cache

from index.text import fold, stems
from qa.language.numerals import arabic, decades, in_digits, shown
from qa.language.vocabulary import (
    ARTICLES,
    DECADES,
    LINKS,
    MONTHS,
    NUMBERS,
    ORDINALS,
    SCALES,
    SHORT_MONTHS,
    SHORT_SCALES,
)

_TOKEN = re.compile(r"-?[$£€¥]?\w+(?:[.,']\w+)*%?")  # "Indo-European" is not "European"
_SHORT = {short: MONTHS[number - 1] for short, number in SHORT_MONTHS.items()}
_MONTH = "|".join({**_SHORT, **dict.fromkeys(MONTHS)})
_DAY = r"(\d{1,2})(?:th)?"
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\b\.?,? {_DAY}\b")
_DAY_FIRST = re.compile(rf"\b{_DAY}(?: of)? ({_MONTH})\b\.?")


@lru_cache(maxsize=1024)
def canonical(text: str) -> tuple[str, ...]:
    """The words of `text` in one form each, without case, accents, articles and marks; numbers in digits.

    >>> canonical("The U.S. Military"), canonical("$3bn"), canonical("the Third of Sept.")
    (('us', 'military'), ('$3000000000',), ('september', '3'))
    """
    plain = in_digits(_unaccented(arabic(fold(text))).lower().replace(" & ", " and "))
    plain = _MONTH_FIRST.sub(lambda date: f"{_full(date[1])} {date[2]}", plain)
    plain = _DAY_FIRST.sub(lambda date: f"{_full(date[2])} {date[1]}", plain)
    return tuple(_LEFT_OUT.get(word, word) for word in _TOKEN.findall(plain) if word not in ARTICLES)


def _full(month: str) -> str:
    return _SHORT.get(month, month)


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.translate(_SPELLED)


# letters that are no others with an accent, for Unicode
_SPELLED = str.maketrans(
    {
        **dict(zip("øłđðıØŁĐÐ", "olddiOLDD", strict=True)),
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "Æ": "Ae",
        "Œ": "Oe",
    }
)


# ---- acronyms ------------------------------------------------------------------------------------------------------

_ACRONYM = re.compile(r"[A-Z](?<!\w.)[A-Z]{1,5}(?=s?\b)")  # begun with what is looked for: found faster
_CAPITALS = re.compile(r"[A-Z]\.? ?[A-Z]")
_LEFT_OUT = {"USA": "US", "usa": "us"}  # "of America" may be left out; of other names nothing is
_LINK = "|".join(LINKS)


@lru_cache(maxsize=256)
def _spelled_out(acronym: str) -> re.Pattern[str]:
    """The names that an acronym shortens, whose small words count or do not: "DOJ", "FBI"."""
    words = [rf"(?:{letter}\w+|{_small(letter)})" for letter in acronym[1:-1]]
    between = rf"(?:[\s-]+(?:{_LINK}))*[\s-]+"
    return re.compile(between.join([rf"\b{acronym[0]}\w+", *words, rf"{acronym[-1]}\w+\b"]))


def _acronyms(text: str) -> dict[str, None]:
    """Those of a folded text, in its order."""
    return dict.fromkeys(_LEFT_OUT.get(acronym, acronym) for acronym in _ACRONYM.findall(text))


def _small(letter: str) -> str:
    return "|".join(link for link in LINKS if link[0] == letter.lower()) or r"(?!)"


def one_acronym(text: str, other: str) -> str:
    """`text` with the names shortened that `other` has as acronyms.

    >>> one_acronym("the United Nations mission", "a UN mission")
    'the UN mission'
    """
    if other.isascii() and not _CAPITALS.search(other):
        return text
    text = fold(text)
    for acronym in _acronyms(fold(other)):
        text = _spelled_out(acronym).sub(acronym, text)
    return text


_PARTED = re.compile(r"(?:[^\W\d_]\.){2,}|\w+(?:[&-]\w+)*")
_MARKED = re.compile(r"[A-Z][.&-]?[A-Z]|[^\W\d_]-?\d|\d-?[^\W\d_]")


def as_written_in(text: str, question: str) -> str:
    """`question` with its acronyms, and its words of letters and digits, as `text` writes them.

    A model that reads both knows little of what is one thing in two forms. What `text` has as the question has it, or
    has not at all, stays; so does what shortens two words, "US", which many things are.

    >>> as_written_in("I.B.M. said it would cut 40 jobs.", "How many jobs will IBM cut?")
    'How many jobs will I.B.M. cut?'
    """
    if not (_MARKED.search(question) or _CAPITALS.search(text)):
        return question
    there: dict[str, list[str]] = {}
    for word in _PARTED.findall(text):
        if _MARKED.search(word):
            there.setdefault(_parted(word), []).append(word)

    def written(match: re.Match[str]) -> str:
        word = match.group()
        if not _MARKED.search(word):
            return word
        key = _parted(word)
        if forms := there.get(key):
            return word if word in forms else forms[0]
        spelled = _spelled_out(key).search(text) if _is_long(key) else None
        return spelled.group() if spelled else word

    question = _PARTED.sub(written, question)
    for key in filter(_is_long, there):
        spelled = _spelled_out(key).search(question)
        if spelled and spelled.group() not in text:
            question = question.replace(spelled.group(), there[key][0])
    return question


def _is_long(word: str) -> bool:
    """Whether it is an acronym of three words or more."""
    return len(word) > 2 and _ACRONYM.fullmatch(word) is not None


def _parted(word: str) -> str:
    return re.sub(r"[.-]", "", word)


# ---- whether texts have it -----------------------------------------------------------------------------------------

_DIGITS = re.compile(
    rf"[0-9]+(?:[.,][0-9]+)*(?:(?:[ -]?(?:{'|'.join(SCALES)})|{'|'.join(SHORT_SCALES)})\b)?", re.IGNORECASE
)
_COUNTING = frozenset((*NUMBERS, *SCALES, *ORDINALS, *DECADES))
_WRITTEN = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class Forms:
    """What texts say, made ready to be asked often; what is not asked for costs nothing."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = fold("\n".join(texts))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of its words."""
        return frozenset(stems(self.text))

    @cached_property
    def joined(self) -> frozenset[str]:
        """Of its words with a hyphen or apostrophe, without that: "walmart" of "Wal-Mart"."""
        parted = (word for word in self.text.split() if "-" in word or "'" in word)
        return frozenset(stems(" ".join(word.replace("-", "").replace("'", "") for word in parted)))

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """In capitals, without the s of several."""
        return frozenset(_acronyms(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """What stands in digits, as such and with its scale, and in roman numerals."""
        written = {match.group() for match in _DIGITS.finditer(arabic(decades(self.text)))}
        return frozenset(value for number in written for value in _values(number))

    @cached_property
    def told(self) -> frozenset[str]:
        """The numbers in words, of how many and which. Only words beside such words are looked at: it takes time."""
        words = self.text.lower().split()
        near = {place for place, word in enumerate(words) if word.split("-")[0].strip("\"'(),.:;?!") in _COUNTING}
        beside = near | {place - 1 for place in near if place} | {place + 1 for place in near if place + 1 < len(words)}
        return frozenset(_WRITTEN.findall(in_digits(" ".join(words[place] for place in sorted(beside)))))


def stands(name: str, there: Forms) -> bool:
    """Whether a reader would find the name: one of its words, in any form, or what it shortens or is shortened to.

    >>> stands("F16s", Forms(["two F-16 jets"])), stands("James Mattis", Forms(["Mattis said"]))
    (True, True)
    """
    words = frozenset(stems(name))
    if not words or not words.isdisjoint(there.stems):
        return True
    whole = frozenset(stems(re.sub(r"[\W_]+", "", fold(name))))
    if not whole.isdisjoint(there.stems) or not (words | whole).isdisjoint(there.joined):
        return True
    return _is_written_apart(name, there) or bool(shortened(name, there))


def shortened(name: str, there: Forms) -> str:
    """`name`, folded, if it is an acronym that is written out there; else what of it has its acronym there, or "".

    >>> shortened("Department of Justice and Norway", Forms(["the DOJ said"]))
    'Department of Justice'
    """
    plain = re.sub(r"^[Tt]he\s+", "", fold(name))
    letters = _LEFT_OUT.get(plain.removesuffix("s"), plain.removesuffix("s"))
    if _ACRONYM.fullmatch(letters):
        return letters if letters in there.acronyms or _spelled_out(letters).search(there.text) else ""
    meant = (_spelled_out(acronym).search(plain) for acronym in there.acronyms)
    return next((match.group() for match in meant if match), "")


def _is_written_apart(name: str, there: Forms) -> bool:
    """Whether letters and digits of the name are parted otherwise there: "COVID-19", "Covid 19", "F16s"."""
    parts = re.findall(r"[^\W\d_]+|\d+", fold(name).removesuffix("s"))
    if len(parts) < 2 or not any(part.isdecimal() for part in parts):
        return False
    return re.search(rf"\b{'[ -]?'.join(parts)}(?:s?\b)", there.text, re.IGNORECASE) is not None


def counted(number: str, there: Forms) -> bool:
    """Whether a number in digits, with its scale if it has one, is there in any form.

    >>> counted("4 thousand", Forms(["4,000 men"])), counted("99", Forms(["ninety-nine"]))
    (True, True)
    """
    values = _values(fold(number))
    return not values.isdisjoint(there.numbers) or not values.isdisjoint(there.told)


def _values(number: str) -> frozenset[str]:
    """What "4 thousand" can be meant by: 4 and 4000."""
    match = _DIGITS.fullmatch(number)
    if match is None:
        return frozenset()
    digits, scale = re.fullmatch(r"([\d.,]*\d)[ -]?([a-z]*)", number, re.IGNORECASE).groups()  # type: ignore[union-attr]
    plain = digits.replace(",", "")
    if plain.count(".") > 1:
        return frozenset((plain,))
    value = float(plain)
    return frozenset((shown(value), shown(value * (SCALES | SHORT_SCALES).get(scale.lower(), 1.0))))
