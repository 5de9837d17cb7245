"""Words for values and for what comes of an act, as names of tests are made of."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

_LONG_TEXT = 40
_SHORT = 24


def snake(name: str) -> str:
    """Return a name in words with underscores between."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def literal(node: ast.expr) -> Any:
    """Return the value of a literal; `...` for anything else."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "float" and len(node.args) == 1:
        inner = literal(node.args[0])
        try:
            return float(inner)
        except (TypeError, ValueError):
            return ...
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def special(node: ast.expr) -> str:
    """Return the word for a value that stands out (`empty`, `zero`), or an empty text."""
    value = literal(node)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _special_number(value)
    if isinstance(value, str):
        return _special_text(value)
    if isinstance(value, bytes | list | tuple | set | dict) and not value:
        return "empty"
    if isinstance(value, list | tuple | set | dict) and len(value) == 1:
        return "single"
    return "long" if isinstance(value, bytes | list | tuple | set | dict) and len(value) > _LONG_TEXT else ""


def _special_number(value: float) -> str:
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "infinite" if value > 0 else "negative_infinite"
    if not value:
        return "zero"
    return "negative" if value < 0 else "huge" if value >= 1_000_000 else ""


def _special_text(value: str) -> str:
    if not value:
        return "empty"
    if value.isspace():
        return "blank"
    if not value.isascii():
        return "non_ascii"
    if "\n" in value.strip():
        return "multiline"
    return "long" if len(value) > _LONG_TEXT else ""


def in_words(node: ast.expr) -> str:
    """Return a short value as words for a name; an empty text if it is none."""
    value = literal(node)
    if value is ...:
        return snake(text) if len(text := ast.unparse(node)) <= _SHORT else ""
    if isinstance(value, str):
        return snake(value) if len(value) <= 20 and value.isascii() else ""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float) and abs(value) < 1_000_000:
        text = snake(repr(abs(value)).replace(".", "_point_"))
        if len(text) > _SHORT // 2:
            return ""
        return f"minus_{text}" if value < 0 else text
    if isinstance(value, list | tuple | set | dict):
        return f"{len(value)}_{'items' if len(value) != 1 else 'item'}"
    return ""


def returned(check: ast.Compare, given: list[ast.expr]) -> tuple[str, str]:
    """Return words for what comes back, compared with what was given: those that stand out, and other ones."""
    right = check.comparators[0]
    if not isinstance(check.ops[0], ast.Eq | ast.Is):
        return "", ""
    if isinstance(right, ast.Call) and ast.unparse(right.func) == "pytest.approx" and right.args:
        right = right.args[0]
    value, kind = literal(right), ""
    if value is ...:
        named = isinstance(right, ast.Call | ast.Attribute)
        return (
            "",
            f"returns_{snake(ast.unparse(right.func if isinstance(right, ast.Call) else right))}" if named else "",
        )
    word = special(right)
    if word in ("none", "true", "false", "zero", "nan", "infinite"):
        return f"returns_{word}", ""
    kind = {"str": "text", "int": "number", "float": "number"}.get(type(value).__name__, type(value).__name__)
    if word == "empty":
        return f"returns_empty_{kind}", ""
    if isinstance(value, str):
        verb = _verb(value, [one for one in map(literal, given) if isinstance(one, str)])
        if verb:
            return verb, ""
    words = in_words(right)
    return "", f"returns_{words or kind}"


def _verb(value: str, given: list[str]) -> str:
    for one in given:
        if value == one:
            return "returns_text_unchanged"
        for verb, changed in (("lowercases", one.lower()), ("uppercases", one.upper()), ("strips", one.strip())):
            if value == changed:
                return verb
        if value == one[::-1]:
            return "reverses"
    return ""


def changed(checks: Sequence[ast.expr]) -> tuple[str, str]:
    """Return words for what else comes of it."""
    for check in checks:
        left = check.left if isinstance(check, ast.Compare) else check
        names = {one.id for one in ast.walk(left) if isinstance(one, ast.Name)}
        if "tmp_path" in names:
            return "writes_file", ""
        if "result" in names:
            continue
        if isinstance(left, ast.Attribute):
            return f"changes_{snake(left.attr)}", ""
        if isinstance(left, ast.Name):
            return f"changes_{snake(left.id)}", ""
    return "", "gives_result"
