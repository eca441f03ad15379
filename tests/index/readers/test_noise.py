"""Leftovers of the page are found, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.noise import between_noise, find_noise

BLOB = "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs" + "aB3+/" * 6


@pytest.mark.parametrize(
    ("text", "noise"),
    [
        ("in a statement.\n{mosads}“Finally, the", ["{mosads}"]),
        ("one {mosads}{mosads} two", ["{mosads}{mosads}"]),
        ("one {{ad_slot.2}} two [[inline:ad]] three", ["{{ad_slot.2}}", "[[inline:ad]]"]),
        ("one <!-- ad\nhere --> two", ["<!-- ad\nhere -->"]),
        ("one\nAdvertisement\ntwo", ["Advertisement"]),
        ("one\r\nADVERTISEMENT \r\ntwo", ["ADVERTISEMENT"]),
        ("Share on Facebook\none", ["Share on Facebook"]),
        ("one\nFacebook | Twitter | Email\ntwo", ["Facebook | Twitter | Email"]),
        ("one\nSign up for our newsletter.\nLoading…", ["Sign up for our newsletter.", "Loading…"]),
        ("one\nRead all comments (12)", ["Read all comments (12)"]),
        ("one\n {mosads} \r\ntwo", ["{mosads}"]),
        ("He left.{mosads} “She did not.”", ["{mosads}"]),
        ("one ![chart](data:image/png;base64,iVBORw0KGgo=) two", ["![chart](data:image/png;base64,iVBORw0KGgo=)"]),
        ('one "data:image/svg+xml,%3Csvg%3E" two', ["data:image/svg+xml,%3Csvg%3E"]),
        (f"one\n{BLOB}\r\n{BLOB}\r\nR0lGOD5=\r\ntwo", [f"{BLOB}\r\n{BLOB}\r\nR0lGOD5="]),
    ],
)
def test_noise(text: str, noise: list[str]) -> None:
    assert [text[start:end] for start, end in find_noise(text)] == noise


@pytest.mark.parametrize(
    "text",
    [
        "The advertisement ran on Monday.",
        "Share prices fell.\nPrint is dead, the editor said.",
        "He wrote {the first} and } { last",
        "f(x) = {1, 2, 3} and [[1, 2], [3, 4]]",
        "“[The president] said so,” {2018}",
        "He typed {name} twice, then ({name}), “{name}” and {name}.",
        "The template {{name}} and the page [[name]] are gone.",
        "https://api.example.org/{user}/posts sends metadata:image/png;base64,AAAA back.",
        "x" * 80 + " and " + "0123456789abcdef" * 8 + " https://a.example/" + "aB3/" * 30,
        "Facebook said on Twitter that email is safe.",
        "a < b <!- c -> d",
        "",
    ],
)
def test_what_is_no_noise(text: str) -> None:
    assert find_noise(text) == ()


def test_the_seed_has_one_leftover(seed_text: str) -> None:
    assert [seed_text[start:end] for start, end in find_noise(seed_text)] == ["{mosads}"]


PIECES = [
    "{mosads}",
    "Share",
    "Advertisement",
    "<!--",
    "-->",
    "{",
    "}",
    "[[ad]]",
    "word",
    ".",
    "\n",
    "\r\n",
    " ",
    "|",
    "Print",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_noise_and_what_lies_between_are_apart_and_all_of_the_text(text: str) -> None:
    noise = find_noise(text)
    stretches = between_noise(text, noise)
    assert all(text[start:end].strip() for start, end in stretches)
    position = 0
    for start, end in sorted([*noise, *stretches]):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    "part", ["<!--", "{", "share ", "Share\n", "{a", " ", "[[a", "aB3", "data:a/b,", "data:a/", "![", "aB3" * 20 + "\n"]
)
def test_long_texts_of_marks_take_no_time(part: str) -> None:
    find_noise(part * (200_000 // len(part)))  # quadratic would be minutes
