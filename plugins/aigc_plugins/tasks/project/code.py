"""Writes values as Python code in the style of formatters: double quotes, one entry a line where it is long."""

from __future__ import annotations

import json
from typing import Any

_WIDE = 88  # characters that a value may take beside what stands before it


def literal(value: Any, indent: int = 0) -> str:
    """Return a value as code; lines after the first one are indented by `indent` spaces at least."""
    line = _line(value)
    if len(line) + indent <= _WIDE or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        rows = [f"{inner}{_line(key)}: {literal(one, indent + 4)},\n" for key, one in value.items()]
        return "{\n" + "".join(rows) + " " * indent + "}"
    rows = [f"{inner}{literal(one, indent + 4)},\n" for one in value]
    return "[\n" + "".join(rows) + " " * indent + "]"


def text(value: str) -> str:
    """Return a text as code."""
    single = repr(value)
    if single.startswith('"') or '"' in value:
        return single
    return f'"{single[1:-1]}"'


def _line(value: Any) -> str:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_line(key)}: {_line(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_line, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_line, value)) + ("," if len(value) == 1 else "") + ")"
    return repr(value)


def toml(value: str) -> str:
    """Return a text as a string of TOML."""
    return json.dumps(value, ensure_ascii=False)
