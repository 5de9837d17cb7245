"""Code for the built-in tasks in real editors, and what has to hold of their results whatever words the model chose."""

from __future__ import annotations

import ast

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
