"""The modules that the benchmark of test generation draws: from which packages, and by which rule. It runs nothing."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Small packages of pure Python without dependencies, of many kinds; none is one that a test generator itself needs.
PACKAGES = {
    "boltons": "26.2.0",
    "funcy": "2.1",
    "humanize": "4.17.0",
    "idna": "3.20",
    "inflection": "0.5.1",
    "isodate": "0.7.2",
    "jmespath": "1.1.0",
    "mistune": "3.4.0",
    "natsort": "8.4.0",
    "pyphen": "0.18.1",
    "roman": "5.2",
    "semver": "3.1.1",
    "sortedcontainers": "2.4.0",
    "textdistance": "4.6.3",
    "titlecase": "2.4.1",
    "toolz": "1.2.0",
    "validators": "0.36.0",
    "xmltodict": "1.0.4",
}
LINES = range(60, 901)
FEWEST_BRANCHES = 5
RULE = (
    "Drawn by a seed, in turns from each package, of the modules with 60 to 900 lines and 5 or more branches that"
    " define something public and import nothing for processes, threads, sockets or C; what is private or a test is"
    " left out."
)
_OUTSIDE = frozenset(
    ("asyncio", "concurrent", "ctypes", "ftplib", "http", "multiprocessing", "select", "signal", "smtplib", "socket",
     "socketserver", "ssl", "subprocess", "telnetlib", "threading", "_thread", "tkinter", "webbrowser", "xmlrpc")
)  # fmt: skip
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Module:
    """A module under test: its package on PyPI, the name that imports it, and its file under the package's folder."""

    package: str
    name: str
    file: str
    lines: int


def draw(folders: dict[str, Path], count: int, seed: int) -> list[Module]:
    """Return `count` modules (fewer where there are no more), the same ones for the same seed.

    `folders` holds for each package the folder that it was installed into.
    """
    chance = random.Random(seed)
    waiting = {}
    for package in sorted(folders):
        by_name = {module.name: module for module in eligible(package, folders[package])}
        waiting[package] = [by_name[name] for name in sorted(by_name)]
        chance.shuffle(waiting[package])
    drawn: list[Module] = []
    while len(drawn) < count and any(waiting.values()):
        drawn += [modules.pop() for modules in waiting.values() if modules]
    return sorted(drawn[:count], key=lambda module: module.name)


def eligible(package: str, folder: Path) -> Iterator[Module]:
    """Yield the modules of a package that the rule allows."""
    for path in sorted(folder.rglob("*.py"), reverse=True):  # of two with one name, the package is the one imported
        parts = path.relative_to(folder).with_suffix("").parts
        if any(_left_out(part) for part in parts):
            continue
        text = path.read_text("utf-8", errors="replace")
        lines = text.count("\n") + 1
        if lines in LINES and fits(text):
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield Module(package, name, str(path.relative_to(folder)), lines)


def fits(text: str) -> bool:
    """Tell whether the text of a module has enough branches, something public, and nothing of the outside."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    nodes = list(ast.walk(tree))
    public = any(isinstance(node, _DEFINITIONS) and not node.name.startswith("_") for node in tree.body)
    branches = sum(isinstance(node, _BRANCHES) for node in nodes)
    return public and branches >= FEWEST_BRANCHES and _OUTSIDE.isdisjoint(_imported(nodes))


def _imported(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def _left_out(part: str) -> bool:
    private = part.startswith("_") and part != "__init__"
    return private or part in ("tests", "test", "testing", "conftest", "bin") or part.startswith("test_")
