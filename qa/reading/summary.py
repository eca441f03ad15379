"""An article's own sentences that say most of it: centrality on a graph of sentences, with a prior for early ones.

LexRank (Erkan and Radev, Journal of Artificial Intelligence Research 22, 2004) in its biased form (Otterbacher, Erkan
and Radev, HLT/EMNLP 2005): a walk from sentence to similar sentence that now and then begins anew. There it begins anew
at sentences like a question, here at early ones, since news says first what matters. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from index.text import stems, words_of
from index.types import Span
from qa.language.leaning import is_prose, leans
from qa.language.vocabulary import TITLES
from qa.reading.findings import overlap

if TYPE_CHECKING:
    import numpy as np

CONSIDERED = 300
"""How many sentences of an article are looked at, from its beginning."""

_RESTART = 0.15  # how often the walk begins anew, as in LexRank
_SAME = 0.85  # cosine from which two sentences say the same
_FEWEST, _MOST = 3, 5
_SENTENCES_FOR_ONE_MORE = 15


def whole_sentences(text: str, sentences: Sequence[Span]) -> tuple[Span, ...]:
    """The sentences that are `CONSIDERED`, put together again where one was taken to end after "Ms."."""
    whole: list[Span] = []
    for start, end in sentences[:CONSIDERED]:
        if whole and text[slice(*whole[-1])].endswith(TITLES) and text[whole[-1][1] : start].strip("\t ") == "":
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    return tuple(whole)


def summarize(text: str, sentences: Sequence[Span], vectors: np.ndarray) -> tuple[Span, ...]:
    """Three to five of an article's `sentences`, in its order; fewer where fewer can stand by themselves.

    `vectors`: theirs, float32 [sentences, dim], unit length. A sentence that leans on the one before it comes only with
    that one, and of sentences that say the same only one comes. If none can stand by itself, the first is all there is.
    """
    if not sentences:
        return ()
    said = [text[start:end] for start, end in sentences]
    wanted = min(_MOST, _FEWEST + len(said) // _SENTENCES_FOR_ONE_MORE)
    ranked = rank(vectors)
    chosen: list[int] = []
    while len(chosen) < wanted:
        best = next((i for i in ranked if _may_be_said(i, said, chosen, vectors)), None)
        if best is None:
            break
        chosen.append(best)
    return tuple(sentences[i] for i in sorted(chosen or [0]))


MORE = 3
"""How many sentences are told as more."""


def further(text: str, sentences: Sequence[Span], told: Collection[Span], near: Sequence[Span]) -> tuple[Span, ...]:
    """What else an article says, at most `MORE` sentences, in its order, none that was `told`.

    First those that came `near` what was asked, then what follows the last that was told; from the beginning where
    none was. A sentence that leans on the one before it comes where that was told, or comes too.
    """
    covered = {i for i, one in enumerate(sentences) if any(overlap(one, other) for other in told)}
    chosen: list[int] = []

    def take(i: int) -> None:
        free = i not in covered and i not in chosen and is_prose(text[slice(*sentences[i])])
        if free and (not leans(text[slice(*sentences[i])]) or i - 1 in covered or i - 1 in chosen):
            chosen.append(i)

    for one in near:
        for i in [i for i, sentence in enumerate(sentences) if overlap(one, sentence)]:
            if len(chosen) < MORE - 1:
                take(i)
    last = max(covered | set(chosen), default=-1)
    for i in (*range(last + 1, len(sentences)), *range(last + 1)):
        if len(chosen) < MORE:
            take(i)
    return tuple(sentences[i] for i in sorted(chosen))


def rank(vectors: np.ndarray) -> list[int]:
    """The sentences with these vectors (rows), the most central first."""
    import numpy as np

    count = len(vectors)
    prior = 1 / np.arange(1, count + 1)
    prior /= prior.sum()
    similar = np.maximum(vectors.astype(np.float64) @ vectors.T, 0)
    np.fill_diagonal(similar, 1e-9)  # so that a sentence like no other leads somewhere
    steps = similar / similar.sum(axis=1, keepdims=True)
    # the walk's stationary distribution: p = restart * prior + (1 - restart) * p @ steps
    weight = np.linalg.solve(np.eye(count) - (1 - _RESTART) * steps.T, _RESTART * prior)
    return [int(i) for i in np.argsort(-weight.round(12), kind="stable")]


def word_vectors(texts: Sequence[str]) -> np.ndarray:
    """float32 [texts, words], unit length: tf-idf among these texts, as LexRank has it; where no model is at hand."""
    import numpy as np

    counts = [Counter(stems(text)) for text in texts]
    column = {word: i for i, word in enumerate(dict.fromkeys(word for count in counts for word in count))}
    matrix = np.zeros((len(texts), max(1, len(column))))
    for row, count in enumerate(counts):
        for word, times in count.items():
            matrix[row, column[word]] = times
    matrix *= np.log((1 + len(texts)) / (1 + (matrix > 0).sum(axis=0))) + 1e-9
    return (matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def _may_be_said(i: int, said: Sequence[str], chosen: Sequence[int], vectors: np.ndarray) -> bool:
    """Whether sentence `i` can join those that are `chosen`."""
    if i in chosen or not is_prose(said[i]) or (leans(said[i]) and i - 1 not in chosen):
        return False
    return not any(
        float(vectors[i] @ vectors[other]) >= _SAME or words_of(said[i]) == words_of(said[other]) for other in chosen
    )
