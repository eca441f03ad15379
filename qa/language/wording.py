"""From a span that a model marked to the words that a person would say: no loose marks, numbers and lists whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.text import words_of
from index.types import Span
from qa.language.quantities import find_quantities
from qa.language.vocabulary import ARTICLES, AUXILIARIES, MODALS, QUESTION_WORDS, STOP_WORDS


def worded(question: str, text: str, sentences: Sequence[Span], span: Span) -> tuple[Span, Span] | None:
    """The sentence that holds `span` and the answer in it, all offsets into `text`.

    None if nothing is left of the span, or it is not within one sentence.
    """
    start, end = trim(text, *span)
    sentence = next((s for s in sentences if s[0] <= start and end <= s[1]), None)
    if start >= end or sentence is None:
        return None
    shift = max(sentence[0], text.rfind("\t", sentence[0], start) + 1)  # what belongs to it stands in its cell
    tab = text.find("\t", end, sentence[1])
    words = text[shift : tab if tab >= 0 else sentence[1]]
    for first, last in find_quantities(words):
        # "4,000" of "up to 4,000 troops" is another fact: a number keeps what stands with it.
        if first < end - shift and start - shift < last:
            start, end = min(start, shift + first), max(end, shift + last)
    if asks_for_several(question):
        first, last = whole_list(words, (start - shift, end - shift))
        start, end = shift + first, shift + last
    return sentence, (start, end)


def within_cell(question: str, text: str, span: Span) -> Span:
    """The span, or if it runs over columns of a table (tabs) the first of its cells that the question does not say.

    >>> within_cell("How many votes did Bo Ek get?", "Bo Ek\\t1,150\\t48.8", (0, 16))
    (6, 11)
    """
    cells = [(span[0] + cell.start(), span[0] + cell.end()) for cell in re.finditer(r"[^\t]+", text[slice(*span)])]
    asked = words_of(question)
    new = (cell for cell in cells if words_of(text[slice(*cell)]) not in asked)
    return next(new, span) if len(cells) > 1 else span


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space and marks at its ends; a quotation mark or bracket stays if its partner is inside.

    >>> trim('the “onslaught,” he said', 4, 15)
    (5, 14)
    """
    while start < end and not (text[start].isalnum() or text[start] in "$£€¥#@+-−" or _paired(text[start:end])):
        start += 1
    while start < end and not (text[end - 1].isalnum() or text[end - 1] in "%$£€¥°" or _ends_well(text[start:end])):
        end -= 1
    return start, end + _closing(text, start, end)


def _closing(text: str, start: int, end: int) -> int:
    """1 if the mark behind the span closes what was opened in it: “stop the “onslaught” is said with its end."""
    opened = next((mark for mark in reversed(text[start:end]) if mark in "“”()[]"), "")
    return int(opened != "" and opened in "“([" and text[end : end + 1] == {"“": "”", "(": ")", "[": "]"}[opened])


def _paired(span: str) -> bool:
    """Whether the span opens with a mark whose partner stands in it."""
    partner = {"“": "”", "‘": "’", '"': '"', "(": ")", "[": "]"}.get(span[0])
    return partner is not None and partner in span[1:]


def _ends_well(span: str) -> bool:
    """Whether the span ends with a mark whose partner stands in it, or with the point of an abbreviation."""
    partner = {"”": "“", "’": "‘", '"': '"', ")": "(", "]": "["}.get(span[-1])
    return (partner is not None and partner in span[:-1]) or bool(
        re.search(r"(?:\b\w\.){2,}$|\b[A-Z][a-z]{0,3}\.$", span)
    )


# ---- what a question wants -------------------------------------------------------------------------------------------

_VERBS = "|".join(verb for verb in (*AUXILIARIES, *MODALS) if verb != "shall")  # which asks for an order, not a fact
_OPEN = "|".join(word for word in QUESTION_WORDS if word != "whose")  # with which one can still want a yes or no
_YES_OR_NO = re.compile(rf"\W*(?:and |but |so )?(?:{_VERBS})(?:n['’]t)?\b(?!.*\b(?:{_OPEN}|or)\b)", re.IGNORECASE)
_WHY = re.compile(
    r"\bwhy\b|\bhow come\b|\bwhat (?:(?:was|is|were|are) the (?:\w+ )?(?:reasons?|causes?)\b|caused\b)",
    re.IGNORECASE,
)
_TOLD = re.compile(  # what a sentence tells better than a few of its words
    rf"\bhow (?:{_VERBS})\b|\bwhat (?:(?:has|have|had) )?happen|\bwhat(?:['’]s| (?:{_VERBS})) [^?]*"
    r"\b(?:say|said|think|thought|tell|told|mean|about|like|do|doing|claim|argue|explain|suggest|react|reaction|response|"
    r"opinion|view|describe|state|warn|promise|plan)\b",
    re.IGNORECASE,
)


def wants_yes_or_no(question: str) -> bool:
    """Whether the question begins with its verb and asks for nothing else.

    >>> wants_yes_or_no("Did Mattis authorize it?"), wants_yes_or_no("Is it known who authorized it?")
    (True, False)
    """
    return bool(_YES_OR_NO.match(question))


def asks_why(question: str) -> bool:
    """Whether it asks for a reason.

    >>> asks_why("Why did he go?"), asks_why("What was the cause of the fire?"), asks_why("Who was the cause?")
    (True, True, False)
    """
    return bool(_WHY.search(question))


def wants_fact(question: str) -> bool:
    """Whether a few words answer the question: who, when, where, how many; not why, how, what happened, what was said.

    >>> wants_fact("How old was he?"), wants_fact("How did he die?"), wants_fact("What did he say?")
    (True, False, False)
    """
    return not (wants_yes_or_no(question) or asks_why(question) or _TOLD.search(question))


# ---- lists ---------------------------------------------------------------------------------------------------------

_WORD = r"(?:(?:[A-Z]\.){2,}|[A-Z]\w{0,2}\.(?=\s[A-Z])|[A-Z][\w'’&-]*)"
_NAME = rf"(?:the\s+)?{_WORD}(?:\s+(?:(?:of|the|de|la|van|von|al|bin)\s+)*{_WORD})*"
_LIST = re.compile(rf"{_NAME}(?:\s*,\s*{_NAME})*\s*,?\s+(?:and|or|&|as\s+well\s+as)\s+{_NAME}")
_NO_ITEM = STOP_WORDS - {"the"}
_NO_PLURAL = frozenset("was is does has this his its us as less across class process business news plus thus".split())


def asks_for_several(question: str) -> bool:
    """Whether a question asks for more than one thing: "Which countries ...", "Who were the ...", "Name the ...".

    >>> asks_for_several("Which countries joined?"), asks_for_several("Which country joined?")
    (True, False)
    """
    asked = question.lower()
    if re.search(r"\bwho (?:were|are)\b|^(?:name|list)\b|\bwhat (?:were|are) the (?:names|\w+ [a-z]+s)\b", asked):
        return True
    for words in re.findall(r"\b(?:which|what)\s+((?:[\w-]+\s+){0,2}?[\w-]+s)\b", asked):
        last = words.split()[-1]
        if last not in _NO_PLURAL and not last.endswith("ss") and not _NO_PLURAL & set(words.split()):
            return True
    return False


def whole_list(sentence: str, span: Span) -> Span:
    """`span`, or the list of names that it is part of: whole items only, as they stand.

    >>> text = "They came from Guatemala, Honduras and El Salvador in May."
    >>> start, end = whole_list(text, (15, 24))
    >>> text[start:end]
    'Guatemala, Honduras and El Salvador'
    """
    items = _mixed_list(sentence, span)
    for match in _LIST.finditer(sentence):
        if match.start() <= span[0] and span[1] <= match.end():
            start, end = match.span()
            named = all(re.search(r"[A-Z]", sentence[slice(*item)]) for item in items)
            if items and named and items[0][0] <= start and end <= items[-1][1]:
                break
            first = re.match(r"\w+\s+", match.group())
            if first and first.group().strip().lower() in _NO_ITEM:  # a sentence's first word: "From Rome and"
                start += first.end()
            return trim(sentence, start, end)
    return (items[0][0], items[-1][1]) if items else span


def list_items(question: str, answer: str) -> list[str]:
    """The items of an answer that is a list, if the question asks for several; else the answer alone.

    >>> list_items("Which countries joined?", "Guatemala, Honduras and El Salvador")
    ['Guatemala', 'Honduras', 'El Salvador']
    """
    if not asks_for_several(question):
        return [answer]
    if not _LIST.fullmatch(answer):
        mixed = _mixed_list(answer, (0, len(answer)))
        return [answer[slice(*item)] for item in mixed] or [answer]
    items = re.split(r"\s*,\s*(?:(?:and|or|&|as\s+well\s+as)\s+)?|\s+(?:and|or|&|as\s+well\s+as)\s+", answer)
    return [item for item in items if item]


_BETWEEN = re.compile(r"\s*,\s*(?:(?:and|or|as\s+well\s+as)\s+)?|\s+(?:and|or|as\s+well\s+as)\s+")
_LEADS_IN = re.compile(
    r".*(?:\b(?:from|of|including|like|are|were|was|is|against|with|for|to|in|at|as|by|opponents|between|among)\b|:)\s+",
    re.IGNORECASE,
)
_WORDS_OF_ITEM = 6
_NO_FIRST = (STOP_WORDS - set(ARTICLES)) | {"however", ""}


def _mixed_list(sentence: str, span: Span) -> list[Span]:
    """The items of the list that `span` is part of, if that is three things or more before whose last stands "and".

    Items are short; the first begins behind what leads it in, the last ends with its name, or its first noun.
    """
    marks = list(_BETWEEN.finditer(sentence))
    parts = list(zip([0, *(m.end() for m in marks)], [*(m.start() for m in marks), len(sentence)], strict=True))
    held = [i for i, (start, end) in enumerate(parts) if start < span[1] and span[0] < end]
    if not held:
        return []
    first, last = held[0], held[-1]
    while first > 0 and len(sentence[slice(*parts[first])].split()) <= _WORDS_OF_ITEM:
        if _LEADS_IN.match(sentence[slice(*parts[first])]):
            break
        first -= 1
    while last < len(marks) and sentence[marks[last].start() : marks[last].end()].strip() != "":
        ends = re.search(r"\b(?:and|or|as)\b", marks[last].group())
        if not ends and len(sentence[slice(*parts[last + 1])].split()) > _WORDS_OF_ITEM:
            break
        last += 1
        if ends:
            break
    chosen = parts[first : last + 1]
    if len(chosen) < 3 or not last or not re.search(r"\b(?:and|or|as)\b", marks[last - 1].group()):
        return []
    begin = _LEADS_IN.match(sentence[slice(*chosen[0])])
    start = chosen[0][0] + (begin.end() if begin else 0)
    words = sentence[start : chosen[0][1]].split()
    end = _end_of_item(sentence, *chosen[-1])
    if not words or len(words) > _WORDS_OF_ITEM or end is None:
        return []
    items = [trim(sentence, *one) for one in ((start, chosen[0][1]), *chosen[1:-1], (chosen[-1][0], end))]
    firsts = {(sentence[slice(*item)].split() or [""])[0].lower() for item in items}
    return [] if firsts & _NO_FIRST else items


def _end_of_item(sentence: str, start: int, end: int) -> int | None:
    """Where the last item of a list ends: with its name; else the whole part, if that is short."""
    named = re.match(rf"(?:(?:the|an?|one|two|three|four|five)\s+)?(?:[a-z]+\s+from\s+)?{_NAME}", sentence[start:end])
    if named:
        return start + named.end()
    return end if len(sentence[start:end].split()) <= _WORDS_OF_ITEM // 2 else None
