"""Finds where in a streamed answer the unit that it completes ends: a line, a statement with its body, a block.

It looks at whole lines, as they come in; whether a cut is valid is for `fit`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aigc_plugins.api import Multiline, Trigger
from aigc_plugins.inline.check import joins, repeats_below, telling
from aigc_plugins.inline.scan import code_of, scan
from aigc_plugins.inline.situation import Situation, indent_width

MAX_LINES = 32
_SEEK_LINES = 12  # how far an answer is read on for the place where the text on the right goes on
_UNFINISHED_LINES = 4
_WORD_KNOWN = re.compile(r"[^\w\0]|\w+[^\w\0]")


@dataclass(frozen=True, slots=True)
class Extent:
    """The lines [0, keep) of the answer belong to the unit; `done` says that no more are needed."""

    keep: int
    done: bool


class UnitFinder:
    """Says how many lines of an answer to keep. `fits` tells whether a cut is acceptable; it may be costly."""

    def __init__(
        self, situation: Situation, multiline: Multiline, trigger: Trigger, fits: Callable[[str], bool]
    ) -> None:
        self._at = situation
        self._multiline = multiline
        self._trigger = trigger
        self._fits = fits

    def extent(self, text: str, *, final: bool) -> Extent:
        """Return how far the unit goes in `text`; the last line is whole only if `final`."""
        lines = text.split("\n")
        whole = len(lines) if final else len(lines) - 1
        at = self._at
        if at.content != "code":
            return self._one_line(lines, whole)
        if not at.fresh and lines[0].strip():
            if at.right.strip() and not at.right_closes:
                return self._up_to_right(lines, whole)
            return self._rest_of_line(lines, whole)
        if not at.fresh and not at.opened and self._trigger != "invoked" and self._multiline != "always":
            return Extent(0, whole > 0)  # the line is complete, and no more was asked for
        if self._multiline == "always":
            return self._definition(lines, whole)
        if at.opened and self._multiline != "never":
            return self._block(lines, whole)
        return self._statement(lines, whole)

    def _one_line(self, lines: list[str], whole: int) -> Extent:
        first = next((i for i, line in enumerate(lines) if line.strip()), 0) if self._at.fresh else 0
        return Extent(first + 1, whole > first)

    def _rest_of_line(self, lines: list[str], whole: int) -> Extent:
        if whole < 1:
            return Extent(1, False)
        following, here = self._at.following, indent_width(self._at.left)
        body_below = following is not None and following > here
        if self._multiline == "always":
            return self._definition(lines, whole)
        if self._multiline == "never" or body_below or scan(lines[0], self._at.language).closed:
            return Extent(1, True)
        for count in range(2, min(whole, _SEEK_LINES) + 1):
            if indent_width(lines[count - 1]) < here and lines[count - 1].strip():
                return Extent(1, True)
            if scan("\n".join(lines[:count]), self._at.language).closed:
                return Extent(count, True)
        return Extent(1 if whole >= _SEEK_LINES else min(whole, _SEEK_LINES), whole >= _SEEK_LINES)

    def _up_to_right(self, lines: list[str], whole: int) -> Extent:
        """One line where it joins the text on the right, else up to where that text comes in the answer."""
        right = self._at.right.strip()
        if whole < 1:
            return Extent(1, False)
        if right in lines[0] or not telling(right) or self._multiline == "never":
            return Extent(1, True)
        if self._multiline != "always" and self._fits(lines[0]):
            return Extent(1, True)
        for i in range(1, min(whole, _SEEK_LINES)):
            if lines[i].rstrip().endswith(right):
                return Extent(i + 1, True)
        return Extent(1, whole >= _SEEK_LINES)

    def _definition(self, lines: list[str], whole: int) -> Extent:
        """Lines up to where the text below comes in the answer, else to the end of the definition or of the block."""
        at = self._at
        floor = next((width for width in at.indents if width > 0), indent_width(at.left))
        below = at.after[0].rstrip() if at.after else ""
        keep = 0
        for i, line in enumerate(lines):
            if not line.strip():
                continue
            full = self._full(i, line)
            outside = i > 0 and keep > 0 and indent_width(full) < floor and not self._inside(lines[:i])
            if keep > 0 and full.rstrip() == below:
                return Extent(keep, True)
            if outside or keep >= MAX_LINES:
                block = self._block(lines[:i], i)
                return Extent(keep if at.following is None or at.following < floor else block.keep, True)
            if i >= whole:
                return Extent(keep, False)
            keep = i + 1
            if at.before_text and joins(at, line):
                return Extent(keep, True)
        ends_here = at.following is None or at.following < floor
        return Extent(keep if ends_here else self._block(lines, whole).keep, False)

    def _block(self, lines: list[str], whole: int) -> Extent:
        """Lines until one that is indented less than the first, with the line that closes the block."""
        at, body, keep = self._at, -1, 0
        header = indent_width(at.above)
        for i, line in enumerate(lines):
            if not line.strip():
                continue
            full = self._full(i, line)
            width = indent_width(full)
            if body < 0 and i == 0 and not at.fresh:
                body = width
            elif body < 0:
                body = width
                if at.opened and (width <= header if at.deeper else width < at.indents[-1]):
                    return Extent(keep, True)  # it went on behind the empty block
            elif i < whole and repeats_below(at, full):
                return Extent(keep, True)
            elif width < body and not self._inside(lines[:i]):
                closes = not at.language.blocks_by_indent and at.language.matches("closer", line.strip())
                if not closes or not at.opened:
                    return Extent(keep, True)
                if i < whole and not at.language.matches("opener", code_of(line, at.language)):
                    return Extent(i + 1, True)
            if i >= whole:
                break
            keep = i + 1
            if keep >= MAX_LINES or (width == body and self._ends_block(lines[:keep], line)):
                return Extent(keep, True)
        return Extent(keep, False)

    def _statement(self, lines: list[str], whole: int) -> Extent:
        """One statement: a line, or more while brackets are open or its block goes on."""
        at, first, keep = self._at, -1, 0
        for i, line in enumerate(lines):
            if not line.strip():
                continue
            full = self._full(i, line)
            width = indent_width(full)
            if first >= 0 and self._ended(lines[:i], line if i < whole else line + "\0", width, first):
                return Extent(keep, True)
            if i >= whole:
                break
            if repeats_below(at, full) and not (first < 0 and keep == 0):
                return Extent(keep, True)
            first, keep = (width if first < 0 else first), i + 1
            if self._complete(lines[:keep], line, width, first) or keep >= MAX_LINES:
                return Extent(keep, True)
        return Extent(keep, False)

    def _ended(self, done: list[str], line: str, width: int, first: int) -> bool:
        """Whether the statement ended before `line`; a NUL stands for the rest of a line that is not whole yet."""
        if width > first or self._inside(done):
            return False
        language, code = self._at.language, line.strip()
        if width < first:
            return True
        if code.endswith("\0") and not _WORD_KNOWN.match(code):
            return False  # it may become `else` yet
        if language.matches("closer", code) or language.matches("continuation", code):
            return False
        return self._fits("\n".join(done)) or _written(done) >= _UNFINISHED_LINES

    def _complete(self, done: list[str], line: str, width: int, first: int) -> bool:
        """Whether the statement ends with `line`, the last of `done`."""
        at, language = self._at, self._at.language
        if self._multiline == "never":
            return True
        code = code_of(line, language)
        if language.matches("opener", code):
            # Nothing more is needed where its body is there already.
            return width == first and at.following is not None and at.following > first
        if width > first or self._inside(done):
            return False
        closes = language.style == "keyword" and language.matches("closer", code)
        return closes or self._fits("\n".join(done)) or _written(done) >= _UNFINISHED_LINES

    def _ends_block(self, done: list[str], line: str) -> bool:
        language = self._at.language
        return language.blocks_by_indent and language.matches("terminator", line.strip()) and not self._inside(done)

    def _inside(self, lines: list[str]) -> bool:
        """Whether the lines end inside brackets (a block's brace too) or a string that they opened."""
        text = "\n".join(lines)
        found = scan(text if self._at.fresh else self._at.left + text, self._at.language)
        return not found.closed

    def _full(self, index: int, line: str) -> str:
        """Return a line of the answer with what stands before it; indentation typed already is not taken twice."""
        at = self._at
        if index:
            return line
        typed = indent_width(at.left + "x")
        placed = typed > indent_width(at.above) if at.deeper else typed in at.indents
        return at.left + (line.lstrip(" \t") if at.fresh and at.left and placed else line)


def _written(lines: list[str]) -> int:
    return sum(1 for line in lines if line.strip())
