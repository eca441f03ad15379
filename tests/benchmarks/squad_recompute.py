"""EM and F1 of SQuAD 2.0, recomputed from the published definition by other means, against `qa.evaluate`.

    python tests/benchmarks/squad_recompute.py SQUAD_JSON

Takes every question of a SQuAD file (plain, .gz or .xz) with a
prediction made from it (the answer itself, parts of it, words around it, another question's, nothing ...), and compares
every single score and the totals. Exits with 1 if one differs.
"""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path

AT_LEAST = 500


def official_tokens(text: str) -> list[str]:
    """Lower case, no ASCII punctuation, no articles, split at white space."""
    bare = re.sub("[" + re.escape(string.punctuation) + "]", "", text.lower())
    return re.sub(r"\b(?:a|an|the)\b", " ", bare).split()


def official_exact(prediction: str, golds: list[str]) -> float:
    wanted = [tokens for tokens in map(official_tokens, golds) if tokens] or [[]]
    return 1.0 if official_tokens(prediction) in wanted else 0.0


def official_f1(prediction: str, golds: list[str]) -> float:
    """The harmonic mean as 2 * common / (both lengths), common counted by striking out."""
    best = 0.0
    for gold in [tokens for tokens in map(official_tokens, golds) if tokens] or [[]]:
        said, left = official_tokens(prediction), list(gold)
        if not said or not gold:
            best = max(best, 1.0 if said == gold else 0.0)
            continue
        common = 0
        for token in said:
            if token in left:
                left.remove(token)
                common += 1
        best = max(best, 2 * common / (len(said) + len(gold)))
    return best


def prediction(number: int, golds: list[str], others: list[str]) -> str:
    """Something a system might say; `number` decides what."""
    answer = golds[number % len(golds)] if golds else others[number % len(others)]
    words = answer.split()
    return [
        answer,
        f"the {answer.upper()}!",
        " ".join(words[: max(1, len(words) // 2)]),
        f"about {answer} in all, {words[0]}",
        others[number % len(others)],
        "",
        f"“{answer}”",
        " ".join(reversed(words)),
    ][number % 8]


def main(path: Path) -> int:
    from qa.evaluate.formats import load
    from qa.evaluate.predictions import Prediction
    from qa.evaluate.results import results
    from qa.evaluate.scores import score

    if not path.is_file():
        print(f"{path} is not there; name a SQuAD file: python tests/benchmarks/squad_recompute.py FILE")
        return 0
    gold = load(path)
    others = [answer for question in gold.questions for answer in question.answers or ()]
    rows, exact, f1 = [], [], []
    for number, question in enumerate(gold.questions):
        golds = list(question.answers or ())
        said = prediction(number, golds, others)
        rows.append(score(question, Prediction(question.id, said or None), None, cites=False, ranks=False))
        exact.append(official_exact(said, golds))
        f1.append(official_f1(said, golds))
    differing = [
        row.id
        for row, em, token_f1 in zip(rows, exact, f1, strict=True)
        if row.scores["em"] != em or abs(row.scores["f1"] - token_f1) > 1e-9
    ]
    total = results(rows[:2000]).metrics
    expected = {"em": sum(exact[:2000]) / len(exact[:2000]), "f1": sum(f1[:2000]) / len(f1[:2000])}
    off = {name: abs(total[name].value - value) for name, value in expected.items()}
    print(
        f"{len(rows):,} questions, {sum(not q.answers for q in gold.questions):,} unanswerable, {len(differing)} differ"
    )
    print(f"mean EM {sum(exact) / len(exact):.4f}, F1 {sum(f1) / len(f1):.4f}; totals of the first 2,000 off by {off}")
    return 1 if differing or max(off.values()) > 1e-9 or len(rows) < AT_LEAST else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else __doc__)
