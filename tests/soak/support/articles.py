"""Articles to index: those of a JSONL file, or made ones."""

from __future__ import annotations

import itertools
import json
import lzma
import random
import re
from collections.abc import Iterator
from pathlib import Path

_WORDS = (
    "government minister police border trade oil price market company union strike bank court judge election party "
    "vote president senate army treaty peace river storm harvest wheat coffee port ship crew school hospital doctor "
    "the the the of of and and to to in a for on with that was by from "
    "engine said told agreed refused rose fell opened closed signed rejected expected announced reported denied won"
).split()


def read(path: Path | None, count: int) -> list[str]:
    """The texts of the first `count` articles of a JSONL file (.xz may be); made ones without a path. All differ."""
    if path is None:
        return list(itertools.islice(made(), count))
    with lzma.open(path, "rt") if path.suffix == ".xz" else path.open() as lines:
        raw = (str(json.loads(line).get("text") or "") for line in lines)
        texts = (re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", " ", text).strip() for text in raw)
        found: dict[str, None] = {}  # equal ones would be one article
        for text in texts:
            if text:
                found[text] = None
            if len(found) == count:
                break
        return list(found)


def made(seed: int = 0, paragraphs: int = 3) -> Iterator[str]:
    """Articles without end, all different, some 200 words each; the same for the same seed."""
    chance = random.Random(seed)
    for number in itertools.count():
        lines = [" ".join(_sentence(chance) for _ in range(5)) for _ in range(paragraphs)]
        yield f"Report {seed}-{number} of the day.\n\n" + "\n".join(lines)


def _sentence(chance: random.Random) -> str:
    words = chance.choices(_WORDS, k=chance.randint(6, 20))
    return f"{' '.join(words).capitalize()} {chance.randint(1, 9999)}."
