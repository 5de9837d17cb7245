"""Writes definitions and pieces of files as the text of snippets: short, dedented, clean. It chooses none of them."""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from aigc_plugins.inline.clean import plain_newlines, strip_hidden

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aigc_plugins.syntax import Language
    from aigc_plugins.workspace import Symbol

LONGEST_LINE = 200
_WHOLE = 9  # lines up to which a function is shown with its body
_CLASS_LINES = 24
_OCCURRENCES = 100


def tidy(text: str) -> str:
    """Return text fit for a prompt: LF, nothing hidden, dedented, no blank lines around, no very long line."""
    clean = strip_hidden(plain_newlines(text))
    lines = [line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…" for line in clean.split("\n")]
    return textwrap.dedent("\n".join(line.rstrip() for line in lines)).strip("\n")


def definition(symbol: Symbol, lines: Sequence[str], outline: Sequence[Symbol], language: Language) -> str:
    """Return a definition as a reader needs it who calls it: short functions whole, of a class what it has.

    `lines` are those of its file, `outline` the file's definitions.
    """
    if symbol.kind == "class":
        return tidy(_class(symbol, lines, outline, language))
    whole = lines[symbol.start_line : symbol.end_line]
    if len(whole) <= _WHOLE:
        return tidy("\n".join(whole))
    lead = _indent(whole)
    return tidy(f"{lead}{symbol.signature}\n{lead}    {elision(language)}")


def elision(language: Language) -> str:
    """Return the comment that stands for what was left out."""
    if language.line_comment:
        return f"{language.line_comment} ..."
    return f"{language.block_comment[0]} ... {language.block_comment[1]}" if language.block_comment else "..."


def focus(lines: Sequence[str], words: Collection[str], most: int) -> tuple[int, int]:
    """Return the [start, end) of at most `most` lines that hold the most of `words`, with what follows them."""
    if len(lines) <= most:
        return 0, len(lines)
    hits = _hits(lines, words)
    best, start = -1.0, 0
    for first in sorted({max(min(number - 2, len(lines) - most), 0) for number in hits}):
        inside = [hits[number] for number in range(first, first + most) if number in hits]
        value = float(len(set().union(*inside)))
        if value > best:
            best, start = value, first
    return start, start + most


def _hits(lines: Sequence[str], words: Collection[str]) -> dict[int, set[str]]:
    """Return which of the words are in which lines; of a word in very many lines only the first of them."""
    text = "\n".join(lines)
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    hits: dict[int, set[str]] = {}
    for word in words:
        at = text.find(word)
        for _ in range(_OCCURRENCES):
            if at < 0:
                break
            hits.setdefault(bisect_right(starts, at) - 1, set()).add(word)
            at = text.find(word, at + len(word))
    return hits


def _class(symbol: Symbol, lines: Sequence[str], outline: Sequence[Symbol], language: Language) -> str:
    inside = f"{symbol.container}.{symbol.name}" if symbol.container else symbol.name
    members = {one.start_line: one for one in outline if one.container == inside}
    lead = _indent(lines[symbol.start_line : symbol.end_line])
    if symbol.end_line - symbol.start_line <= _WHOLE:
        return "\n".join(lines[symbol.start_line : symbol.end_line])
    shown = [lead + symbol.signature.lstrip()]  # further lines of a signature keep their indentation
    at = symbol.start_line + 1
    depth = None
    while at < symbol.end_line:
        member = members.get(at)
        line = lines[at] if at < len(lines) else ""
        if member is not None:
            own = _indent(lines[member.start_line : member.end_line])
            depth = len(own) if depth is None else depth
            shown.append(own + member.signature.lstrip())
            at = max(member.end_line, at + 1)
            continue
        if _field(line, language) and (depth is None or len(line) - len(line.lstrip()) == depth):
            depth = len(line) - len(line.lstrip()) if depth is None else depth
            shown.append(line)
        at += 1
    shown = "\n".join(shown).split("\n")
    if len(shown) > _CLASS_LINES:
        shown = [*shown[:_CLASS_LINES], f"{lead}    {elision(language)}"]
    return "\n".join(shown)


def _field(line: str, language: Language) -> bool:
    """Tell a field from what else stands in a class: one short line with a name and a type or a value."""
    stripped = line.strip()
    if not stripped or not (stripped[0].isalpha() or stripped[0] == "_") or len(stripped) > 120:
        return False
    if stripped.endswith((".", "(", "[", "{")) and not stripped.endswith("..."):
        return False
    return (
        ":" in stripped
        or "=" in stripped
        or stripped.endswith((";", ","))
        or (language.folder_modules and len(stripped.split()) == 2)
    )


def _indent(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]
