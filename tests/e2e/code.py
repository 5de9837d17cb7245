"""Code for the built-in tasks in real editors, and what has to hold of their results whatever words the model chose."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

PRICES = '''\
"""Prices in a shop."""


def discounted(price: float, percentage: float) -> float:
    rate = percentage / 100
    return price * (1 - rate)


def average(values: list[float]) -> float:
    return sum(values) / len(values)
'''
DISCOUNTED, AVERAGE = 4, 9  # their first lines, from one
INSTRUCTION = "raise ValueError if values is empty"

BOUNDS = """\
def clamp(value: int, low: int = 0, high: int = 10) -> int:
    if low > high:
        raise ValueError("low is above high")
    if value < low:
        return low
    return min(value, high)
"""
CLAMP = 1


def passes(file: Path, folder: Path) -> bool:
    """Tell whether the tests in a file pass, several of them, run by hand on the project in `folder`."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder}"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*command, str(file)], cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode == 0 and int(done.stdout.strip().splitlines()[-1].split()[0]) > 2


def is_documented(text: str) -> bool:
    """Tell whether `discounted` has a docstring that names its parameters, and all statements are as they were."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    function = _function(tree, "discounted")
    said = ast.get_docstring(function) or ""
    del function.body[: bool(said)]
    return "price" in said and "percentage" in said and ast.dump(tree) == ast.dump(ast.parse(PRICES))


def is_guarded(text: str) -> bool:
    """Tell whether `average` raises ValueError for an empty list, computes what it did, and all else is as it was."""
    if text == PRICES:
        return False
    space: dict[str, object] = {}
    try:
        tree = ast.parse(text)
        exec(compile(tree, "prices.py", "exec"), space)
    except SyntaxError:
        return False
    average = space["average"]
    assert callable(average)
    try:
        average([])
    except ValueError:
        pass
    except ZeroDivisionError:
        return False
    tree.body.remove(_function(tree, "average"))
    before = ast.parse(PRICES)
    before.body.remove(_function(before, "average"))
    return average([1.0, 2.0]) == 1.5 and ast.dump(tree) == ast.dump(before)


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    return next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name)
