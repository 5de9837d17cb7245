"""Pieces of HTML, with everything escaped that is put into them."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# Control characters, halves of surrogate pairs, and marks of direction, which make code read differently from what
# it is.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """Return a text for a page: escaped, and with pictures in place of characters that could mislead."""
    return escape(_ODD.sub(_picture, text))


def table(columns: Sequence[str], lines: Sequence[Sequence[str]], *, text: Collection[int] = ()) -> str:
    """Return a table; `text` are the numbers of columns that are aligned to the left."""

    def cells(tag: str, words: Sequence[str]) -> str:
        marks = (" class=text" if place in text else "" for place in range(len(words)))
        return "".join(f"<{tag}{mark}>{shown(word)}</{tag}>" for mark, word in zip(marks, words, strict=True))

    body = "".join(f"<tr>{cells('td', line)}</tr>\n" for line in lines)
    return f"<table><tr>{cells('th', columns)}</tr>\n{body}</table>"


def meter(pair: tuple[int, int]) -> str:
    """Return a bar for how many of how many."""
    part, whole = pair
    bounds = f"max={max(whole, 1)} low={whole * 0.6:g} high={whole * 0.9:g} optimum={whole}"
    return f"<meter min=0 {bounds} value={part}></meter>"


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return (
        chr(0x2400 + code) if code < 0x20 else "\N{SYMBOL FOR DELETE}" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
    )
