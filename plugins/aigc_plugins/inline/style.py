"""Gives a verified suggestion the file's own style: its quotes, its step of indentation; what code does stays the same.

Whether the result is still valid is for who asks; a text that cannot be restyled comes back as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aigc_plugins.inline.scan import scan, string_end
from aigc_plugins.inline.situation import Situation, indent_width
from aigc_plugins.syntax import Language

_AROUND = 8000  # characters on each side of the cursor that tell the file's style
_FEWEST = 4  # strings that a style needs
_MAJORITY = 0.8
_SIMPLE = re.compile(r"[^'\"\\\n`$#{}]*")
_INDENTED = re.compile(r"^(?:\t| {2,8})\S.*\n", re.MULTILINE)
_PAIR = {"'": '"', '"': "'"}


@dataclass(frozen=True, slots=True)
class FileStyle:
    """The quote that the file writes its strings with, and its step of indentation; '' where it has no habit."""

    quote: str = ""
    unit: str = ""


NO_STYLE = FileStyle()


def read_style(language: Language, text: str, at: int, unit: str) -> FileStyle:
    """Read the style around `at`; `unit` is one level of indentation there."""
    around = text[max(at - _AROUND, 0) : at + _AROUND]
    if not _INDENTED.search(around):
        unit = ""
    if not language.equal_quotes:
        return FileStyle("", unit)
    counts = {
        quote: len(re.findall(rf"(?<![\w{quote}\\]){quote}{_SIMPLE.pattern}{quote}(?!{quote})", around))
        for quote in _PAIR
    }
    both = sum(counts.values())
    habit = max(_PAIR, key=lambda quote: counts[quote])
    return FileStyle(habit if both >= _FEWEST and counts[habit] >= _MAJORITY * both else "", unit)


def restyled(situation: Situation, style: FileStyle, text: str) -> str:
    """Return `text`, which goes in at the cursor, in the file's style."""
    if situation.content != "code":
        return text
    return _stepped(situation, style.unit, _requoted(situation.language, style.quote, text))


def _requoted(language: Language, quote: str, text: str) -> str:
    other = _PAIR.get(quote, "")
    if not quote or other not in text:
        return text
    pieces, at = [], 0
    while at < len(text):
        stop = string_end(text, at, language)
        if stop is None:
            pieces.append(text[at])
            at += 1
            continue
        end = len(text) if stop < 0 else stop
        piece = text[at:end]
        plain = stop > 0 and piece.startswith(other) and not piece.startswith(other * 2) and len(piece) > 1
        if plain and _SIMPLE.fullmatch(piece[1:-1]) and piece.endswith(other):
            piece = quote + piece[1:-1] + quote
        pieces.append(piece)
        at = end
    return "".join(pieces)


def _stepped(situation: Situation, unit: str, text: str) -> str:
    """Return lines that go deeper in steps of another width than the file's in the file's steps."""
    lines = text.split("\n")
    if not unit or len(lines) < 2 or situation.in_brackets or _continues(situation.language, text):
        return text
    width = len(unit.expandtabs(4))
    whole = situation.left + lines[0] if situation.fresh else situation.left
    levels = [(indent_width(whole + "x"),) * 2]  # the width of each open level: as written, as it is to be
    placed = [lines[0]]
    for line in lines[1:]:
        theirs = indent_width(line)
        if not line.strip():
            placed.append(line)
            continue
        while len(levels) > 1 and theirs < levels[-1][0]:
            levels.pop()
        written, wanted = levels[-1]
        if theirs > written:
            if theirs - written not in (2, 4, 8):
                return text
            wanted += width
            levels.append((theirs, wanted))
        elif theirs < written:
            wanted = theirs  # it closes what was open before
        placed.append(_at(wanted, unit) + line.lstrip(" \t"))
    return "\n".join(placed)


def _continues(language: Language, text: str) -> bool:
    """Whether some line ends inside brackets other than a block's, so that the next may be aligned with them."""
    lines = text.split("\n")
    opened = (scan("\n".join(lines[:count]), language) for count in range(1, len(lines)))
    return any(found.in_string or any(char != "{" for char in found.open) for found in opened)


def _at(width: int, unit: str) -> str:
    return "\t" * (width // 4) + " " * (width % 4) if unit == "\t" else " " * width
