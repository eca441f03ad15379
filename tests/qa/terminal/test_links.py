"""Which terminals are told links, and where these lead."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.assistant import Assistant
from qa.terminal.links import can_link, file_uri, links_of


@pytest.mark.parametrize(
    ("environment", "can"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb", "VTE_VERSION": "7000"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4602"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "screen", "STY": "1.x", "VTE_VERSION": "7000"}, False),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, True),
    ],
)
def test_terminals(environment: dict[str, str], can: bool) -> None:
    assert can_link(environment) == can


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=20))
def test_a_uri_is_safe_in_a_code(name: str) -> None:
    uri = file_uri(f"/news/{name}", 3)
    assert uri.isascii()
    assert uri.isprintable()
    assert uri.startswith("file:///news")
    assert uri.endswith("#3")


def test_a_quote_leads_to_its_line(assistant: Assistant) -> None:
    answer = assistant.ask("How many troops were authorized?")
    citation = answer.citations[0]
    uri = links_of(answer, assistant.snapshot)[citation.ref]
    text = Path(citation.path).read_text()
    line = text.split("\n")[int(uri.rpartition("#")[2]) - 1]
    assert citation.quote in line
