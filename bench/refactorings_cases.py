"""Real functions to refactor, and the places in them: drawn by a seed from modules of the standard library.

The modules are single files whose own tests pass for a copy of the module and its test file in a folder of their own.
Every function or method of 6 to 80 lines counts.
"""

from __future__ import annotations

import ast
import random
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMES = (
    "bisect cmd colorsys configparser copy csv difflib fnmatch fractions gettext glob graphlib heapq ipaddress netrc "
    "optparse quopri reprlib sched shlex string textwrap"
)
MODULES = tuple(_NAMES.split())
TASKS = ("extract-variable", "extract-function", "inline", "rename")
_LINES = range(6, 81)
_EXPRESSIONS = (ast.BinOp, ast.Call, ast.Compare, ast.Subscript, ast.Attribute, ast.JoinedStr, ast.BoolOp)
_OF_EACH = 2  # places for a task in a function

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Case:
    """A task at the code points [start, end) of a module's text; both are equal for a cursor."""

    task: str
    module: str
    function: str
    start: int
    end: int


def functions(count: int, seed: int) -> list[tuple[str, str]]:
    """Return `count` functions as modules and qualified names, the same for the same seed and Python."""
    found = [(module, name) for module in MODULES for name, _ in _eligible(source(module))]
    return random.Random(seed).sample(found, min(count, len(found)))


def cases(count: int, seed: int) -> list[Case]:
    """Return the cases of `count` functions."""
    made: list[Case] = []
    for module, name in functions(count, seed):
        rng = random.Random(f"{seed} {module} {name}")
        text = source(module)
        node = next(node for one, node in _eligible(text) if one == name)
        for task, places in _places(text, node).items():
            made += [Case(task, module, name, *at) for at in rng.sample(places, min(_OF_EACH, len(places)))]
    return made


def source(module: str) -> str:
    """Return a module's text."""
    return (library() / f"{module}.py").read_text(encoding="utf-8")


def library() -> Path:
    """Return the folder of the standard library."""
    return Path(sysconfig.get_paths()["stdlib"])


def _eligible(text: str) -> list[tuple[str, FunctionNode]]:
    found = list(_functions(ast.parse(text)))
    names = [name for name, _ in found]
    return [
        (name, node)
        for name, node in found
        if names.count(name) == 1 and (node.end_lineno or 0) - node.lineno + 1 in _LINES
    ]


def _functions(tree: ast.Module) -> Iterator[tuple[str, FunctionNode]]:
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop(0)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FunctionNode):
                yield prefix + child.name, child
            elif isinstance(child, ast.ClassDef):
                waiting.append((f"{prefix}{child.name}.", child))


def _places(text: str, function: FunctionNode) -> dict[str, list[tuple[int, int]]]:
    """Return all places for each task: expressions, runs of statements, names that get a value."""
    at = _offsets(text)
    body = [node for statement in function.body for node in ast.walk(statement)]
    spans = [(at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)) for node in body
             if isinstance(node, _EXPRESSIONS) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)]  # fmt: skip
    runs = []
    for node in [function, *body]:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and len(block) > 1:
                runs += [(first, last) for at_, first in enumerate(block) for last in block[at_ : at_ + 4]]
    statements = [(at(a.lineno, a.col_offset), at(b.end_lineno, b.end_col_offset)) for a, b in runs]
    names = [node for node in body if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    often = Counter(node.id for node in names)
    stored = [at(node.lineno, node.col_offset) for node in names if often[node.id] == 1]
    given = [at(one.lineno, one.col_offset) for one in function.args.args if one.arg not in ("self", "cls")]
    name = text.index(function.name, at(function.lineno, function.col_offset) + len("def "))
    cursors = [(one, one) for one in stored]
    called = [
        (one, one)
        for node in body
        if isinstance(node, ast.Attribute)
        for one in [at(node.end_lineno, node.end_col_offset) - len(node.attr)]
    ]
    return {
        "extract-variable": sorted(set(spans)),
        "extract-function": sorted(set(statements + spans)),
        "inline": sorted({*cursors, (name, name)}),
        "rename": sorted({*cursors, *((one, one) for one in given), (name, name), *called[:2]}),
    }


def _offsets(text: str) -> Callable[[int, int], int]:
    """Return what turns a line from 1 and a column in bytes into a code point."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return lambda line, column: starts[line - 1] + len(lines[line - 1].encode()[:column].decode())
