"""The lists of English words in `words.toml`."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files


def listed(name: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(_lists()[name].split())


def types() -> dict[str, str]:
    """Return how people write types, and which each of them is."""
    return dict(pair.split(":", 1) for pair in _lists()["types"].split())


@functools.cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
