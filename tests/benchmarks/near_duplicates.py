"""Near-duplicates in a corpus: how many articles are linked at which similarity, and pairs to look at.

python tests/benchmarks/near_duplicates.py CORPUS.jsonl[.xz] [--pairs 20] [--at 0.5] [--to 1.0] [--seed 1]
"""

import argparse
import json
import lzma
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from index import near
from index.readers.noise import find_noise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pairs", type=int, default=20, help="how many pairs are shown")
    parser.add_argument("--at", type=float, default=near.THRESHOLD, help="the least similarity of those shown")
    parser.add_argument("--to", type=float, default=1.01, help="what their similarity is below")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    opened = lzma.open if given.corpus.suffix == ".xz" else open
    with opened(given.corpus, "rt", encoding="utf-8") as file:
        articles = [json.loads(line) for line in file]
    began = time.process_time()
    minhashes = [near.signature(article["text"], find_noise(article["text"])) for article in articles]
    print(f"{len(articles):,} articles, {time.process_time() - began:.1f} s of processor time for their MinHashes")
    buckets: dict[int, list[int]] = defaultdict(list)
    for number, minhash in enumerate(minhashes):
        for band in near.bands_of(minhash) if minhash.any() else []:
            buckets[band].append(number)
    candidates = {(a, b) for members in buckets.values() for i, a in enumerate(members) for b in members[i + 1 :]}
    similar = {(a, b): float(np.mean(minhashes[a] == minhashes[b])) for a, b in candidates}
    print(
        f"{len(candidates):,} pairs share a band, the largest bucket has {max(map(len, buckets.values()), default=0)}"
    )
    print("similarity  pairs  articles")
    for floor in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        pairs = [pair for pair, similarity in similar.items() if similarity >= floor]
        print(f"{floor:>10}  {len(pairs):>5,}  {len({number for pair in pairs for number in pair}):>8,}")
    wanted = sorted(pair for pair, similarity in similar.items() if given.at <= similarity < given.to)
    for a, b in random.Random(given.seed).sample(wanted, min(given.pairs, len(wanted))):
        print(f"\n---- {similar[a, b]:.2f}")
        for article in (articles[a], articles[b]):
            print(f"{article.get('id')} {article.get('published')} {article.get('title')}")
            print("    " + " ".join(article["text"].split())[:420])


if __name__ == "__main__":
    main()
