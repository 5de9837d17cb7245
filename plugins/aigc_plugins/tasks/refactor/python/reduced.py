"""A module with everything but one function turned into comments, character for character: rope reads only that.

It is faster, and rope fails on whole files over constructs anywhere in them (such as defaults of keyword-only
parameters, which are blanked out too). What else is in the file is checked by the tree of the whole afterwards.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.source import Function, Source


def reduced(source: Source, function: Function) -> str:
    """Return the text with comments in place of all statements that neither are in the function nor around it."""
    text = source.text
    around = {function, *source.ancestors(function)}
    chars = list(text)
    for owner in around - {function}:
        for statement in getattr(owner, "body", []):
            if statement in around:
                continue
            start, end = source.span(statement)
            start = text.rfind("\n", 0, start) + 1
            _blank(chars, text, start, end)
    for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if default is not None:
            first = source.span(argument)[1]
            last = source.span(default)[1]
            chars[first:last] = re.sub(r"[^\n]", " ", text[first:last])
    return "".join(chars)


def restored(text: str, small: str, new: str) -> str:
    """Return `text` with the lines replaced by which `new` differs from `small`."""
    old_lines, small_lines, new_lines = (one.split("\n") for one in (text, small, new))
    shorter = min(len(small_lines), len(new_lines))
    first = next((at for at in range(shorter) if small_lines[at] != new_lines[at]), shorter)
    last = 0
    while last < shorter - first and small_lines[-1 - last] == new_lines[-1 - last]:
        last += 1
    middle = new_lines[first : len(new_lines) - last]
    return "\n".join([*old_lines[:first], *middle, *old_lines[len(old_lines) - last :]])


def _blank(chars: list[str], text: str, start: int, end: int) -> None:
    """Turn [start, end), which starts a line, into comments of the same length."""
    at = start
    while at < end:
        stop = min((text + "\n").find("\n", at), end)
        if text[at:stop].strip():
            chars[at:stop] = "#" * (stop - at)
        at = stop + 1
