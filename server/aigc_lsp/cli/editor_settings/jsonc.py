"""Reads JSON with comments and trailing commas, and says where in the text each value stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aigc_lsp.cli.editor_settings.changes import CannotMergeError

_SPACE = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_DECODER = json.JSONDecoder()


@dataclass
class Node:
    """A value and where it stands: `text[start:end]`. An object also has its members, in the order of the text."""

    start: int
    end: int
    value: Any
    members: dict[str, Node] = field(default_factory=dict)
    comma: bool = False

    @property
    def is_object(self) -> bool:
        """Tell an object from any other value."""
        return isinstance(self.value, dict)


def parse(text: str) -> Node | None:
    """Return the tree of a text, or None where it holds nothing but space and comments."""
    at = _skip(text, 0)
    if at == len(text):
        return None
    node = _value(text, at)
    if _skip(text, node.end) != len(text):
        raise CannotMergeError(f"{_where(text, node.end)} something follows the end")
    return node


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> Node:
    if text.startswith("{", at):
        return _object(text, at)
    if text.startswith("[", at):
        return _array(text, at)
    try:
        value, end = _DECODER.raw_decode(text, at)
    except ValueError as error:
        raise CannotMergeError(f"{_where(text, at)} it is not JSON") from error
    return Node(at, end, value)


def _object(text: str, start: int) -> Node:
    node = Node(start, start, {})
    at = _skip(text, start + 1)
    while not text.startswith("}", at):
        key = _value(text, at)
        if not isinstance(key.value, str):
            raise CannotMergeError(f"{_where(text, at)} a name is expected")
        if key.value in node.members:
            raise CannotMergeError(f"{_where(text, at)} `{key.value}` stands twice")
        at = _skip(text, key.end)
        if not text.startswith(":", at):
            raise CannotMergeError(f"{_where(text, at)} `:` is expected")
        member = _value(text, _skip(text, at + 1))
        node.members[key.value] = member
        node.value[key.value] = member.value
        at, node.comma = _after(text, member.end, "}")
    node.end = at + 1
    return node


def _array(text: str, start: int) -> Node:
    node = Node(start, start, [])
    at = _skip(text, start + 1)
    while not text.startswith("]", at):
        item = _value(text, at)
        node.value.append(item.value)
        at, node.comma = _after(text, item.end, "]")
    node.end = at + 1
    return node


def _after(text: str, at: int, closing: str) -> tuple[int, bool]:
    at = _skip(text, at)
    comma = text.startswith(",", at)
    if comma:
        at = _skip(text, at + 1)
    elif not text.startswith(closing, at):
        raise CannotMergeError(f"{_where(text, at)} `,` or `{closing}` is expected")
    return at, comma


def _where(text: str, at: int) -> str:
    return f"in line {text.count(chr(10), 0, at) + 1}"
