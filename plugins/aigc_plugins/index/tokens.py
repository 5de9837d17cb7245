"""The words of a text that the index knows: identifiers as they are and their parts, in lower case. Not a lexer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d]\w{1,63}")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\dA-Za-z_]+|\d+")
# Words that say nothing of what a piece of code is about, in any of the languages.
_STOP_TEXT = """
and as async await bool break case catch char class const continue def default do double elif else end enum
except export extends extern false final finally float fn for from func function if implements import in int
interface is it lambda len let long map mut new nil none not null of or override package pass private
protected pub public raise return self static str string struct super switch then this throw true try type
typeof undefined unsigned use using val var void while with yield the to be
"""
STOP = frozenset(_STOP_TEXT.split())


def words(text: str) -> list[str]:
    """Return the words of a text in order, repetitions included."""
    found: list[str] = []
    for name in _WORD.findall(text):
        found += split(name)
    return found


@lru_cache(maxsize=200_000)
def split(name: str) -> tuple[str, ...]:
    """Return a name in lower case and, where it has more than one, its parts: `parseHTTPHeader`, `parse`, `http`, …"""
    whole = name.lower()
    if whole in STOP:
        return ()
    parts = [part.lower() for part in _PARTS.findall(name)]
    if len(parts) < 2:
        return (whole,)
    return (whole, *(part for part in parts if len(part) > 1 and part != whole and part not in STOP))


def query_words(given: Iterable[str]) -> list[str]:
    """Return the distinct words that a search for `given` looks for, in order."""
    return list(dict.fromkeys(word for text in given for word in words(text)))
