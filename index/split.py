"""Text -> sentences -> passages, with exact offsets into the stored text.

Sentences are found by sentencex; LlamaIndex's SentenceSplitter packs whole sentences into passages. Noise and the ends
of lines are borders of sentences, noise is a border of passages too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from index.abbreviations import goes_on
from index.readers.noise import between_noise
from index.types import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PASSAGE_PIECES = 128
"""Word pieces of a passage at most (one longer sentence makes a longer passage)."""

_LONGEST_PARAGRAPH = 20_000
_SPACE = re.compile(r"[^\S \n]")
_ROW = re.compile(r"[^\s][^\S\n]*\t[^\S\n]*[^\s]")


@dataclass(frozen=True, slots=True)
class Split:
    """The sentences of a text and its passages, both in order; a passage begins and ends where a sentence does."""

    sentences: tuple[Span, ...]
    passages: tuple[Span, ...]


class Splitter:
    """Splits articles with one embedding model's tokenizer, so that "too long" means what the model means by it."""

    def __init__(self, tokenizer: Tokenizer, model_pieces: int, passage_pieces: int = PASSAGE_PIECES) -> None:
        """`model_pieces`: the word pieces the model reads of a text, its special tokens not counted."""
        from llama_index.core.node_parser import SentenceSplitter

        self._tokenizer = tokenizer
        self._model_pieces = model_pieces
        self._passage_pieces = passage_pieces
        self._packer = SentenceSplitter(
            chunk_size=passage_pieces,
            chunk_overlap=0,
            tokenizer=self._pieces,
            chunking_tokenizer_fn=re.compile(r"[^\0]+\0?").findall,
            paragraph_separator="\0\0",  # never there: paragraphs do not bind passages
        )

    def split(self, text: str, noise: Sequence[Span]) -> Split:
        """The sentences and passages of `text` beside its `noise`; both empty if it is all noise."""
        sentences: list[Span] = []
        passages: list[Span] = []
        for stretch in between_noise(text, noise):
            found = [part for sentence in find_sentences(text, stretch) for part in self._cut(text, sentence)]
            sentences += found
            passages += self._pack(text, found)
        return Split(tuple(sentences), tuple(passages))

    def _pieces(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _cut(self, text: str, sentence: Span) -> Iterator[Span]:
        """The sentence itself, or pieces of it, between words where it has any, if it is longer than the model reads.

        Nothing where the model reads nothing (a stray byte order mark, say).
        """
        start, end = sentence
        # The spans of word pieces may overlap (one character can be several) and leave out what the model ignores, so
        # only where they begin counts: everything between two cuts belongs to the piece.
        begins = [begin for begin, _ in self._tokenizer.encode(text[start:end], add_special_tokens=False).offsets]
        if not begins:
            return
        first = 0
        while len(begins) - first > self._model_pieces:
            limit = first + self._model_pieces
            starts = [i for i in range(limit, first, -1) if begins[i] > begins[i - 1]]
            between_words = (i for i in starts if text[start + begins[i] - 1].isspace())
            cut = next(between_words, starts[0])
            yield from _stripped(text, sentence[0], start + begins[cut])
            sentence, first = (start + begins[cut], end), cut
        yield from _stripped(text, *sentence)

    def _pack(self, text: str, sentences: list[Span]) -> Iterator[Span]:
        """Passages of whole sentences: a sentence longer than a passage alone, the others packed."""
        sized = [(sentence, len(self._pieces(text[slice(*sentence)])) > self._passage_pieces) for sentence in sentences]
        for is_long, group in groupby(sized, key=lambda item: item[1]):
            run = [sentence for sentence, _ in group]
            if is_long:
                yield from run
                continue
            # The splitter packs by the sentences we found, joined by a mark that is in no article; so its chunks are
            # counted in sentences, and no text has to be searched for.
            position = 0
            for chunk in self._packer.split_text(" \0".join(text[slice(*s)] for s in run)):
                count = len(re.findall(r"[^\0]+", chunk))
                yield run[position][0], run[position + count - 1][1]
                position += count


def find_sentences(text: str, stretch: Span) -> Iterator[Span]:
    """The sentences within `stretch` of `text`, without the white space around them. A row of a table is one."""
    start, end = stretch
    for paragraph in (part for span in _paragraphs(text, start, end) for part in _shortened(text, *span)):
        cells = list(_cells(text, paragraph))
        found = [list(_segmented(text, *cell)) for cell in cells]
        if len(cells) > 1 and all(len(sentences) == 1 for sentences in found):
            yield cells[0][0], cells[-1][1]
        else:
            yield from (sentence for sentences in found for sentence in sentences)


def _segmented(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of a paragraph by sentencex, but for some that it cuts after an abbreviation."""
    from sentencex import segment

    # sentencex gives its text back whole, piece by piece, so lengths are enough. Its Rust core panics after some
    # kinds of white space ("A\u3000. x"), so it sees plain spaces.
    position = begin = start
    for piece in segment("en", _SPACE.sub(" ", text[start:end])):
        if goes_on(text[begin:position], piece):
            position += len(piece)
            continue
        yield from _stripped(text, begin, position)
        begin, position = position, position + len(piece)
    yield from _stripped(text, begin, position)


def _cells(text: str, paragraph: Span) -> Iterator[Span]:
    """The paragraph, or what stands between its tabs."""
    position = paragraph[0]
    for tab in re.compile(r"\t+").finditer(text, *paragraph):
        yield from _stripped(text, position, tab.start())
        position = tab.end()
    yield from _stripped(text, position, paragraph[1])


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without the white space around it; nothing if it is all white space."""
    if stripped := text[start:end].strip():
        start += text[start:end].index(stripped)
        yield start, start + len(stripped)


# What ends a line; not within a word that is broken there.
_LINE_END = re.compile(r"\n(?![^\W\d_A-Z])|(?<![^\W\d_A-Z][-‐\u00ad])(?<![^\W\d_A-Z][-‐\u00ad]\r)\n")
_EMPTY_LINES = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*)+")


def _paragraphs(text: str, start: int, end: int) -> Iterator[Span]:
    """Lines, or blocks between empty lines where the text is wrapped to a fixed width; a table has lines."""
    if not _is_wrapped(text[start:end]):
        yield from _parts(text, start, end, _LINE_END)
        return
    for block in _parts(text, start, end, _EMPTY_LINES):
        yield from _parts(text, *block, _LINE_END) if _ROW.search(text, *block) else [block]


def _parts(text: str, start: int, end: int, border: re.Pattern[str]) -> Iterator[Span]:
    """What stands between the borders, if it is not all white space."""
    position = start
    for match in border.finditer(text, start, end):
        if text[position : match.start()].strip():
            yield position, match.start()
        position = match.end()
    if text[position:end].strip():
        yield position, end


def _shortened(text: str, start: int, end: int) -> Iterator[Span]:
    """The paragraph, or parts of it, cut after a full stop or between words where there is one.

    What sentencex takes for a quotation that nobody closes grows with the square of the paragraph.
    """
    while end - start > _LONGEST_PARAGRAPH:
        limit = start + _LONGEST_PARAGRAPH
        cuts = (text.rfind(border, start + _LONGEST_PARAGRAPH // 2, limit) for border in (". ", " "))
        cut = next((cut + 1 for cut in cuts if cut >= 0), limit)
        yield start, cut
        start = cut
    yield start, end


def _is_wrapped(text: str) -> bool:
    """Whether sentences run on over the ends of lines: few lines that another one follows end as sentences do."""
    lines = [line.rstrip() for line in text.split("\n")]
    followed = [line for line, following in pairwise(lines) if line and following]
    if len(followed) < 3 or max(map(len, followed)) > 120:
        return False
    ended = sum(line.rstrip("\"”’')]").endswith((".", "!", "?", ":", "…")) for line in followed)
    return ended * 2 < len(followed)
