"""Verbs, relations and roles in a question, found by their shape: what changed negatives change.

No tagger: a regular verb is a word that stands with -ed and with -ing in the collection; irregular ones are listed.
"Who sued Apple?" becomes "Who was sued by Apple?" (roles), "When did Peru join?" "When did Peru retreat?" (verb) and
"the mayor of Rome" "the airport of Rome" (relation).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from qa.language.vocabulary import ARTICLES, AUXILIARIES, MODALS, QUESTION_WORDS, STOP_WORDS
from qa.training.names import find_names

# Base, past and participle; where two are given, past and participle are the same.
_IRREGULAR = """
    become/became/become begin/began/begun break/broke/broken bring/brought build/built buy/bought catch/caught
    choose/chose/chosen draw/drew/drawn drive/drove/driven eat/ate/eaten fall/fell/fallen feel/felt fight/fought
    find/found fly/flew/flown forget/forgot/forgotten get/got/gotten give/gave/given go/went/gone grow/grew/grown
    hear/heard hide/hid/hidden hold/held keep/kept know/knew/known lead/led learn/learnt leave/left lend/lent lose/lost
    make/made meet/met pay/paid ride/rode/ridden rise/rose/risen run/ran/run say/said see/saw/seen
    seek/sought sell/sold send/sent sing/sang/sung sink/sank/sunk speak/spoke/spoken spend/spent stand/stood
    steal/stole/stolen strike/struck swim/swam/swum take/took/taken teach/taught tell/told think/thought
    throw/threw/thrown wear/wore/worn win/won write/wrote/written
"""
_SYMMETRIC = frozenset(
    "say occur happen marry meet merge border divorce resemble equal ally match play fight tie differ".split()
)
_NO_VERB = frozenset({*STOP_WORDS, *MODALS, *AUXILIARIES, "like", "need", "mean", "get", "use", "call", "know"})
_VAGUE = frozenset(
    """find call know name consider describe locate refer involve include make take say think see base give become keep
    relate associate follow happen""".split()
)
"""Verbs for which another one may well be said: changing them makes no negative."""
_NO_RELATION = frozenset(
    """name names number amount kind kinds type types part parts percentage percent year date time day month century
    title term word size way one first last most best end case use order""".split()
)
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_DO = frozenset({"do", "does", "did"})
_HELPERS = frozenset({*_DO, "didn't", "doesn't", *MODALS})
_TO_BE_OR_HAVE = frozenset({*AUXILIARIES, "be", "been", "being"}) - _DO
_NO_VERB_AFTER = frozenset({*ARTICLES, *"of in on at for with from by as this that his her its their some any".split()})
_PREPOSITIONS = frozenset("in on at for to by from with as during after before of into about".split())
_PRONOUNS = frozenset("i you he she it we they this that these those there one".split())
_RELATION = re.compile(r"(?:\b(?:the|whose)|['’]s)\s+([a-z]{3,})\s+(of|in|for|to|at|between)\b")
_POSSESSED = re.compile(r"(?<=['’]s )([a-z]{3,})(?=\?|$)")
_ASKED = rf"(Who|Whom|What|(?:Which|What) (?!(?:{'|'.join((*AUXILIARIES, *MODALS))})\b)[a-z]+)"
_SUBJECT_ASKED = re.compile(_ASKED + r" ([a-z]+) ([^?,]{2,40})\?")
_AGENT_GIVEN = re.compile(_ASKED + r" (?:was|were|is|are) ([a-z]+) by ([^?,]{2,40})\?")
_OBJECT_ASKED = re.compile(_ASKED + r" (?:did|does|do) ([^?,]{2,40}?) ([a-z]+)\?")


@dataclass(frozen=True, slots=True)
class Verb:
    base: str
    past: str
    participle: str


@dataclass(frozen=True, slots=True)
class Place:
    """A verb or relation of a question: where it stands and what could stand there."""

    start: int
    end: int
    shape: tuple[str, ...]


@dataclass(slots=True)
class Relations:
    """The verbs of a collection, and what its questions ask with."""

    verbs: dict[str, tuple[Verb, str]]
    """By word: the verb and its form."""
    asked: defaultdict[tuple[str, ...], list[str]] = field(default_factory=lambda: defaultdict(list))
    """By shape, as often as questions have it: bases of verbs, or relations."""

    @classmethod
    def of(cls, questions: Iterable[str], texts: Iterable[str]) -> Relations:
        """Finds verbs in `texts` and counts what `questions` ask with."""
        asked = list(questions)
        words = {word for text in (*asked, *texts) for word in re.findall(r"\b[a-z]{3,}\b", text)}
        made = cls(_verbs(words))
        for question in asked:
            for place in (*made.verb_places(question), *made.relation_places(question)):
                word = question[place.start : place.end].lower()
                made.asked[place.shape].append(made.verbs[word][0].base if place.shape[0] == "verb" else word)
        return made

    def change(self, question: str, passage: str, sentence: str, rng: random.Random) -> str | None:
        """The question with its roles turned round (where that can be done, half of the time), or its verb or relation
        changed for one that does not stand in `sentence`, where its answer does; None if nothing can be."""
        if rng.random() < 0.5 and (turned := self.turn(question, rng)):
            return turned
        places = [*self.verb_places(question), *self.relation_places(question)]
        rng.shuffle(places)
        for place in places:
            other = self._stand_in(place, question, passage, sentence, rng)
            if other is not None:
                return question[: place.start] + other + question[place.end :]
        return self.turn(question, rng)

    def turn(self, question: str, rng: random.Random) -> str | None:
        """Who did it to whom, the other way round; None where that cannot be said.

        >>> relations = Relations.of((), ["sue sued suing"])
        >>> [relations.turn(asked, random.Random(0)) for asked in ("What did Apple sue?", "Was Nokia sued by Apple?")]
        ['What sued Apple?', 'Was Apple sued by Nokia?']
        """
        if match := _AGENT_GIVEN.fullmatch(question):
            asked, verb, agent = match[1], self._turning(match[2], "participle"), match[3]
            return f"{asked} {verb.past} {agent}?" if verb and self._is_thing(agent) else None
        if match := _OBJECT_ASKED.fullmatch(question):
            asked, subject, verb = match[1].replace("Whom", "Who"), match[2], self._turning(match[3], "base")
            return f"{asked} {verb.past} {subject}?" if verb and self._is_thing(subject) else None
        if (match := _SUBJECT_ASKED.fullmatch(question)) and (verb := self._turning(match[2], "past")):
            asked, object_ = match[1], match[3]
            if not self._is_thing(object_):
                return None
            passive = f"{asked} was {verb.participle} by {object_}?"
            return passive if rng.random() < 0.5 else f"{asked} did {object_} {verb.base}?"
        return self._names_swapped(question)

    def _is_thing(self, text: str) -> bool:
        """Whether a text is a name or noun, short and with nothing said of it."""
        first, *rest = text.split()
        named = first[0].isupper() or (first in ARTICLES and bool(rest))
        words = {first.lower(), *rest}
        return named and len(words) <= 4 and not words & (_PREPOSITIONS | _PRONOUNS) and not words & set(self.verbs)

    def verb_places(self, question: str) -> list[Place]:
        """The verbs that a question asks with: a base after "did" or "to", or a past form."""
        asker = _asker(question)
        found = []
        before: list[str] = []
        awaited = False
        for match in _WORD.finditer(question):
            word, last = match.group(), before[-1] if before else ""
            verb, form = self.verbs.get(word, (None, ""))
            if verb and verb.base not in _VAGUE and last not in _NO_VERB_AFTER and not last.endswith(("'s", "’s")):
                if form == "base" and ((awaited and last not in _HELPERS) or last == "to"):
                    found.append(Place(match.start(), match.end(), ("verb", form, asker)))
                    awaited = False
                elif form != "base" and not awaited:
                    form = "participle" if _TO_BE_OR_HAVE & set(before[-3:]) else "past"
                    found.append(Place(match.start(), match.end(), ("verb", form, asker)))
            awaited = awaited or word.lower() in _HELPERS
            before.append(word.lower())
        return found

    def relation_places(self, question: str) -> list[Place]:
        """The nouns that say what of something is asked: "the mayor of", "Rome's mayor"."""
        asker = _asker(question)
        found = [
            Place(match.start(1), match.end(1), ("relation", match[2], asker)) for match in _RELATION.finditer(question)
        ]
        found += [Place(match.start(), match.end(), ("relation", "", asker)) for match in _POSSESSED.finditer(question)]
        return [place for place in found if question[place.start : place.end] not in _NO_RELATION]

    def _turning(self, word: str, form: str) -> Verb | None:
        """The verb, if that is a form of one whose roles differ."""
        verb, own = self.verbs.get(word, (None, ""))
        if verb is None or verb.base in _SYMMETRIC:
            return None
        same = own == form or (form == "participle" and verb.participle == word)
        return verb if same else None

    def _names_swapped(self, question: str) -> str | None:
        names = find_names(question)
        if len(names) != 2:
            return None
        first, second = names
        between = question[first.end : second.start]
        if not all(self._stands_alone(question, name.start, name.end) for name in names):
            return None
        words = between.split()
        if not words or set(words) & {"and", "or", "with", "between", "in", "than", "like"}:
            return None
        verbs = [self.verbs[word][0] for word in words if word in self.verbs]
        if not verbs or any(verb.base in _SYMMETRIC for verb in verbs):
            return None
        return question[: first.start] + second.text + between + first.text + question[second.end :]

    def _stands_alone(self, question: str, start: int, end: int) -> bool:
        """Whether a name is no part of a longer noun: neither "a Nokia phone" nor "Olympic gold"."""
        last = (_WORD.findall(question[:start]) or [""])[-1].lower()
        following = (_WORD.findall(question[end:]) or [""])[0]
        ends = question[end : end + 1] in ("?", "", ",") or following in _PREPOSITIONS or following in self.verbs
        return last not in ("a", "an") and ends and question[end : end + 1] not in ("'", "’")

    def _stand_in(self, place: Place, question: str, passage: str, sentence: str, rng: random.Random) -> str | None:
        """Another word for a place, which neither the sentence nor the question has in any form.

        Half of the time a verb of another sentence of the passage is preferred: that makes the hardest negatives.
        """
        near = _stems(sentence) | _stems(question)
        far = _stems(passage)
        if place.shape[0] == "verb":
            form = place.shape[1]
            if rng.random() < 0.5:
                forms = (self.verbs[word] for word in dict.fromkeys(_WORD.findall(passage)) if word in self.verbs)
                others = [verb for verb, other in forms if other != "base"]
                rng.shuffle(others)
                for verb in others:
                    if not _forms(verb) & near:
                        return str(getattr(verb, form))
            options = self.asked.get(place.shape, ())
            for _ in range(20 if options else 0):
                verb = self.verbs[rng.choice(options)][0]
                if not _forms(verb) & (near | far):
                    return str(getattr(verb, form))
            return None
        options = self.asked.get(place.shape, ())
        for _ in range(20 if options else 0):
            noun = rng.choice(options)
            if noun[:5] not in near | far:
                return noun
        return None


def _verbs(words: set[str]) -> dict[str, tuple[Verb, str]]:
    """By every form: the verb. A form that two verbs share is the first one's."""
    found: dict[str, tuple[Verb, str]] = {}
    listed = []
    for entry in _IRREGULAR.split():
        base, past, *rest = entry.split("/")
        listed.append(Verb(base, past, rest[0] if rest else past))
    for base in sorted(words - _NO_VERB):
        stem = base.removesuffix("e")
        doubled = base + base[-1]
        if base + "e" in words and base + "ed" in words:  # "shar", beside "share"
            continue
        for past, going in (
            (stem + "ed", stem + "ing"),
            (doubled + "ed", doubled + "ing"),
            (base[:-1] + "ied", base + "ing"),
        ):
            if past in words and going in words:
                listed.append(Verb(base, past, past))
                break
    for verb in listed:
        for form in ("base", "past", "participle"):
            found.setdefault(getattr(verb, form), (verb, form))
    return found


def _forms(verb: Verb) -> set[str]:
    return {verb.base[:5], verb.past[:5], verb.participle[:5]}


def _stems(text: str) -> set[str]:
    """The first letters of words: what a word and its inflections share."""
    return {word.lower()[:5] for word in _WORD.findall(text)}


def _asker(question: str) -> str:
    """The question word, or "" where none leads it."""
    words = (word.lower() for word in _WORD.findall(question))
    return next((word for word in words if word in QUESTION_WORDS), "")
