"""What a line that asks for articles names: "any articles on the flood?" the flood."""

from __future__ import annotations

import re

from qa.language.vocabulary import AUXILIARIES, MODALS, STOP_WORDS

# What stands right before what is named: the clearer it is, the earlier it is tried.
_BEFORE = (
    r"\bmention(?:s|ed|ing)?|\bcontain(?:s|ed|ing)?|\b(?:have|has|with|the) (?:the )?(?:words?|phrase|names?)",
    r"\babout|\bregarding|\bconcerning|\bdeal(?:s|t|ing)? with|\bcover(?:s|ed|ing)?|\bcoverage of|\bdiscuss(?:es|ed)?",
    r"\b(?:articles?|stor(?:y|ies)|pieces?|news|reports?|anything|something|have|got) (?:\w+ )?(?:on|of|with)",
    r"\bsearch for",
    r"\bname(?:s|d)?|\bon",
)
_VERBS = "|".join(AUXILIARIES)
_BETWEEN = re.compile(  # "is X mentioned", "does X appear", "who wrote about"
    rf"\b(?:{_VERBS})\s+(?:the (?:word|phrase|name)\s+)?(.+?)\s+"
    r"(?:mentioned|named|appear\w*|come up|occur\w*|discussed|covered)\b",
    re.IGNORECASE,
)
_WORDS = r"(?:(?:the|an?) )?(?:words?|phrase|name|subject|topic|theme)s?\s+(?:of\s+)?"
_REST = re.compile(
    r"\s+(?:in (?:them|it|the (?:articles?|collection|index|archive))|at all|anywhere|(?:do |have )?you (?:have|got)"
    r"|please|are there|there are|mentioned)$",
    re.IGNORECASE,
)
_OF_ARTICLES = frozenset(
    """article articles story stories piece pieces news coverage report reports reporting anything something everything
    other more new newer newest latest recent any""".split()
)
_FOR = frozenset("show give get got find list see look search pull bring tell want need please ok there".split())
_FOR |= frozenset((*AUXILIARIES, *MODALS))


def subject_of(line: str) -> str:
    """What a line names that asks for articles; "" if it names nothing.

    >>> subject_of("what articles do you have about the flood?"), subject_of("in how many stories is Peru mentioned")
    ('the flood', 'Peru')
    >>> subject_of("which articles do you have?"), subject_of("how many articles have the word “spice” in them?")
    ('', 'spice')
    """
    text = line.strip().rstrip("?!. ")
    if between := _BETWEEN.search(text):
        return _bare(between[1])
    for before in _BEFORE:
        if match := re.search(rf"(?:{before})\s+(.+)", text, re.IGNORECASE):
            return _bare(match[1])
    return ""


def topic_of(line: str, want: str) -> str:
    """What the articles are about that a line asks for: what it names, else the words that only that can be.

    `want`: see `qa.language.acts`; "newest" or "all" are about nothing else than is named.

    >>> topic_of("any articles on the flood?", "about"), topic_of("show me golf stories", "about")
    ('the flood', 'golf')
    >>> topic_of("what's there?", "about"), topic_of("list stories by Ann Roe", "newest")
    ('', '')
    """
    plain = re.sub(r"['’](?:s|re|ve|d|ll)\b", "", line) if want in ("about", "mentions") else ""
    return subject_of(line) or " ".join(word for word in content_words(plain) if word.lower() not in _FOR)


def _bare(subject: str) -> str:
    text = subject.strip().strip("\"'“”‘’ ")
    while (shorter := _REST.sub("", re.sub(rf"^{_WORDS}", "", text, flags=re.IGNORECASE))) != text:
        text = shorter.strip().strip("\"'“”‘’ ")
    return text


def content_words(subject: str) -> list[str]:
    """The words of a subject that say what it is.

    >>> content_words("the other articles on the drug spice")
    ['drug', 'spice']
    """
    words = re.findall(r"[^\W_]+(?:['’.-][^\W_]+)*", subject)
    return [word for word in words if word.lower() not in STOP_WORDS and word.lower() not in _OF_ARTICLES]
