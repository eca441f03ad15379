"""To which articles a question is put: by filters, by its own words about outlets and dates, by its conversation.

`compose` asks the index once; everything else is a pure function of candidates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from index.dates import Days
from index.errors import UnknownAuthorError, UsageError
from index.filters import Criteria, Filters, authors_named, outlet_key, outlet_keys
from index.search import Query
from index.snapshot import View
from qa.language.dates import SOURCE, published
from qa.language.names import find_names
from qa.language.vocabulary import AUXILIARIES, MODALS, QUESTION_WORDS
from qa.models.ranker_reader import Candidate
from qa.types import Constraint, Effect, Scope


@dataclass(frozen=True, slots=True)
class Ask:
    """How a question is put: to which articles, and whether its own words about them count, as of `today`.

    `topic`: the articles that the conversation is about, which come first; `earlier`: what was asked and answered in it
    before, if the question may point back to that.
    """

    filters: Filters
    constraints: bool
    today: dt.date
    topic: tuple[str, ...] = ()
    earlier: tuple[tuple[str, str | None], ...] = ()


def searchable(question: str) -> str:
    """The question in one line. Raises UsageError for an empty one."""
    text = " ".join(_CONTROLS.sub(" ", _readable(question)).split())
    if not any(c.isalnum() for c in text):
        raise UsageError('the question is empty; type, for instance: qa ask "How many troops were authorized?"')
    return text


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # keys that a terminal passes on, and no words


def _readable(question: str) -> str:
    """With what Python could not decode in its locale as UTF-8; half a surrogate pair cannot be searched."""
    try:
        return question.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return question.encode("utf-8", "replace").decode()


def compose(question: str, view: View, ask: Ask, own: str | None = None) -> tuple[Query, Scope]:
    """What is searched, still without its vector, and to what it is put. `own`: the question's own words, with which it
    begins, where what was said before goes with it. Raises UsageError for an empty question.
    """
    text = searchable(question)
    selection = view.select(ask.filters)
    recognised = recognise(text if own is None else own, view.outlets, view.days, ask.today) if ask.constraints else ()
    given = {"outlet": bool(ask.filters.outlets), "published": ask.filters.dated}  # what is given goes before words
    recognised = tuple(one for one in recognised if not given[one.kind])
    only, undated = selection.article_ids, selection.undated
    excluded = tuple(dict.fromkeys(name for one in recognised if one.effect == "excluded" for name in one.outlets))
    if excluded:
        only = view.catalog.article_ids(Criteria(None if only is None else tuple(only), not_outlets=excluded))
    required = _criteria(one for one in recognised if one.effect == "required")
    unmet = False
    if required:
        among = None if only is None else tuple(only)
        if view.catalog.count(replace(required, article_ids=among)):
            only = view.catalog.article_ids(replace(required, article_ids=among, or_unknown=True))
        else:
            unmet = True
            if required.days:
                undated += view.catalog.count(Criteria(article_ids=among, undated=True))
    preferred = dict(_preferred(recognised, view))
    for article_id in ask.topic:
        preferred[article_id] = preferred.get(article_id, 0) + TOPIC
    return Query(text, None, only, preferred), Scope(selection.filters, undated, recognised, unmet, ask.topic)


def recognise(question: str, outlets: Sequence[str], days: Days, today: dt.date) -> tuple[Constraint, ...]:
    """What a question says of the articles it means, in the order of its words.

    >>> days, today = Days(["2018-10-18"]), dt.date(2018, 10, 25)
    >>> [found.text for found in recognise("Who won last week, according to The Hill?", ["The Hill"], days, today)]
    ['last week', 'The Hill']
    """
    mentions = list(_outlets(question, outlets)) if outlets else []
    if days:
        # "the Verge article and the one by Wired of October 10": the date is that of one of them, so none is left out
        several = len({one.outlets for one in mentions}) > 1
        dates = published(question, days, today)
        mentions += [replace(one, effect="preferred") if several else one for one in dates]
    return tuple(sorted(mentions, key=lambda constraint: constraint.start))


def recognised_filters(line: str, view: View, ask: Ask) -> tuple[Filters, str]:
    """What a line that asks for articles says of them, beside what they are about, and in which words.

    Outlets, days of publication and authors; what the user's filters say goes before.
    """
    filters, said = ask.filters, []
    if not ask.constraints:
        return filters, ""
    outlets = [name for _, meant in _of_outlets(line, view.outlets) for name in meant]
    if outlets and not filters.outlets:
        filters = replace(filters, outlets=tuple(dict.fromkeys(outlets)))
        said.append(f"from {', '.join(filters.outlets)}")
    days = [one for one in recognise(line, (), view.days, ask.today) if one.kind == "published"]
    if len(days) == 1 and not filters.dated:
        filters = replace(filters, since=days[0].since, until=days[0].until)
        said.append(f"published {days[0].text}")
    if (by := _AUTHOR.search(line)) and not filters.authors and not outlets:
        with suppress(UnknownAuthorError):
            filters = replace(filters, authors=tuple(authors_named(by[1], view.authors)))
            said.append(f"by {', '.join(filters.authors)}")
    return filters, " ".join(said)


_AUTHOR = re.compile(
    r"\b(?:by|did)\s+([^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){1,3}?)(?:\s+write)?\s*\?*$", re.IGNORECASE
)
_FROM = re.compile(r"\b(?:from|by|in|of|did|does|has)\s+(?:the\s+)?$", re.IGNORECASE)


def _of_outlets(line: str, outlets: Sequence[str]) -> list[tuple[tuple[int, int], list[str]]]:
    """The outlets that a line asks for the articles of."""
    return [(span, meant) for span, meant in _mentions(line, outlets) if _FROM.search(line[: span[0]])]


def _criteria(constraints: Iterable[Constraint]) -> Criteria | None:
    """What the catalog is to look for: of each kind that is constrained, an article fits one. None: nothing."""
    constraints = list(constraints)
    if not constraints:
        return None
    outlets = tuple(dict.fromkeys(name for one in constraints for name in one.outlets))
    days = tuple((one.since, one.until) for one in constraints if one.kind == "published")
    return Criteria(outlets=outlets, days=days)


def _preferred(recognised: Iterable[Constraint], view: View) -> Mapping[str, int]:
    """How many kinds of constraints an article fits, by id, of the articles that fit any."""
    counts: dict[str, int] = {}
    for of_kind in _by_kind(one for one in recognised if one.effect != "excluded"):
        criteria = _criteria(of_kind)
        for article_id in view.catalog.article_ids(criteria) if criteria else ():
            counts[article_id] = counts.get(article_id, 0) + 1
    return counts


def _by_kind(constraints: Iterable[Constraint]) -> list[list[Constraint]]:
    constraints = list(constraints)
    kinds = ([one for one in constraints if one.kind == kind] for kind in ("outlet", "published"))
    return [kind for kind in kinds if kind]


# ---- of candidates ---------------------------------------------------------------------------------------------------


def citable(scope: Scope, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that may be cited: where a date of publication is required, those that are known to have it."""
    if scope.unmet:
        return []
    required = [one for one in scope.recognised if one.effect == "required"]
    return [
        found for found in candidates if not required or any(one.fits(found.hit.passage.article) for one in required)
    ]


def pools(scope: Scope, candidates: Sequence[Candidate]) -> list[tuple[list[Candidate], bool]]:
    """The candidates in the order in which they are to be read, and whether these are what the question is about.

    Those of the talk's articles come first, then those that fit most of what is preferred: an answer of the outlet and
    the time that the question names goes before one from elsewhere; where none of these answers, all may.
    """
    about = [found for found in candidates if found.hit.passage.article_id in scope.topic]
    kinds = _by_kind(one for one in scope.recognised if one.effect == "preferred")
    fitting = [
        [found for found in candidates if _fits(found, kinds) >= least] for least in range(len(kinds), 0, -1) if kinds
    ]
    only = scope.filters.article_ids
    given = only is not None and len(only) <= FEW
    read: list[list[Candidate]] = []
    for pool in (about, *fitting, list(candidates)):
        if pool and pool not in read:
            read.append(pool)
    return [(pool, given or pool is about) for pool in read]


TOPIC = 5
"""How many kinds of constraints an article of the talk counts as meeting: its passages come before most others."""

FEW = 3
"""Who asks of so few articles knows that they are about it."""


def _fits(candidate: Candidate, kinds: Sequence[Sequence[Constraint]]) -> int:
    """How many kinds of constraints its article fits."""
    return sum(any(one.fits(candidate.hit.passage.article) for one in kind) for kind in kinds)


def without_met(question: str, scope: Scope, cited: Sequence[Candidate]) -> str:
    """The question without the outlets that it names, and without the dates that are known of what is `cited`."""
    for constraint in reversed(scope.recognised):
        if constraint.kind == "outlet" or any(constraint.fits(found.hit.passage.article) for found in cited):
            end = constraint.start + len(constraint.text)
            question = question[: constraint.start] + " " * len(constraint.text) + question[end:]
    return question


# ---- outlets ---------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:[.&-][^\W_]+)*")
_OPEN = r"(?:\s+(?:both|either|an?|the|several|multiple|two|recent))*\s*[\"'“‘]?(?:the\s+)?$"
# what stands right before an outlet to which something is attributed
_CITED = re.compile(
    rf"(?:\b(?:according\s+to|reported\s+(?:by|in|on)|published\s+(?:by|in|on)|covered\s+(?:by|in)"
    rf"|as\s+\w+\s+(?:by|in)|{SOURCE}\s+(?:by|from|in)|another\s+(?:by|from|in)))" + _OPEN,
    re.IGNORECASE,
)
# weaker signs, which count for outlets that the index has: "discussed by", "The Hill's piece", "what The Hill wrote"
_HINTED = re.compile(r"(?:\b\w+(?:ed|wn)\s+(?:\w+\s+)?(?:by|in|on|from|to))" + _OPEN, re.IGNORECASE)
_SAYS = re.compile(
    rf"^['’]?s?[\"'”’]?\s+(?:\w+\s+){{0,3}}?(?:{SOURCE}|report(?:ed|s)?|says?|said|claim(?:s|ed)?|wrote|writes?|suggest(?:s|ed)?"
    r"|describe[sd]?|published?)\b",
    re.IGNORECASE,
)
# what stands right before an outlet that is not to be asked
_EXCLUDED = re.compile(
    r"\b(?:not|all\s+but|except(?:\s+for)?|excluding|other\s+than)\s*[\"'“‘]?(?:the\s+)?$",
    re.IGNORECASE,
)
# what speaks of outlets: without it "the star other than the Sun" names none
_OF_OUTLETS = re.compile(
    rf"\b(?:{SOURCE}|outlets?|(?:news)?papers?|sources?|media|press|(?:web)?sites?|magazines?|journals?"
    r"|report(?:ed)?|according|wrote|write|published?)\b",
    re.IGNORECASE,
)
_SET_OFF = re.compile(r"[,;(.?!–—]\s*(?:but\s+|and\s+)?\w+\s+(?:the\s+)?$", re.IGNORECASE)
# what goes on behind a name in small letters, which then is none: "according to people close to the talks"
_ASKS = "|".join((*AUXILIARIES, *MODALS, *(word for word in QUESTION_WORDS if word not in ("who", "which"))))
_GOES_ON = re.compile(rf"\s+(?!(?:{_ASKS}|and|or|but|in|on|{SOURCE})\b)\w", re.IGNORECASE)
_LONGEST = 8


def _is_excluded(question: str, start: int) -> bool:
    """Whether the outlet named there is not to be asked; of another thing "not" may say what it is not."""
    before = question[:start]
    return bool(_EXCLUDED.search(before) and (_OF_OUTLETS.search(question) or _SET_OFF.search(before)))


def _outlets(question: str, outlets: Sequence[str]) -> Iterator[Constraint]:
    """The outlets that the question names as its sources."""
    mentions: list[tuple[tuple[int, int], list[str]]] = []
    excluded: list[tuple[tuple[int, int], list[str]]] = []
    for span, meant in _mentions(question, outlets):
        is_name = not question[span[0]].islower()
        (excluded if is_name and _is_excluded(question, span[0]) else mentions).append((span, meant))
    cited = {
        (start, end)
        for (start, end), _ in mentions
        if _CITED.search(question[:start]) and not (question[start].islower() and _GOES_ON.match(question[end:]))
    }
    hinted = {
        (start, end)
        for (start, end), _ in mentions
        if not question[start].islower() and (_HINTED.search(question[:start]) or _SAYS.search(question[end:]))
    }
    sources = [
        (span, meant)
        for span, meant in mentions
        if span in cited or (not question[span[0]].islower() and (cited or hinted))  # "by The Verge and TechCrunch"
    ]
    for (start, end), meant in (*sources, *excluded):
        effect: Effect = "preferred" if ((start, end), meant) in sources else "excluded"
        if question[max(0, start - 4) : end].lower() in (name.lower() for name in meant):
            start -= 4  # "The Hill" is called so
        yield Constraint("outlet", start, question[start:end], effect, tuple(meant))


def _mentions(question: str, outlets: Sequence[str]) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Where the question has the name of outlets, longest names first, none within another."""
    by_key = _outlets_by_key(tuple(outlets))
    words = [match for match in _WORD.finditer(question) if match.group().lower() != "s"]
    taken = 0
    for first, word in enumerate(words):
        if word.start() < taken or word.group().lower() == "the":
            continue
        for last in range(min(first + _LONGEST, len(words)) - 1, first - 1, -1):
            span = word.start(), words[last].end()
            if meant := by_key.get(outlet_key(question[slice(*span)])):
                taken = span[1]
                if not _is_part_of_a_name(question, span):
                    yield span, meant
                break


@lru_cache(maxsize=4)
def _outlets_by_key(outlets: tuple[str, ...]) -> dict[str, list[str]]:
    """The outlets that go by each key: those whose own name it is, else those that are called so for short."""
    by_key: dict[str, list[str]] = {}
    own: dict[str, list[str]] = {}
    for outlet in outlets:
        own.setdefault(outlet_key(outlet), []).append(outlet)
        for key in outlet_keys(outlet) | _short_keys(outlet):
            by_key.setdefault(key, []).append(outlet)
    return by_key | own


def _is_part_of_a_name(question: str, span: tuple[int, int]) -> bool:
    """Whether what stands there goes on as a name: "Times" in "Times Square", "Hill" in "Faith Hill"."""
    if question[span[0]].islower():
        return False
    name = next((n for n, at in find_names(question) if at <= span[0] and span[1] <= at + len(n)), None)
    return name is not None and outlet_key(name) != outlet_key(question[slice(*span)])


def _short_keys(outlet: str) -> set[str]:
    """The keys of what an outlet is called for short: "BBC" for "BBC News", "NYT" for "The New York Times"."""
    words = re.sub(r"^the\s+", "", re.split(r"\s+[-–—|·:]\s+|:\s+", outlet)[0], flags=re.IGNORECASE).split()
    short = {"".join(word[0] for word in words)} if len(words) > 2 else set()
    return {outlet_key(name) for name in short | {word for word in words[:1] if len(words) > 1 and word.isupper()}}
