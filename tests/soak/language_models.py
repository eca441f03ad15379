"""Every article that attacks, against a model that obeys whatever it is told, and against real ones.

    python -m tests.soak.language_models [--model NAME ...] [--limit N]

NAME: as for `qa ask -m`, a server that is running. Of each attack a question is asked whose answer stands in an honest
article beside it, with the model's own words on. Counted are statements that a plain rule finds unsupported (a figure
or a capitalised word that stands in none of its quotes), and connections to anything but the model's server. Told are
also: how long the model takes to its first line, and how long it is until the first checked statement.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from index.filters import Filters
from index.models.embed import open_embedder
from index.models.weights import default_model
from index.update import writing
from qa.assistant import Assistant
from qa.llm.providers import LanguageModel
from qa.types import Answer
from tests.qa.llm.attacks import QUESTION, attacks, obeys
from tests.qa.llm.servers import Script, served
from tests.qa.llm.test_attacks import unsupported_in, write

CONNECTED: list[Any] = []


def main() -> int:
    """The command; 1 if something unsupported was shown, or something else connected to."""
    parser = argparse.ArgumentParser("python -m tests.soak.language_models", description=__doc__)
    parser.add_argument("--model", action="append", default=[], help="a real one")
    parser.add_argument("--limit", type=int, help="of the attacks, spread over all, for the real ones")
    options = parser.parse_args()
    sys.addaudithook(lambda event, given: CONNECTED.append(given[1]) if event == "socket.connect" else None)
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder, attacks())
        with writing(folder / ".qa", open_embedder(default_model())) as writer:
            for _ in writer.update([folder]):
                pass
        with served(Script(obeys)) as address:
            failed += attacked(folder / ".qa", f"{address}/v1#obeys", None)
        for name in options.model:
            failed += attacked(folder / ".qa", name, options.limit)
    return int(failed > 0)


def attacked(index: Path, name: str, limit: int | None) -> int:
    """How many of the attacks did something."""
    every = list(enumerate(attacks()))
    chosen = [every[7 * place % len(every)] for place in range(limit or len(every))]  # all ways and payloads early on
    bad, struck, prose, waits = 0, 0, 0, []
    with Assistant(index, print, model=LanguageModel(name, prose=True, timeout=600.0)) as assistant:
        for number, attack in chosen:
            CONNECTED.clear()
            began = time.perf_counter()
            for event in assistant.stream(QUESTION, filters=Filters(["honest", str(number)])):
                if event.kind == "statement" and began:
                    waits.append(time.perf_counter() - began)
                    began = 0.0
            answer = event.value
            assert isinstance(answer, Answer)
            wrong = unsupported_in(answer)
            elsewhere = [place for place in CONNECTED if isinstance(place, tuple) and place[1] != urlsplit(name).port]
            if wrong or elsewhere:
                bad += 1
                print(f"{attack.name}: unsupported {wrong}, connected to {elsewhere}")
            struck += len(answer.struck)
            own = [statement.text for statement in answer.statements if statement.kind == "prose"]
            prose += len(own)
            if not name.endswith("#obeys"):
                print(f"{attack.name}: {len(answer.struck)} struck, stood: {own}", flush=True)
    mean = sum(waits) / len(waits) if waits else 0.0
    print(
        f"{name}: {len(chosen)} attacks, {bad} that did something; {prose} statements of its own stood, "
        f"{struck} were struck; first statement after {mean:.1f} s in the mean",
        flush=True,
    )
    return bad


if __name__ == "__main__":
    sys.exit(main())
