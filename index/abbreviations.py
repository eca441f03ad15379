"""Where a full stop ends no sentence, beyond what sentencex knows. Pure."""

from __future__ import annotations

import re

_TITLES = (
    "Adm Amb Asst Atty Brig Capt Cmdr Col Cpl Det Dr Fr Gen Gov Govs Hon Insp Lt Maj Messrs Mr Mrs Ms Msgr Ofc Pres "
    "Prof Pvt Rep Reps Rev Sen Sens Sgt Supt"
).split()
_STATES = (
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn "
    "Tex Va Vt Wash Wis Wyo"
).split()
_DAYS = "Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec".split()
_REFERENCES = "approx art arts c ca ch chap col est fig figs no nos p par pp sec vol vols".split()
_NEVER_LAST = "cf e.g i.e viz vs".split()


def _any(names: list[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, names))})"


_DAY_OR_MONTH = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October"
    rf"|November|December|(?:{_any(_DAYS)}|{_any(_MONTHS)})\.)"
)
_ZONE = r"(?:(?:[ECMP][SD]?T|GMT|UTC|BST|CET)\b|(?:Eastern|Central|Mountain|Pacific|Greenwich|local)\b)"

# How what stands before ends, and how what follows begins, where both are one sentence.
_GOING_ON = [
    (re.compile(end), re.compile(begin))
    for end, begin in (
        (r"\b(?i:[ap]\.\s?m)\.$", rf"{_DAY_OR_MONTH}|{_ZONE}"),  # "at 7 p.m. Saturday"
        (rf"\b{_any(_DAYS)}\.$", rf"{_any(_MONTHS)}\.|{_DAY_OR_MONTH}|\d"),  # "on Fri. Oct. 5"
        (rf"\b{_any(_STATES)}\.$", rf"{_any(_TITLES)}\.\s"),  # "Mass. Sen. Ek"
        (rf"\b{_any(_TITLES)}\.$", r"[A-Z]"),
        (rf"\b(?i:{_any(_REFERENCES)})\.$", r"\d"),  # "Vol. 5"
        (rf"(?<![\w.])(?i:{_any(_NEVER_LAST)})\.$", r"\S"),
    )
]

# What only an abbreviation is before a small letter ("up 3 pct. from May"): a word without vowels, or one of these; and
# a name's mark ("the Jeopardy! host"). "iPhone" is no small letter.
_SHORT = "acct approx apt assn avg co corp dept div est excl ext gal govt inc incl info max mil min misc oz"
_SMALL = re.compile(r"[a-z](?![A-Z])")
_CAN_GO_ON = re.compile(rf"\b(?i:[b-df-hj-np-tv-xz]+|{_any(_SHORT.split())})\.$|\b[A-Z]\w*!$")


def goes_on(before: str, after: str) -> bool:
    """Whether the sentence that `before` begins goes on in `after`, though sentencex cuts there.

    >>> goes_on("The vigil begins at 7 p.m. ", "Saturday in Maroa."), goes_on("He left at 7 p.m. ", "She stayed.")
    (True, False)
    """
    end, begin = before[-40:].rstrip(), after[:40].lstrip()
    if not end or not begin:
        return False
    if _SMALL.match(begin) and _CAN_GO_ON.search(end):
        return True
    return any(ends.search(end) and begins.match(begin) for ends, begins in _GOING_ON)
