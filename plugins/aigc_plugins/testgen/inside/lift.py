"""Moves what an act makes on the spot (`Queue(3).put([1])`) into variables, so that what became of it can be asserted.

Names come from parameters and classes. Whether something was changed, and so must be moved, is for `record` to see.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import keyword
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from aigc_plugins.testgen.scenario import Scenario

_THROUGH = ("list", "tuple", "sorted", "set", "dict", "next", "str", "repr", "len", "bool", "sum", "run", "islice")
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_FIXED = ("str", "int", "float", "bool", "bytes", "tuple", "frozenset", "range", "complex", "Path", "type", "iter",
          "zip", "map", "filter", "enumerate", "reversed", "PurePath", "Decimal", "Fraction", "date", "datetime",
          "timedelta", "compile", "object")  # fmt: skip
_DEFAULTS = {ast.List: "items", ast.ListComp: "items", ast.Dict: "mapping", ast.DictComp: "mapping", ast.Set: "values",
             ast.SetComp: "values"}  # fmt: skip
_TAKEN = frozenset(("result", "printed", "tmp_path", "pytest", "capsys", "test_it", "self"))


@dataclasses.dataclass(frozen=True)
class Lift:
    """A part of an act that could be a variable: the node and the name."""

    node: ast.expr
    name: str


def lifts(scenario: Scenario, namespace: Mapping[str, Any]) -> list[Lift]:
    """Return the parts of the act that could be variables, in the order in which they are evaluated.

    `namespace` is what the module and the imports bind; what the scenario arranges is read from its text.
    """
    try:
        node = ast.parse(scenario.act, mode="eval").body
    except SyntaxError:
        return []
    taken = _words(scenario) | set(namespace) | _TAKEN | set(vars(builtins)) | set(keyword.kwlist)
    made = re.findall(r"^(\w+) = (\w+)\(", "\n".join(scenario.arrange), re.MULTILINE)
    known = {**namespace, **{name: namespace[kind] for name, kind in made if kind in namespace}}
    found: list[Lift] = []
    for part, wanted in _parts(_inner(node), known):
        name = _free(wanted, taken)
        taken.add(name)
        found.append(Lift(part, name))
    return found


def _words(scenario: Scenario) -> set[str]:
    """Return the names that the scenario's texts use."""
    try:
        trees = [ast.parse(one) for one in (scenario.act, *scenario.arrange)]
    except SyntaxError:
        return set(re.findall(r"\w+", " ".join((scenario.act, *scenario.arrange))))
    nodes = [one for tree in trees for one in ast.walk(tree)]
    imported = set(re.findall(r"\w+", " ".join(scenario.imports)))
    named = [one for one in nodes if not isinstance(one, ast.keyword)]
    return imported | {getattr(one, key) for one in named for key in ("id", "arg", "name") if hasattr(one, key)}


def lifted(scenario: Scenario, chosen: Collection[Lift]) -> Scenario:
    """Return the scenario with these parts arranged before."""
    if not chosen:
        return scenario
    act = scenario.act
    lines = tuple(f"{one.name} = {ast.get_source_segment(act, one.node)}" for one in chosen)
    for one in sorted(chosen, key=lambda each: (each.node.lineno, each.node.col_offset), reverse=True):
        act = _replaced(act, one)
    return dataclasses.replace(scenario, act=act, arrange=(*scenario.arrange, *lines))


def _replaced(text: str, lift: Lift) -> str:
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    node = lift.node
    last = node.end_lineno or node.lineno
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[last - 1][node.end_col_offset :] + b"".join(lines[last:])
    return (before + lift.name.encode() + after).decode()


def _inner(node: ast.expr) -> ast.expr:
    """Return what matters inside of `list(...)`, `asyncio.run(...)` and the like."""
    while isinstance(node, ast.Call) and node.args and not node.keywords:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _THROUGH or not isinstance(node.args[0], ast.Call | ast.Attribute | ast.Subscript):
            break
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) not in ("asyncio.run", "itertools.islice"):
            break
        node = node.args[0]
    return node


def _parts(node: ast.expr, namespace: Mapping[str, Any]) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and _movable(node.func.value):
            yield node.func.value, _called(node.func.value)
        names = _parameters(node, namespace)
        for place, one in enumerate(node.args):
            if _movable(one):
                yield one, names[place] if place < len(names) else _called(one)
        for each in node.keywords:
            if each.arg and _movable(each.value):
                yield each.value, each.arg
    elif isinstance(node, ast.Attribute | ast.Subscript):
        if _movable(node.value):
            yield node.value, _called(node.value)
    elif isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            if _movable(side):
                yield side, _called(side)


def _movable(node: ast.expr) -> bool:
    if isinstance(node, _DISPLAYS):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return name not in _FIXED and not isinstance(node.func, ast.Lambda)


def _called(node: ast.expr) -> str:
    """Return a name for a value after the class that makes it, or after what it is."""
    if not isinstance(node, ast.Call):
        return _DEFAULTS.get(type(node), "value")
    function = node.func
    while isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name | ast.Attribute):
        if function.attr[:1].isupper() or not isinstance(function.value, ast.Name):
            break
        if not function.value.id[:1].isupper():
            break
        function = function.value  # `Queue.of(3)`: a queue
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "value")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_") or "value"


def _parameters(node: ast.Call, namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of the parameters that positional arguments are for, as far as that can be told."""
    function = _resolved(node.func, namespace)
    if function is None or any(isinstance(one, ast.Starred) for one in node.args):
        return []
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    if parameters and parameters[0].name in ("self", "cls"):
        parameters = parameters[1:]
    return [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


def _resolved(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    if isinstance(node, ast.Attribute):
        inner = node.value.func if isinstance(node.value, ast.Call) else node.value
        owner = _resolved(inner, namespace)
        found = None if owner is None else inspect.getattr_static(owner, node.attr, None)
        return getattr(found, "__func__", found)
    return None


def _free(wanted: str, taken: Collection[str]) -> str:
    wanted = wanted.strip("_") or "value"
    choices = [wanted, f"a_{wanted}", *(f"{wanted}_{number}" for number in range(2, 100))]
    return next(one for one in choices if one not in taken)
