"""Citations of the provider's own (Anthropic's): sentences are sent as one source, a block of text each.

What a reply cites comes back as block numbers beside its text. They are written into it as others write theirs, in
brackets at the end of a line, so that there is one way on from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def message(prompt: str, sentences: Sequence[str]) -> Any:
    """The message that has the sentences to be cited, and the prompt behind them."""
    from llama_index.core.llms import ChatMessage, CitableBlock, TextBlock

    source = CitableBlock(title="Sentences", source="articles", content=[TextBlock(text=one) for one in sentences])
    return ChatMessage(role="user", blocks=[source, TextBlock(text=prompt)])


def pieces(stream: Iterable[Any], sentences: int, longest: int) -> Iterator[str]:
    """The text of a reply, block by block, each line with the numbers of the sentences that its block cites.

    `stream`: of LlamaIndex's Anthropic. Citations of what was not sent do not count; a block is cut at `longest`.
    """
    text, cited = "", dict[int, None]()
    for chunk in stream:
        event = chunk.raw
        if event["type"] == "content_block_delta":
            text += chunk.delta or ""
            cited |= dict.fromkeys(_numbers(getattr(event["delta"], "citation", None), sentences))
        if event["type"] == "content_block_stop" or len(text) > longest:
            yield numbered(text, cited)
            text, cited = "", {}
    if text:
        yield numbered(text, cited)


def _numbers(citation: Any, sentences: int) -> range:
    """The sentences that a citation is of, from 1."""
    if getattr(citation, "search_result_index", None) != 0:
        return range(0)
    return range(max(0, citation.start_block_index) + 1, min(citation.end_block_index, sentences) + 1)


def numbered(text: str, cited: Iterable[int]) -> str:
    """A text with numbers at the end of each of its lines that says something.

    >>> numbered("Up to 4,000 troops.\\n", [1, 3])
    'Up to 4,000 troops. [1, 3]\\n'
    """
    numbers = ", ".join(map(str, cited))
    return "\n".join(f"{line} [{numbers}]" if numbers and re.search(r"\w", line) else line for line in text.split("\n"))
