"""Tells exceptions that only show that an argument was of the wrong kind from those that code raises on purpose.

A test of the first kind says little: nobody promised it. It looks at where an exception was raised, or, where only a
record is left of it, at how Python words such messages.
"""

from __future__ import annotations

import ast
import functools
import re
import types
from pathlib import Path

from aigc_plugins.testgen.scenario import Recorded

_KINDS = (TypeError, AttributeError, NameError)
_NAMES = ("TypeError", "AttributeError", "NameError", "UnboundLocalError")
_WORDS = re.compile(
    r"object has no attribute|unsupported operand|not supported between|is not (iterable|subscriptable|callable)"
    r"|is not defined|object is not|object does not support|does not support item|required positional argument"
    r"|unexpected keyword|positional arguments? but|got multiple values|missing \d+ required|can only concatenate"
    r"|must be (a |an )?(\w+[ -])*(str|string|int|integer|float|bytes|number|iterable|tuple|list|callable)\b.*not"
    r"|can't multiply sequence|cannot unpack|indices must be|cannot be interpreted as|unhashable type|has no len"
    r"|expected (str|bytes|string|int|Decimal|at (least|most))|expected \d+ arguments?|argument should be"
    r"|takes (no|exactly|at (least|most)|from|\d+)|bad operand type|not all arguments converted|a number is required"
    r"|must be real|sequence item \d+|argument of type|descriptor .* requires|argument (\d+ )?must be|NoneType"
)


def raised_by_misuse(error: BaseException, file: str) -> bool:
    """Tell whether Python itself raised it for the kind of a value, and no `raise` in `file`, the module under test."""
    if not isinstance(error, _KINDS):
        return False
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is None or last.tb_frame.f_code.co_filename != file or last.tb_lineno not in _raises(file, last)


def is_misuse(recorded: Recorded) -> bool:
    """Tell from a record alone whether its test would only show that an argument was of the wrong kind."""
    return recorded.exception in _NAMES and (not recorded.message or _WORDS.search(recorded.message) is not None)


def _raises(file: str, at: types.TracebackType) -> frozenset[int]:
    loader = at.tb_frame.f_globals.get("__loader__")
    try:
        text = loader.get_source(at.tb_frame.f_globals["__name__"])  # type: ignore[union-attr]
    except (AttributeError, ImportError, KeyError, OSError):
        text = None
    return _lines(file, text)


@functools.lru_cache(maxsize=16)
def _lines(file: str, text: str | None) -> frozenset[int]:
    """Return the numbers of the lines on which statements raise."""
    try:
        tree = ast.parse(Path(file).read_text("utf-8", "replace") if text is None else text)
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    nodes = [one for one in ast.walk(tree) if isinstance(one, ast.Raise)]
    return frozenset(line for one in nodes for line in range(one.lineno, (one.end_lineno or one.lineno) + 1))
