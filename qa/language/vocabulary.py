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

LOOSE = frozenset("also later then now still too meanwhile however additionally already".split())
"""Adverbs without which a sentence says the same."""

JOINING = frozenset("and but so or while as".split())
"""What joins a sentence to another."""

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

SHORT_SCALES = {"bn": 1e9, "tn": 1e12, "mn": 1e6, "m": 1e6, "k": 1e3}
"""Scales as they stand right behind digits: "$3bn"."""

_UNLIKE = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_UNLIKE["twelve"] = "twelfth"
ORDINALS = {_UNLIKE.get(word, f"{word}th"): value for value, word in enumerate(ONES, 1)} | {
    f"{word[:-1]}ieth": NUMBERS[word] for word in TENS
}
"""What a single word counts in a row."""

DECADES = {f"{word[:-1]}ies": NUMBERS[word] for word in TENS}
"""What a single word calls ten years of the last century."""

NUMBERED = frozenset(
    """act annex appendix article book chapter class division episode grade group level mark part phase round schedule
    section season series stage title tier type volume war""".split()
)
"""What is told apart by a number behind it."""

# ---- names ---------------------------------------------------------------------------------------------------------

LINKS = ("of", "the", "and", "for", "in", "on", "to", "de")
"""Small words within names; acronyms leave most of them out."""

COURTESIES = frozenset("please thanks thank hello hi hey ok okay sorry dear regards".split())

ABBREVIATIONS = frozenset(f"{word}." for word in "co corp dept est ft inc jr ltd mt no sr vs".split())
"""Whose point ends no sentence, beside those of `TITLES` and months."""

# ---- saying, and how sure ------------------------------------------------------------------------------------------

DENYING = tuple("denied denies deny denying disputed disputes rejected rejects".split())

SAYING = (
    *"""said says say saying told tells added adds wrote writes argued argues testified claimed claims announced
    announces explained explains reported reports insisted insists warned warns noted notes acknowledged conceded
    alleged alleges maintained recalled declared found concluded showed shows suggested suggests estimated estimates
    confirmed stated disclosed argue insist acknowledge concede allege suggest warn asserted assert asserts maintain
    maintains contend contends contended believe believes believed think thinks thought predict predicts predicted
    complained complains declares testifies""".split(),
    *DENYING[:2],
)
"""Verbs of who says so."""

UNKNOWN = tuple(
    """not clear|unclear|not known|unknown|uncertain|not certain|not confirmed|not been confirmed|not been determined
    |remains to be seen|yet to be""".replace("\n    ", "").split("|")
)
"""What tells that nobody knows yet: neither yes nor no."""

CONDITIONS = tuple("if unless whether except provided depending assuming".split())
"""What makes what is said hang on something."""

OFFICES = tuple(
    """president secretary minister mayor governor senator representative congressman congresswoman chief
    chairman chairwoman chair director general judge justice king queen prince princess pope bishop ambassador attorney
    commissioner commander officer manager coach captain leader professor chancellor sheriff premier deputy""".split()
)
"""What somebody is, before a name."""

NEGATIONS = tuple("no not never none nobody nothing neither nor without cannot hardly".split())
