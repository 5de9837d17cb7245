"""Fits a piece of an answer to the text around the cursor, or says why it cannot be offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aigc_plugins.inline.check import (
    SyntaxCheck,
    indentation_fault,
    joins,
    overlap,
    repeats_above,
    repeats_below,
    repeats_line_below,
)
from aigc_plugins.inline.clean import PLACEHOLDER, loops_at_end, repeated_lines
from aigc_plugins.inline.scan import scan
from aigc_plugins.inline.situation import Situation, indent_width


@dataclass(frozen=True, slots=True)
class Fit:
    """Text to insert at the cursor for the next `replaced` characters of the line; or, in `fault`, why not."""

    text: str = ""
    replaced: int = 0
    fault: str | None = None


def fit(situation: Situation, check: SyntaxCheck, answer: str, *, header_alone: bool) -> Fit:
    """Return the first way to put `answer` in that adds no fault, else the reason against the first way."""
    reason: str | None = None
    for text, replaced in _variants(situation, answer):
        fault = _fault(situation, check, text, replaced, header_alone=header_alone)
        if fault is None:
            return Fit(_without_last_comma(situation, check, text, replaced), replaced)
        reason = reason or fault
    return Fit(fault=reason or "nothing to insert")


def _without_last_comma(at: Situation, check: SyntaxCheck, text: str, replaced: int) -> str:
    """Return the text without a comma at its end where a bracket closes next and the comma is an error, as in JSON."""
    shorter = text.rstrip()
    below = at.right.strip() or (at.after[0].strip() if at.after else "")
    if not shorter.endswith(",") or below[:1] not in (")", "]", "}"):
        return text
    return shorter[:-1] if check.errors(shorter[:-1], replaced) < check.errors(text, replaced) else text


def without_loops(answer: str) -> str:
    """Return the answer without the line that repeats itself, and without the second round of repeated lines."""
    if loops_at_end(answer.rstrip()):
        answer = answer.rpartition("\n")[0]
    lines = answer.split("\n")
    row = repeated_lines([line for line in lines if line.strip()])
    if row is None:
        return answer
    filled = [i for i, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[: filled[row]])


def _variants(at: Situation, answer: str) -> Iterator[tuple[str, int]]:
    """Yield (text, characters replaced on the right) for each way to place the answer, the likeliest first."""
    seen: set[tuple[str, int]] = set()
    for text, replaced in _fresh_variants(at, answer) if at.fresh else _tail_variants(at, answer):
        if (text, replaced) not in seen:
            seen.add((text, replaced))
            yield text, replaced


def _fresh_variants(at: Situation, answer: str) -> Iterator[tuple[str, int]]:
    body = answer.rstrip()
    while "\n" in body and not body[: body.index("\n")].strip():
        body = body[body.index("\n") + 1 :]
        if at.left:  # the indentation that is typed serves the answer's first line
            body = body[_common(at.left, body) :]
    if at.before_text:
        right = at.right.strip()
        if joins(at, body):
            yield body[: len(body) - len(right)] if at.right[:1].strip() else body[: len(body) - len(right)].rstrip(), 0
        tail = "\n" + at.left
    else:
        kept = overlap(body, at.right) if at.right.strip() else 0
        body, tail = body[: len(body) - kept].rstrip() if kept else body, ""
    if at.content == "code" and not at.in_brackets:
        yield from ((shifted + tail, 0) for shifted in _indented(at, body))
    else:
        yield body.lstrip(" \t") + tail if at.left else body + tail, 0


def _common(left: str, body: str) -> int:
    size = 0
    while size < len(left) and size < len(body) and left[size] == body[size]:
        size += 1
    return size


def _indented(at: Situation, body: str) -> Iterator[str]:
    """Yield the body with the indentation that fits the cursor: as typed, as written, shifted to where it belongs."""
    if at.left:
        yield body.lstrip(" \t")
        yield body
    elif at.language.blocks_by_indent or indent_width(body) > 0:
        yield body
    first = at.left + body
    expected = at.indents[-1] if at.indents else 0
    if at.deeper:
        expected = indent_width(at.above) + len(at.unit.expandtabs(4))
    width = indent_width(first)
    if at.deeper:
        misplaced = width <= indent_width(at.above)
    else:
        misplaced = width not in at.indents or (width == 0 and not at.language.blocks_by_indent)
    if not at.left and misplaced:
        yield _shifted(body, expected - width, at.unit)
    yield body


def _shifted(body: str, delta: int, unit: str) -> str:
    rows = []
    for line in body.split("\n"):
        width = max(indent_width(line) + delta, 0)
        lead = "\t" * (width // 4) + " " * (width % 4) if unit == "\t" else " " * width
        rows.append(lead + line.lstrip(" \t") if line.strip() else "")
    return "\n".join(rows)


def _tail_variants(at: Situation, answer: str) -> Iterator[tuple[str, int]]:
    text = answer
    if at.content == "code" and at.left[-1:].isspace():
        text = text.lstrip(" \t")
    right = at.right.strip()
    if not right:
        yield text.rstrip(), 0
    elif at.content == "string" and right[0] in "\"'`":
        whole = text[: len(text) - overlap(text, at.right)]
        if whole.count(right[0]) % 2 == 0:  # else it closes the string, which the quote on the right does already
            yield whole, 0
        yield text.split(right[0], 1)[0], 0
    else:
        yield from _joined(at, text, right)
    stray = scan(text, at.language).stray if at.content == "code" else None
    while stray is not None:
        yield text[:stray] if right else text[:stray].rstrip(), 0
        stray = None
    if right:
        yield text.rstrip(), 0


def _joined(at: Situation, text: str, right: str) -> Iterator[tuple[str, int]]:
    kept = overlap(text, at.right)
    if kept:
        yield text[: len(text) - kept], 0
    if at.right_closes:
        if not kept and _holds(text, right):
            yield text.rstrip(), len(at.right.rstrip())
        return
    where = text.find(right)
    if where > 0:
        yield text[:where], 0


def _holds(text: str, right: str) -> bool:
    """Whether the characters of `right` come in `text` in this order, so that `text` may stand in their place."""
    rest = iter(text)
    return all(char in rest for char in right if not char.isspace())


def _fault(at: Situation, check: SyntaxCheck, text: str, replaced: int, *, header_alone: bool) -> str | None:
    if not text.strip():
        return "nothing but blanks"
    if PLACEHOLDER.search(text):
        return "placeholder for code"
    if at.content == "code" and _only_marks(at, text):
        return "nothing but a comment marker"
    whole = at.left + text
    if at.fresh:
        first = whole.lstrip("\n").split("\n", 1)[0]
        if repeats_below(at, first):
            return "repeats the text below"
        if repeats_above(at, first):
            return "repeats the text above"
        fault = indentation_fault(at, whole, header_alone=header_alone)
        if fault:
            return fault
    elif at.opened and text.startswith("\n"):
        fault = indentation_fault(at, text[1:], header_alone=header_alone)
        if fault:
            return fault
    if repeats_line_below(at, text, replaced):
        return "repeats the line below"
    return "new syntax errors" if check.errors(text, replaced) > 0 else None


def _only_marks(at: Situation, text: str) -> bool:
    """Whether every line is a comment that says nothing, or brackets and punctuation that close nothing."""
    comment = at.language.line_comment
    for line in text.split("\n"):
        code = line.strip()
        if comment and code.startswith(comment):
            code = code[len(comment) :]
            if any(char.isalnum() for char in code):
                return False
        elif code and not (at.language.block_comment and code in at.language.block_comment):
            return False
    return True
