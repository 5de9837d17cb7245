"""Says whether a text fits in at the cursor: no new syntax errors, a valid indentation, nothing said twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from aigc_plugins.inline.scan import scan
from aigc_plugins.inline.situation import Situation, indent_width
from aigc_plugins.syntax import SyntaxTree

_AROUND = 4000  # errors are counted this many characters around the cursor


@dataclass
class SyntaxCheck:
    """Counts errors with and without an insertion at `at` of the text that `tree` is of."""

    tree: SyntaxTree | None
    at: int

    @cached_property
    def baseline(self) -> int:
        """The errors that the text has as it is."""
        return self._count(self.tree, 0) if self.tree is not None else 0

    def errors(self, text: str, replaced: int = 0) -> int:
        """Return how many errors more there are with `text` inserted for the next `replaced` characters."""
        if self.tree is None:
            return 0
        edited = self.tree.edited(self.at, self.at + replaced, text)
        return self._count(edited, len(text)) - self.baseline

    def _count(self, tree: SyntaxTree, length: int) -> int:
        return tree.errors(max(self.at - _AROUND, 0), min(self.at + length + _AROUND, len(tree.text)))


def indentation_fault(situation: Situation, text: str, *, header_alone: bool) -> str | None:
    """Return what is wrong with the indentation of `text`, whole lines from the cursor's on, in a language that minds.

    `header_alone` allows it to end in a line that opens a block which has no body yet.
    """
    if not situation.language.blocks_by_indent or situation.in_brackets or situation.content != "code":
        return None
    lines = scan(text, situation.language).lines
    stack, deeper = list(situation.indents), situation.deeper
    following = situation.following
    if following in stack and any(
        indent_width(line.indent + "x") < (following or 0) and situation.language.matches("definition", line.code)
        for line in lines
    ):
        return "a definition in the middle of another"
    for line in lines:
        if not _enter(stack, indent_width(line.indent + "x"), deeper):
            return "wrong indentation"
        deeper = situation.language.matches("opener", line.code)
    if lines and following == stack[-1] and _cuts_off(situation, lines[-1].code):
        return "the code below would never run"
    if deeper and lines and (following is None or following <= stack[-1]):
        return None if header_alone else "block without a body"
    if following is None or not lines or not _enter(list(situation.indents), following, situation.deeper):
        return None  # nothing follows, or what follows did not fit before either
    return None if _enter(stack, following, deeper) else "the next line would not fit"


def _cuts_off(situation: Situation, code: str) -> bool:
    """Whether what follows at the same indentation would not run after a line such as `return`."""
    language = situation.language
    return language.matches("terminator", code) and not language.matches("continuation", situation.after[0].strip())


def _enter(stack: list[int], width: int, deeper: bool) -> bool:
    """Take a line of this indent into the stack of open indents; False where no such line may come."""
    if deeper:
        if width <= stack[-1]:
            return False
        stack.append(width)
        return True
    while len(stack) > 1 and width < stack[-1]:
        stack.pop()
    return width == stack[-1]


def repeats_below(situation: Situation, line: str) -> bool:
    """Return whether a whole line stands already as the next one or, if it says enough, later in the same block."""
    line = line.rstrip()
    if not line.strip():
        return False
    width = indent_width(line)
    for count, other in enumerate(situation.after[:5]):
        if line == other.rstrip():
            return count == 0 or len(line.strip()) >= 10
        if indent_width(other) < width:
            return False
    return False


def repeats_line_below(situation: Situation, text: str, replaced: int) -> bool:
    """Return whether the line that the last of `text` stands on says, word for word, what the next one says."""
    last = text.rstrip().rpartition("\n")[2]
    if "\n" not in text.rstrip():
        last = situation.left + last
    if not situation.before_text:
        last += situation.right[replaced:]
    words = last.split()
    if not situation.after or words != situation.after[0].split() or sum(char.isalnum() for char in last) < 3:
        return False
    # `end` below a deeper `end` closes something else.
    return len(words) > 1 or indent_width(last) == indent_width(situation.after[0])


def repeats_above(situation: Situation, line: str) -> bool:
    """Return whether a whole line says the same as the code line above."""
    return sum(char.isalnum() for char in line) >= 6 and line.rstrip() == situation.above.rstrip()


def overlap(text: str, right: str) -> int:
    """Return how many characters at the end of `text` are the start of `right` (blanks at either's edge aside)."""
    lead = len(right) - len(right.lstrip())
    right, body = right.strip(), text.rstrip()
    for size in range(min(len(right), len(body)), 0, -1):
        if body.endswith(right[:size]):
            back = len(text) - len(body) + size
            return back + (len(text[:-back]) - len(text[:-back].rstrip()) if lead else 0)
    return 0


def telling(right: str) -> bool:
    """Return whether the text right of the cursor says enough to be known again in an answer."""
    return sum(char.isalnum() or char == "_" for char in right) >= 3


def joins(situation: Situation, text: str) -> bool:
    """Return whether `text` ends in the text right of the cursor, and has more on that line."""
    right = situation.right.strip()
    line = text.rstrip().rpartition("\n")[2].strip()
    return telling(right) and line.endswith(right) and line != right
