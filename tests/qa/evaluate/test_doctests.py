from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["answers", "gold", "retrieval", "scores"])
def test_examples_in_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"qa.evaluate.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
