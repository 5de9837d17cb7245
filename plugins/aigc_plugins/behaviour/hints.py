"""Reads from a Python function what its inputs may be like: what it compares with, how it uses its parameters.

It runs nothing. What is found are guesses, which are tried.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Kind = list[object]  # as JSON; what they mean, `inside.kinds` says

_INT: Kind = ["int"]
_FLOAT: Kind = ["float"]
_TEXT: Kind = ["str"]
_BOOL: Kind = ["bool"]
_INTS: Kind = ["list", ["int"]]
_FLOATS: Kind = ["list", ["float"]]
_TEXTS: Kind = ["list", ["str"]]
_LISTS: Kind = ["list", ["list", ["int"]]]
_PAIRS: Kind = ["list", ["tuple", ["str"], ["int"]]]
_DICTS: Kind = ["list", ["dict", ["str"], ["int"]]]
_DICT: Kind = ["dict", ["str"], ["int"]]
_TEXT_DICT: Kind = ["dict", ["str"], ["str"]]
_TUPLE: Kind = ["tuple", ["int"]]
_CALLABLE: Kind = ["callable"]
_EVERY: tuple[Kind, ...] = (_INT, _TEXT, _INTS, _TEXTS, _FLOAT, _DICT, _PAIRS, _LISTS)

_NAMES: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    (r"(?:n|i|j|k|m|num|count|size|length|width|height|index|idx|limit|offset|start|stop|end|step|level|depth|age|year|"
     r"month|day|port|num_\w+|n_\w+|max_\w+|min_\w+|\w+_(?:count|size|id|index))", (_INT, _FLOAT)),
    (r"(?:is|has|should|use|with|allow|no)_\w+|flag|verbose|strict|reverse|enabled|force", (_BOOL,)),
    (r"(?:x|y|z|a|b|c|value|val|amount|price|rate|ratio|total|score|weight|factor|t|lo|hi|low|high)",
     (_INT, _FLOAT, _TEXT)),
    (r"(?:s|text|string|str_|name|word|line|msg|message|title|label|key|prefix|suffix|sep|delimiter|char|ch|content|body|"
     r"source|src|path|url|filename|pattern|\w+_(?:name|text|str|string|key|url|path))", (_TEXT,)),
    (r"(?:data|items|values|numbers|nums|xs|ys|lst|list_|arr|array|seq|sequence|elements|results|rows|entries|records|"
     r"iterable|it|scores|points|\w+_(?:list|items|values))", (_INTS, _TEXTS, _FLOATS, _PAIRS, _DICTS, _LISTS)),
    (r"(?:words|lines|names|strings|texts|tokens|keys|parts|chunks|paths|labels)", (_TEXTS,)),
    (r"(?:d|dct|dict_|mapping|config|options|settings|params|headers|env|table|counts|\w+_(?:map|dict|by_\w+))",
     (_DICT, _TEXT_DICT)),
    (r"(?:matrix|grid|board|table|intervals|edges)", (_LISTS,)),
    (r"(?:f|fn|func|function|callback|predicate|pred|key_func|transform|\w+_fn|\w+_func)", (_CALLABLE,)),
)  # fmt: skip
_METHODS: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("split", "strip", "lower", "upper", "startswith", "endswith", "splitlines", "join", "encode",
                     "isdigit", "isalpha", "isupper", "partition", "rpartition", "lstrip", "rstrip", "title",
                     "casefold", "rsplit", "format", "isspace", "find"), (_TEXT,)),
    **dict.fromkeys(("items", "keys", "get", "setdefault", "values"), (_DICT, _TEXT_DICT)),
    **dict.fromkeys(("append", "extend", "sort", "insert", "pop", "reverse"), (_INTS, _TEXTS)),
    "replace": (_TEXT,), "count": (_TEXT, _INTS), "index": (_TEXT, _INTS),
}  # fmt: skip
_OF_LISTS = frozenset(
    ("sum", "max", "min", "sorted", "len", "enumerate", "reversed", "set", "list", "tuple", "any", "all")
)


def literals(function: ast.AST) -> list[object]:
    """Return the numbers and texts that a function holds, without its documentation."""
    documentation = ast.get_docstring(function, clean=False) if isinstance(function, FunctionNode) else None
    found: dict[object, None] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node.value != documentation:
            value = node.value
            usable = (isinstance(value, str) and len(value) <= 60) or (
                isinstance(value, int | float) and abs(value) < 10**6
            )
            if usable and not isinstance(value, bool):
                found[value] = None
    return list(found)[:40]


def guesses(function: FunctionNode) -> dict[str, list[Kind]]:
    """Return for each parameter without a type the kinds of values to try, the likeliest first."""
    parameters = function.args
    found = {}
    every = (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs, parameters.vararg)
    for parameter in every:
        if parameter is not None and parameter.annotation is None:
            kinds = [*_by_use(function, parameter.arg), *_by_name(parameter.arg)]
            found[parameter.arg] = _unique(kinds)[:5] or list(_EVERY)
    return found


def _unique(kinds: list[Kind]) -> list[Kind]:
    return [kind for place, kind in enumerate(kinds) if kind not in kinds[:place]]


def _by_name(name: str) -> Iterator[Kind]:
    for pattern, kinds in _NAMES:
        if re.fullmatch(pattern, name):
            yield from kinds


def _by_use(function: FunctionNode, name: str) -> Iterator[Kind]:
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=used), attr=method) if used == name:
                yield from _METHODS.get(method, ())
            case ast.Compare(left=left, comparators=others) if any(_is(one, name) for one in (left, *others)):
                yield from _compared(name, node)
            case ast.BinOp(left=left, right=right) if _is(left, name) or _is(right, name):
                yield from _formatted() if _is_template(node) else _calculated(node)
            case ast.For(iter=ast.Name(id=used)) | ast.comprehension(iter=ast.Name(id=used)) if used == name:
                yield from _iterated(node.target)
            case ast.Call(func=ast.Name(id=called)) if called == name:
                yield _CALLABLE
            case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=used)]) if used == name:
                yield from (_INT, _BOOL, _TEXT)  # a truth is an integer to `isinstance`
            case ast.Call(func=ast.Name(id="range"), args=given) if any(_is(one, name) for one in given):
                yield _INT
            case ast.Call(func=ast.Name(id="max" | "min"), args=[_, _, *_]) if any(_is(one, name) for one in node.args):
                yield from (_INT, _FLOAT)
            case ast.Call(func=ast.Name(id=called), args=[ast.Name(id=used), *_]) if used == name:
                yield from (_INTS, _TEXT, _TEXTS, _FLOATS) if called in _OF_LISTS else ()


def _is(node: ast.AST, name: str) -> bool:
    """Tell whether a node is a parameter, or an element of it."""
    return isinstance(node, ast.Name) and node.id == name


def _compared(name: str, node: ast.Compare) -> Iterator[Kind]:
    inside = [right for operator, right in zip(node.ops, node.comparators, strict=True)
              if isinstance(operator, ast.In | ast.NotIn)]  # fmt: skip
    if any(_is(one, name) for one in inside):
        yield from (_TEXT, _TEXTS, _INTS, _DICT)
    for one in (node.left, *node.comparators):
        if isinstance(one, ast.Constant):
            yield from {str: (_TEXT,), int: (_INT, _FLOAT), float: (_FLOAT, _INT)}.get(type(one.value), ())


def _is_template(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)


def _formatted() -> Iterator[Kind]:
    """Yield what `%` puts into a text: a tuple is taken apart, other than by an f-string."""
    yield from (_TEXT, _TUPLE, _INT)


def _calculated(node: ast.BinOp) -> Iterator[Kind]:
    constants = [one.value for one in (node.left, node.right) if isinstance(one, ast.Constant)]
    if any(isinstance(one, str) for one in constants):
        yield _TEXT
    elif any(isinstance(one, float) for one in constants) or isinstance(node.op, ast.Div | ast.Pow):
        yield from (_FLOAT, _INT)
    else:
        yield from (_INT, _FLOAT)


def _iterated(target: ast.expr) -> Iterator[Kind]:
    if isinstance(target, ast.Tuple):
        yield _PAIRS
        yield ["list", ["tuple", *(["int"] for _ in target.elts)]]
    else:
        yield from (_INTS, _TEXTS, _TEXT, _LISTS, _DICTS)
