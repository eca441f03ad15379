"""Which sentences can stand by themselves: prose that does not point to what stood before it."""

from __future__ import annotations

import re

from qa.language.names import find_names
from qa.language.vocabulary import AUXILIARIES, MODALS, TITLES

_FEWEST_WORDS = 6
_CLOSERS = "\"”'’)]»"
_OPENERS = "\"“'‘«[ "

# What stands under a picture, or says who made it.
_CAPTION = re.compile(
    r"^(?:photos?|pictures?|images?|captions?|credits?|videos?|graphics?|illustrations?|file photo)\b[^.]{0,40}:"
    r"|\b(?:photos?|photographs?|pictures?|images?|illustrations?|courtesy) (?:by|of|from|via|credit)\b[^.]*\)?\W*$"
    r"|\((?:photo|picture|image|file|left|right|above|below|top|pictured)\b"
    r"|\bgetty images\b|/(?:ap|afp|reuters|getty|epa)\b|\b(?:ap|file|afp|reuters) photo\b|\bpictured (?:above|here)\b",
    re.IGNORECASE,
)

_PRONOUNS = frozenset(
    """he she it they him her them his hers its their theirs himself herself itself themselves i we you my our your
    me us mine ours yours myself ourselves yourself""".split()
)
_THIRD = _PRONOUNS - frozenset("i we you my our your me us mine ours yours myself ourselves yourself".split())
_POINTING = frozenset(
    """this that these those such so both neither either others other another none and but or nor yet then thus hence
    therefore however instead still also besides moreover furthermore meanwhile nevertheless nonetheless otherwise
    similarly likewise additionally separately overall accordingly consequently indeed rather anyway whatever later
    afterward afterwards thereafter here yes no except""".split()
)
_PHRASE = re.compile(
    r"(?:as a result|(?:in|by) doing (?:so|this|that)"
    r"|in addition|for (?:example|instance)|on the other hand|at the same time|in other words|even so"
    r"|(?:in|at|by|after|before|with|of|for|to|on) (?:this|that|these|those)|the (?:other|latter|former|same)"
    r"|in (?:turn|response|fact|contrast)|of course|not only that|by then"
    r"|[^,]{1,40}, (?:however|though|meanwhile|too|then|in turn|for (?:example|instance))(?=,))\b",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"(?:(?:in|at|by|after|before|on) )?this (?:week|weekend|month|year|spring|summer|fall|autumn|winter|season|morning"
    r"|afternoon|evening)\b",
    re.IGNORECASE,
)
_SOME = re.compile(
    r"(?:some|one|many|most|several|few|all)(?: of (?:them|these|those))?"
    rf" (?:{'|'.join((*AUXILIARIES, *MODALS))}|said)\b",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"“[^“”]*”|\"[^\"]*\"")
_SPEAKER = re.compile(r"“” (?:he|she|they|it|I|we)\b")  # after a quotation whose words are left out
_OPENING = frozenset(
    """after although as at because before besides by despite during even for from if in like on once since though
    through to under unless until upon when whenever where whether while with without""".split()
)
_HEAD = 4  # words; in a clause that opens a sentence they can have its subject: "When he came"


def is_prose(sentence: str) -> bool:
    """Whether it is a whole statement of running text: no heading, caption, byline, question, or half of a quotation.

    >>> is_prose("HOW THE VOTE WENT IN OHIO AND IOWA."), is_prose("By Jane Doe and John Roe of the Times")
    (False, False)
    >>> is_prose("The council closed the bridge on Monday.")
    True
    """
    bare = sentence.lstrip(_OPENERS)
    letters = [c for c in sentence if c.isalpha()]
    return (
        len(re.findall(r"\w+", sentence)) >= _FEWEST_WORDS
        and sentence.rstrip(_CLOSERS).endswith((".", "!", "…"))
        and not sentence.endswith(TITLES)  # cut in the middle of a name
        and bare[:1].isalnum()
        and not bare[:1].islower()
        and sum(c.isupper() for c in letters) * 2 < len(letters)
        and sentence.count("“") == sentence.count("”")
        and sentence.count('"') % 2 == 0
        and sentence.count("(") == sentence.count(")")
        and not _CAPTION.search(sentence)
    )


def leans(sentence: str) -> bool:
    """Whether it takes the sentence before it to be understood: it begins with a pronoun or with
    "However", or is a quotation and nothing else.

    >>> leans("He was 89."), leans("In the end, he left."), leans("When Ms. Rice came, she spoke.")
    (True, True, False)
    """
    bare = sentence.lstrip(_OPENERS)
    words = [(match.group().lower(), match.start()) for match in re.finditer(r"[^\W_]+", bare)]
    if not words or _QUOTATION.fullmatch(sentence):
        return True
    said = _QUOTATION.sub("“”", sentence)
    if (speaker := _SPEAKER.search(said)) and not find_names(said[: speaker.start()]):
        return True
    first = words[0][0]
    if _NOW.match(bare):
        return False
    if first in _PRONOUNS or first in _POINTING or _PHRASE.match(bare) or _SOME.match(bare):
        return True
    head = words[1:_HEAD] if first in _OPENING else []
    comma = bare.find(", ")
    pronouns = [at for word, at in words if word in _THIRD and (at == comma + 2 > 1 or (word, at) in head)]
    return bool(pronouns) and not any(start < pronouns[0] for _, start in find_names(bare))
