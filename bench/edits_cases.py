"""Real functions to edit: drawn by a seed from modules of the running Python's standard library, docstrings taken out.

Every function or method counts that has a parameter, no annotation, 4 to 40 lines and two statements. Half of the
cases stand in their module as it is; from the others all docstrings of the module are gone, so that the file shows no
style of its own.
"""

from __future__ import annotations

import ast
import random
import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMES = (
    "argparse ast base64 bdb cmd code codeop colorsys configparser contextlib copy csv difflib dis filecmp fileinput "
    "fractions ftplib getopt getpass gettext glob gzip heapq imaplib inspect ipaddress linecache locale mailcap "
    "mimetypes netrc ntpath optparse pathlib pdb pickle pickletools platform plistlib poplib posixpath pprint profile "
    "pstats pydoc queue quopri random reprlib sched selectors shelve shlex smtplib socketserver sndhdr string "
    "stringprep symtable tabnanny tarfile telnetlib tempfile threading timeit tokenize trace traceback types uuid wave "
    "weakref webbrowser zipapp zipfile"
)
MODULES = tuple(_NAMES.split())
_LINES, _STATEMENTS = range(4, 41), 2
_MOST_LINES = 2600  # of a module

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Case:
    """A function in a text: `name` is its qualified name, `own_style` whether the file's other docstrings are there."""

    module: str
    name: str
    text: str
    own_style: bool


def cases(count: int, seed: int) -> list[Case]:
    """Return `count` cases, the same for the same seed and Python."""
    found = [(module, name) for module in MODULES for name in eligible(source(module))]
    drawn = random.Random(seed).sample(found, min(count, len(found)))
    made = []
    for at, (module, name) in enumerate(drawn):
        text = source(module)
        made.append(Case(module, name, without_docstrings(text, None if at % 2 else name), at % 2 == 0))
    return made


def source(module: str) -> str:
    """Return a module's text, empty where this Python has none or it is too long."""
    path = Path(sysconfig.get_paths()["stdlib"]) / f"{module}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text if text.count("\n") <= _MOST_LINES else ""


def functions(tree: ast.Module) -> Iterator[tuple[str, FunctionNode]]:
    """Yield the functions of a module and the methods of its classes with their qualified names."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop(0)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FunctionNode):
                yield prefix + child.name, child
            elif isinstance(child, ast.ClassDef):
                waiting.append((f"{prefix}{child.name}.", child))


def eligible(text: str) -> list[str]:
    """Return the names of a module's functions that count, in the order of the module."""
    found = list(functions(ast.parse(text)))
    often = Counter(name for name, _ in found)
    return [name for name, node in found if often[name] == 1 and _counts(node)]


def find(text: str, name: str) -> FunctionNode:
    """Return a function of a text by its qualified name. Raises KeyError."""
    return dict(functions(ast.parse(text)))[name]


def without_docstrings(text: str, only: str | None) -> str:
    """Return a module without the docstring of one function, or without any; those on lines of their own alone."""
    tree = ast.parse(text)
    nodes: list[ast.AST] = [find(text, only)] if only is not None else list(ast.walk(tree))
    lines = text.splitlines(keepends=True)
    for first, last in sorted({span for node in nodes if (span := _docstring_lines(node))}, reverse=True):
        del lines[first:last]
    return "".join(lines)


def _docstring_lines(node: ast.AST) -> tuple[int, int] | None:
    if not isinstance(node, FunctionNode | ast.ClassDef | ast.Module) or ast.get_docstring(node) is None:
        return None
    if len(node.body) < 2:
        return None
    string, following = node.body[:2]
    before = getattr(node, "lineno", 0)
    alone = string.lineno > before and following.lineno > (string.end_lineno or 0)
    return (string.lineno - 1, string.end_lineno or 0) if alone else None


def _counts(node: FunctionNode) -> bool:
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    told = [arg for arg in every if arg.arg not in ("self", "cls")]
    statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
    lines = (node.end_lineno or 0) - node.lineno + 1
    special = node.name.startswith("__") and node.name.endswith("__")
    annotated = node.returns is not None or any(arg.annotation is not None for arg in every)
    removable = ast.get_docstring(node) is None or _docstring_lines(node) is not None
    return (
        bool(told)
        and not special
        and not annotated
        and removable
        and lines in _LINES
        and len(statements) >= _STATEMENTS
    )
