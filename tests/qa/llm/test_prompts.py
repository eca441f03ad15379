"""A prompt and the fields that its caller fills fit together, or it does not load."""

from pathlib import Path

import pytest

from index.errors import UsageError
from qa.llm import prompts


@pytest.mark.parametrize("name", sorted(prompts.FIELDS))
def test_load_and_fill(name: str) -> None:
    filled = prompts.load(name).substitute({field: f"<{field} $1>" for field in prompts.FIELDS[name]})
    assert all(f"<{field} $1>" in filled for field in prompts.FIELDS[name])


def test_every_text_is_one_that_is_loaded() -> None:
    assert {file.stem for file in prompts.folder().glob("*.txt")} == set(prompts.FIELDS)


def test_all_that_is_wrong_is_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "say.txt").write_text("$question $tone $sentences")
    with pytest.raises(UsageError, match=r"say\.txt: \$fence is missing; \$tone is unknown"):
        prompts.check(tmp_path)


def test_own_prompts_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "say.txt").write_text("$question $fence $sentences")
    prompts.check(tmp_path)
    assert prompts.load("say", tmp_path).template == "$question $fence $sentences"
    assert prompts.load("select", tmp_path).template == prompts.load("select").template


def test_a_folder_without_prompts(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(UsageError):
            prompts.check(folder)
