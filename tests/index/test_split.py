"""Sentences and passages: laws on any text, tables for the English that newspapers write."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.readers.noise import find_noise
from index.split import PASSAGE_PIECES, Splitter, find_sentences
from tests.fakes import HashEmbedder


@pytest.fixture(scope="session")
def tokenizer(embedder: HashEmbedder) -> Tokenizer:
    return embedder.tokenizer


@pytest.fixture(scope="session")
def splitter(embedder: HashEmbedder) -> Splitter:
    return Splitter(embedder.tokenizer, embedder.model_pieces)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in find_sentences(text, (0, len(text)))]


@pytest.mark.parametrize(
    "expected",
    [
        ["He left the U.S. on Monday.", "He came back."],
        ["U.S. troops came.", "Mr. Smith, Ms. Lee and Mrs. Jones left with Dr. Poe."],
        ["Sen. John McCain (R-Ariz.) said so.", "Rep. Nancy Pelosi agreed."],
        ["Gen. Mattis met Gov. Brown at 5 p.m. on Jan. 5 in St. Louis.", "They spoke."],
        ["George W. Bush was there.", "So was J. K. Rowling."],
        ["It cost $3.5 million, up 4.25 percent.", "Prices rose."],
        ["“We will go,” he said.", "“They will not.”", "She laughed."],
        ["\"Who did it?\" he asked.", "Nobody knew!"],
        ["Apple Inc. said so.", "Its shares fell 3 pct."],
        ["He said: “It is over.”", "Then he left."],
        ["Really?", "Yes."],
        ["One sentence without an end"],
        ["The vigil begins at 7 p.m. Saturday at Orlen Chapel.", "Bring candles."],
        ["It opens at 9 a.m. ET Friday.", "He left at 9 a.m.", "She stayed."],
        ["The bank cut its rate to 1.25 pct. from 1.5 pct. in March.", "Shares rose 3 pct.", "Analysts cheered."],
        ["Net was 5 cts. vs. 4 cts. a year ago on 10 bbl. of oil.", "It fell."],
        ["No. 5 of the list is Vol. 12, p. 4, approx. 5 ft. tall."],
        ["Mass. Sen. Ek met Dist. Atty. Lee on Fri. Oct. 5.", "They spoke."],
        ["The F.B.I. James B. Comey led was at Pitt, Briggs & Co. at noon.", "He left."],
        ["The Jeopardy! host smiled.", "iPhone sales rose.", "E-mails came."],
        ["he left.", "she came."],
    ],
)  # fmt: skip
def test_english(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A headline\nA storm hit.\n\n\nIt left.", ["A headline", "A storm hit.", "It left."]),
        ("A headline\r\nA storm hit.\r\n\r\nIt left.", ["A headline", "A storm hit.", "It left."]),
        (
            "A storm hit the\ncoast on Monday and\nleft many people with\nno light. It left.\n\nThey said\nso.",
            ["A storm hit the\ncoast on Monday and\nleft many people with\nno light.", "It left.", "They said\nso."],
        ),
        ("  \n\t ", []),
        (
            "Results\n\nName\tVotes\tShare\nAna Ruiz\t1,204\t51.2\nBo Ek\t1,150\t48.8\nJo Sand\t9\t.1\nAl Moor\t3\t0",
            [
                "Results",
                "Name\tVotes\tShare",
                "Ana Ruiz\t1,204\t51.2",
                "Bo Ek\t1,150\t48.8",
                "Jo Sand\t9\t.1",
                "Al Moor\t3\t0",
            ],
        ),
        ("MAROA\tOil rose. Gas fell.\n\tIt left.", ["MAROA", "Oil rose.", "Gas fell.", "It left."]),
        ("He seeks 800 thou-\nsand crowns.\nIt left.", ["He seeks 800 thou-\nsand crowns.", "It left."]),
        (
            "He seeks 800 thou-\r\nsand.\r\nIt left.",
            ["He seeks 800 thou-\r\nsand.", "It left."],
        ),
        (
            "A storm hit the\r\ncoast on Monday and\r\nleft many people with\r\nno light.\r\n\r\nThey said\r\nso.",
            ["A storm hit the\r\ncoast on Monday and\r\nleft many people with\r\nno light.", "They said\r\nso."],
        ),
        ("Grade: A-\nIt left.", ["Grade: A-", "It left."]),
        ("", []),
        ("It left. It left. It left.", ["It left.", "It left.", "It left."]),
        ("George W.\u00a0Bush went.\u00a0He left.", ["George W.\u00a0Bush went.", "He left."]),
        ("A\u3000. x", ["A\u3000. x"]),  # sentencex panics on its white space
    ],
)
def test_lines_and_spaces(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_the_seed(splitter: Splitter, tokenizer: Tokenizer, seed_text: str) -> None:
    split = splitter.split(seed_text, find_noise(seed_text))
    found = [seed_text[start:end] for start, end in split.sentences]
    assert len(found) == 11
    assert found[1].endswith("in a statement.")
    assert found[2].startswith("“Finally, the government")  # {mosads} is glued to it
    assert not any("{" in text for text in found)
    passages = [seed_text[start:end] for start, end in split.passages]
    assert all("mosads" not in passage for passage in passages)
    assert passages[0].endswith("in a statement.")


PARTS = [
    *[
        "a",
        "b ",
        "A",
        "W. ",
        "word ",
        "antidisestablishmentarianism",
        "Another sentence stands here. ",
        "3.5 ",
        "e.g. ",
    ],
    *["U.S. ", "Mr. ", ". ", "! ", "? ", "…", "...", "。", "“", "”", '"', "’", " (", "[1]", "{mosads}", "<!-- x -->"],
    *["\n", "\n\n", "\r", "\r\n", " ", "\t", "\xa0", "\x1c", "\x85", "\u2028", "\u3000", "Advertisement\n"],
    *[
        "한국어",
        "한",
        "漢字",
        "Ж. ",
        "é",
        "e\u0301",
        "\u0301",
        "ﬁ",
        "İ",
        "ß",
        "🎉",
        "\xad",
        "\u200b",
        "\ufeff",
        "\ufffd",
    ],
]


def some(size: int) -> st.SearchStrategy[str]:
    """Texts of few different parts, so that parts meet and repeat."""
    few = st.lists(st.sampled_from(PARTS), min_size=1, max_size=6, unique=True)
    return few.flatmap(lambda parts: st.lists(st.sampled_from(parts), max_size=size).map("".join))


@settings(max_examples=300)
@given(some(12) | some(300) | st.text(max_size=60))
@example("한 " * 300)
@example("한국어" * 200)  # one character is several word pieces: their spans are the same
@example("word " * 1000)
@example("antidisestablishmentarianism" * 100)
@example("Mr. \n\ufeff\n" + "...\n\ufeff\n" * 60)  # nothing that the model reads in some lines
@example(("U.S. troops came. " * 30 + "word " * 200 + ". ") * 3)
def test_the_laws_of_splitting(splitter: Splitter, tokenizer: Tokenizer, text: str) -> None:
    def pieces(span: tuple[int, int]) -> int:
        return len(tokenizer.encode(text[slice(*span)], add_special_tokens=False).ids)

    found = find_noise(text)
    split = splitter.split(text, found)
    noise = {i for start, end in found for i in range(start, end)}
    covered: set[int] = set()
    position = 0
    for start, end in split.sentences:
        assert position <= start < end <= len(text)  # in order, not overlapping
        assert text[start:end] == text[start:end].strip()
        covered.update(range(start, end))
        position = end
    assert not covered & noise
    assert {i for i, c in enumerate(text) if c.isalnum()} - noise <= covered
    starts, ends = {start for start, _ in split.sentences}, {end for _, end in split.sentences}
    inside: set[int] = set()
    position = 0
    for start, end in split.passages:
        assert position <= start
        assert start in starts
        assert end in ends
        assert not noise & set(range(start, end))
        assert pieces((start, end)) <= PASSAGE_PIECES or (start, end) in split.sentences
        assert pieces((start, end)) <= splitter._model_pieces
        inside.update(range(start, end))
        position = end
    assert covered <= inside


def test_passages_are_packed_as_full_as_whole_sentences_allow(splitter: Splitter, tokenizer: Tokenizer) -> None:
    text = " ".join(f"Sentence number {i} says that oil rose again on Monday." for i in range(100))
    passages = splitter.split(text, ()).passages
    sizes = [len(tokenizer.encode(text[start:end], add_special_tokens=False).ids) for start, end in passages]
    assert min(sizes[:-1]) > PASSAGE_PIECES - 15


def test_a_long_sentence_is_cut_between_words(splitter: Splitter) -> None:
    text = "antidisestablishmentarianism " * 100
    split = splitter.split(text, ())
    assert len(split.sentences) > 1
    assert all(text[end - 1] == "m" and text[start] == "a" for start, end in split.sentences)
    assert split.passages == split.sentences


def test_all_noise_is_no_passage(splitter: Splitter) -> None:
    text = "{mosads}\nAdvertisement\n"
    assert splitter.split(text, find_noise(text)).passages == ()
    assert splitter.split("\ufeff\n", ()).passages == ()


def test_the_reader_says_what_is_noise(splitter: Splitter) -> None:
    text = "Oil rose. Read more here. Gas fell."
    split = splitter.split(text, [(10, 25)])
    assert [text[slice(*span)] for span in split.sentences] == ["Oil rose.", "Gas fell."]
    assert split.passages == split.sentences
    assert splitter.split("{mosads}", ()).passages == ((0, 8),)  # it is not looked for again


def test_a_very_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "“He said that oil rose "  # a quotation that nobody closes is no end of a sentence
    text = sentence * 2_000 + "on Monday. " + "Gas fell on Friday. " * 3_000
    found = [text[start:end] for start, end in find_sentences(text, (0, len(text)))]
    assert max(map(len, found)) <= 20_000
    assert "".join("".join(found).split()) == "".join(text.split())
    assert found.count("Gas fell on Friday.") > 2_990
