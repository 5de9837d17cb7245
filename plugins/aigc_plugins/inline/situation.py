"""Reads what the cursor stands in: a fresh line or the middle of one, code or a comment, an empty block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aigc_plugins.inline.scan import code_of, scan
from aigc_plugins.syntax import Language, SyntaxTree, ancestors
from aigc_plugins.text import line_span

_CLOSERS = frozenset(" \t)]}>\"'`;,:")
_LOOK_BACK = 4000
_LINES_AFTER = 6
_TAB = 4


@dataclass(frozen=True, slots=True)
class Situation:
    """What is around the cursor. Lines are without their endings; indents are widths, a tab counts as four columns."""

    language: Language
    left: str  # the line up to the cursor
    right: str  # the line from the cursor on
    above: str  # the code line above, '' at the top
    after: tuple[str, ...]  # the next lines that are not blank, this one too where the cursor stands before its text
    content: Literal["code", "comment", "string"]
    opened: bool  # in an empty block
    deeper: bool  # the next line has to be indented deeper than the line above
    in_brackets: bool
    indents: tuple[int, ...]  # of the statements that the cursor is in, ascending
    unit: str  # one level of indentation

    @property
    def fresh(self) -> bool:
        """Whether there is nothing but indentation to the left."""
        return not self.left.strip()

    @property
    def right_closes(self) -> bool:
        """Whether to the right there is nothing but closing brackets, quotes and punctuation."""
        return all(char in _CLOSERS for char in self.right)

    @property
    def before_text(self) -> bool:
        """Whether the cursor stands in front of a line's text: what is suggested becomes a line above it."""
        return self.fresh and bool(self.right.strip()) and not self.right_closes

    @property
    def following(self) -> int | None:
        """The indent of the next line that is not blank, None at the end."""
        return indent_width(self.after[0]) if self.after else None


def indent_width(line: str) -> int:
    """Return the columns of a line's indentation."""
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    return len(lead.expandtabs(_TAB))


def read_situation(language: Language, tree: SyntaxTree | None, text: str, at: int) -> Situation:
    """Read the situation at `at` of `text`, the text that `tree` is of."""
    start, end = line_span(text, at)
    left, right = text[start:at], text[at:end]
    fresh = not left.strip()
    content = _content(tree, at) if tree is not None else "code"
    above = left if not fresh else _code_line_above(language, text, start)
    later = text[end : end + 4000].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    after = tuple(line for line in ([left + right, *later] if fresh else later) if line.strip())[:_LINES_AFTER]
    in_brackets = content == "code" and language.blocks_by_indent and _in_brackets(language, text, at)
    deeper = (
        content == "code"
        and not in_brackets
        and (fresh or not right.strip() or right.strip() in ("}", ")", "]"))
        and language.matches("opener", code_of(above, language))
    )
    following = indent_width(after[0]) if after else -1
    opened = deeper and following <= indent_width(above)
    indents = _indents(language, tree, text, at)
    if fresh and content == "code" and not deeper and _after_docstring(language, tree, text, at):
        opened = not indents or following < indents[-1]
    return Situation(
        language, left, right, above, after, content, opened, deeper, in_brackets, indents, _unit(text, at)
    )


def _content(tree: SyntaxTree, at: int) -> Literal["code", "comment", "string"]:
    language, text = tree.language, tree.text
    if at == 0:
        return "code"
    for node in ancestors(tree.node_at(at - 1, at)):
        if node.type in language.embedded_code_nodes:
            return "code"
        end = tree.offset_of(node.end_byte)
        if node.type in language.comment_nodes:
            line_comment = bool(language.line_comment) and text.startswith(
                language.line_comment, tree.offset_of(node.start_byte)
            )
            return "comment" if end > at or (end == at and line_comment and text[at - 1] not in "\r\n") else "code"
        if node.type in language.string_nodes:
            return "string" if tree.offset_of(node.start_byte) < at < end else "code"
    return "code"


def _code_line_above(language: Language, text: str, start: int) -> str:
    at, low = start, max(start - _LOOK_BACK, 0)
    while at > low:
        begin, end = line_span(text, at - 1 if text[at - 1] != "\n" or at < 2 or text[at - 2] != "\r" else at - 2)
        line = text[begin:end]
        if line.strip() and not (language.line_comment and line.lstrip().startswith(language.line_comment)):
            return line
        at = begin
    return ""


def _in_brackets(language: Language, text: str, at: int) -> bool:
    starts = language.definitions(text, max(at - _LOOK_BACK, 0), at)
    begin = starts[-1] if starts else line_span(text, max(at - _LOOK_BACK, 0))[0] if at > _LOOK_BACK else 0
    return bool(scan(text[begin:at], language).open)


def _last_code(language: Language, tree: SyntaxTree, at: int) -> int | None:
    """Return the offset of the last character of code before `at`, comments skipped."""
    text = tree.text
    for _ in range(200):
        while at > 0 and text[at - 1].isspace():
            at -= 1
        if at == 0:
            return None
        node = tree.node_at(at - 1, at)
        if node.type not in language.comment_nodes:
            return at - 1
        at = tree.offset_of(node.start_byte)
    return None


def _indents(language: Language, tree: SyntaxTree | None, text: str, at: int) -> tuple[int, ...]:
    last = _last_code(language, tree, at) if tree is not None else None
    if tree is None or last is None:
        return (0,)
    found: set[int] = set()
    for node in ancestors(tree.node_at(last, last + 1)):
        if node.is_error:
            return _indents_by_lines(text, at)
        if node.parent is not None and node.parent.type in language.block_nodes:
            begin = tree.offset_of(node.start_byte)
            found.add(indent_width(text[line_span(text, begin)[0] : begin + 1]))
    return tuple(sorted(found)) or (0,)


def _indents_by_lines(text: str, at: int) -> tuple[int, ...]:
    found: list[int] = []
    for line in reversed(text[max(at - _LOOK_BACK, 0) : at].splitlines()):
        width = indent_width(line)
        if line.strip() and (not found or width < found[-1]):
            found.append(width)
        if found and found[-1] == 0:
            break
    return tuple(reversed(found)) or (0,)


def _after_docstring(language: Language, tree: SyntaxTree | None, text: str, at: int) -> bool:
    """Return whether all that stands in the block before the cursor is a string, as after a Python docstring."""
    last = _last_code(language, tree, at) if tree is not None and language.blocks_by_indent else None
    if tree is None or last is None:
        return False
    for node in ancestors(tree.node_at(last, last + 1)):
        if node.type in language.string_nodes and node.parent is not None and node.parent.parent is not None:
            block = node.parent.parent
            owner = block.parent
            return (
                block.type in language.block_nodes
                and block.named_child(0) == node.parent
                and owner is not None
                and owner.type in language.definition_nodes
                and tree.offset_of(node.end_byte) == last + 1
            )
    return False


def _unit(text: str, at: int) -> str:
    before = text[max(at - _LOOK_BACK, 0) : at + 1000]
    widths: list[int] = []
    for line in before.splitlines():
        if line.startswith("\t"):
            return "\t"
        width = len(line) - len(line.lstrip(" "))
        if width > 1 and line.strip():
            widths.append(width)
    return " " * (2 if any(width % 4 == 2 for width in widths) else 4)
