"""Names that a program puts together while it runs, or that others call by agreement: what no search can find."""

from __future__ import annotations

import ast
import collections.abc
import inspect
import io
import json
import logging
import threading
from functools import cache
from typing import TYPE_CHECKING

from aigc_plugins.tasks.refactor.python.errors import RefusedError

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.renamed import Found

_BY_NAME = frozenset(("getattr", "setattr", "hasattr", "delattr"))
_TABLES = frozenset(("globals", "vars", "dir"))
_PROTOCOLS = (str, bytes, list, dict, set, int, float, BaseException, io.TextIOWrapper, io.BufferedRandom, io.FileIO)
_CLASSES = (logging.Handler, logging.Formatter, logging.Logger, threading.Thread, threading.Event, ast.NodeTransformer)


def check_agreed(name: str) -> None:
    """Refuse the names of methods that objects have by agreement: `write` of what is a file, `keys` of a mapping."""
    if name in _agreed():
        raise RefusedError(f"`{name}` is a name that code elsewhere may call by agreement.")


def check_attributes(found: Found) -> None:
    """Refuse where a changed file computes names of attributes: `getattr(self, "do_" + name)`."""
    for path, tree in found.trees.items():
        if not found.changed[path]:
            continue
        for node in ast.walk(tree):
            computed = isinstance(node, ast.Call) and getattr(node.func, "id", "") in _BY_NAME and _computed(node)
            if computed or getattr(node, "attr", "") == "__dict__" or getattr(node, "id", "") in ("vars", "dir"):
                raise RefusedError(f"{path} computes names of attributes while it runs (line {_line(node)}).")


def check_globals(found: Found, path: str) -> None:
    """Refuse where a module looks at its own table of names."""
    for node in ast.walk(found.trees[path]):
        by_name = getattr(node, "id", "") in _TABLES or getattr(node, "attr", "") in ("modules", "__dict__")
        if by_name:
            raise RefusedError(f"{path} looks at its own names while it runs (line {_line(node)}).")


def _computed(call: ast.Call) -> bool:
    return len(call.args) < 2 or not isinstance(call.args[1], ast.Constant)


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


@cache
def _agreed() -> frozenset[str]:
    classes = [one for _, one in inspect.getmembers(collections.abc, inspect.isclass)]
    known = (*_PROTOCOLS, *_CLASSES, *classes, json.JSONEncoder)
    return frozenset(name for one in known for name in dir(one))
