"""How often a sentence that is taken to say yes does: a table of docs/lab/confidence.md.

    python tests/benchmarks/yes_no.py --data DATA [--claims 12000]

VitaminC's claims as questions to their evidence, and HotpotQA's yes/no questions to their gold sentences.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from functools import lru_cache
from pathlib import Path

from index.text import stems as stems_of
from qa.language.yes_no import says_yes, wants_yes_or_no
from qa.training.data import read

SEED = 1


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--claims", type=int, default=12000)
    options = p.parse_args()
    stems = lru_cache(100_000)(lambda text: tuple(stems_of(text)))

    claims = list(read(options.data / "vitaminc", "all.jsonl"))
    claims = random.Random(SEED).sample(claims, min(options.claims, len(claims)))
    of_label = Counter(claim["label"] for claim in claims)
    yes = Counter(claim["label"] for claim in claims if says_yes(f"Is {claim['claim']}", claim["evidence"], stems))
    print(f"VitaminC: said of {dict(yes)} out of {dict(of_label)}; right in {yes['True'] / max(1, yes.total()):.3f}")

    asked, said = Counter[str](), Counter[str]()
    for question in read(options.data / "hotpotqa", "dev_distractor_v1.jsonl"):
        if question["answer"] in ("yes", "no") and wants_yes_or_no(question["question"]):
            paragraphs = dict(question["context"])
            gold = [paragraphs[title][n] for title, n in question["supporting_facts"] if n < len(paragraphs[title])]
            asked[question["answer"]] += 1
            said[question["answer"]] += any(says_yes(question["question"], one, stems) for one in gold)
    print(f"HotpotQA: said of {dict(said)} out of {dict(asked)}")


if __name__ == "__main__":
    main()
