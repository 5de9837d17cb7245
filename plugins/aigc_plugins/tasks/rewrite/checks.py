"""What a rewritten Python function must keep, read from its syntax: signature, effects, names, comments.

Whether it behaves the same is found out elsewhere; this refuses what need not even be run.
"""

from __future__ import annotations

import ast
import builtins
import io
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence

from aigc_plugins.behaviour.effects import find
from aigc_plugins.behaviour.hints import FunctionNode

_PURE = frozenset(
    ("abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "dict",
     "divmod", "enumerate", "filter", "float", "format", "frozenset", "getattr", "hasattr", "hash", "hex", "id",
     "int", "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min", "oct", "ord", "pow", "range",
     "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum", "super", "tuple", "type", "zip")
)  # fmt: skip
_PURE_METHODS = frozenset(
    ("capitalize", "casefold", "center", "copy", "count", "decode", "difference", "encode", "endswith", "find",
     "format", "from_iterable", "get", "hex", "index", "intersection", "isalnum", "isalpha", "isdigit", "isdisjoint",
     "islower", "isnumeric", "isspace", "issubset", "issuperset", "isupper", "items", "join", "keys", "ljust",
     "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rjust", "rpartition",
     "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "symmetric_difference", "title",
     "translate", "union", "upper", "values", "zfill")
)  # fmt: skip
_PURE_MODULES = frozenset(
    ("math", "itertools", "functools", "operator", "collections", "re", "string", "statistics", "textwrap", "bisect",
     "fractions", "decimal", "cmath", "unicodedata", "contextlib", "dataclasses", "typing", "datetime", "timedelta")
)  # fmt: skip
_LOCAL_CHANGES = frozenset(
    ("append", "extend", "add", "update", "insert", "setdefault", "appendleft", "sort", "reverse", "discard", "pop")
)  # fmt: skip

_SUSPECT = frozenset(
    ("eval", "exec", "compile", "open", "input", "__import__", "globals", "locals", "vars", "breakpoint", "exit",
     "quit", "setattr", "delattr")
)  # fmt: skip
_INNER = frozenset(name for name in dir(builtins) if name.startswith("__"))


def problem(before: str, after: str, path: Sequence[str]) -> str:
    """Return what a rewritten module loses, in words for the user; empty where nothing is lost.

    `path` is the qualified name of the function that may differ; new imports are the only other thing that may.
    """
    try:
        old, new = ast.parse(before), ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "it does not parse"
    first, second = find(old, list(path)), find(new, list(path))
    if first is None or second is None:
        return "it is another function"
    if _signature(first) != _signature(second):
        return "its signature changed"
    if ast.get_docstring(first, clean=False) != ast.get_docstring(second, clean=False):
        return "its documentation changed"
    if ast.dump(first) == ast.dump(second):
        return "it is the same as before"
    for name, kept in (
        ("calls", _calls),
        ("assignments", _stores),
        ("waits and yields", _yields),
        ("imports", _imports),
    ):
        if kept(first) != kept(second):
            return f"its {name} with effects changed"
    unknown = _free(second) - _free(first) - set(dir(builtins)) - _imported(new)
    if unknown or _free(second) & (_INNER | _SUSPECT) - _free(first):
        return f"it uses {min(unknown) if unknown else 'names of the interpreter'}, which was not there"
    if _comments(before) - _comments(after):
        return "comments would be lost"
    return "" if _rest(old, first) == _rest(new, second) else "something beside the function changed"


def nodes(module: str, path: Sequence[str]) -> int:
    """Return how many syntax nodes a function has."""
    function = find(ast.parse(module), list(path))
    return sum(1 for _ in ast.walk(function)) if function is not None else 0


def _signature(function: FunctionNode) -> list[str]:
    parts = [function.args, function.returns, *function.decorator_list]
    kind = type(function).__name__
    return [kind, function.name, *(ast.dump(part) if part is not None else "" for part in parts)]


def _calls(function: FunctionNode) -> Counter[str]:
    local = _local(function)
    found: Counter[str] = Counter()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and not _is_pure(node.func, local):
            found[ast.unparse(node.func)] += 1
    return found


def _is_pure(called: ast.expr, local: set[str]) -> bool:
    match called:
        case ast.Name(id=name):
            return (name in _PURE and name not in local) or (name[:1].isupper() and hasattr(builtins, name))
        case ast.Attribute(value=ast.Name(id=holder), attr=method) if holder in local and method in _LOCAL_CHANGES:
            return True
        case ast.Attribute(value=value, attr=method):
            return method in _PURE_METHODS or _root(value) in _PURE_MODULES
    return False


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _local(function: FunctionNode) -> set[str]:
    """Return the variables of a function that hold what it made itself: not its parameters."""
    given = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    stored = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored - given


def _stores(function: FunctionNode) -> Counter[str]:
    local = _local(function)
    found: Counter[str] = Counter()
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute | ast.Subscript):
                inner = inner.value
            if not (isinstance(inner, ast.Name) and inner.id in local and isinstance(node, ast.Subscript)):
                found[ast.unparse(node)] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found[ast.unparse(node)] += 1
    return found


def _yields(function: FunctionNode) -> Counter[str]:
    kinds = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
    return Counter(type(node).__name__ for node in ast.walk(function) if isinstance(node, kinds))


def _imports(function: FunctionNode) -> Counter[str]:
    kinds = (ast.Import, ast.ImportFrom)
    return Counter(ast.unparse(node) for node in ast.walk(function) if isinstance(node, kinds))


def _free(function: FunctionNode) -> set[str]:
    bound = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    bound |= {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    bound |= {node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.name}
    bound |= {node.name for node in ast.walk(function) if isinstance(node, FunctionNode | ast.ClassDef)}
    bound |= {name for node in ast.walk(function) for name in _bound_by_patterns(node)}
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and node.id not in bound}


def _bound_by_patterns(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _imported(module: ast.Module) -> set[str]:
    return {name for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)
            for name in _bound_by_patterns(node)}  # fmt: skip


def _comments(text: str) -> Counter[str]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return Counter()
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def _rest(module: ast.Module, function: FunctionNode) -> list[str]:
    """Return all of a module but its imports and the inside of one function."""
    function.body = []
    return [ast.dump(node) for node in module.body if not isinstance(node, ast.Import | ast.ImportFrom)]
