"""Chooses hash seeds under which sets come in other orders than the one that tests assert. It runs no code of others.

Few texts come in the same order under most seeds; random ones would show a test that relies on it only at times.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Written

Texts = tuple[str, ...]
_SETS = frozenset(("set", "frozenset", "hash", "keys", "items"))  # of `keys` and `items`, `&` makes sets
_CANDIDATES, _MOST, _LONGEST = 24, 60, 10
_LARGEST_SEED = 4294967295
_ORDERS = "import json,sys; print(json.dumps([[list(set(a)),list(set(a[::-1]))] for a in json.load(sys.stdin)]))"


def seeds(text: str, written: Written, chance: random.Random, count: int) -> list[int]:
    """Return `count` hash seeds; where the module `text` builds sets, the first ones disturb what tests assert."""
    found: list[int] = []
    left = dict.fromkeys(_asserted(written)) if _builds_sets(text) else {}
    for _ in range(_CANDIDATES):
        if not left or len(found) == count:
            break
        seed = chance.randrange(1, _LARGEST_SEED)
        disturbed = _disturbed(list(left), seed)
        if disturbed:
            found.append(seed)
            for one in disturbed:
                left.pop(one, None)
    return [*found, *(chance.randrange(1, _LARGEST_SEED) for _ in range(count - len(found)))]


def _builds_sets(text: str) -> bool:
    for node in ast.walk(ast.parse(text)):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in _SETS or isinstance(node, ast.Set | ast.SetComp):
            return True
    return False


def _asserted(written: Written) -> list[Texts]:
    """Return the texts that stand in an order in what tests assert, in lists or within a text."""
    checks = [check for test in written.tests for row in test.rows for check in row.checks]
    found = [texts for check in checks for texts in _sequences(check) if len(set(texts)) > 1]
    return found[:_MOST]


def _sequences(check: str) -> Iterator[Texts]:
    with suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(ast.parse(check, mode="eval")):
            if isinstance(node, ast.List | ast.Tuple):
                yield tuple(one.value for one in node.elts if isinstance(one, ast.Constant) and type(one.value) is str)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield tuple(re.findall(r"\w+", node.value)[:_LONGEST])
                yield tuple(re.split(r"\W+", node.value)[:_LONGEST])  # with empty ones, as at the ends


def _disturbed(sequences: Sequence[Texts], seed: int) -> list[Texts]:
    """Return those that a set of their texts, filled forwards or backwards, gives in another order under a seed."""
    try:
        done = subprocess.run(
            [sys.executable, "-S", "-s", "-c", _ORDERS],
            input=json.dumps(sequences), capture_output=True, text=True, check=True, timeout=10,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    plain = [list(dict.fromkeys(one)) for one in sequences]
    orders = json.loads(done.stdout)
    return [one for one, own, pair in zip(sequences, plain, orders, strict=True) if any(own != order for order in pair)]
