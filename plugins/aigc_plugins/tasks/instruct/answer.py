"""Reads the code out of a model's answer: fences, talk, repeated surroundings, foreign indentation. It judges none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.inline.clean import plain_newlines, strip_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
_TAB = 4
_TELLING = 3  # letters and digits that a repeated line has at least


def code_of(answer: str) -> str:
    """Return the code of an answer: what its longest fenced block holds, else all of it."""
    text = strip_hidden(plain_newlines(answer))
    marks = list(_FENCE.finditer(text))
    if not marks:
        return _trimmed(text)
    if len(marks) == 1:  # one that closes what the prompt opened, or one that nothing closed
        before = text[: marks[0].start()]
        return _trimmed(before if before.strip() and marks[0][0].strip() in ("```", "~~~") else text[marks[0].end() :])
    blocks = [text[opening.end() : closing.start()] for opening, closing in zip(marks[::2], marks[1::2], strict=False)]
    return _trimmed(max(blocks, key=len))


def readings(code: str) -> Iterator[str]:
    """Yield what the code may be: all, then without a first paragraph of talk, without a last one, without both."""
    lines = code.split("\n")
    first = next((i + 1 for i, line in enumerate(lines[:-1]) if _talk_ends(line)), 0)
    last = next((i for i in range(len(lines) - 1, 0, -1) if not lines[i].strip()), len(lines))
    seen: set[str] = set()
    for low, high in ((0, len(lines)), (first, len(lines)), (0, last), (first, last)):
        text = _trimmed("\n".join(lines[low:high]))
        if text and text not in seen:
            seen.add(text)
            yield text


def without_surroundings(code: str, before: str, block: str, after: str) -> str:
    """Return the code without the lines at its edges that repeat the text around the block."""
    lines = code.split("\n")
    old = [line.strip() for line in block.split("\n") if line.strip()]
    above = [line.strip() for line in before.split("\n") if line.strip()]
    below = [line.strip() for line in after.split("\n") if line.strip()]
    if old and lines[0].strip() != old[0]:
        lines = lines[_repeated(lines, above) :]
    if old and lines and lines[-1].strip() != old[-1]:
        turned = lines[::-1]
        lines = turned[_repeated(turned, below[::-1]) :][::-1]
    return _trimmed("\n".join(lines))


def indented_like(code: str, block: str, *, tabs: bool) -> str:
    """Return the code at the block's indentation, its levels in tabs where the file has `tabs`, else in blanks."""
    lines = _evened(code.split("\n"), _columns(_indent(block.split("\n"))))
    step = _step(lines)
    wanted = _indent(block.split("\n"))
    given = _columns(_indent(lines))
    placed = []
    for line in lines:
        more = _columns(line) - given
        lead = "\t" * (more // step) + " " * (more % step) if tabs else " " * more
        placed.append(wanted + lead + line.lstrip(" \t") if line.strip() else "")
    return "\n".join(placed)


def _trimmed(text: str) -> str:
    """Return the text without blank lines at its ends and without blanks at its end."""
    lines = text.rstrip().split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines)


def _talk_ends(line: str) -> bool:
    return not line.strip() or (line.rstrip().endswith(":") and line[:1].isalpha() and line.count(" ") > 1)


def _repeated(lines: Sequence[str], around: Sequence[str]) -> int:
    """Return how many of the first lines are the last of `around` (blank ones aside), 0 where they say too little."""
    filled = [(i, line.strip()) for i, line in enumerate(lines) if line.strip()]
    for size in range(min(len(filled), len(around)), 0, -1):
        if [line for _, line in filled[:size]] == list(around[-size:]):
            said = sum(char.isalnum() for _, line in filled[:size] for char in line)
            return filled[size - 1][0] + 1 if said >= _TELLING else 0
    return 0


def _evened(lines: list[str], outer: int) -> list[str]:
    """Return lines whose first one lost its indentation (as models do) with that of the others."""
    others = [_columns(line) for line in lines[1:] if line.strip()]
    first = lines[0]
    if outer and others and _columns(first) == 0 and min(others) == outer and not first.rstrip().endswith((":", "{")):
        return [" " * outer + first, *lines[1:]]
    return lines


def _indent(lines: Sequence[str]) -> str:
    """Return the smallest indentation of lines that are not blank."""
    return min(
        (line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()), key=_columns, default=""
    )


def _columns(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(_TAB))


def _step(lines: Sequence[str]) -> int:
    """Return the width of one level of indentation in an answer."""
    if any(line.startswith("\t") for line in lines):
        return _TAB
    low = _columns(_indent(lines))
    deeper = [_columns(line) - low for line in lines if line.strip() and _columns(line) > low]
    return min(min(deeper, default=_TAB), _TAB)


def dedented(code: str) -> str:
    """Return the code without the indentation that its lines share."""
    lead = _indent(code.split("\n"))
    return "\n".join(line.removeprefix(lead) for line in code.split("\n"))
