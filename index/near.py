"""Near-duplicates: a story that several outlets print, found by MinHash and locality-sensitive hashing (LSH).

Broder 1997, "On the resemblance and containment of documents". Articles that share a band of their MinHash are compared
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4); the bands lie in the catalog, so that a new
article costs the same however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.readers.noise import between_noise
from index.text import words_of
from index.types import Span

if TYPE_CHECKING:
    import numpy as np

    from index.stores.catalog_writer import CatalogWriter

THRESHOLD = 0.5
"""Near-duplicates have this Jaccard similarity or more; why: docs/decisions/0005-near-duplicates.md."""

_SHINGLE = 3  # words
_FOLDING = 1  # as in the signatures that catalogs hold
_BANDS, _ROWS = 32, 4
_FEWEST = 60  # words: of shorter notices two can be alike in form and not in what they say
_AT_ONCE = 500


def link_new(catalog: CatalogWriter) -> None:
    """Compare the articles that have no signature yet with all that have one, and note which are near-duplicates."""
    import numpy as np

    while some := catalog.without_signature(_AT_ONCE):
        with catalog.transaction():
            for number, text, noise in some:
                minhash = signature(text, noise)
                bands = bands_of(minhash) if minhash.any() else []
                for other, known in catalog.sharing_a_band(bands):
                    similarity = float(np.mean(minhash == np.frombuffer(known, dtype="<u4")))
                    if similarity >= THRESHOLD:
                        catalog.link(number, other, similarity)
                catalog.sign(number, minhash.astype("<u4").tobytes(), bands)
            catalog.bump()


def signature(text: str, noise: Sequence[Span]) -> np.ndarray:
    """The MinHash of a text's runs of three words, uint32 [128]; zeros for a text that is too short to be compared.

    `noise` is left out.
    """
    import numpy as np
    from datasketch import MinHash

    words = words_of(" ".join(text[slice(*stretch)] for stretch in between_noise(text, noise)), _FOLDING).split()
    if len(words) < _FEWEST:
        return np.zeros(_BANDS * _ROWS, dtype=np.uint32)
    shingles = {" ".join(words[i : i + _SHINGLE]).encode() for i in range(len(words) - _SHINGLE + 1)}
    minhash = MinHash(num_perm=_BANDS * _ROWS, scheme="affine32")
    minhash.update_batch(shingles)
    return minhash.hashvalues


def bands_of(minhash: np.ndarray) -> list[int]:
    """A number for each band of a MinHash; two texts of similarity s have one in common with 1 - (1 - s^4)^32."""
    import hashlib

    return [
        int.from_bytes(hashlib.blake2b(bytes([band]) + row.tobytes(), digest_size=8).digest(), "big", signed=True)
        for band, row in enumerate(minhash.astype("<u4").reshape(_BANDS, _ROWS))
    ]
