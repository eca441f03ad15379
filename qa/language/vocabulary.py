"""Words of English by what they are, each list once. Patterns made of them stand where they are used."""

from __future__ import annotations

ARTICLES = ("a", "an", "the")

QUESTION_WORDS = tuple("who whom whose what which where when why how".split())

AUXILIARIES = tuple("do does did is are am was were has have had".split())

MODALS = tuple("can could will would shall should may might must".split())

STOP_WORDS = frozenset(
    """a about after all also an and any are as at be because before between both but by can could did do does during
    for from had has have he her his how i if in into is it its many me more most much my no not of on or other
    our out over she should so some such than that the their them then there these they this those through to
    under until up us was we were what when where which while who whom whose why will with would you your""".split()
)
"""Words that are no names even where they are capitalised, as in titles."""

TITLES = tuple(f"{title}." for title in "Adm Capt Col Dr Gen Gov Lt Maj Mr Mrs Ms Prof Rep Rev Sen Sgt St".split())
"""Abbreviations whose point ends no name: "Prof. Kwame Asante"."""

# ---- time ----------------------------------------------------------------------------------------------------------

WEEKDAYS = tuple("monday tuesday wednesday thursday friday saturday sunday".split())

MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)  # fmt: skip

SHORT_MONTHS = {month[:3]: number for number, month in enumerate(MONTHS, 1)} | {"sept": 9}
"""How months are shortened, and which they are, from 1."""

# ---- numbers -------------------------------------------------------------------------------------------------------

ONES = tuple(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen""".split()
)

TENS = tuple("twenty thirty forty fifty sixty seventy eighty ninety".split())

NUMBERS = {
    **{word: value for value, word in enumerate(("zero", *ONES))},
    **{word: 10 * value for value, word in enumerate(TENS, 2)},
}
"""What a single word counts."""

SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
"""What a number before them is multiplied by."""

CROWDS = tuple(f"{scale}s" for scale in SCALES if scale != "trillion")
"""What is said without a number, "thousands of people"; of nothing there are trillions."""
