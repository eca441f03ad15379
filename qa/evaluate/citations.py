"""Citations and passages against gold evidence, by overlap of spans: no model judges anything. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from qa.evaluate.answers import contains, normalise_unicode
from qa.evaluate.gold import Evidence, GoldQuestion, Place
from qa.evaluate.predictions import Quoted, TextOf


def touches(quoted: Quoted, piece: Evidence) -> bool:
    """Whether a quote or passage shares a character with a piece of evidence (at any of its places).

    With offsets on both sides: the same article and overlapping spans. Where one side has words only: the same article
    (if both name one) and one's words stand, in a row and without punctuation and articles, in the other's.
    """
    return any(_at(quoted, place) for place in piece.places)


def _at(quoted: Quoted, place: Place) -> bool:
    if place.article_ids and quoted.article_id is not None and quoted.article_id not in place.article_ids:
        return False
    if place.start is not None and place.end is not None and quoted.start is not None and quoted.end is not None:
        return quoted.article_id is not None and quoted.start < place.end and place.start < quoted.end
    return bool(place.text and quoted.text) and (
        contains([quoted.text], [place.text or ""]) or _words_in(quoted.text, place.text or "")
    )


def _words_in(part: str, whole: str) -> bool:
    words = normalise_unicode(part)
    return bool(words) and f" {words} " in f" {normalise_unicode(whole)} "


def alce(citations: Sequence[Quoted], evidence: Sequence[Evidence]) -> tuple[float, float | None]:
    """(recall, precision) of one answer's citations; precision is None without a citation.

    ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations", section 4) with the answer
    as its one statement. ALCE asks an entailment model whether citations support a statement; here they do when each
    piece of gold evidence is touched by one of them.
    Recall: 1 if all citations together support the answer, else 0.
    Precision: the share of citations that are relevant. None is where recall is 0; else one is irrelevant if it does
    not support the answer alone and the others support it without it.
    """

    def support(chosen: Sequence[Quoted]) -> bool:
        return all(any(touches(citation, piece) for citation in chosen) for piece in evidence)

    if not citations:
        return 0.0, None
    if not support(citations):
        return 0.0, 0.0
    relevant = [
        support([citation]) or not support([*citations[:number], *citations[number + 1 :]])
        for number, citation in enumerate(citations)
    ]
    return 1.0, sum(relevant) / len(relevant)


def overlap(citations: Sequence[Quoted], evidence: Sequence[Evidence]) -> tuple[float, float | None]:
    """(recall, precision) by pieces: the share of pieces that a citation touches, of citations that touch a piece.

    As HotpotQA scores supporting facts (Yang et al. 2018), with citations in the place of predicted sentences.
    """
    recall = sum(any(touches(citation, piece) for citation in citations) for piece in evidence) / len(evidence)
    if not citations:
        return recall, None
    return recall, sum(any(touches(citation, piece) for piece in evidence) for citation in citations) / len(citations)


def verbatim(citations: Sequence[Quoted], text_of: TextOf) -> float | None:
    """The share of quotes that are, character for character, what the article says at their offsets.

    None where no citation has offsets: nothing is claimed. A quote from an article that does not exist is not verbatim.
    """
    located = [citation for citation in citations if citation.start is not None]
    if not located:
        return None
    return sum(_is_verbatim(citation, text_of) for citation in located) / len(located)


def _is_verbatim(citation: Quoted, text_of: TextOf) -> bool:
    text = text_of(citation.article_id) if citation.article_id is not None else None
    return bool(citation.text) and text is not None and text[citation.start : citation.end] == citation.text


def relevant_passages(question: GoldQuestion, passages: Sequence[Quoted]) -> tuple[list[str], int] | None:
    """For each ranked passage the relevant thing it brings ("" for none), and how many relevant things there are.

    A set with evidence: a passage is relevant if it touches a piece that no passage above it touches; pieces that first
    come in one passage are one thing, each that none brings is one too. A set without: a passage is relevant if a gold
    answer stands in it and it comes from a relevant article; one such passage is all there is to find.
    None if the set does not tell: no evidence, and no relevant article or answer.
    """
    if question.evidence:
        missing = dict(enumerate(question.evidence))
        brought: list[str] = []
        for passage in passages:
            new = [number for number, piece in missing.items() if touches(passage, piece)]
            for number in new:
                del missing[number]
            brought.append(f"evidence {new[0]}" if new else "")
        return brought, sum(bool(thing) for thing in brought) + len(missing)
    if not question.relevant or not question.answers:
        return None
    relevant = {article_id for item in question.relevant for article_id in item.article_ids}
    answers = question.answers
    hits = [passage.article_id in relevant and contains([passage.text], answers) for passage in passages]
    first = hits.index(True) if True in hits else None
    return ["evidence" if number == first else "" for number in range(len(hits))], 1
