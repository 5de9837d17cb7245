"""Random numbers that depend on a file's content and place alone: order and parallel work change nothing."""

from __future__ import annotations

import hashlib
import random

from aigc_finetune.types import CorpusFile


def file_rng(seed: int, file: CorpusFile, purpose: str) -> random.Random:
    """Return the generator for one purpose with one file, the same in every run with this seed."""
    key = "\0".join((str(seed), file.source, file.path, file.sha256, purpose))
    return random.Random(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest())  # noqa: S311 - no secret


def rounded(rng: random.Random, count: float) -> int:
    """Return a whole number whose mean is `count`."""
    return int(count + rng.random())
