"""What lines want. The lines are others than those that it was fitted on."""

import json
from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from index.models.embed import QuestionEncoder, open_encoder
from index.models.weights import default_model
from qa.language.acts import ACTS, ARTICLES, FILE, LEANING, TALK, WANTS, Acts, best_of
from qa.models.shipped import WEIGHTS


@pytest.fixture(scope="module")
def encoder() -> QuestionEncoder:
    return open_encoder(default_model())


@pytest.fixture(scope="module")
def acts() -> Acts:
    return Acts.load(WEIGHTS)


def test_what_is_shipped_was_fitted_with_the_encoder_that_is_shipped() -> None:
    for name in (FILE, LEANING):
        assert json.loads((WEIGHTS / name).read_text())["encoder"] == default_model().fingerprint


@pytest.mark.parametrize(
    ("line", "wants"),
    [
        ("Hello there!", TALK),
        ("Many thanks", TALK),
        ("What can you do for me?", TALK),
        ("Tell me more about this", {"more"}),
        ("and what else?", {"more"}),
        ("Please summarize the article", {"summary"}),
        ("Can you summarise the piece on the floods in Brazil?", {"summary"}),
        ("What articles do you have about tennis?", ARTICLES),
        ("any stories on the elections in Ghana", ARTICLES),
        ("How many articles mention Toyota?", ARTICLES),
        ("Who says that?", {"source"}),
        ("How many people were killed in the fire?", {"question"}),
        ("Why?", {"question"}),
        ("What did the judge say about the delay?", {"question"}),
        ("When was she elected?", {"question"}),
        ("Did the company apologise?", {"question"}),
        ("Which poem, published in April, was read at the funeral?", {"question"}),
        ("Which memoir, published on June 9, 2017, has sold 12,000 copies?", {"question"}),
    ],
)
def test_what_lines_want(line: str, wants: set[str], acts: Acts, encoder: QuestionEncoder) -> None:
    assert acts.of(line, encoder.encode_questions([line])[0]).what in wants


def test_what_leans_on_a_talk(acts: Acts, encoder: QuestionEncoder) -> None:
    def leans(line: str) -> float:
        return acts.leans(line, encoder.encode_questions([line])[0])

    assert min(map(leans, ("why?", "how old is she", "When did he do so?", "who else was there?"))) > 0.5
    alone = ("Who is the president of Peru?", "how many people live in the city of lagos")
    assert max(map(leans, alone)) < 0.5


def test_another_act_has_to_be_so_many_times_as_probable_as_a_question() -> None:
    def shares(**of: float) -> list[float]:
        return [of.get(what, 0.0) for what in WANTS]

    assert WANTS[best_of(shares(question=0.3, about=0.5, mentions=0.2), 2.0)[0]] == "about"
    assert WANTS[best_of(shares(question=0.4, about=0.6), 2.0)[0]] == "question"
    assert WANTS[best_of(shares(question=0.3, source=0.4, more=0.3), 2.0)[0]] == "source"
    assert {what for act in ACTS for what in act} == set(WANTS)


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{}")
    with pytest.raises(ModelError, match="what lines want cannot be read"):
        Acts.load(tmp_path)
    assert np.isfinite(Acts.load(WEIGHTS).weights).all()
