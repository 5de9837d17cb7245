"""Writes short texts that a regular expression matches, from its parsed form. It matches nothing itself."""

from __future__ import annotations

import re
import unicodedata
import warnings
from typing import Any

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # before Python 3.11
    import sre_parse as parser

_MOST, _LONGEST, _LONG_PATTERN, _DEEPEST = 6, 200, 3000, 30
_CATEGORIES = {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "b", "CATEGORY_NOT_DIGIT": "x",
               "CATEGORY_NOT_SPACE": "x", "CATEGORY_NOT_WORD": "-"}  # fmt: skip
_USUAL = "ab1 -_.X/,:;\n~"


def matching(pattern: str, flags: int = 0) -> list[str]:
    """Return a few texts that a pattern matches as a whole, the plainest first; none where it cannot be read.

    Each takes another of the ways through the pattern's alternatives and optional parts.
    """
    if len(pattern) > _LONG_PATTERN:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern, flags)
            parsed = parser.parse(pattern, flags)
    except (re.error, OverflowError, RecursionError, ValueError, TypeError):
        return []
    texts = []
    for way in range(_MOST):
        text = _Writer(way).sequence(parsed)[:_LONGEST]
        # What looks around, or refers back from far, may have been written wrongly: only what matches is shown.
        if compiled.search(text) is not None:
            texts.append(text)
    return list(dict.fromkeys(texts))


class _Writer:
    """Writes one text; `way` chooses among alternatives and how often what may repeat does."""

    def __init__(self, way: int) -> None:
        self._way, self._groups = way, dict[int, str]()
        self._depth = 0

    def sequence(self, parts: Any) -> str:
        """Return a text for items that stand one after another."""
        self._depth += 1
        text = "" if self._depth > _DEEPEST else "".join(self._item(str(name), value) for name, value in parts)
        self._depth -= 1
        return text

    def _item(self, name: str, value: Any) -> str:
        if name == "LITERAL":
            return chr(value)
        if name == "NOT_LITERAL":
            return next(one for one in _USUAL if ord(one) != value)
        if name == "ANY":
            return "ab"[self._way % 2]
        if name == "IN":
            return self._of_set(value)
        if name == "BRANCH":
            alternatives = value[1]
            return self.sequence(alternatives[self._way % len(alternatives)])
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeated(*value)
        if name == "SUBPATTERN":
            text = self.sequence(value[-1])
            if value[0] is not None:
                self._groups[value[0]] = text
            return text
        if name == "ATOMIC_GROUP":
            return self.sequence(value)
        if name == "GROUPREF":
            return self._groups.get(value, "")
        if name == "GROUPREF_EXISTS":
            group, yes, no = value
            return self.sequence(yes if group in self._groups else no or [])
        return ""  # what only looks around

    def _repeated(self, least: int, most: Any, inner: Any) -> str:
        times = (max(least, 1), least, least + 1, least + 2)[self._way % 4]
        times = min(times, int(most)) if int(most) >= least else least
        return "".join(self.sequence(inner) for _ in range(min(times, 20)))

    def _of_set(self, items: Any) -> str:
        names = [(str(name), value) for name, value in items]
        if names and names[0][0] == "NEGATE":
            return next((one for one in _USUAL if not any(_holds(item, one) for item in names[1:])), "é")
        name, value = names[self._way % len(names)]
        if name == "RANGE":
            low, high = value
            return chr(low if self._way % 2 == 0 else high) if unicodedata.category(chr(high)) != "Cn" else chr(low)
        return chr(value) if name == "LITERAL" else _CATEGORIES.get(str(value), "x")


def _holds(item: tuple[str, Any], character: str) -> bool:
    name, value = item
    if name == "LITERAL":
        return bool(ord(character) == value)
    if name == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    inner = str(value).removeprefix("CATEGORY_")
    kind = inner.removeprefix("NOT_")
    held = {
        "DIGIT": character.isdigit(), "SPACE": character.isspace(), "WORD": character.isalnum() or character == "_",
    }.get(kind, False)  # fmt: skip
    return held != inner.startswith("NOT_")
