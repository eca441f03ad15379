"""What an older version of a story said, and where an article gives the whole of a name."""

import pytest

from qa.reading.fullname import whole_name
from qa.reading.versions import older_value
from tests.fakes import passage


@pytest.mark.parametrize(
    ("quote", "value", "older", "said"),
    [
        ("At least 72 people died in the fire.", "72", "It was night. At least 61 people died in the fire.", "61"),
        ("The bill cost $3 billion, he said.", "$3 billion", "The bill cost $3bn, he said.", None),
        ("Five ships sank off Lund.", "Five", "5 ships sank off Lund.", None),
        ("It closed on Sept. 4 in Lund.", "Sept. 4", "It closed on September 4 in Lund.", None),
        ("Five ships sank off Lund.", "Five", "The mayor of Lund has six children.", None),  # another sentence
        ("Bo Ek sank off Lund.", "Bo Ek", "Per Ek sank off Lund.", None),  # no figure
    ],
)
def test_the_older_value(quote: str, value: str, older: str, said: str | None) -> None:
    start = quote.index(value)
    found = older_value(quote, (start, start + len(value)), [passage(older, article="old", start=7)])
    assert (found.text if found else None) == said
    if found:
        assert found.sentence[0] <= found.value[0] < found.value[1] <= found.sentence[1]


def test_the_whole_of_a_name() -> None:
    text = "Mr. Ek spoke. James Ek of Lund wrote it. Anna Ekman left."
    sentences = passage(text).sentences
    sentences = ((0, 13), *[s for s in sentences if s[0] > 10])

    def whole(answer: str) -> str | None:
        found = whole_name(answer, text, sentences)
        return None if found is None else text[slice(*found.name)]

    assert whole("Mr. Ek") == "James Ek"
    assert whole("Ek") == "James Ek"
    assert whole("Anna Ekman") is None  # it is whole
    assert whole("Lund") is None
    assert whole("the mayor") is None
