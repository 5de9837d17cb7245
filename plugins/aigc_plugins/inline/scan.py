"""A light scanner of brackets, strings and comments in a piece of code: enough to see what a suggestion leaves open.

It parses nothing: what is valid is for `check`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aigc_plugins.syntax import Language

_OPEN = {"(": ")", "[": "]", "{": "}"}
_CHARACTER = re.compile(r"'(?:\\.[^'\n]{0,8}|[^'\\\n])'")  # a character, not a lifetime
_CLOSE = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A line that starts outside brackets and strings; `code` is it and what it runs on to, comments removed."""

    indent: str
    code: str


@dataclass(slots=True)
class Scan:
    """What a scan found: brackets left open, where the first closing one without a partner is, the lines."""

    open: list[str] = field(default_factory=list)
    stray: int | None = None
    in_string: bool = False
    lines: list[LogicalLine] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether nothing that the text opened is left open."""
        return not self.open and not self.in_string


def scan(text: str, language: Language) -> Scan:
    """Scan `text`, which starts outside strings and comments."""
    result, at, end = Scan(), 0, len(text)
    line_start, code = 0, ""
    while at < end:
        char = text[at]
        if char == "\n":
            if not result.open:
                _add_line(result, text, line_start, code)
                line_start, code = at + 1, ""
            else:
                code += " "
            at += 1
            continue
        stop = _skip(text, at, language)
        if stop is not None:
            if stop < 0:
                result.in_string, stop = True, end
            if not _starts_comment(text, at, language):
                code += '""'
            at = stop
            continue
        _bracket(result, char, at)
        code += char
        at += 1
    _add_line(result, text, line_start, code)
    return result


def _bracket(result: Scan, char: str, at: int) -> None:
    if char in _OPEN:
        result.open.append(char)
    elif char in _CLOSE:
        if result.open and result.open[-1] == _CLOSE[char]:
            result.open.pop()
        elif result.stray is None:
            result.stray = at


def _add_line(result: Scan, text: str, start: int, code: str) -> None:
    if code.strip():
        rest = text[start:]
        result.lines.append(LogicalLine(rest[: len(rest) - len(rest.lstrip(" \t"))], code.strip()))


def _starts_comment(text: str, at: int, language: Language) -> bool:
    if language.line_comment and text.startswith(language.line_comment, at):
        return language.style != "keyword" or at == 0 or text[at - 1].isspace()
    return bool(language.block_comment) and text.startswith(language.block_comment[0], at)


def _skip(text: str, at: int, language: Language) -> int | None:
    """Return where the comment or string that starts at `at` ends, -1 if it does not, None if none starts there."""
    if language.block_comment and text.startswith(language.block_comment[0], at):
        stop = text.find(language.block_comment[1], at + len(language.block_comment[0]))
        return stop + len(language.block_comment[1]) if stop >= 0 else -1
    if _starts_comment(text, at, language):
        stop = text.find("\n", at)
        return stop if stop >= 0 else len(text)
    for quote in language.multiline_quotes:
        if text.startswith(quote, at):
            return _string_end(text, at + len(quote), quote, multiline=True)
    if text[at] in language.quotes and not (
        text[at] == "'" and at and text[at - 1].isalnum() and _is_word_quote(text, at)
    ):
        return _string_end(text, at + 1, text[at], multiline=False)
    if text[at] == "'" and "'" not in language.quotes and (found := _CHARACTER.match(text, at)):
        return found.end()
    return None


def string_end(text: str, at: int, language: Language) -> int | None:
    """Return where the comment or string that starts at `at` ends, -1 if it does not, None if none starts there."""
    return _skip(text, at, language)


def _is_word_quote(text: str, at: int) -> bool:
    # 1'000 in C++ and it's in shell words are no strings; r'' and b"" are.
    return text[at - 1].isdigit()


def _string_end(text: str, at: int, quote: str, *, multiline: bool) -> int:
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and not multiline:
            return at
        else:
            at += 1
    return -1


def code_of(line: str, language: Language) -> str:
    """Return a line without its indentation, its comment and what its strings say."""
    found = scan(line, language).lines
    return found[0].code if found else ""
