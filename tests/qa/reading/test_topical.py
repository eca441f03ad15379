"""Which articles are about something."""

from pathlib import Path

import pytest

from index.errors import ModelError
from index.mentions import About
from index.types import Facts
from qa.models.shipped import WEIGHTS
from qa.reading.topical import Topical


def about(article_id: str, **features: float) -> About:
    return About(Facts(article_id), None, 0, named=False, **{"stands": 0.0, **features})


def test_what_is_near_and_has_the_words_is_chosen_the_nearest_first() -> None:
    topical = Topical.load(WEIGHTS)
    near, nearer = (
        about("near", closest=0.5, opening=0.5, stands=1.0),
        about("nearer", closest=0.6, opening=0.6, stands=1),
    )
    far, word_alone = about("far", closest=0.1, opening=0.0), about("word", closest=0.2, opening=0.1, stands=1.0)
    assert topical.chosen([far, near, word_alone, nearer]) == [nearer, near]
    assert topical.chosen([]) == []


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="install article-qa again"):
        Topical.load(tmp_path)
