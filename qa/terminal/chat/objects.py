"""A conversation of objects: a line in, an Answer object out, for programs. No banner, no commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from index.errors import ArticleQAError, UsageError
from qa.conversation import Conversation
from qa.terminal.batch import Item, run_batch
from qa.terminal.chat.input import Plain

LISTED = 3
"""How many passages an object lists, as those of `qa ask`."""


def run(conversation: Conversation, emit: Callable[[dict[str, Any]], None]) -> int:
    """Answer each line until the input ends; return how many erred. Empty lines are passed over."""

    def respond(line: str, _id: object) -> dict[str, Any]:
        try:
            return conversation.say(line).to_json(k=LISTED)
        except ArticleQAError as error:  # the next line may be answered
            raise UsageError(str(error)) from error

    conversation.assistant.warm_up()
    items = (Item(number, line) for number, line in enumerate(Plain("surrogateescape"), 1) if line)
    return run_batch(items, respond, emit)
