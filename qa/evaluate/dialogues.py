"""Published dialogues -> gold questions, a turn each: the contract's JSONL, CoQA, QuAC.

A dialogue with a turn that cannot be read is left out as a whole: the turns after it hang on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from qa.evaluate.answers import normalise_unicode
from qa.evaluate.collect import (
    Collector,
    Unreadable,
    evidence_field,
    id_field,
    optional_field,
    strings_field,
    text_field,
)
from qa.evaluate.gold import REPLIES, Evidence, GoldQuestion, Place, Relevant, Turn
from qa.evaluate.records import Record

YES_NO = "yesno"
"""The kind of a turn that yes or no answers."""

_FIELDS = {"id", "say", "question", "answers", "article_ids", "evidence", "span", "reply", "kind", "context"}
_UNKNOWN = "unknown"  # what CoQA gives as the answer that the story does not give
_CANNOT_ANSWER = "CANNOTANSWER"  # QuAC's, which also ends each of its texts


def asks_yes_or_no(kind: str | None, answers: Sequence[str] | None) -> bool:
    """Whether the right answer to a turn is yes or no.

    >>> asks_yes_or_no(None, ("No.", "no")), asks_yes_or_no("list", ("Norway",))
    (True, False)
    """
    return kind == YES_NO or bool(answers and normalise_unicode(answers[0]) in ("yes", "no"))


# ---- the contract's ------------------------------------------------------------------------------------------------


def dialogue(found: Collector, record: Record, where: str) -> list[GoldQuestion]:
    """The contract: {"id"?, "text"?, "title"?, "turns": [...]}."""
    name = id_field(record.get("id"), where.rpartition(" ")[2])
    turns = _list(record, "turns")
    text = text_field(record, "text", strip=False) if record.get("text") is not None else None
    own: tuple[str, ...] = ()
    if text is not None:
        own = (found.add_paragraph(name, optional_field(record, "title") or "", text),)
    questions = []
    for number, turn in enumerate(turns, 1):
        try:
            questions.append(_turn(turn, name, number, text, own))
        except ValueError as error:
            raise Unreadable(f"turn {number}: {error}") from error
    found.formats["article-qa dialogues"] = None
    # the articles of a dialogue without a text are those that its turns name
    named = (article_id for question in questions for item in question.relevant for article_id in item.article_ids)
    shown = own or tuple(dict.fromkeys(named))
    return [replace(question, context=shown) for question in questions]


def _turn(turn: Any, name: str, number: int, text: str | None, own: tuple[str, ...]) -> GoldQuestion:
    if not isinstance(turn, dict):
        raise Unreadable("not a JSON object")
    article_ids = tuple(strings_field(turn, "article_ids")) or own
    answers = tuple(strings_field(turn, "answers"))
    reply = turn.get("reply") or ("answer" if answers else "refuse")
    if reply not in REPLIES:
        raise Unreadable(f'"reply" is one of {", ".join(REPLIES)}')
    context = turn.get("context")
    if not isinstance(context, bool | None):
        raise Unreadable('"context" is true or false')
    evidence = evidence_field(turn, article_ids)
    if (span := turn.get("span")) is not None:
        evidence = (Evidence((_place(own, text, span),)),)  # where it stands tells more than its words
    return GoldQuestion(
        id=id_field(turn.get("id"), f"{name}/{number}"),
        question=text_field(turn, "say" if "say" in turn else "question"),
        answers=_judged(answers, reply),
        relevant=tuple(Relevant((article_id,)) for article_id in article_ids),
        evidence=evidence,
        kind=optional_field(turn, "kind"),
        turn=Turn(name, number, reply, context, {key: turn[key] for key in turn if key not in _FIELDS}),
    )


def _judged(answers: tuple[str, ...], reply: str) -> tuple[str, ...] | None:
    """The answers to score by: () where a refusal is right; None where other things than an answer are judged."""
    if reply == "refuse":
        return ()
    return answers or None if reply == "answer" else None


def _place(own: tuple[str, ...], text: str | None, span: Any) -> Place:
    if text is None:
        raise Unreadable('a "span" stands in the "text" of its dialogue, which has none')
    if not (isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span)):
        raise Unreadable('a "span" is [start, end)')
    if span[1] > len(text):
        raise Unreadable(f"the span {span} ends after the text")
    return Place(own, *span)


def _list(record: Any, name: str) -> list[Any]:
    value = record[name]
    if not isinstance(value, list) or not value:
        raise Unreadable(f'"{name}" is not a list with something in it')
    return value


# ---- CoQA, QuAC ----------------------------------------------------------------------------------------------------


def coqa(found: Collector, record: Record, _where: str) -> list[GoldQuestion]:
    """CoQA (Reddy et al. 2019): a story, questions, answers with their spans, and more annotators' answers."""
    text = text_field(record, "story", strip=False)
    name = id_field(record.get("id"), None)
    asked = _list(record, "questions")
    annotators = [_list(record, "answers"), *(record.get("additional_answers") or {}).values()]
    if any(len(answers) != len(asked) for answers in annotators):
        raise Unreadable("as many answers as questions are needed")
    article_id = found.add_paragraph(name, "", text)
    found.formats["CoQA"] = None
    questions = []
    for number, question in enumerate(asked, 1):
        given = [answers[number - 1] for answers in annotators]
        said = [(text_field(answer, "input_text"), (answer["span_start"], answer["span_end"])) for answer in given]
        answers = _agreed(said, _UNKNOWN)
        kind = YES_NO if asks_yes_or_no(None, [answer for answer, _ in answers]) else None
        words = text_field(question, "input_text")
        place = (name, number, article_id, text)
        questions.append(_published(f"{name}/{number}", words, answers, kind, place))
    return questions


def quac(found: Collector, record: Record, _where: str) -> list[GoldQuestion]:
    """QuAC (Choi et al. 2018): spans of a section of Wikipedia as answers; yes or no where the teacher said so too."""
    paragraph = record["quac"]
    name = id_field(paragraph.get("id"), None)
    text = text_field(paragraph, "context", strip=False).removesuffix(_CANNOT_ANSWER).rstrip()
    title = ": ".join(part for part in (record["title"], record["section"]) if part)
    article_id = found.add_paragraph(name, title, text)
    found.formats["QuAC"] = None
    questions = []
    for number, asked in enumerate(_list(paragraph, "qas"), 1):
        given = [(text_field(answer, "text"), answer["answer_start"]) for answer in _list(asked, "answers")]
        answers = _agreed([(said, (start, start + len(said))) for said, start in given], _CANNOT_ANSWER)
        plain = {"y": "yes", "n": "no"}.get(asked.get("yesno", ""))
        if plain and answers:
            answers = [(plain, answers[0][1]), *answers]
        question_id = id_field(asked.get("id"), f"{name}/{number}")
        kind = YES_NO if plain else None
        words = text_field(asked, "question")
        place = (name, number, article_id, text)
        questions.append(_published(question_id, words, answers, kind, place))
    return questions


_Said = list[tuple[str, tuple[int, int]]]
"""The answers of annotators, each with the span of the text that it rests on."""


def _agreed(said: _Said, nothing: str) -> _Said:
    """Those who found an answer; none of them if as many or more found `nothing` (as QuAC's own scorer counts)."""
    found = [(answer, span) for answer, span in said if normalise_unicode(answer) != normalise_unicode(nothing)]
    return found if 2 * len(found) > len(said) else []


def _published(
    question_id: str, question: str, said: _Said, kind: str | None, place: tuple[str, int, str, str]
) -> GoldQuestion:
    """The turn at a place: the dialogue, the turn's number, the article's id and its text."""
    name, number, article_id, text = place
    places = dict.fromkeys(Place((article_id,), *span) for span in _within(text, (span for _, span in said)))
    return GoldQuestion(
        id=question_id,
        question=question,
        answers=tuple(dict.fromkeys(answer for answer, _ in said)),
        relevant=(Relevant((article_id,)),),
        evidence=(Evidence(tuple(places)),) if places else (),
        context=(article_id,),
        kind=kind,
        turn=Turn(name, number, "answer" if said else "refuse"),
    )


def _within(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that are some of the text: a few of those published are none."""
    return [(start, end) for start, end in spans if 0 <= start < end <= len(text)]
