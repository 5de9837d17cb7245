"""MinHash signatures of token 5-grams, and the LSH index that finds near duplicates by them.

Broder, 'On the resemblance and containment of documents', 1997; the index is datasketch's MinHashLSH.
"""

from __future__ import annotations

import re
import zlib
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from datasketch import MinHash, MinHashLSH

PERMUTATIONS = 128
_TOKEN = re.compile(r"\w+")  # names, keywords and numbers, as in the deduplication of The Stack; no punctuation
_GRAM = 5
_BLOCK = 512  # shingles that are permuted at once: 256 KiB, which stay in a core's cache
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
Signature = npt.NDArray[np.uint32]


def signature(text: str) -> Signature:
    """Return the MinHash of a text's token 5-grams, shape (128,). Texts of fewer tokens count as one gram."""
    tokens = _TOKEN.findall(text)
    known = {one: zlib.crc32(one.encode()) for one in set(tokens)}
    ids = np.array([known[one] for one in tokens], np.uint64)
    size = max(1, len(ids) - _GRAM + 1)
    ids = np.pad(ids, (0, max(0, _GRAM - len(ids))))
    grams = np.zeros(size, np.uint64)
    for at in range(_GRAM):  # a polynomial in the tokens' hashes, modulo 2^64
        grams = grams * _FACTOR + ids[at : at + size]
    shingles = np.unique((grams ^ (grams >> np.uint64(29))) * _FACTOR >> np.uint64(32))
    sketch = MinHash(PERMUTATIONS, hashfunc=int, permutations=_permutations(), scheme="affine32")
    for start in range(0, len(shingles), _BLOCK):
        sketch.update_batch(shingles[start : start + _BLOCK].tolist())
    return np.asarray(sketch.hashvalues, np.uint32)


class NearDuplicates:
    """Finds which of the texts seen so far one is a near duplicate of."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self._known: dict[int, Signature] = {}

    def find(self, one: Signature) -> int | None:
        """Return the key of the most similar text at or above the threshold, None where there is none.

        What the index finds is checked by the estimate of the Jaccard similarity from the whole signatures.
        """
        best, score = None, self._threshold
        for key in sorted(self._index.query(_sketch(one))):
            similar = float(np.mean(self._known[key] == one))
            if similar >= score and (best is None or similar > score):
                best, score = key, similar
        return best

    def add(self, key: int, one: Signature) -> None:
        """Remember a text under a number."""
        self._index.insert(key, _sketch(one))
        self._known[key] = one


def _sketch(values: Signature) -> MinHash:
    return MinHash(hashvalues=values, permutations=_permutations(), scheme="affine32")


@cache
def _permutations() -> Any:
    """Return the permutations that all sketches share; making them anew costs more than a small file's sketch."""
    return MinHash(PERMUTATIONS, scheme="affine32").permutations
